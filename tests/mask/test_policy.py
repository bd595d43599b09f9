"""What the policy does with what is found: by environment, project, field and kind."""

import json
import re
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nilometer.schemas.errors import ConfigurationError
from nilometer.schemas.settings import MaskingSettings
from nilometer.schemas.span import MaskedSpan
from nilometer.streams.mask import Masker
from tests.mask.events import KEY, again, contents, feedback, make_masker, masked_span, masked_text, said
from tests.mask.test_properties import json_values, mixed_texts, shape

MAIL = "mia.li3818@example.com"
CARD = "4111 1111 1111 1111"
PICTURE = "iVBORw0KGgoAAAANSUhEUgAA" * 20
_TOKEN = "[0-9a-f]{16}"


def one_rule(action: str, **where: Any) -> Masker:
    return make_masker(rules=[{"action": action, **where}])


@pytest.mark.parametrize(
    ("action", "mail", "card", "object_"),
    [
        (
            "placeholder",
            "<EMAIL_ADDRESS>",
            "<CREDIT_CARD>",
            '{"card_number": "<CREDIT_CARD>", "note": "<EMAIL_ADDRESS>"}',
        ),
        ("pseudonym", f"<EMAIL_ADDRESS:{_TOKEN}>", f"<CREDIT_CARD:{_TOKEN}>", None),
        ("hash", "<EMAIL_ADDRESS:[0-9a-f]{68}>", "<CREDIT_CARD:[0-9a-f]{68}>", None),
        ("partial", "<EMAIL_ADDRESS:…ecom>", "<CREDIT_CARD:…1111>", None),
        ("drop", "", "", '{"card_number": null, "note": null}'),
    ],
)
def test_what_each_action_leaves(action: str, mail: str, card: str, object_: str | None) -> None:
    masker = one_rule(action, kinds=["EMAIL_ADDRESS", "CREDIT_CARD"])
    assert re.fullmatch(f"mail {mail}, card {card}!", masked_text(masker, f"mail {MAIL}, card {CARD}!"))
    text = json.dumps({"card_number": 4111111111111111, "note": MAIL})
    masked = masked_span(masker, tool_result=text).tool_result
    if object_ is not None:
        assert masked == object_
    values = json.loads(masked)
    assert re.fullmatch(card or "None", str(values["card_number"]))
    assert re.fullmatch(mail or "None", str(values["note"]))


def test_what_is_kept_hides_nothing_else() -> None:
    masker = one_rule("keep", kinds=["PHONE_NUMBER"], field="comment")
    text = "call +1 212-555-0187, ssn 536-90-4399, from mia@mail.example"
    assert masked_text(masker, text) == "call <PHONE_NUMBER>, ssn <US_SSN>, from <EMAIL_ADDRESS>"
    masker = one_rule("keep", kinds=["PHONE_NUMBER"])
    assert masked_text(masker, text) == "call +1 212-555-0187, ssn <US_SSN>, from <EMAIL_ADDRESS>"
    assert masked_span(masker, attributes={"phone": "+1 212-555-0187"}).attributes == {"phone": "+1 212-555-0187"}


def test_the_most_specific_rule_wins() -> None:
    masker = make_masker(
        rules=[
            {"action": "hash"},
            {"action": "drop", "project": "shop"},
            {"action": "partial", "field": "error_message"},
            {"action": "pseudonym", "kinds": ["contact"]},
            {"action": "keep", "kinds": ["EMAIL_ADDRESS"], "field": "error_message", "project": "shop"},
            {"action": "placeholder", "kinds": ["EMAIL_ADDRESS"], "environment": "test"},
            {"action": "keep", "kinds": ["EMAIL_ADDRESS"], "environment": "other"},
        ]
    )

    def of(text: str, field: str = "tool_result", project: str | None = None) -> str:
        return getattr(masked_span(masker, project=project, **{field: text}), field)

    assert re.fullmatch("<CREDIT_CARD:[0-9a-f]{68}>", of(CARD)), "any"
    assert of(CARD, project="shop") == "", "project before any"
    assert of(CARD, "error_message", "shop") == "<CREDIT_CARD:…1111>", "field before project"
    assert re.fullmatch(f"<IP_ADDRESS:{_TOKEN}>", of("203.0.113.77", "error_message", "shop")), "class before field"
    assert of(MAIL) == "<EMAIL_ADDRESS>", "kind and environment before class; other environments do not count"
    assert of(MAIL, "error_message", "shop") == MAIL, "kind, field and project before kind and environment"


