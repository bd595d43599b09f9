"""Dead letters: what is kept of a refused event, and how it comes back.

A dead letter never holds plain text. What arrived sealed and could not be opened stays as it arrived; everything else
is sealed again with the public key of the environment.
"""

import re
from dataclasses import dataclass, field
from datetime import datetime

from nilometer.schemas import burying, wire
from nilometer.schemas.burying import TOLD, Kept, keep
from nilometer.schemas.deadletter import Coordinates, DeadLetter, Step
from nilometer.schemas.errors import WireError
from nilometer.schemas.keys import KeyRing, SealingKey
from nilometer.streams.items import Record

ATTEMPTS_HEADER = "nilometer-attempts"
"""How often a record has been a dead letter before; `dead retry` sends it along."""
_NEEDED = {
    "nilometer-seal": re.compile(r"[a-z0-9-]{1,32}"),
    "nilometer-key": re.compile(r"[0-9a-f]{16}"),
    "content-type": re.compile(r"[A-Za-z0-9!#$&^_.+-]{1,64}/[A-Za-z0-9!#$&^_.+-]{1,64}"),
    "content-encoding": re.compile(r"[a-z0-9-]{1,32}"),
    wire.SIGNAL_HEADER: re.compile(r"traces|logs"),
    wire.PROJECT_HEADER: re.compile(r"[A-Za-z0-9_.-]{1,64}"),
}
UNKNOWN_TYPE = "application/octet-stream"


@dataclass(frozen=True, slots=True)
class Line:
    """An event as one native JSON line, unsealed; or as a body of another content type, with its headers."""

    line: bytes
    content_type: str = wire.NATIVE
    headers: dict[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True, slots=True)
class Arrived:
    """A record as it arrived."""

    record: Record


Original = Line | Arrived


def bury(
    step: Step,
    error_type: str,
    message: str,
    source: Coordinates,
    original: Original,
    *,
    environment: str,
    incarnation: str,
    failed_at: datetime,
    max_message_bytes: int,
    key: SealingKey,
    attempts: int = 1,
) -> DeadLetter:
    """The dead letter of a refused original. An original that would not fit a message is left out, and says so."""
    return burying.bury(
        step,
        error_type,
        message,
        source,
        _keep(original, key, environment),
        environment=environment,
        incarnation=incarnation,
        failed_at=failed_at,
        max_message_bytes=max_message_bytes,
        attempts=attempts,
    )


def reopen(dead: DeadLetter, ring: KeyRing, environment: str) -> Record:
    """The record to publish on `raw` so that a dead letter is tried again, sealed with the newest key.

    Raises KeyUnavailableError and WireError where it could not be opened now either: trying again would not help.
    """
    if not dead.original:
        raise no_original(dead)
    body, content_type = wire.unseal(dead.original, dead.headers, ring, environment)
    extra = {name: dead.headers[name] for name in TOLD if name in dead.headers}
    message = wire.seal(body, content_type, ring.sealing, environment, extra=extra)
    headers = wire.header_map(message.headers) | {ATTEMPTS_HEADER: str(dead.attempts)}
    return Record(message.value, headers, dead.source)


def no_original(dead: DeadLetter) -> WireError:
    """Why a dead letter has nothing to open or to send back."""
    if dead.step in ("notify", "forward"):
        why = "there is nothing to process again: what it is about is in the warehouse, and only was not passed on"
    else:
        why = "it was too large"
    return WireError(f"this dead letter kept no original: {why}", "no_original")


def attempts(headers: dict[str, str]) -> int:
    """Which attempt a record is, from 1."""
    before = headers.get(ATTEMPTS_HEADER, "")
    return int(before) + 1 if re.fullmatch(r"[0-9]{1,6}", before) else 1


def _keep(original: Original, key: SealingKey, environment: str) -> Kept:
    match original:
        case Arrived(record) if _looks_sealed(record):
            return Kept(len(record.value), record.value, _needed(record.headers))
        case Arrived(record):
            needed = _needed(record.headers)
            return keep(record.value, needed.get("content-type", UNKNOWN_TYPE), key, environment, needed)
        case Line(line=b""):
            return Kept(0)
        case Line(line, content_type, headers):
            return keep(line, content_type, key, environment, headers)


def _looks_sealed(record: Record) -> bool:
    """Whether keeping the bytes as they are shows nothing: a producer may claim a seal over plain text."""
    headers = _needed(record.headers)
    if headers.get("nilometer-seal") != wire.SEAL or "nilometer-key" not in headers:
        return False
    try:
        record.value.decode("utf-8")
    except UnicodeDecodeError:
        return True
    return False


def _needed(headers: dict[str, str]) -> dict[str, str]:
    """The headers that opening needs, where they have the form of one; others may hold anything."""
    return {name: value for name, form in _NEEDED.items() if form.fullmatch(value := headers.get(name, ""))}
