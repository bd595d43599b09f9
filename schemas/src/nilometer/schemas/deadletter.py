"""Dead letters: what could not be processed, why, and the sealed original."""

from datetime import datetime
from typing import Literal

import msgspec

from nilometer.schemas.ids import event_id

Step = Literal["open", "decode", "validate", "mask", "price", "publish", "notify", "forward"]


class Coordinates(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Where an event came from: a Kafka record, or a line of a file."""

    source: str
    """Topic, or the file's name."""
    partition: int = 0
    offset: int = 0
    """Kafka offset, or the line number from 1."""
    index: int | None = None
    """Position in the batch from 0; None where the whole batch is meant."""

    def __str__(self) -> str:
        place = f"{self.source}[{self.partition}]@{self.offset}"
        return place if self.index is None else f"{place}#{self.index}"


class DeadLetter(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One event, or a batch that could not be opened, that the chain refused. It holds no plain text."""

    event_id: str
    step: Step
    error_type: str
    """Machine-readable, e.g. `unknown_key`, `unknown_field`, `clock`, `too_large`."""
    message: str
    """For people; made of locations and types, never of values."""
    source: Coordinates
    environment: str
    failed_at: datetime
    original: bytes = b""
    """Sealed: the event, or all of a record that could not be opened."""
    headers: dict[str, str] = {}
    """The wire headers that `original` needs to be opened."""
    attempts: int = 1


def dead_letter_id(source: Coordinates, incarnation: str, step: str) -> str:
    """The same failure of the same input has the same id, however often it is read."""
    return event_id("dead_letter", incarnation, str(source), step)
