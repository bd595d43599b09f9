"""What holds for every input, sought with generated ones."""

import base64
import html
import json
import urllib.parse
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nilometer.schemas.span import MaskedSpan
from nilometer.streams.mask import Masker, MaskFailure
from tests.mask.events import again, contents, make_masker, masked_span, masked_text, said, span

few = settings(
    max_examples=60, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture]
)

_VALUES = [
    "Maria Gonzalez",
    "mia.li3818@example.com",
    "4111 1111 1111 1111",
    "975 Sunset Drive, Suite 217",
    "credit_card_4421486",
    "mia_li_3668",
    "DOB: 1990-04-05",
    "<PERSON>",
    "postgres://bob:s3cret@db/x",
]
_WORDS = [
    *_VALUES,
    "flight HAT069",
    "the",
    "Thank you,",
    "\n- **Passenger:** ",
    "JFK",
    "$12",
    "{",
    '"',
    "🎉",
    "你好",
    "\x00",
    "\\",
]
mixed_texts = st.lists(st.one_of(st.sampled_from(_WORDS), st.text(max_size=12)), max_size=8).map(" ".join)
keys = st.sampled_from(
    ["first_name", "name", "email", "zip", "note", "x", "dob", "user_id", "amount", "Maria Gonzalez"]
)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | mixed_texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=3),
    max_leaves=8,
)


def shape(value: Any) -> Any:
    """Containers and their sizes; scalars and keys may become placeholders."""
    if isinstance(value, dict):
        return "object", [shape(inner) for inner in value.values()]
    if isinstance(value, list):
        return "list", [shape(inner) for inner in value]
    return "null" if value is None else "bool" if isinstance(value, bool) else "scalar"


@few
@given(value=json_values, indent=st.sampled_from([None, 2]), escaped=st.booleans())
def test_json_stays_json_of_the_same_shape(masker: Masker, value: Any, indent: int | None, escaped: bool) -> None:
    assert shape(masked_span(masker, tool_arguments=value).tool_arguments) == shape(value)
    if isinstance(value, dict | list):
        text = json.dumps(value, indent=indent, ensure_ascii=escaped)
        assert shape(json.loads(masked_span(masker, tool_result=text).tool_result)) == shape(value)


@few
@given(text=mixed_texts, value=json_values)
def test_masking_twice_is_masking_once(masker: Masker, text: str, value: Any) -> None:
    once = masked_span(masker, input_messages=said(text), attributes={"v": value}, user_id="u-1", session_id=text)
    twice = masker.mask([again(once)])
    assert contents(twice) == contents([once])


_DRESSES: list[Callable[[str], str]] = [
    lambda text: base64.b64encode(text.encode()).decode(),
    lambda text: f"data:text/plain;base64,{base64.b64encode(text.encode()).decode()}",
    urllib.parse.quote,
    html.escape,
    lambda text: json.dumps(json.dumps([text])),
    lambda text: "".join(f"\\u{ord(c):04x}" if ord(c) < 0x10000 else c for c in text),
    lambda text: text,
]
dressed = st.builds(lambda dress, text: dress(text), st.sampled_from(_DRESSES), mixed_texts)


@few
@given(texts=st.lists(dressed, max_size=4), cuts=st.lists(st.integers(0, 60), max_size=6))
def test_encoded_and_split_texts_keep_their_shape_and_are_masked_once(
    masker: Masker, texts: list[str], cuts: list[int]
) -> None:
    whole = " ".join(texts)
    places = sorted({0, *(cut for cut in cuts if cut < len(whole)), len(whole)})
    pieces = [whole[start:end] for start, end in pairwise(places)]
    attributes = {"chunks": pieces, "deltas": [{"delta": {"content": piece}} for piece in pieces], "texts": texts}
    once = masked_span(masker, attributes=attributes, input_messages=[m for piece in pieces for m in said(piece)])
    assert shape(once.attributes) == shape(attributes)
    assert contents(masker.mask([again(once)])) == contents([once])