def test_pseudonyms_join_and_tell_nothing_without_the_key() -> None:
    masker = one_rule("pseudonym")
    one = masked_text(masker, "I am Maria Gonzalez.")
    assert one == masked_text(masker, "I am Maria  Gonzalez.".replace("  ", " "))
    assert one != masked_text(masker, "I am Sophia Silva.")
    assert masked_text(masker, "card 4111-1111-1111-1111") == masked_text(masker, f"card {CARD}")
    known = masked_span(masker, user_id="mia_li_3668", attributes={"user_id": "mia_li_3668"})
    assert known.attributes == {"user_id": f"<USERNAME:{(known.user_id or '')[2:]}>"}, "one user in every field"
    other_key = Masker(MaskingSettings(rules=[{"action": "pseudonym"}]), b"x" * 32, "test")  # pyright: ignore
    other_place = Masker(MaskingSettings(rules=[{"action": "pseudonym"}]), KEY, "prod")  # pyright: ignore
    texts = {masked_text(each, "I am Maria Gonzalez.") for each in (masker, other_key, other_place)}
    assert len(texts) == 3


def test_after_a_rotation_new_pseudonyms_are_new_and_old_ones_stay() -> None:
    rules: Any = [{"action": "pseudonym"}]
    old = Masker(MaskingSettings(rules=rules), b"a" * 32, "test")
    new = Masker(MaskingSettings(rules=rules), b"b" * 32, "test", [b"a" * 32])
    before, after = masked_text(old, f"mail {MAIL}"), masked_text(new, f"mail {MAIL}")
    assert before != after
    assert masked_text(new, f"{before} and {after}") == f"{before} and {after}"
    gone = Masker(MaskingSettings(rules=rules), b"b" * 32, "test")
    assert masked_text(gone, before) == "mail <EMAIL_ADDRESS>", "nobody can say any more that it is ours"


@pytest.mark.parametrize(
    "forged",
    [
        "<PERSON:234123412346abcd>",
        "<EMAIL_ADDRESS:0123456789abcdef>",
        f"<API_KEY:{'0123456789abcdef' * 4}0123>",
        "<CREDIT_CARD:…1111>",
    ],
)
def test_nobody_else_can_write_a_pseudonym(masker: Masker, forged: str) -> None:
    kind = forged[1:].partition(":")[0]
    assert masked_text(masker, f"so {forged} said") == f"so <{kind}> said"
    assert masked_span(masker, attributes={"first_name": forged}).attributes in (
        {"first_name": "<PERSON>"},
        {"first_name": f"<{kind}>"},
    )
    assert masked_span(masker, user_id="u_0123456789abcdef").user_id != "u_0123456789abcdef"


@pytest.mark.parametrize(
    "text", ["<PERSON:abc>", "<PERSON: mia@mail.example>", f"<BLOB: {CARD.replace(' ', '')} bytes>"]
)
def test_what_only_looks_like_a_placeholder_switches_nothing_off(masker: Masker, text: str) -> None:
    out = masked_text(masker, f"{text} wrote to {MAIL} with {CARD}")
    assert MAIL not in out
    assert "4111" not in out
    assert "mia@" not in out


@pytest.mark.parametrize("action", ["placeholder", "hash", "partial", "drop", "keep"])
def test_user_and_session_ids(action: str) -> None:
    masked = masked_span(
        make_masker(user_ids=action, session_ids=action), user_id="mia_li_3668", session_id="s-12345678"
    )
    wanted = {
        "placeholder": ("<USER_ID>", "<USER_ID>"),
        "hash": ("<USER_ID:[0-9a-f]{68}>", "<USER_ID:[0-9a-f]{68}>"),
        "partial": ("<USER_ID:…3668>", "<USER_ID:…5678>"),
        "drop": ("None", "None"),
        "keep": ("mia_li_3668", "s-12345678"),
    }[action]
    assert re.fullmatch(wanted[0], str(masked.user_id))
    assert re.fullmatch(wanted[1], str(masked.session_id))


def test_a_rule_can_name_the_field_of_ids() -> None:
    masker = one_rule("drop", field="user_id")
    assert masked_span(masker, user_id="u-17").user_id is None
    assert re.fullmatch(
        f"s_{_TOKEN}", masked_span(make_masker(session_ids="pseudonym"), session_id="s-1").session_id or ""
    )


def test_a_field_is_dropped_as_a_whole() -> None:
    masker = one_rule("drop", field="retrieval_documents", project="shop")
    documents = [{"id": "d", "content": "nothing personal"}]
    masked = masked_span(masker, project="shop", retrieval_documents=documents)
    assert masked.retrieval_documents is None
    assert masked.masked == {"DROPPED": 1}
    assert masked_span(masker, retrieval_documents=documents).retrieval_documents == documents


