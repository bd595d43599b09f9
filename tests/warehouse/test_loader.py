"""The loader: from the embedded broker into the lake, once each, whatever happens on the way."""

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Generator, Iterable
from pathlib import Path

import msgspec
import pytest
from confluent_kafka import Producer

from nilometer.schemas import wire
from nilometer.schemas.broker import cluster_id, producer_config
from nilometer.schemas.keys import ensure_keys, load_key_ring
from nilometer.schemas.settings import Settings
from nilometer.schemas.topics import TopicName, topic_name
from nilometer.schemas.wire import Published
from nilometer.warehouse.intake import PUBLISHED
from nilometer.warehouse.writer import Writer
from tests.support.lake import alert, audit, dead_letter, feedback, fingerprint, rows, score, span, value
from tests.support.tansu import Tansu

PATIENCE_SECONDS = 90.0


@pytest.fixture
def broker(tmp_path: Path) -> Generator[Tansu]:
    with Tansu(tmp_path / "broker") as running:
        yield running


class Process:
    """`python -m nilometer.warehouse.loader` with the settings of a broker."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        ready = settings.run_directory() / "loader.ready"
        ready.unlink(missing_ok=True)
        environment = os.environ | {
            "NILOMETER_HOME": str(settings.home),
            "NILOMETER_BROKER__BOOTSTRAP_SERVERS": settings.broker.bootstrap_servers or "",
            "NILOMETER_BROKER__EMBEDDED": "true",
            "NILOMETER_BROKER__INCARNATION": settings.broker.incarnation,
            "NILOMETER_LOADER__BATCH_SECONDS": "0.1",
        }
        self._process = subprocess.Popen(
            [sys.executable, "-m", "nilometer.warehouse.loader"], env=environment, cwd=settings.home.parent
        )
        until(lambda: ready.exists() and ready.read_text().strip() == str(self._process.pid))

    def __enter__(self) -> "Process":
        return self

    def __exit__(self, *_: object) -> None:
        if self._process.poll() is None:
            self.kill()

    def kill(self) -> None:
        self._process.send_signal(signal.SIGKILL)
        self._process.wait(30)

    def stop(self) -> int:
        self._process.terminate()
        return self._process.wait(60)


def until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not holds():
        assert time.monotonic() < deadline, "waited too long"
        time.sleep(0.05)


def publish(settings: Settings, topic: TopicName, events: Iterable[Published | bytes]) -> None:
    producer = Producer(producer_config(settings))
    for event in events:
        message = wire.Message(event, []) if isinstance(event, bytes) else wire.encode(event, settings.environment)
        producer.produce(
            topic_name(settings.environment, topic), message.value, key=message.key, headers=dict(message.headers)
        )
    assert producer.flush(30) == 0


def count(settings: Settings, view: str) -> int:
    return int(value(settings, f"SELECT count(*) FROM {view}"))  # noqa: S608


def test_every_topic_ends_in_its_table(broker: Tansu) -> None:
    settings = broker.settings
    ensure_keys(settings)
    newer = msgspec.json.decode(wire.encode(span(1), "dev").value) | {"of_a_newer_version": {"a": 1}}
    broken = b'{"type": "span", "trace_id": 7}'
    with Process(settings) as loader:
        publish(settings, "events", [msgspec.json.encode(newer), span(2), span(2), feedback(1), score(1), broken])
        publish(settings, "alerts", [alert("a", "firing", 1), alert("a", "resolved", 2)])
        publish(settings, "dead", [dead_letter(1)])
        publish(settings, "audit", [audit(1)])
        wanted = {"spans": 2, "feedback": 1, "scores": 1, "alert_changes": 2, "dead_letters": 2, "audit": 1}
        until(lambda: {view: count(settings, view) for view in wanted} == wanted)
        assert loader.stop() == 0
    assert not (settings.run_directory() / "loader.ready").exists()
    (letter,) = rows(settings, "FROM dead_letters WHERE step = 'publish'")
    assert letter["error_type"] == "undecodable"
    assert letter["source"] == "nilometer.dev.events"
    body, content_type = wire.unseal(
        letter["original"], msgspec.json.decode(letter["headers"]), load_key_ring(settings), "dev"
    )
    assert (body, content_type) == (broken, PUBLISHED)
    with Writer(settings) as writer:
        stored = writer.offsets(cluster_id(settings))
    assert sum(offset for key, offset in stored.items() if key.topic.endswith(".events")) == 6


def test_killed_and_started_again_the_rows_are_the_same(broker: Tansu, tmp_path: Path) -> None:
    """Invariant 2: kill -9 of the loader, at random."""
    settings = broker.settings
    given = [span(n) for n in range(1500)]
    calm = Settings(home=tmp_path / "calm")
    with Writer(calm) as writer:
        writer.write(given)
    dice = random.Random(3)
    for first in range(0, 1500, 500):
        publish(settings, "events", given[first : first + 500])
        with Process(settings) as loader:
            time.sleep(dice.uniform(0, 0.4))
            loader.kill()
    with Process(settings) as loader:
        until(lambda: count(settings, "spans") >= 1500)
        assert loader.stop() == 0
    assert fingerprint(settings) == fingerprint(calm)


def test_a_broker_that_begins_anew_is_read_from_its_beginning(broker: Tansu) -> None:
    """The embedded broker forgets all; its offsets of an earlier life mean nothing."""
    publish(broker.settings, "events", [span(n) for n in range(40)])
    with Process(broker.settings) as loader:
        until(lambda: count(broker.settings, "spans") == 40)
        assert loader.stop() == 0
    broker.kill()
    broker.start()
    publish(broker.settings, "events", [span(n) for n in range(30, 60)])
    with Process(broker.settings) as loader:
        until(lambda: count(broker.settings, "spans") == 60)
        assert loader.stop() == 0