@few
@given(text=st.text(max_size=60), before=st.sampled_from(["", "a", "ab", "see "]))
def test_what_is_denied_never_comes_out_of_its_dress(denying: Masker, text: str, before: str) -> None:
    for dress in _DRESSES:
        plain = f"{text} Osiris-7 {text}"
        masked = masked_span(denying, error_message=before + " " + dress(plain), feature=dress(plain)[:400])
        out = f"{masked.error_message} {masked.feature}".lower()
        assert "osiris-7" not in out
        assert dress("Osiris-7").lower() not in out


@few
@given(text=st.text(alphabet=st.characters(exclude_categories=("L", "N", "Cs")), max_size=80))
def test_text_that_holds_nothing_is_unchanged(masker: Masker, text: str) -> None:
    assert masked_text(masker, text) == text


@few
@given(texts=st.lists(mixed_texts, min_size=2, max_size=4))
def test_the_result_for_an_event_does_not_depend_on_its_batch(masker: Masker, texts: list[str]) -> None:
    events = [span(input_messages=said(text), attributes={"first_name": text[:9]}) for text in texts]
    together = masker.mask(events)
    assert together == [result for event in events for result in masker.mask([event])]


@few
@given(
    text=st.lists(
        st.sampled_from(
            [
                "🎉",
                "👩‍👩‍👧",
                "مرحبا",
                "שלום",
                "‮",
                "\x00",
                "\ufeff",
                "é",
                "ｗ",
                "the",
                "100%",
                "a+b",
                "&",
                "\\n",
                "\n",
                "©",
                "ﬁ",
                "…",
            ]
        ),
        max_size=12,
    ).map(" ".join)
)
def test_signs_of_other_scripts_and_loose_escapes_are_unchanged(masker: Masker, text: str) -> None:
    assert masked_text(masker, text) == text
    assert masked_span(masker, attributes={"x": [text, text]}).attributes == {"x": [text, text]}


def test_a_fresh_masker_agrees_however_the_events_are_cut() -> None:
    events = [span(error_message=f"{value} and {other}") for value in _VALUES for other in _VALUES]
    one, other = make_masker(), make_masker()
    whole = one.mask(events)
    assert whole == [result for event in reversed(events) for result in other.mask([event])][::-1]
    assert one.version == other.version


@few
@given(text=mixed_texts, value=json_values, cut=st.integers(0, 9))
def test_what_is_denied_never_comes_out(denying: Masker, text: str, value: Any, cut: int) -> None:
    planted = f"{text[:cut]}Osiris-7{text[cut:]}"
    fields: dict[str, Any] = {
        "error_message": planted,
        "tool_result": json.dumps([value, {"a": planted, planted: 420042}]),
        "attributes": {"n": 420042, "osiris-7": value},
        "feature": planted,
    }
    result = denying.mask([span(**fields)])[0]
    assert isinstance(result, MaskedSpan)
    assert "osiris-7" not in str(result).lower()
    assert "420042" not in str(result)


@pytest.fixture(scope="module")
def denying() -> Masker:
    return make_masker(deny=["osiris-7", "420042"])


@few
@given(text=mixed_texts)
def test_a_failure_holds_no_value(short: Masker, failing: Masker, text: str) -> None:
    event = span(error_message=("Maria Gonzalez " + text).ljust(1_001, "."))
    marked, failure = short.mask([event])[0], failing.mask([event])[0]
    assert isinstance(marked, MaskedSpan)
    assert marked.error_message == "<UNMASKED: text_too_long>"
    assert isinstance(failure, MaskFailure)
    assert not any(value in repr((marked, failure)) for value in ("Maria", "4111", "sunset"))


@pytest.fixture(scope="module")
def short() -> Masker:
    return make_masker(max_text_characters=1_000)


@pytest.fixture(scope="module")
def failing() -> Masker:
    return make_masker(max_text_characters=1_000, on_failure="dead_letter")
