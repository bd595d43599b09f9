"""Every field of every event: what is text, what is an identifier, what is somebody's id."""

import json
from typing import Any

import pytest

from nilometer.schemas.detail import RawSpanDetail
from nilometer.schemas.event import RawEvent
from nilometer.schemas.feedback import MaskedFeedback, RawFeedback
from nilometer.schemas.score import RawScore, Score
from nilometer.schemas.span import RawSpan
from nilometer.streams.mask import Masker
from nilometer.streams.mask.places import IDENTIFIERS, PEOPLE, PLAIN, TEXTS
from tests.mask.events import feedback, make_masker, masked_span, said, score

MAIL = "mia.li3818@example.com"


@pytest.mark.parametrize("event", [RawSpan, RawFeedback, RawScore, RawSpanDetail])
def test_each_field_of_the_schema_is_in_one_group(event: type[RawEvent]) -> None:
    fields = set(event.__struct_fields__)
    assert fields <= TEXTS | IDENTIFIERS | PLAIN | PEOPLE
    assert len(TEXTS) + len(IDENTIFIERS) + len(PLAIN) + len(PEOPLE) == len(TEXTS | IDENTIFIERS | PLAIN | PEOPLE)


PLANTED: dict[str, Any] = dict.fromkeys(sorted(IDENTIFIERS & set(RawSpan.__struct_fields__)), f"x {MAIL}") | {
    "error_message": f"failed for {MAIL}",
    "input_messages": said(f"I am {MAIL}"),
    "output_messages": [
        {
            "role": "assistant",
            "name": MAIL,
            "parts": [
                {"type": "reasoning", "content": f"they are {MAIL}"},
                {"type": "tool_call", "id": "c1", "name": "f", "arguments": {"to": MAIL}},
                {"type": "tool_call", "id": "c2", "name": "f", "arguments": json.dumps({"to": [MAIL]})},
                {"type": "tool_call_response", "id": "c1", "response": f'{{"sent": "to {MAIL}"}}'},
                {"type": "something new", "deep": [{"er": (MAIL,)}]},
            ],
        }
    ],
    "tool_definitions": [{"name": "f", "description": f"ask {MAIL}"}],
    "tool_arguments": {"x": MAIL},
    "tool_result": f"mailed {MAIL}",
    "retrieval_query": f"orders of {MAIL}",
    "retrieval_documents": [{"id": "d", "content": f"by {MAIL}"}],
    "parameters": {"stop": [MAIL]},
    "attributes": {f"seen.{MAIL}": 1, "note": f"by {MAIL}"},
    "user_id": MAIL,
    "session_id": MAIL,
}


@pytest.mark.parametrize("name", sorted(PLANTED))
def test_an_address_planted_in_a_field_is_masked(masker: Masker, name: str) -> None:
    masked = masked_span(masker, **{name: PLANTED[name]})
    assert MAIL not in str(masked)
    assert masked.masked
    assert masked.mask_version == masker.version


@pytest.mark.parametrize("name", ["comment", "correction", "user_id", "attributes"])
def test_feedback_is_masked(masker: Masker, name: str) -> None:
    raw = feedback(**{name: {"a": MAIL} if name == "attributes" else f"ask {MAIL}"})
    masked = masker.mask([raw])[0]
    assert isinstance(masked, MaskedFeedback)
    assert MAIL not in str(masked)
    assert masked.event_id == raw.event_id


@pytest.mark.parametrize("name", ["explanation", "label", "attributes"])
def test_scores_are_masked(masker: Masker, name: str) -> None:
    raw = score(**{name: {"a": MAIL} if name == "attributes" else f"names {MAIL}"})
    masked = masker.mask([raw])[0]
    assert isinstance(masked, Score)
    assert MAIL not in str(masked)
    assert masked.event_id == raw.event_id


def test_names_of_models_and_ids_stay(masker: Masker) -> None:
    fields = {
        "request_model": "claude-3-5-sonnet-20241022",
        "response_model": "gpt-4o-2024-08-06",
        "response_id": "chatcmpl-9XyZ1234567890",
        "provider": "openai",
        "agent_name": "Charlotte",
        "tool_name": "get_user_details",
        "tool_call_id": "call_HGn16KZh9oNCruxsMJ4gYXan",
        "finish_reason": "tool_calls",
        "feature": "paris-trip-planner",
        "session_id": "s-9",
    }
    masked = masked_span(masker, **fields)
    assert {name: getattr(masked, name) for name in fields} == fields
    assert masked.masked == {}


