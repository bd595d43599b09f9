"""Mask: the door to a Masker, which fails closed."""

from collections.abc import Sequence

from nilometer.schemas.deadletter import DeadLetter
from nilometer.schemas.detail import RawSpanDetail, SpanDetail
from nilometer.schemas.event import MaskedEvent, RawEvent
from nilometer.schemas.feedback import MaskedFeedback, RawFeedback
from nilometer.schemas.score import RawScore, Score
from nilometer.schemas.span import MaskedSpan, RawSpan
from nilometer.streams.items import Refusal, Sourced
from nilometer.streams.steps import Context, Failure, Result, refuse

_STAGES = {RawSpan: MaskedSpan, RawFeedback: MaskedFeedback, RawScore: Score, RawSpanDetail: SpanDetail}


def mask(batch: Sequence[Sourced[RawEvent]], ctx: Context) -> Result[MaskedEvent]:
    """Masks a batch. What the masker does not answer for, in its place, does not go on."""
    ok: list[Sourced[MaskedEvent]] = []
    dead: list[DeadLetter] = []
    for sourced, answer in zip(batch, _answers(batch, ctx), strict=True):
        result = _check(sourced.item, answer, ctx)
        if isinstance(result, Refusal):
            dead.append(refuse("mask", result, sourced, ctx))
        else:
            ok.append(Sourced(result, sourced.source, sourced.original, sourced.attempts))
    return ok, dead


def _answers(batch: Sequence[Sourced[RawEvent]], ctx: Context) -> Sequence[MaskedEvent | Failure]:
    """One answer for each event; where the batch fails as a whole, each event is tried alone."""
    if not batch:
        return []
    try:
        answers = ctx.masker.mask([sourced.item for sourced in batch])
        if len(answers) == len(batch):
            return answers
        what = f"the masker gave {len(answers)} answers for {len(batch)} events"
    except Exception as error:
        what = f"the masker raised {type(error).__name__}"
    if len(batch) == 1:
        return [Refusal("mask_failed", what)]
    return [answer for sourced in batch for answer in _answers([sourced], ctx)]


def _check(raw: RawEvent, answer: MaskedEvent | Failure, ctx: Context) -> MaskedEvent | Refusal:
    """The answer, if it is the masked form of this event and of no other."""
    if isinstance(answer, MaskedSpan | MaskedFeedback | Score | SpanDetail):
        wanted = _STAGES[type(raw)]
        if type(answer) is not wanted or answer.event_id != raw.event_id or answer.environment != ctx.environment:
            return Refusal("mask_failed", "the masker's answer belongs to another event")
        return answer
    return Refusal(str(answer.error_type), str(answer.message))
