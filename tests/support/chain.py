"""What tests of the chain need: fixed keys and clock, a masker that does not mask, records from lines."""

import hashlib
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from nilometer.schemas import wire
from nilometer.schemas.deadletter import Coordinates, DeadLetter
from nilometer.schemas.detail import RawSpanDetail, SpanDetail
from nilometer.schemas.event import MaskedEvent, RawEvent
from nilometer.schemas.feedback import MaskedFeedback
from nilometer.schemas.keys import KeyRing, SealingKey, key_id
from nilometer.schemas.score import RawScore, Score
from nilometer.schemas.span import MaskedSpan, RawSpan
from nilometer.streams import chain
from nilometer.streams.deadletters import unbury

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
ENVIRONMENT = "test"
TRACE = "0af7651916cd43dd8448eb211c80319c"
SPAN = "b7ad6b7169203331"


class UnmaskedPassThrough:
    """Not a masker: events go through as they are. For tests of all that happens around masking."""

    version = "unmasked"

    def mask(self, events: Sequence[RawEvent], /) -> list[MaskedEvent]:
        return [unmasked(event, self.version) for event in events]


def unmasked(event: RawEvent, version: str) -> MaskedEvent:
    """The next stage of an event, with all that was in it."""
    fields: dict[str, Any] = {name: getattr(event, name) for name in event.__struct_fields__}
    match event:
        case RawSpan():
            return MaskedSpan(**fields, event_id=event.event_id, mask_version=version)
        case RawScore():
            return Score(**fields, event_id=event.event_id, mask_version=version)
        case RawSpanDetail():
            return SpanDetail(**fields, event_id=event.event_id, mask_version=version)
        case _:
            return MaskedFeedback(**fields, event_id=event.event_id, mask_version=version)


def key_ring(seed: str = "nilometer") -> KeyRing:
    """The same keys for the same seed."""
    private = X25519PrivateKey.from_private_bytes(hashlib.sha256(seed.encode()).digest())
    public = private.public_key()
    key = SealingKey(key_id(public), public)
    return KeyRing(key, {key.key_id: private}, hashlib.sha256(b"pseudonym" + seed.encode()).digest())


def context(**changes: Any) -> chain.Context:
    """A context with fixed keys and clock and without masking, but for what is given."""
    values: dict[str, Any] = {
        "environment": ENVIRONMENT,
        "ring": key_ring(),
        "masker": UnmaskedPassThrough(),
        "clock": lambda: NOW,
    }
    return chain.Context(**values | changes)


def record(
    lines: Iterable[bytes], *, offset: int = 0, ring: KeyRing | None = None, content_type: str = wire.NATIVE
) -> chain.Record:
    """A sealed record of lines."""
    message = wire.seal(b"\n".join(lines), content_type, (ring or key_ring()).sealing, ENVIRONMENT)
    source = Coordinates(source=f"nilometer.{ENVIRONMENT}.raw", partition=2, offset=offset)
    return chain.Record(message.value, wire.header_map(message.headers), source)


def line(**fields: object) -> bytes:
    """A native line: a valid chat span, but for what is given; fields that are `...` are left out."""
    values: dict[str, object] = {
        "type": "span",
        "trace_id": TRACE,
        "span_id": SPAN,
        "name": "chat gpt-4o",
        "started_at": "2026-11-23T11:59:00Z",
    }
    return msgspec.json.encode({name: value for name, value in (values | fields).items() if value is not ...})


def opened(letter: DeadLetter, ring: KeyRing | None = None) -> bytes:
    """What a dead letter keeps, opened: the body that was refused, or what a record holds that nobody can open."""
    return unbury(letter, ring or key_ring(), ENVIRONMENT, as_arrived=True)[0]


def both(one: KeyRing, other: KeyRing) -> KeyRing:
    """The first, which also opens what was sealed for the second."""
    return KeyRing(one.sealing, {**one.private, **other.private}, one.pseudonym)
