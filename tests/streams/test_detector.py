"""The detector's process: fast, and killed at any time it neither repeats nor forgets an alert (invariant 5)."""

import json
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from nilometer.schemas.publisher import Publisher
from nilometer.schemas.rollup import Cell, Rollup
from nilometer.schemas.settings import Settings
from tests.streams.processes import Service
from tests.support.tansu import consume, tansu

RULES = [
    {"name": "errors", "metric": "error_rate", "above": "0.5", "window_seconds": 30, "by": ["feature"]},
    {"name": "gone-quiet", "metric": "latency_ms", "quantile": 0.9, "above": "1000", "window_seconds": 1},
]
DETECTOR = {"NILOMETER_DETECTOR": json.dumps({"rules": RULES, "resolve_seconds": 1, "watermark_seconds": 1})}


class Rollups:
    """Sends rollups of one partition, as a worker would."""

    def __init__(self, settings: Settings) -> None:
        self._publisher = Publisher(settings, threading.Event())
        self._topic = f"nilometer.{settings.environment}.raw"
        self._incarnation = settings.broker.incarnation
        self._offset = 0

    def send(self, feature: str, calls: int, *, age: float = 0, **more: Any) -> None:
        now = datetime.now(UTC) - timedelta(seconds=age)
        cell = Cell(second=int(now.timestamp()), dimensions={"feature": feature}, calls=calls, **more)
        rollup = Rollup(
            topic=self._topic,
            partition=1,
            first_offset=self._offset,
            last_offset=self._offset,
            published_at=now,
            incarnation=self._incarnation,
            cells=[cell],
        )
        self._offset += 1
        assert self._publisher.deliver([self._publisher.pack("rollups", rollup, 1)]) == []


def changes(settings: Settings, count: int) -> list[tuple[str, str, str]]:
    found = [json.loads(one.value) for one in consume(settings, "alerts", count)]
    return [(a["rule"], a["state"], a["dimensions"].get("feature", "")) for a in found]


def test_killed_between_it_neither_repeats_nor_forgets(tmp_path: Path) -> None:
    with tansu(tmp_path) as settings:
        rollups = Rollups(settings)
        detector = Service(settings, "detector", "detector", **DETECTOR)
        with detector:
            rollups.send("a", 10, errors=8)
            assert changes(settings, 1) == [("errors", "firing", "a")]
            detector.kill()
            # While nobody watches: b fails too, half of it before and half of it after the kill.
            rollups.send("b", 4, errors=4)
            detector.start()
            assert changes(settings, 2)[1:] == [("errors", "firing", "b")]
            rollups.send("b", 4, errors=4)
            rollups.send("c", 1, latency={400: 1})
            # When traffic stops, alerts resolve: by the wall clock alone.
            assert changes(settings, 4)[2:] == [("gone-quiet", "firing", ""), ("gone-quiet", "resolved", "")]
            detector.kill()
            detector.start()
            rollups.send("c", 5, errors=5)
            everything = changes(settings, 5)
            assert everything[4:] == [("errors", "firing", "c")]
            assert detector.stop() == 0
            assert not detector.ready_file.exists()
        assert len(set(everything)) == len(everything), "said once"
        ids = [json.loads(one.value)["event_id"] for one in consume(settings, "alerts", 5)]
        assert len(set(ids)) == 5


def test_learns_what_was_open_long_ago(tmp_path: Path) -> None:
    """Open since before the rollups it reads back: it is resolved, and not said anew."""
    with tansu(tmp_path) as settings, Service(settings, "detector", "detector", **DETECTOR) as detector:
        Rollups(settings).send("a", 10, errors=8, age=3600)
        assert changes(settings, 1) == [("errors", "firing", "a")]
        detector.kill()
        detector.start()
        assert changes(settings, 2) == [("errors", "firing", "a"), ("errors", "resolved", "a")]
        assert detector.stop() == 0
