"""Rollups for tests of the watch: seconds count from START."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import count
from typing import Any

from nilometer.schemas.alert import Alert
from nilometer.schemas.rollup import Cell, Rollup
from nilometer.schemas.settings import DetectorSettings, Rule
from nilometer.streams.watch import Watch

START = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
ORIGIN = int(START.timestamp())
_places = count()


def at(second: float) -> datetime:
    return START + timedelta(seconds=second)


def cell(second: int, calls: int = 1, dimensions: dict[str, str] | None = None, **more: Any) -> Cell:
    return Cell(second=ORIGIN + second, dimensions=dimensions or {}, calls=calls, **more)


def rollup(cells: Iterable[Cell], published: float, partition: int | None = None, offset: int = 0) -> Rollup:
    """Each is of a partition of its own, where none is given."""
    return Rollup(
        topic="raw",
        partition=next(_places) if partition is None else partition,
        first_offset=offset,
        last_offset=offset,
        published_at=at(published),
        cells=list(cells),
    )


def rule(metric: str = "error_rate", above: str | None = "0.5", **more: Any) -> Rule:
    threshold = Decimal(above) if above is not None else None
    return Rule.model_validate({"name": "r", "metric": metric, "above": threshold, "window_seconds": 60} | more)


def watch(*rules: Rule, **more: Any) -> Watch:
    values: dict[str, Any] = {"rules": list(rules), "resolve_seconds": 10, "watermark_seconds": 5} | more
    return Watch(DetectorSettings(**values), "test")


def told(alerts: Iterable[Alert]) -> list[tuple[str, str, dict[str, str]]]:
    return [(alert.rule, alert.state, alert.dimensions) for alert in alerts]
