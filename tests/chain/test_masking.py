"""The door to the masker fails closed: whatever it does, nothing goes on that it did not answer for."""

from collections.abc import Callable, Sequence

import msgspec
import pytest

from nilometer.schemas.event import MaskedEvent, RawEvent
from nilometer.schemas.span import RawSpan
from nilometer.streams import chain
from nilometer.streams.items import Refusal
from nilometer.streams.steps import Failure
from tests.support.chain import ENVIRONMENT, SPAN, UnmaskedPassThrough, context, line, opened, record

SECRET = "maria.silva"
LINES = [line(span_id=f"{number:016x}") for number in range(1, 4)]
POISON = line(span_id="f" * 16, name=SECRET)

Answers = Sequence[MaskedEvent | Failure]


class Misbehaving:
    """A masker that misbehaves as given whenever the poisoned event is in its batch."""

    version = "misbehaving"

    def __init__(self, misbehave: Callable[[list[MaskedEvent]], Answers]) -> None:
        self.misbehave = misbehave

    def mask(self, events: Sequence[RawEvent], /) -> Answers:
        answers = UnmaskedPassThrough().mask(events)
        poisoned = any(isinstance(e, RawSpan) and e.span_id == "f" * 16 for e in events)
        return self.misbehave(answers) if poisoned else answers


def _raise(_answers: list[MaskedEvent]) -> Answers:
    raise ValueError(SECRET)


def _of_another_event(answers: list[MaskedEvent]) -> Answers:
    return [msgspec.structs.replace(answer, event_id="0" * 32) for answer in answers]


def _of_another_environment(answers: list[MaskedEvent]) -> Answers:
    return [msgspec.structs.replace(answer, environment="production") for answer in answers]


def _of_another_kind(answers: list[MaskedEvent]) -> Answers:
    (feedback,) = chain.run([record([FEEDBACK])], context()).events
    return [msgspec.structs.replace(feedback, event_id=answer.event_id) for answer in answers]  # pyright: ignore


FEEDBACK = msgspec.json.encode(
    {"type": "feedback", "feedback_id": "f1", "trace_id": "a" * 32, "created_at": "2026-11-23T11:00:00Z"}
)


@pytest.mark.parametrize(
    ("misbehave", "refused", "message"),
    [
        (_raise, 1, "the masker raised ValueError"),
        (lambda answers: answers[:-1], 1, "the masker gave 0 answers for 1 events"),
        (lambda answers: [*answers, *answers], 1, "the masker gave 2 answers for 1 events"),
        (lambda answers: [Refusal("too_long", "$.name: too long") for _ in answers], 4, "$.name: too long"),
        (_of_another_event, 4, "belongs to another event"),
        (_of_another_environment, 4, "belongs to another event"),
        (_of_another_kind, 4, "belongs to another event"),
        (lambda answers: [answers[-1], *answers[:-1]], 4, "belongs to another event"),
    ],
)
def test_a_masker_that_misbehaves_lets_nothing_through(
    misbehave: Callable[[list[MaskedEvent]], Answers], refused: int, message: str
) -> None:
    """Invariant 3. Where a batch fails as a whole, each event is tried alone, and only the guilty one stays."""
    ctx = context(masker=Misbehaving(misbehave))
    outcome = chain.run([record([*LINES, POISON])], ctx)
    assert len(outcome.dead) == refused
    assert len(outcome.events) == 4 - refused
    for letter in outcome.dead:
        assert letter.step == "mask"
        assert message in letter.message
        assert SECRET not in letter.message
    assert opened(outcome.dead[-1]) == POISON


def test_every_event_leaves_with_its_environment() -> None:
    outcome = chain.run([record([*LINES, FEEDBACK, line(environment=ENVIRONMENT, span_id=SPAN)])], context())
    assert [event.environment for event in outcome.events] == [ENVIRONMENT] * 5


def test_a_masker_is_not_asked_about_nothing() -> None:
    class Unasked:
        version = "unasked"

        def mask(self, events: Sequence[RawEvent], /) -> Answers:
            raise AssertionError(len(events))

    assert chain.run([record([]), record([b"x"])], context(masker=Unasked())).events == []
