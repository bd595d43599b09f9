"""OTLP bodies: looked at as far as it takes to refuse bad ones, and cut where they are too large for one record.

What is taken goes on as it came, byte for byte; only a body that is cut, or of which a part is rejected, is written
anew, in its own form.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

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


@dataclass(frozen=True)
class Taken:
    """What of a request is taken: bodies to seal, and what was left out."""

    bodies: list[bytes]
    accepted: int
    rejected: int = 0
    message: str = ""


@dataclass
class _Sorted:
    rows: list[Row] = field(default_factory=list[Row])
    reasons: Counter[str] = field(default_factory=Counter[str])


def take(signal: Signal, body: bytes, settings: Settings, *, json: bool) -> Taken:
    """Raises RefusedError: bad_body, too_large."""
    form = forms.read(signal, body, json=json)
    if signal is METRICS:
        count = sum(1 for _ in form.rows())
        return Taken([], 0, count, "metrics are not kept: Nilometer counts from spans" if count else "")
    limit = settings.gateway.max_spans
    found = _Sorted()
    total = 0
    large = len(body) > PIECE_BYTES
    for row in form.rows():
        total += 1
        if total > limit:
            raise RefusedError(Kind.too_large, f"more than {limit} {signal.items_are} (gateway.max_spans)")
        reason = _fault(signal, form, row, len(body), settings)
        if reason is None:
            found.rows.append(row)
        else:
            found.reasons[reason] += 1
    rejected = total - len(found.rows)
    message = "; ".join(f"{count} {signal.items_are}: {reason}" for reason, count in found.reasons.items())
    if rejected and not found.rows:
        raise RefusedError(Kind.bad_body, message)
    if not found.rows:
        return Taken([], 0)
    if not rejected and not large and total <= PIECE_ITEMS:
        return Taken([body], total)
    return Taken([form.assemble(piece) for piece in _pieces(form, found.rows)], len(found.rows), rejected, message)


def largest_body(settings: Settings) -> int:
    """The largest body that surely fits into one record, even if it does not compress at all."""
    return min(MAX_BODY_BYTES, settings.topics.max_message_bytes - _MARGIN_BYTES)


def _fault(signal: Signal, form: Form, row: Row, body_size: int, settings: Settings) -> str | None:
    """Why an item is not taken."""
    gateway = settings.gateway
    if signal is TRACES and not form.identified(row.item):
        return "no valid trace id and span id"
    depth, size = form.depth_and_size(row.item, gateway.max_depth, body_size > gateway.max_attribute_bytes)
    if depth > gateway.max_depth:
        return f"an attribute is nested deeper than {gateway.max_depth} (gateway.max_depth)"
    if size > gateway.max_attribute_bytes:
        return f"an attribute is larger than {gateway.max_attribute_bytes} bytes (gateway.max_attribute_bytes)"
    most = largest_body(settings)
    if body_size > most and form.size(row) > most - _MARGIN_BYTES:
        return f"larger than one record of the topic, {most} bytes (topics.max_message_bytes)"
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


__all__ = ["LOGS", "METRICS", "TRACES", "Taken", "largest_body", "take"]