@pytest.mark.parametrize("media", ["placeholder", "drop", "keep"])
def test_images_and_audio_go_as_the_policy_says(media: str) -> None:
    messages = [
        {"role": "user", "parts": [{"type": "blob", "mime_type": "image/png", "content": "iVBORw0KGgo="}]},
        {"role": "user", "parts": [{"type": "text", "content": f"{MAIL} sent data:image/png;base64,{PICTURE} here"}]},
        {"role": "user", "parts": [{"type": "input_audio", "input_audio": {"data": "UklGRiQA", "format": "wav"}}]},
    ]
    masked = masked_span(make_masker(media=media), input_messages=messages, attributes={"raw": b"\x00\x01"})
    assert masked.input_messages is not None
    short, text, audio = (message["parts"][0] for message in masked.input_messages)
    found = (short["content"], text["content"], audio["input_audio"]["data"], (masked.attributes or {})["raw"])
    assert (
        found
        == {
            "placeholder": (
                "<BLOB: 9 bytes>",
                "<EMAIL_ADDRESS> sent <BLOB: 360 bytes> here",
                "<BLOB: 6 bytes>",
                "<BLOB: 2 bytes>",
            ),
            "drop": (None, "<EMAIL_ADDRESS> sent  here", None, None),
            "keep": (
                "iVBORw0KGgo=",
                f"<EMAIL_ADDRESS> sent data:image/png;base64,{PICTURE} here",
                "UklGRiQA",
                b"\x00\x01",
            ),
        }[media]
    )


def test_a_threshold_of_one_kind_leaves_the_others() -> None:
    masker = make_masker(thresholds={"PHONE_NUMBER": 0.97})
    assert masked_text(masker, f"ring +44 20 7946 0958 or {MAIL}") == "ring +44 20 7946 0958 or <EMAIL_ADDRESS>"


def test_a_rule_can_mask_a_kind_that_is_not_masked_elsewhere() -> None:
    masker = one_rule("placeholder", kinds=["DATE_TIME"], field="comment")
    assert masked_text(masker, "see you on March 3, 2024") == "see you on March 3, 2024"
    masked = masker.mask([feedback(comment="on March 3, 2024")])
    assert getattr(masked[0], "comment", "") == "on <DATE_TIME>"


@pytest.mark.parametrize(
    ("rules", "word"),
    [
        (
            [{"action": "hash", "kinds": ["PERSONS"]}],
            r"masking.rules\[0\].kinds: unknown kind 'PERSONS'; did you mean 'PERSON'",
        ),
        ([{"action": "hash", "field": "prompt"}], r"masking.rules\[0\].field"),
        ([{"action": "hash", "kinds": ["BLOB"]}], r"masking.rules\[0\]: BLOB"),
        ([{"action": "drop", "field": "operation"}], "operation cannot be dropped"),
        ([{"action": "keep", "project": "x"}], "`keep` must name"),
        (
            [{"action": "hash", "kinds": ["PERSON"]}, {"action": "drop", "kinds": ["PERSON"]}],
            "different things of PERSON",
        ),
    ],
)
def test_rules_that_make_no_sense_are_refused(rules: list[dict[str, Any]], word: str) -> None:
    with pytest.raises(ConfigurationError, match=word):
        make_masker(rules=rules)


few = settings(
    max_examples=15, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
_MASKERS: dict[str, Masker] = {}


def _with(action: str) -> Masker:
    if action not in _MASKERS:
        rules = (
            [{"action": action}, {"action": action, "kinds": ["BLOB"]}] if action == "drop" else [{"action": action}]
        )
        _MASKERS[action] = make_masker(rules=rules, deny=["osiris-7", "420042", "1111"])
    return _MASKERS[action]


_ACTIONS = st.sampled_from(["pseudonym", "partial", "hash", "drop"])


@few
@given(action=_ACTIONS, text=mixed_texts, value=json_values)
def test_masking_twice_is_masking_once(action: str, text: str, value: Any) -> None:
    masker = _with(action)
    once = masked_span(masker, input_messages=said(text), attributes={"v": value}, user_id="u-1", session_id=text)
    assert contents(masker.mask([again(once)])) == contents([once])


@few
@given(action=_ACTIONS, value=json_values, escaped=st.booleans())
def test_json_stays_json_of_the_same_shape(action: str, value: Any, escaped: bool) -> None:
    masker = _with(action)

    def same(new: Any, old: Any) -> bool:
        if action == "drop":
            new, old = (json.loads(re.sub('"scalar"|"null"|"bool"', "null", json.dumps(one))) for one in (new, old))
        return new == old

    assert same(shape(masked_span(masker, tool_arguments=value).tool_arguments), shape(value))
    if isinstance(value, dict | list):
        text = json.dumps(value, ensure_ascii=escaped)
        assert same(shape(json.loads(masked_span(masker, tool_result=text).tool_result)), shape(value))


@few
@given(action=_ACTIONS, text=mixed_texts, value=json_values, cut=st.integers(0, 9))
def test_what_is_denied_never_comes_out(action: str, text: str, value: Any, cut: int) -> None:
    planted = f"{text[:cut]}Osiris-7{text[cut:]} {CARD}"
    fields: dict[str, Any] = {
        "error_message": planted,
        "tool_result": json.dumps([value, {"card_number": 4111111111111111, planted: 420042}]),
        "feature": planted,
    }
    result = masked_span(_with(action), **fields)
    assert isinstance(result, MaskedSpan)
    shown = str(result).lower()
    assert not any(denied in shown for denied in ("osiris-7", "420042", "1111"))
