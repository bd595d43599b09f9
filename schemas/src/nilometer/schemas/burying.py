"""Burying: what was refused becomes a dead letter, with its original sealed and never readable."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from nilometer.schemas import wire
from nilometer.schemas.deadletter import Coordinates, DeadLetter, Step, dead_letter_id
from nilometer.schemas.keys import SealingKey

HEADER_ROOM = 64 * 1024
"""What a dead letter holds besides its original, generously."""
TOLD = (wire.SIGNAL_HEADER, wire.PROJECT_HEADER)
"""Headers that say more of a body than its content type does."""


@dataclass(frozen=True, slots=True)
class Kept:
    """What a dead letter keeps: sealed bytes, the headers that opening them needs, and the size they are judged by."""

    size: int
    value: bytes = b""
    headers: dict[str, str] = field(default_factory=dict[str, str])


def keep(body: bytes, content_type: str, key: SealingKey, environment: str, headers: Mapping[str, str]) -> Kept:
    """A body, sealed; of its headers those that say what it is."""
    if len(body) > wire.MAX_BODY_BYTES:
        return Kept(len(body))
    extra = {name: headers[name] for name in TOLD if name in headers}
    message = wire.seal(body, content_type, key, environment, extra=extra)
    return Kept(len(message.value), message.value, wire.header_map(message.headers))


def bury(
    step: Step,
    error_type: str,
    message: str,
    source: Coordinates,
    kept: Kept,
    *,
    environment: str,
    incarnation: str,
    failed_at: datetime,
    max_message_bytes: int,
    attempts: int = 1,
) -> DeadLetter:
    """The dead letter of a refused original. An original that would not fit a message is left out, and says so."""
    # msgspec writes bytes as base64: four characters for three bytes.
    if kept.size > min((max_message_bytes - HEADER_ROOM) * 3 // 4, wire.MAX_BODY_BYTES):
        message += f" (the original, {kept.size} bytes, is too large to keep)"
        kept = Kept(0)
    return DeadLetter(
        event_id=dead_letter_id(source, incarnation, step),
        step=step,
        error_type=error_type,
        message=message,
        source=source,
        environment=environment,
        failed_at=failed_at,
        original=kept.value,
        headers=kept.headers,
        attempts=attempts,
    )
