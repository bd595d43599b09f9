"""Dead letters: what is kept of a refused event, and how it comes back.

A dead letter never holds plain text: what was refused is sealed with the public key of the environment. A record that
could not be opened is sealed as a whole, headers and all, whatever it says of itself: a producer may claim a seal over
plain text.
"""

import re
from dataclasses import dataclass, field
from datetime import datetime

import msgspec

from nilometer.schemas import burying, wire
from nilometer.schemas.burying import TOLD, Kept, keep
from nilometer.schemas.deadletter import Coordinates, DeadLetter, Step
from nilometer.schemas.errors import WireError
from nilometer.schemas.keys import KeyRing, SealingKey
from nilometer.streams.items import Record

ATTEMPTS_HEADER = "nilometer-attempts"
"""How often a record has been a dead letter before; `dead retry` sends it along."""
_TOLD = {
    "content-type": re.compile(r"[A-Za-z0-9!#$&^_.+-]{1,64}/[A-Za-z0-9!#$&^_.+-]{1,64}"),
    wire.SIGNAL_HEADER: re.compile(r"traces|logs"),
    wire.PROJECT_HEADER: re.compile(r"[A-Za-z0-9_.-]{1,64}"),
}
UNKNOWN_TYPE = "application/octet-stream"
RECORD = "application/vnd.nilometer.record+json"
"""A record as it arrived, within a dead letter."""
_TYPES = (wire.NATIVE, wire.OTLP_PROTOBUF, wire.OTLP_JSON)


class _Whole(msgspec.Struct, frozen=True):
    """A record as it arrived."""

    value: bytes
    headers: dict[str, str]


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
    body, content_type, told = unbury(dead, ring, environment)
    extra = {name: told[name] for name in TOLD if name in told}
    message = wire.seal(body, content_type, ring.sealing, environment, extra=extra)
    headers = wire.header_map(message.headers) | {ATTEMPTS_HEADER: str(dead.attempts)}
    return Record(message.value, headers, dead.source)


def unbury(
    dead: DeadLetter, ring: KeyRing, environment: str, *, as_arrived: bool = False
) -> tuple[bytes, str, dict[str, str]]:
    """The body that was refused, its content type, and the headers that say more of it. `as_arrived`: of a record that
    is not what it claims to be, its bytes. Raises KeyUnavailableError and WireError."""
    body, content_type = wire.unseal(dead.original, dead.headers, ring, environment)
    if content_type != RECORD:
        return body, content_type, _told(dead.headers)
    try:
        whole = msgspec.json.decode(body, type=_Whole)
    except msgspec.DecodeError:
        raise WireError("this dead letter does not hold a record", "no_original") from None
    told = _told(whole.headers)
    try:
        body, content_type = wire.unseal(whole.value, whole.headers, ring, environment)
    except WireError as error:
        if error.error_type != "not_sealed" and not as_arrived:
            raise
        body, content_type = whole.value, told.get("content-type", "")
    return body, content_type if content_type in _TYPES else UNKNOWN_TYPE, told


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
        case Arrived(record):
            whole = _Whole(record.value, record.headers)
            return keep(msgspec.json.encode(whole), RECORD, key, environment, {})
        case Line(line=b""):
            return Kept(0)
        case Line(line, content_type, headers):
            return keep(line, content_type, key, environment, headers)


def _told(headers: dict[str, str]) -> dict[str, str]:
    """The headers that say what a body is, where they have the form of one; others may hold anything."""
    return {name: value for name, form in _TOLD.items() if form.fullmatch(value := headers.get(name, ""))}