def test_user_ids_become_pseudonyms_that_join_and_do_not_join_environments(masker: Masker) -> None:
    one, two = masked_span(masker, user_id="mia_li_3668").user_id, masked_span(masker, user_id="mia_li_3668").user_id
    assert one == two
    assert one is not None
    assert one.startswith("u_")
    assert len(one) == 18
    assert masked_span(masker, user_id="u-18").user_id != one
    assert masked_span(masker, user_id=one).user_id == one


def test_user_ids_are_kept_where_the_policy_says_so() -> None:
    masked = masked_span(make_masker(user_ids="keep"), user_id="mia_li_3668", tool_arguments={"user_id": "u-1"})
    assert masked.user_id == "mia_li_3668"
    assert masked.tool_arguments == {"user_id": "u-1"}


def test_what_keys_name_is_masked_in_the_other_texts_of_the_span_and_only_there(masker: Masker) -> None:
    profile = {"first_name": "Daiki", "last_name": "Li", "dob": "1990-04-05", "payment_id": "p-884411"}
    known = masked_span(
        masker,
        tool_result=json.dumps(profile),
        error_message="daiki is out. April 5, 1990 was noted; LI paid with p-884411. the daikiris stay",
    )
    assert known.error_message == (
        "<PERSON> is out. <DATE_OF_BIRTH> was noted; <PERSON> paid with <PAYMENT_ID>. the daikiris stay"
    )
    assert masked_span(masker, error_message="p-884411 was noted").error_message == "p-884411 was noted"


def test_a_user_name_gives_away_the_names_in_it(masker: Masker) -> None:
    masked = masked_span(
        masker, input_messages=[*said("My user ID is yara_garcia_1905."), *said("Yara wants to fly", "assistant")]
    )
    assert "Yara" not in str(masked)


def test_images_leave_a_marker(masker: Masker) -> None:
    picture = "iVBORw0KGgoAAAANSUhEUgAA" * 20
    masked = masked_span(
        masker,
        input_messages=[
            {"role": "user", "parts": [{"type": "blob", "mime_type": "image/png", "content": picture}]},
            {"role": "user", "parts": [{"type": "text", "content": f"see data:image/png;base64,{picture} here"}]},
        ],
        attributes={"raw": b"\x00\x01"},
    )
    assert "iVBOR" not in str(masked)
    assert masked.masked == {"BLOB": 3}
    assert masked.input_messages is not None
    assert masked.input_messages[1]["parts"][0]["content"] == "see <BLOB: 360 bytes> here"
    assert masked.attributes == {"raw": "<BLOB: 2 bytes>"}


def test_counts_are_kinds_and_numbers(masker: Masker) -> None:
    masked = masked_span(masker, error_message=f"{MAIL} and c.d@example.org", user_id="u-1")
    assert masked.masked == {"EMAIL_ADDRESS": 2, "USER_ID": 1}


def test_only_the_kinds_of_the_policy_are_masked() -> None:
    masker = make_masker(entities=["CREDIT_CARD"])
    masked = masked_span(masker, error_message=f"{MAIL} 4111111111111111", attributes={"first_name": "Mia"})
    assert masked.error_message == f"{MAIL} <CREDIT_CARD>"
    assert masked.attributes == {"first_name": "Mia"}


def test_allowed_texts_stay_and_denied_ones_go() -> None:
    masker = make_masker(allow=["support@example.com"], deny=["Project Osiris"])
    out = masked_span(masker, error_message=f"support@example.com, {MAIL}: project osiris").error_message
    assert out == "support@example.com, <EMAIL_ADDRESS>: <DENIED>"


def test_neither_masker_nor_cache_show_what_they_saw(masker: Masker) -> None:
    masked_span(masker, error_message=f"write to {MAIL}")
    assert MAIL not in repr(masker)
    assert MAIL not in str(vars(masker))


@pytest.mark.parametrize("said", [{"user": "json_output_1234"}, {"customer_name": "Json Export"}])
def test_a_name_of_ordinary_words_takes_nothing_out_of_the_event(masker: Masker, said: dict[str, str]) -> None:
    kept = {"output.mime_type": "application/json"}
    masked = masked_span(masker, attributes=said | kept)
    assert masked.attributes is not None
    assert masked.attributes["output.mime_type"] == "application/json"
    assert not set(said.values()) & set(masked.attributes.values())
