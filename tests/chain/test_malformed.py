"""Everything that can be wrong with what comes in: one clear dead letter each, and the rest flows."""

import base64
import random

import msgspec
import pytest

from nilometer.schemas import wire
from nilometer.schemas.settings import ValidationSettings
from nilometer.streams import chain
from tests.support.chain import TRACE, both, context, key_ring, line, opened, record

SECRET = "maria.silva"
"""Planted where a value can be: no message may show it."""

BAD_LINES: dict[str, tuple[bytes, str, str, str]] = {
    # name: line, step, error type, message
    "cut": (line()[:-10], "decode", "malformed_json", "the JSON ends too early"),
    "no JSON": (b"hello " + SECRET.encode(), "decode", "malformed_json", "not JSON from byte 0 of the line on"),
    "array": (b"[1]", "decode", "wrong_type", "$: must be object, not array"),
    "not UTF-8": (line().replace(b"chat", b"\xff\xfe"), "decode", "not_utf8", "the line is not UTF-8"),
    "NaN": (line(attributes={"a": 1}).replace(b"1}", b"NaN}"), "decode", "malformed_json", "not JSON from byte"),
    "1e999": (
        line(attributes={"a": "~"}).replace(b'"~"', b"1e999"),
        "decode",
        "number_range",
        "$.attributes[...]: the number is too large",
    ),
    "no type": (line(type=...), "decode", "missing_field", "$: the field 'type' is missing"),
    "wrong type": (line(type=SECRET), "decode", "unknown_value", "$.type: must be one of span, feedback, score"),
    "missing field": (line(name=...), "decode", "missing_field", "$: the field 'name' is missing"),
    "unknown field": (
        line(modle="x"),
        "decode",
        "unknown_field",
        "$: an unknown field",
    ),
    "misspelt field": (line(span_ids="x"), "decode", "unknown_field", "did you mean 'span_id'?"),
    "field that is data": (line(**{"Maria Silva": 1}), "decode", "unknown_field", "$: an unknown field"),
    "field that is a number": (line(credit_card_4421486=1), "decode", "unknown_field", "$: an unknown field"),
    "field that is a name": (
        line(user_mia=1),
        "decode",
        "unknown_field",
        "$: an unknown field; did you mean 'user_id'?",
    ),
    "unknown field inside": (
        line(usage={"input_token": 1}),
        "decode",
        "unknown_field",
        "$.usage: unknown field 'input_token'; did you mean 'input_tokens'?",
    ),
    "text for a number": (
        line(usage={"input_tokens": SECRET}),
        "decode",
        "wrong_type",
        "$.usage.input_tokens: must be int or null, not str",
    ),
    "message is text": (
        line(input_messages=[{"role": "user"}, SECRET]),
        "decode",
        "wrong_type",
        "$.input_messages[1]: must be object, not str",
    ),
    "status": (line(status=SECRET), "decode", "unknown_value", "$.status: must be one of ok, error"),
    "no time": (line(started_at=SECRET), "decode", "wrong_type", "$.started_at: must be a time in RFC 3339"),
    "too deep to read": (
        line(attributes={"a": "~"}).replace(b'"~"', b"[" * 9000 + b"]" * 9000),
        "decode",
        "too_deep",
        "values are nested too deeply",
    ),
    "deeper than 64": (
        line(attributes={"a": "~"}).replace(b'"~"', b"[" * 65 + b"]" * 65),
        "validate",
        "too_deep",
        "$.attributes: nested more than 64 deep",
    ),
    "large": (line(error_message="x" * 2_000), "decode", "too_large", "validation.max_span_bytes is 1500"),
    "trace id": (line(trace_id=SECRET), "validate", "bad_id", "$.trace_id: must be 32 lower-case hexadecimal digits"),
    "capital trace id": (line(trace_id=TRACE.upper()), "validate", "bad_id", "$.trace_id"),
    "zero trace id": (line(trace_id="0" * 32), "validate", "bad_id", "$.trace_id"),
    "trace id and a line feed": (line(trace_id=TRACE + "\n"), "validate", "bad_id", "$.trace_id"),
    "span id": (line(span_id="1"), "validate", "bad_id", "$.span_id: must be 16 lower-case"),
    "parent id": (line(parent_span_id="0" * 16), "validate", "bad_id", "$.parent_span_id"),
    "own parent": (line(parent_span_id="b7ad6b7169203331"), "validate", "bad_id", "cannot be its own parent"),
    "1970": (line(started_at="1970-01-01T00:00:00Z"), "validate", "clock", "$.started_at: before validation.earliest"),
    "2099": (line(started_at="2099-01-01T00:00:00Z"), "validate", "clock", "$.started_at: later than now"),
    "ends in 2099": (line(ended_at="2099-01-01T00:00:00Z"), "validate", "clock", "$.ended_at: later than now"),
    "ends first": (line(ended_at="2026-11-23T11:58:59Z"), "validate", "clock", "$.ended_at: before $.started_at"),
    "year 1 in the east": (line(started_at="0001-01-01T00:00:00+14:00"), "validate", "clock", "$.started_at: before"),
    "year 9999 in the west": (line(started_at="9999-12-31T23:59:59-14:00"), "validate", "clock", "$.started_at: later"),
    "no zone": (line(started_at="2026-11-23T11:00:00"), "validate", "time_zone", "$.started_at: needs a time zone"),
    "other environment": (
        line(environment="production"),
        "validate",
        "other_environment",
        "$.environment: not 'test', which this worker serves",
    ),
    "long name": (line(name="n" * 513), "validate", "too_long", "$.name: 513 characters; validation.max_name_length"),
    "negative tokens": (line(usage={"input_tokens": -1}), "validate", "out_of_range", "$.usage.input_tokens"),
    "absurd tokens": (line(usage={"output_tokens": 2**70}), "validate", "out_of_range", "$.usage.output_tokens"),
    "negative latency": (line(time_to_first_token_ms=-0.5), "validate", "out_of_range", "$.time_to_first_token_ms"),
    "empty feedback id": (
        b'{"type":"feedback","feedback_id":" ","trace_id":"%s","created_at":"2026-11-23T11:00:00Z"}' % TRACE.encode(),
        "validate",
        "empty",
        "$.feedback_id: must not be empty",
    ),
    "score of no span": (
        b'{"type":"score","name":"s","evaluator":"e","span_id":"x","trace_id":"%s","created_at":"2026-11-23T11:00:00Z"}'
        % TRACE.encode(),
        "validate",
        "bad_id",
        "$.span_id",
    ),
}


