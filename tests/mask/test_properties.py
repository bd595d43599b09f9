"""What holds for every input, sought with generated ones."""

import json
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
def test_json_stays_json_of_the_sameshape(masker: Masker, value: Any, indent: int | None, escaped: bool) -> None:
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
def test_a_failure_holds_no_value(short: Masker, text: str) -> None:
    result = short.mask([span(error_message=("Maria Gonzalez " + text).ljust(1_001, "."))])[0]
    assert isinstance(result, MaskFailure)
    assert not any(value in repr(result) for value in ("Maria", "4111", "sunset"))


@pytest.fixture(scope="module")
def short() -> Masker:
    return make_masker(max_text_characters=1_000)
