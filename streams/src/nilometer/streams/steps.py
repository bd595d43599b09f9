"""What every step of the chain has in common: its items, its context, and what a refusal is.

A step is a pure function over a batch, `(batch, ctx) -> (ok, dead)`: every item that goes in comes out once, either
as the item of the next stage or as a dead letter. Nothing raises.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol, TypeVar

from nilometer.schemas import wire
from nilometer.schemas.deadletter import Coordinates, DeadLetter, Step
from nilometer.schemas.event import MaskedEvent, RawEvent
from nilometer.schemas.keys import KeyRing
from nilometer.schemas.settings import MEBIBYTE, ValidationSettings
from nilometer.streams import deadletters
from nilometer.streams.items import Refusal, Sourced

In = TypeVar("In")
Out = TypeVar("Out")

Result = tuple[list[Sourced[Out]], list[DeadLetter]]
"""What a step makes of a batch: what goes on, and what does not."""


class Failure(Protocol):
    """What a masker answers for an event that it cannot mask."""

    @property
    def error_type(self) -> str: ...
    @property
    def message(self) -> str: ...


class Masker(Protocol):
    """Takes personal data out of events; what it answers for one event depends on that event only."""

    @property
    def version(self) -> str: ...

    def mask(self, events: Sequence[RawEvent], /) -> Sequence[MaskedEvent | Failure]:
        """One answer for each event, in order."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What steps need besides their batch. Clock and keys are passed in; nothing else is read from outside."""

    environment: str
    ring: KeyRing
    masker: Masker
    clock: Callable[[], datetime]
    """The present, in UTC."""
    validation: ValidationSettings = field(default_factory=ValidationSettings)
    incarnation: str = ""
    """Which cluster, and which life of it, the coordinates belong to; part of a dead letter's id."""
    max_message_bytes: int = 8 * MEBIBYTE
    """What a Kafka message may hold."""

    def bury(
        self,
        step: Step,
        refusal: Refusal,
        source: Coordinates,
        original: deadletters.Original,
        attempts: int = 1,
    ) -> DeadLetter:
        """The dead letter of what was refused."""
        return deadletters.bury(
            step,
            refusal.error_type,
            refusal.message,
            source,
            original,
            environment=self.environment,
            incarnation=self.incarnation,
            failed_at=self.clock(),
            max_message_bytes=self.max_message_bytes,
            key=self.ring.sealing,
            attempts=attempts,
        )


def each(
    step: Step, work: Callable[[In, Context], Out | Refusal], batch: Sequence[Sourced[In]], ctx: Context
) -> Result[Out]:
    """Does `work` to each item alone, so that no item's result depends on its batch."""
    ok: list[Sourced[Out]] = []
    dead: list[DeadLetter] = []
    for sourced in batch:
        result = guarded(work, sourced.item, ctx)
        if isinstance(result, Refusal):
            dead.append(refuse(step, result, sourced, ctx))
        else:
            ok.append(Sourced(result, sourced.source, sourced.original, sourced.attempts))
    return ok, dead


def refuse(step: Step, refusal: Refusal, sourced: Sourced[object], ctx: Context) -> DeadLetter:
    """The dead letter of one event."""
    if sourced.kept_as is None:
        original = deadletters.Line(sourced.original)
    else:
        content_type, signal = sourced.kept_as
        headers = {wire.SIGNAL_HEADER: signal} if signal else {}
        original = deadletters.Line(sourced.original, content_type, headers)
    return ctx.bury(step, refusal, sourced.source, original, sourced.attempts)


def guarded(work: Callable[[In, Context], Out | Refusal], item: In, ctx: Context) -> Out | Refusal:
    """What `work` says; a fault of ours is a refusal too, for one event must not stop those beside it."""
    try:
        return work(item, ctx)
    except Exception as error:
        return Refusal("internal", f"unexpected {type(error).__name__}: a fault of Nilometer, please report it")
