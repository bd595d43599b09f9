"""OTLP bodies: looked at as far as it takes to refuse bad ones, and cut where they are too large for one record.

What is taken goes on as it came, byte for byte; only a body that is cut, or of which a part is rejected, is written
anew, in its own form.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from nilometer.producers.gateway import forms
from nilometer.producers.gateway.forms import Form, Row
from nilometer.producers.gateway.refusals import Kind, RefusedError
from nilometer.producers.gateway.signals import LOGS, METRICS, TRACES, Signal
from nilometer.schemas.settings import MEBIBYTE, Settings
from nilometer.schemas.wire import MAX_BODY_BYTES

PIECE_BYTES = 2 * MEBIBYTE
PIECE_ITEMS = 2_000
"""A body beyond either is cut: a record is what a worker handles at once, and what a rebalance waits for."""
_MARGIN_BYTES = 64 * 1024
"""What seal, headers and Kafka's framing may add."""


class Fault(NamedTuple):
    """Why an item is not taken: for machines, and for people. Places and sizes, never values."""

    error_type: str
    message: str


@dataclass(frozen=True)
class Taken:
    """What of a request is taken: bodies to seal, and what was left out."""

    bodies: list[bytes]
    accepted: int
    rejected: int = 0
    message: str = ""


@dataclass(frozen=True)
class Left:
    """An item that is not taken."""

    index: int
    """Its position in the request, from 0."""
    fault: Fault
    row: Row


@dataclass(frozen=True)
class Sorted:
    """A request, looked at: what of it is good, cut to the size of a record, and what is not."""

    form: Form
    bodies: list[bytes]
    accepted: int
    left: list[Left]


def take(signal: Signal, body: bytes, settings: Settings, *, json: bool) -> Taken:
    """Raises RefusedError: bad_body, too_large."""
    if signal is METRICS:
        count = sum(1 for _ in forms.read(signal, body, json=json).rows())
        return Taken([], 0, count, "metrics are not kept: Nilometer counts from spans" if count else "")
    found = sort(signal, body, settings, json=json)
    reasons = Counter(left.fault.message for left in found.left)
    message = "; ".join(f"{count} {signal.items_are}: {reason}" for reason, count in reasons.items())
    if reasons and not found.accepted:
        raise RefusedError(Kind.bad_body, message)
    return Taken(found.bodies, found.accepted, len(found.left), message)


def sort(signal: Signal, body: bytes, settings: Settings, *, json: bool) -> Sorted:
    """Of traces and logs. Raises RefusedError: bad_body, too_large."""
    form = forms.read(signal, body, json=json)
    limit = settings.gateway.max_spans
    good: list[Row] = []
    left: list[Left] = []
    for index, row in enumerate(form.rows()):
        if index >= limit:
            raise RefusedError(Kind.too_large, f"more than {limit} {signal.items_are} (gateway.max_spans)")
        fault = _fault(signal, form, row, len(body), settings)
        if fault is None:
            good.append(row)
        else:
            left.append(Left(index, fault, row))
    if good and not left and len(body) <= PIECE_BYTES and len(good) <= PIECE_ITEMS:
        bodies = [body]
    else:
        bodies = [form.assemble(piece) for piece in _pieces(form, good)] if good else []
    return Sorted(form, bodies, len(good), left)


def largest_body(settings: Settings) -> int:
    """The largest body that surely fits into one record, even if it does not compress at all."""
    return min(MAX_BODY_BYTES, settings.topics.max_message_bytes - _MARGIN_BYTES)


def _fault(signal: Signal, form: Form, row: Row, body_size: int, settings: Settings) -> Fault | None:
    gateway = settings.gateway
    if signal is TRACES and not form.identified(row.item):
        return Fault("bad_id", "no valid trace id and span id")
    depth, size = form.depth_and_size(row.item, gateway.max_depth, body_size > gateway.max_attribute_bytes)
    if depth > gateway.max_depth:
        return Fault("too_deep", f"an attribute is nested deeper than {gateway.max_depth} (gateway.max_depth)")
    if size > gateway.max_attribute_bytes:
        message = f"an attribute is larger than {gateway.max_attribute_bytes} bytes (gateway.max_attribute_bytes)"
        return Fault("too_large", message)
    most = largest_body(settings)
    if body_size > most and form.size(row) > most - _MARGIN_BYTES:
        return Fault("too_large", f"larger than one record of the topic, {most} bytes (topics.max_message_bytes)")
    return None


def _pieces(form: Form, rows: Sequence[Row]) -> Iterator[list[Row]]:
    """Rows that go into one record together."""
    piece: list[Row] = []
    size = 0
    for row in rows:
        more = form.size(row)
        if piece and (size + more > PIECE_BYTES or len(piece) >= PIECE_ITEMS):
            yield piece
            piece, size = [], 0
        piece.append(row)
        size += more
    yield piece


__all__ = ["LOGS", "METRICS", "TRACES", "Fault", "Left", "Sorted", "Taken", "largest_body", "sort", "take"]
