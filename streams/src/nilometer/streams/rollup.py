"""Rollups: what one batch of one partition adds to the counts."""

import math
from collections import OrderedDict
from collections.abc import Container, Iterable, Sequence

from nilometer.schemas.event import Event
from nilometer.schemas.rollup import SECRET_KIND, Cell, latency_bucket
from nilometer.schemas.settings import Rule
from nilometer.schemas.span import PricedSpan
from nilometer.streams.duplicates import without_duplicates
from nilometer.streams.mask.kinds import SECRETS


class RecentIds:
    """The ids counted last, at most `size`; the oldest are forgotten first."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._ids: OrderedDict[str, None] = OrderedDict()

    def __contains__(self, event_id: object) -> bool:
        return event_id in self._ids

    def __len__(self) -> int:
        return len(self._ids)

    def add(self, event_id: str) -> None:
        self._ids[event_id] = None
        self._ids.move_to_end(event_id)
        if len(self._ids) > self._size:
            self._ids.popitem(last=False)


def needed_dimensions(rules: Iterable[Rule]) -> tuple[str, ...]:
    """All span fields that some rule groups or filters by, sorted."""
    return tuple(sorted({name for rule in rules for name in (*rule.by, *rule.where)} - {SECRET_KIND}))


def new_calls(events: Iterable[Event], recent: Container[str]) -> list[PricedSpan]:
    """The calls among the events, each id once, without those counted lately and those that others record again."""
    found: dict[str, PricedSpan] = {}
    for event in events:
        if isinstance(event, PricedSpan) and event.is_call and event.event_id not in recent:
            found.setdefault(event.event_id, event)
    return without_duplicates(found.values())


def with_secrets(events: Iterable[Event], recent: Container[str]) -> list[Event]:
    """The events in which masking found secrets, each id once, without those counted lately."""
    found: dict[str, Event] = {}
    for event in events:
        if event.event_id not in recent and any(kind in SECRETS for kind in event.masked):
            found.setdefault(event.event_id, event)
    return list(found.values())


def count_secrets(events: Iterable[Event], dimensions: Sequence[str]) -> list[Cell]:
    """The cells of secrets: one for each second, combination of dimensions and kind, in that order.

    The second is the event's end, where it has one: a call is looked at when it is over.
    """
    cells: dict[tuple[int, tuple[tuple[str, str], ...]], Cell] = {}
    for event in events:
        at = (event.ended_at or event.started_at) if isinstance(event, PricedSpan) else event.created_at
        own = _own(event, dimensions)
        for kind, number in event.masked.items():
            if kind in SECRETS:
                key = math.floor(at.timestamp()), (*own, (SECRET_KIND, kind))
                cell = cells.setdefault(key, Cell(second=key[0], dimensions=dict(key[1])))
                cell.secrets += number
    return [cells[key] for key in sorted(cells)]


def count(calls: Iterable[PricedSpan], dimensions: Sequence[str]) -> list[Cell]:
    """The cells of some calls: one for each second and combination of dimensions, in that order.

    A field that a span does not have is no dimension of its cell. Tokens and costs that are unknown add nothing; a
    successful call without a cost adds to `unpriced`.
    """
    cells: dict[tuple[int, tuple[tuple[str, str], ...]], Cell] = {}
    for span in calls:
        second = math.floor(span.started_at.timestamp())
        own = _own(span, dimensions)
        cell = cells.get((second, own))
        if cell is None:
            cell = cells[second, own] = Cell(second=second, dimensions=dict(own))
        _add(cell, span)
    return [cells[key] for key in sorted(cells)]


def _own(event: Event, dimensions: Sequence[str]) -> tuple[tuple[str, str], ...]:
    return tuple((name, str(value)) for name in dimensions if (value := getattr(event, name, None)) is not None)


def _add(cell: Cell, span: PricedSpan) -> None:
    cell.calls += 1
    cell.errors += span.status == "error"
    if span.cost is not None:
        cell.cost += span.cost
    elif span.status == "ok":
        cell.unpriced += 1
    if span.usage is not None:
        cell.input_tokens += span.usage.input_tokens or 0
        cell.output_tokens += span.usage.output_tokens or 0
    if span.ended_at is not None:
        bucket = latency_bucket((span.ended_at - span.started_at).total_seconds() * 1000)
        cell.latency[bucket] = cell.latency.get(bucket, 0) + 1
