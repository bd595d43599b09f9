"""Which events a destination gets: a pure function of its settings and the event."""

import hashlib

from nilometer.schemas.detail import SpanDetail
from nilometer.schemas.event import Event
from nilometer.schemas.settings import Destination
from nilometer.schemas.span import PricedSpan

Forwarded = PricedSpan | SpanDetail
"""What can be sent on. Feedback and scores have no place in OTLP's traces."""


def chosen(event: Event, destination: Destination) -> Forwarded | None:
    """The event, where this destination gets it."""
    match event:
        case PricedSpan():
            if not _fits(event, destination):
                return None
        case SpanDetail():
            if not destination.logs:
                return None
        case _:
            return None
    return event if sampled(event.trace_id, destination.sample) else None


def sampled(trace_id: str, share: float) -> bool:
    """Whether a trace is among the share that is sent: always the same answer, for every span of it."""
    if share >= 1:
        return True
    digest = hashlib.blake2b(trace_id.encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") < share * 2**64


def _fits(span: PricedSpan, destination: Destination) -> bool:
    wanted = (
        (destination.projects, span.project),
        (destination.services, span.service),
        (destination.features, span.feature),
        (destination.operations, span.operation),
    )
    if any(names and name not in names for names, name in wanted):
        return False
    if destination.status is not None and span.status != destination.status:
        return False
    return span.is_call or not destination.calls_only
