"""The wire format: sealed batches on `raw`, CloudEvents in binary mode on everything else.

A sealed batch is `HPKE(zstd(body))` (RFC 9180, base mode: DHKEM(X25519), HKDF-SHA256, AES-128-GCM); environment and
content type are bound to it. Its headers say how to open it:

    nilometer-seal      hpke-1        the suite above
    nilometer-key       <key id>
    content-type        what the body is
    content-encoding    zstd          applied before sealing, for sealed bytes do not compress
    nilometer-signal    traces, logs  of OTLP bodies, where it is not traces; not bound to the seal
    nilometer-project   …             that the sender's API key belongs to, where it belongs to one; not bound
    nilometer-items     <count>       of the spans, log records or events in it, where the sender says; not bound
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

import msgspec
import zstandard
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hpke

from nilometer.schemas.alert import Alert
from nilometer.schemas.audit import AuditEntry
from nilometer.schemas.deadletter import DeadLetter
from nilometer.schemas.errors import KeyUnavailableError, WireError
from nilometer.schemas.event import Event
from nilometer.schemas.keys import KeyRing, SealingKey
from nilometer.schemas.rollup import Rollup
from nilometer.schemas.settings import MEBIBYTE
from nilometer.schemas.span import PricedSpan

NATIVE = "application/vnd.nilometer.events+jsonl"
"""One JSON object of a RawEvent a line."""
OTLP_PROTOBUF = "application/x-protobuf"
OTLP_JSON = "application/json"

MAX_BATCH_EVENTS = 500
MAX_BODY_BYTES = 16 * MEBIBYTE
"""The largest body that is opened, after decompression: what stands in front of decompression bombs."""
SEAL = "hpke-1"
SIGNAL_HEADER = "nilometer-signal"
PROJECT_HEADER = "nilometer-project"
ITEMS_HEADER = "nilometer-items"
SCHEMA_ID_HEADER = "__value_schema_id"
"""Confluent's name for where the id of the value's schema is."""

ANY_PARTITION = -1
"""librdkafka's RD_KAFKA_PARTITION_UA."""

Headers = list[tuple[str, bytes]]
Published = Event | Rollup | Alert | DeadLetter | AuditEntry

_SUITE = hpke.Suite(hpke.KEM.X25519, hpke.KDF.HKDF_SHA256, hpke.AEAD.AES_128_GCM)
_ENCODER = msgspec.json.Encoder()
_EVENT_DECODER: msgspec.json.Decoder[Event] = msgspec.json.Decoder(Event)  # pyright: ignore[reportArgumentType]


@dataclass(frozen=True)
class Message:
    """A Kafka message to be sent. `key` is None where order does not matter."""

    value: bytes
    headers: Headers
    key: bytes | None = None
    partition: int | None = None


def seal(
    body: bytes, content_type: str, key: SealingKey, environment: str, *, extra: Mapping[str, str] | None = None
) -> Message:
    """One sealed batch, with `extra` headers. Raises WireError where the body is larger than MAX_BODY_BYTES."""
    if len(body) > MAX_BODY_BYTES:
        raise WireError(f"a batch of {len(body)} bytes is larger than {MAX_BODY_BYTES}", "too_large")
    compressed = zstandard.ZstdCompressor(level=3).compress(body)
    value = _SUITE.encrypt(compressed, key.public, info=_info(environment, content_type))
    headers: Headers = [
        ("nilometer-seal", SEAL.encode()),
        ("nilometer-key", key.key_id.encode()),
        ("content-type", content_type.encode()),
        ("content-encoding", b"zstd"),
        *((name, text.encode()) for name, text in (extra or {}).items()),
    ]
    return Message(value, headers)


def unseal(value: bytes, headers: Mapping[str, str], ring: KeyRing, environment: str) -> tuple[bytes, str]:
    """Body and content type of a sealed batch. Raises KeyUnavailableError and WireError; neither quotes the content."""
    if headers.get("nilometer-seal") != SEAL or headers.get("content-encoding") != "zstd":
        raise WireError(
            f"not sealed with {SEAL} over zstd: this producer is not one of ours, or another version", "not_sealed"
        )
    private = ring.private.get(headers.get("nilometer-key", ""))
    if private is None:
        raise KeyUnavailableError("sealed with a key that this worker does not have")
    content_type = headers.get("content-type", "")
    try:
        compressed = _SUITE.decrypt(value, private, info=_info(environment, content_type))
    except (InvalidTag, ValueError):
        raise WireError(
            "the seal is broken: damaged on the way, or sealed for another environment", "broken_seal"
        ) from None
    try:
        reader = zstandard.ZstdDecompressor().stream_reader(compressed)
        body = reader.read(MAX_BODY_BYTES + 1)
    except zstandard.ZstdError:
        raise WireError("the sealed body is not zstd", "not_zstd") from None
    if len(body) > MAX_BODY_BYTES:
        raise WireError(f"the sealed body is larger than {MAX_BODY_BYTES} bytes", "too_large")
    return body, content_type


def header_map(headers: Iterable[tuple[str, bytes | str | None]] | None) -> dict[str, str]:
    """Kafka headers as text; undecodable bytes become U+FFFD, of repeated names the last one stays."""
    return {
        name: value if isinstance(value, str) else (value or b"").decode("utf-8", "replace")
        for name, value in headers or ()
    }


def encode_jsonl(events: Iterable[object]) -> bytes:
    """RawEvents as the native format: one JSON object a line."""
    return b"".join(_ENCODER.encode(event) + b"\n" for event in events)


def encode(
    event: Published,
    environment: str,
    *,
    partition: int | None = None,
    schema_ids: Mapping[str, bytes] | None = None,
) -> Message:
    """A message in the CloudEvents Kafka binding's binary mode: context in headers, the event as JSON in the value.

    `schema_ids` is what `registry.register` gave: kind → header value.
    """
    kind, identity, key, at = _describe(event)
    headers: Headers = [
        ("ce_specversion", b"1.0"),
        ("ce_id", identity.encode()),
        ("ce_source", f"/nilometer/{environment}".encode()),
        ("ce_type", f"dev.nilometer.{kind}.v1".encode()),
        ("ce_time", at.isoformat().encode()),
        ("ce_dataschema", f"urn:nilometer:schema:{kind}:v1".encode()),
        ("content-type", b"application/json"),
    ]
    if schema_ids and (schema_id := schema_ids.get(kind)):
        headers.append((SCHEMA_ID_HEADER, schema_id))
    return Message(_ENCODER.encode(event), headers, key.encode() if key else None, partition)


def decode_event(value: bytes) -> Event:
    """The event of a message of the topic `events`. Raises WireError that does not quote it."""
    try:
        return _EVENT_DECODER.decode(value)
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise WireError("not an event of this or an earlier version") from None


def _info(environment: str, content_type: str) -> bytes:
    return f"nilometer/1/{environment}/{content_type}".encode()


def _describe(event: Published) -> tuple[str, str, str | None, datetime]:
    """Kind, id, key and time of an event."""
    match event:
        case Rollup():
            identity = f"{event.topic}/{event.partition}/{event.last_offset}"
            return "rollup", identity, str(event.partition), event.published_at
        case Alert():
            return "alert", event.event_id, event.alert_id, event.changed_at
        case DeadLetter():
            return "dead_letter", event.event_id, str(event.source), event.failed_at
        case AuditEntry():
            return "audit", event.event_id, event.actor, event.at
        case _:
            kind = event.__struct_config__.tag
            at = event.started_at if isinstance(event, PricedSpan) else event.created_at
            return str(kind), event.event_id, event.trace_id, at
