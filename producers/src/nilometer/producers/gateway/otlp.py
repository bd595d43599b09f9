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
from nilometer.producers.lanes import Lanes
from nilometer.schemas.settings import MEBIBYTE, Settings
from nilometer.schemas.wire import MAX_BODY_BYTES

PIECE_BYTES = 2 * MEBIBYTE
PIECE_ITEMS = 512
"""A body beyond either is cut: a record is what a worker handles at once, and what a rebalance waits for.
OpenTelemetry's SDKs send as many spans at a time."""
HEAVY_PIECE_ITEMS = 100
"""Of heavy traces less: between two of their records come those of others."""
_MARGIN_BYTES = 64 * 1024
"""What seal, headers and Kafka's framing may add."""


class Fault(NamedTuple):
    """Why an item is not taken: for machines, and for people. Places and sizes, never values."""

    error_type: str
    message: str


@dataclass(frozen=True)
class Piece:
    """What becomes one record."""

    body: bytes
    items: int
    heavy: bool = False
    """Of a trace that is (see `lanes`)."""


@dataclass(frozen=True)
class Taken:
    """What of a request is taken: pieces to seal, and what was left out."""

    pieces: list[Piece]
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
    pieces: list[Piece]
    accepted: int
    left: list[Left]


def take(signal: Signal, body: bytes, settings: Settings, *, json: bool, lanes: Lanes | None = None) -> Taken:
    """Raises RefusedError: bad_body, too_large."""
    if signal is METRICS:
        count = sum(1 for _ in forms.read(signal, body, json=json).rows())
        return Taken([], 0, count, "metrics are not kept: Nilometer counts from spans" if count else "")
    found = sort(signal, body, settings, json=json, lanes=lanes)
    reasons = Counter(left.fault.message for left in found.left)
    message = "; ".join(f"{count} {signal.items_are}: {reason}" for reason, count in reasons.items())
    if reasons and not found.accepted:
        raise RefusedError(Kind.bad_body, message)
    return Taken(found.pieces, found.accepted, len(found.left), message)


def sort(signal: Signal, body: bytes, settings: Settings, *, json: bool, lanes: Lanes | None = None) -> Sorted:
    """Of traces and logs; `lanes` counts them. Raises RefusedError: bad_body, too_large."""
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
    others, apart = _apart(form, good, lanes)
    pieces: list[Piece] = []
    for rows, most, heavy in ((others, PIECE_ITEMS, False), (apart, HEAVY_PIECE_ITEMS, True)):
        if rows and len(rows) == len(good) + len(left) and len(body) <= PIECE_BYTES and len(rows) <= most:
            # All of it goes on as it came.
            pieces.append(Piece(body, len(rows), heavy))
        elif rows:
            pieces += [Piece(form.assemble(piece), len(piece), heavy) for piece in _pieces(form, rows, most)]
    return Sorted(form, pieces, len(good), left)


def _apart(form: Form, rows: Sequence[Row], lanes: Lanes | None) -> tuple[Sequence[Row], Sequence[Row]]:
    """Rows of traces that are not heavy, and of those that are."""
    if lanes is None:
        return rows, ()
    traces = [form.trace(row.item) for row in rows]
    heavy = lanes.count(Counter(trace for trace in traces if trace))
    if not heavy:
        return rows, ()
    told = [(row, trace in heavy) for row, trace in zip(rows, traces, strict=True)]
    return [row for row, is_heavy in told if not is_heavy], [row for row, is_heavy in told if is_heavy]


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


def _pieces(form: Form, rows: Sequence[Row], most: int) -> Iterator[list[Row]]:
    """Rows that go into one record together."""
    piece: list[Row] = []
    size = 0
    for row in rows:
        more = form.size(row)
        if piece and (size + more > PIECE_BYTES or len(piece) >= most):
            yield piece
            piece, size = [], 0
        piece.append(row)
        size += more
    yield piece


__all__ = ["LOGS", "METRICS", "TRACES", "Fault", "Left", "Piece", "Sorted", "Taken", "largest_body", "sort", "take"]
