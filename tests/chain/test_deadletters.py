"""Dead letters come back: reopened, tried again, counted, and never twice the same letter for the same failure."""

import base64

import msgspec
import pytest

from nilometer.schemas import wire
from nilometer.schemas.deadletter import Coordinates, DeadLetter
from nilometer.schemas.errors import KeyUnavailableError, WireError
from nilometer.schemas.settings import ValidationSettings
from nilometer.schemas.span import RawSpan
from nilometer.streams import chain
from nilometer.streams.deadletters import reopen
from tests.support.chain import ENVIRONMENT, NOW, SPAN, TRACE, both, context, key_ring, line, record

LATE = line(started_at="2014-01-01T00:00:00Z")


def refused(ctx: chain.Context | None = None) -> DeadLetter:
    (letter,) = chain.run([record([line(), LATE], offset=3)], ctx or context()).dead
    return letter


def test_a_dead_letter_is_tried_again_once_the_cause_is_gone() -> None:
    letter = refused()
    again = reopen(letter, key_ring(), ENVIRONMENT)
    assert again.source == letter.source
    older = context(validation=ValidationSettings(earliest="2010-01-01T00:00:00Z"))
    outcome = chain.run([again], older)
    assert outcome.dead == []
    direct = chain.run([record([LATE])], older)
    assert outcome.events == direct.events


def test_one_that_fails_again_counts_its_attempts() -> None:
    letter = refused()
    assert letter.attempts == 1
    for attempt in (2, 3):
        (letter,) = chain.run([reopen(letter, key_ring(), ENVIRONMENT)], context()).dead
        assert letter.attempts == attempt


def test_the_same_failure_of_the_same_input_is_the_same_letter() -> None:
    first, second = refused(), refused()
    assert first.original != second.original, "sealing is random"
    assert msgspec.structs.replace(first, original=b"") == msgspec.structs.replace(second, original=b"")
    other_life = refused(context(incarnation="cluster/2"))
    assert other_life.event_id != first.event_id


def test_an_unknown_key_that_came_back_opens_it() -> None:
    lost = key_ring("lost")
    (letter,) = chain.run([record([line()], ring=lost)], context()).dead
    with pytest.raises(KeyUnavailableError):
        reopen(letter, key_ring(), ENVIRONMENT)
    again = reopen(letter, both(key_ring(), lost), ENVIRONMENT)
    assert again.headers["nilometer-key"] == key_ring().sealing.key_id
    assert len(chain.run([again], context()).events) == 1


def test_what_was_not_kept_cannot_be_reopened() -> None:
    letter = msgspec.structs.replace(refused(), original=b"", headers={})
    with pytest.raises(WireError, match="kept no original"):
        reopen(letter, key_ring(), ENVIRONMENT)


def test_a_letter_of_another_environment_stays_closed() -> None:
    """Invariant 8."""
    with pytest.raises(WireError):
        reopen(refused(), key_ring(), "production")


def test_a_letter_shows_nothing_of_its_event() -> None:
    secret = "maria.silva"
    (letter,) = chain.run([record([line(trace_id=secret, input_messages=[{"role": secret}])])], context()).dead
    shown = msgspec.json.encode(letter)
    assert secret.encode() not in shown
    assert base64.b64encode(secret.encode())[:-4] not in shown
    assert letter.failed_at == NOW


def test_events_from_files_have_letters_too() -> None:
    source = Coordinates(source="events.jsonl", offset=12)
    span = RawSpan(trace_id=TRACE, span_id=SPAN, name="n", started_at=NOW.replace(year=1970))
    (letter,) = chain.run_events([chain.Sourced(span, source)], context()).dead
    assert str(letter.source) == "events.jsonl[0]@12"
    body, content_type = wire.unseal(letter.original, letter.headers, key_ring(), ENVIRONMENT)
    assert content_type == wire.NATIVE
    assert msgspec.json.decode(body, type=RawSpan) == span


def test_an_event_that_cannot_be_written_as_json_is_a_letter() -> None:
    source = Coordinates(source="events.jsonl", offset=1)
    strange = RawSpan(trace_id=TRACE, span_id=SPAN, name="n", started_at=NOW, attributes={"a": object()})
    deep: list[object] = []
    for _ in range(5_000):
        deep = [deep]
    buried = RawSpan(trace_id=TRACE, span_id=SPAN, name="n", started_at=NOW, attributes={"a": deep})
    letters = chain.run_events([chain.Sourced(e, source) for e in (strange, buried)], context()).dead
    assert [(d.step, d.error_type, d.original) for d in letters] == [
        ("decode", "unsupported_type", b""),
        ("decode", "too_deep", b""),
    ]