@pytest.mark.parametrize("name", BAD_LINES)
def test_a_bad_line_is_one_clear_dead_letter_and_its_neighbours_flow(name: str) -> None:
    bad, step, error_type, message = BAD_LINES[name]
    limits = ValidationSettings(max_span_bytes=1_500 if name == "large" else 100_000)
    before, after = line(span_id="00f067aa0ba902b7"), line(span_id="00f067aa0ba902b8")
    outcome = chain.run([record([before, bad, after], offset=7)], context(validation=limits))
    assert [s.source.index for s in outcome.sourced] == [0, 2]
    (letter,) = outcome.dead
    assert (letter.step, letter.error_type) == (step, error_type)
    assert message in letter.message
    assert SECRET not in letter.message
    assert "Maria" not in letter.message
    assert str(letter.source) == "nilometer.test.raw[2]@7#1"
    assert opened(letter) == bad


def test_an_unknown_key_keeps_the_record_as_it_arrived() -> None:
    foreign = record([line()], ring=key_ring("somebody else"))
    outcome = chain.run([foreign, record([line()], offset=1)], context())
    assert len(outcome.events) == 1
    (letter,) = outcome.dead
    assert (letter.step, letter.error_type) == ("open", "unknown_key")
    assert letter.source == foreign.source
    assert opened(letter, both(key_ring(), key_ring("somebody else"))) == line()


def test_a_broken_seal_keeps_the_record_as_it_arrived() -> None:
    whole = record([line()])
    broken = chain.Record(whole.value[:-1] + b"\xff", whole.headers, whole.source)
    (letter,) = chain.run([broken], context()).dead
    assert (letter.error_type, opened(letter)) == ("broken_seal", broken.value)


CLAIMS = {
    "none": {"content-type": "application/json", "authorization": SECRET},
    "our key": record([]).headers,
    "a key that nobody has": record([]).headers | {"nilometer-key": "0" * 16},
    "odd words": record([]).headers | {"content-type": f"text/{SECRET}", "nilometer-project": SECRET},
}


