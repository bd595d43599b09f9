"""One record of the Collector to sealed bodies and dead letters: the gateway's reading and limits, without a door."""

import zlib
from dataclasses import dataclass, field, replace
from datetime import datetime

import msgspec

from nilometer.producers.gateway import otlp
from nilometer.producers.gateway.otlp import Fault, Piece
from nilometer.producers.gateway.refusals import Kind, RefusedError
from nilometer.producers.gateway.signals import Signal
from nilometer.producers.lanes import Lanes
from nilometer.schemas import burying, wire
from nilometer.schemas.deadletter import Coordinates, DeadLetter
from nilometer.schemas.keys import SealingKey
from nilometer.schemas.settings import Settings


@dataclass(frozen=True)
class Arrival:
    """A record as it was read."""

    signal: Signal
    value: bytes
    source: Coordinates


@dataclass(frozen=True)
class Surroundings:
    """What reading needs besides the record."""

    settings: Settings
    key: SealingKey
    incarnation: str
    """Which cluster the coordinates belong to."""
    partitions: int
    """Of the topic `raw`."""
    now: datetime
    lanes: Lanes


@dataclass(frozen=True)
class Gathered:
    """What a record becomes: every span or log record of it is in exactly one of the two."""

    sealed: list[wire.Message] = field(default_factory=list[wire.Message])
    dead: list[DeadLetter] = field(default_factory=list[DeadLetter])
    accepted: int = 0


def gather(arrival: Arrival, around: Surroundings) -> Gathered:
    """Never raises: what cannot be read is one dead letter, so is each item that cannot be taken."""
    if not arrival.value:
        return Gathered()
    forms = forms_of(arrival.value, around.settings.collector.encoding)
    fault = Fault("internal", "")
    for json in forms:
        try:
            return _sorted(arrival, around, json)
        except RefusedError as error:
            fault = Fault(error.kind.name, error.message)
        except Exception as error:
            # One record must not stop those behind it.
            message = f"unexpected {type(error).__name__}: a fault of Nilometer, please report it"
            fault = Fault("internal", message)
    headers = _headers(arrival, around, forms[-1])
    return Gathered(dead=[_bury(arrival.value, arrival.source, fault, headers, around)])


def forms_of(value: bytes, encoding: str) -> tuple[bool, ...]:
    """Whether it is JSON: what to try, in this order. Records carry no header that would say so."""
    if encoding != "auto":
        return (encoding == "otlp_json",)
    if value[:1] == b"{":
        return (True,)
    # A newline is also how a request begins in protobuf, and its length may look like a brace.
    return (False, True) if value[:64].lstrip()[:1] == b"{" else (False,)


def _sorted(arrival: Arrival, around: Surroundings, json: bool) -> Gathered:
    if len(arrival.value) > (most := around.settings.gateway.max_decompressed_bytes):
        raise RefusedError(Kind.too_large, f"larger than {most} bytes (gateway.max_decompressed_bytes)")
    found = otlp.sort(arrival.signal, arrival.value, around.settings, json=json, lanes=around.lanes)
    headers = _headers(arrival, around, json)
    # The same record goes to the same partition each time, where a worker may still know its ids.
    place = zlib.crc32(str(arrival.source).encode())
    sealed = [_seal(piece, headers, place, around) for piece in found.pieces]
    dead = [
        _bury(
            found.form.assemble([left.row]),
            msgspec.structs.replace(arrival.source, index=left.index),
            left.fault,
            headers,
            around,
        )
        for left in found.left
    ]
    return Gathered(sealed, dead, found.accepted)


def _headers(arrival: Arrival, around: Surroundings, json: bool) -> dict[str, str]:
    headers = {
        "content-type": wire.OTLP_JSON if json else wire.OTLP_PROTOBUF,
        wire.SIGNAL_HEADER: arrival.signal.name,
    }
    if project := around.settings.collector.project:
        headers[wire.PROJECT_HEADER] = project
    return headers


def _seal(piece: Piece, headers: dict[str, str], place: int, around: Surroundings) -> wire.Message:
    extra = {name: value for name, value in headers.items() if name != "content-type"}
    extra[wire.ITEMS_HEADER] = str(piece.items)
    message = wire.seal(piece.body, headers["content-type"], around.key, around.settings.environment, extra=extra)
    return replace(message, partition=around.lanes.partition(piece.heavy, around.partitions, place))


def _bury(body: bytes, source: Coordinates, fault: Fault, headers: dict[str, str], around: Surroundings) -> DeadLetter:
    settings = around.settings
    kept = burying.keep(body, headers["content-type"], around.key, settings.environment, headers)
    return burying.bury(
        "decode",
        fault.error_type,
        fault.message,
        source,
        kept,
        environment=settings.environment,
        incarnation=around.incarnation,
        failed_at=around.now,
        max_message_bytes=settings.topics.max_message_bytes,
    )