@pytest.mark.parametrize("claimed", CLAIMS)
@pytest.mark.parametrize("before", [b"", b"\xff\xfe"], ids=["text", "no text"])
def test_plain_text_on_the_topic_is_sealed_before_it_is_kept(claimed: str, before: bytes) -> None:
    """Invariant 3: a producer that forgot to seal, or only says that it did, must not make us publish its text."""
    source, value = record([]).source, before + line(name=SECRET)
    (letter,) = chain.run([chain.Record(value, CLAIMS[claimed], source)], context()).dead
    errors = {"none": "not_sealed", "a key that nobody has": "unknown_key"}
    assert letter.error_type == errors.get(claimed, "broken_seal")
    shown = msgspec.json.encode(letter)
    assert SECRET.encode() not in shown
    assert base64.b64encode(SECRET.encode())[:-4] not in shown
    if claimed != "a key that nobody has":
        assert opened(letter) == value


def test_headers_that_do_not_help_to_open_are_not_kept() -> None:
    whole = record([line()], ring=key_ring("somebody else"))
    headers = whole.headers | {"user": SECRET, "content-type": f"text/{SECRET} {SECRET}"}
    (letter,) = chain.run([chain.Record(whole.value, headers, whole.source)], context()).dead
    assert SECRET not in str(letter.headers)
    assert set(letter.headers) == {"nilometer-seal", "nilometer-key", "content-encoding", "content-type"}


def test_50_megabytes_are_refused_without_being_kept() -> None:
    small = record([line()])
    large = chain.Record(b"\xff" * 50_000_000, small.headers, small.source)
    outcome = chain.run([large, record([line()], offset=1)], context())
    assert len(outcome.events) == 1
    (letter,) = outcome.dead
    assert (letter.step, letter.error_type, letter.original) == ("open", "too_large", b"")
    assert "50000000 bytes" in letter.message


def test_a_decompression_bomb_is_refused_and_kept_as_it_arrived(monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(wire, "MAX_BODY_BYTES", 60_000_000)
        bomb = record([b" " * 50_000_000])
    assert len(bomb.value) < 10_000
    (letter,) = chain.run([bomb], context()).dead
    assert (letter.step, letter.error_type, opened(letter)) == ("open", "too_large", bomb.value)


def test_an_original_too_large_for_a_message_is_left_out_and_said_to_be() -> None:
    noise = random.Random(1).randbytes(60_000).hex()
    small = context(max_message_bytes=128 * 1024, validation=ValidationSettings(max_span_bytes=100_000))
    (letter,) = chain.run([record([line(error_message=noise)])], small).dead
    assert (letter.error_type, letter.original, letter.headers) == ("too_large", b"", {})
    assert "is too large to keep" in letter.message


def test_an_event_too_large_to_publish_is_a_dead_letter() -> None:
    small = context(max_message_bytes=128 * 1024)
    outcome = chain.run([record([line(error_message="x" * 70_000), line()])], small)
    assert len(outcome.events) == 1
    (letter,) = outcome.dead
    assert (letter.step, letter.error_type) == ("publish", "too_large")
    assert opened(letter) == line(error_message="x" * 70_000)


def test_a_content_type_of_others_is_refused_as_a_whole() -> None:
    strange = record([b"x"], content_type=f"text/{SECRET}")
    (letter,) = chain.run([strange], context()).dead
    assert (letter.step, letter.error_type, opened(letter)) == ("decode", "unknown_content_type", b"x")
    assert SECRET not in letter.message


def test_more_events_than_a_batch_may_have_are_refused_as_a_whole() -> None:
    outcome = chain.run([record([line()] * 501), record([line()] * 500, offset=1)], context())
    assert len(outcome.events) == 500
    (letter,) = outcome.dead
    assert (letter.error_type, letter.source.index) == ("too_many_events", None)


def test_blank_lines_are_nothing() -> None:
    outcome = chain.run([record([b"", line(), b" \r", b"", line(span_id="00f067aa0ba902b7"), b""])], context())
    assert [s.source.index for s in outcome.sourced] == [1, 4]
    assert outcome.dead == []
    assert chain.run([record([])], context()) == chain.Outcome([], [])
