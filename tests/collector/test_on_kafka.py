"""The Collector's topics on real Kafka: whatever dies on the way, every span is in the warehouse, once."""

import json
import os
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from confluent_kafka import Producer
from confluent_kafka.admin import NewTopic
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest

from nilometer.console import draining
from nilometer.console.doctor import examine
from nilometer.schemas.broker import admin_client, client_config
from nilometer.schemas.keys import create_key
from nilometer.schemas.settings import BrokerSettings, CollectorSettings, KeySettings, Settings
from nilometer.schemas.topics import plan
from nilometer.warehouse.catalog import Catalog
from nilometer.warehouse.writer import Writer
from tests.conftest import on_cluster
from tests.support.gateway import json_traces, trace_id, traces
from tests.support.kafka import Cluster, make_topics, wait_for
from tests.support.rollups import counted_calls
from tests.support.rows import count
from tests.support.stack import Stack

pytestmark = [pytest.mark.kafka, pytest.mark.timeout(900)]

FULL = os.environ.get("NILOMETER_CHAOS") == "full"
KILLS = 10 if FULL else 3
AWAY_SECONDS = 30 if FULL else 5
SPANS = 10
"""A record."""
CODECS = ("none", "gzip", "snappy", "lz4", "zstd")


@pytest.fixture
def collected(settings: Settings, kafka: Cluster, tmp_path: Path) -> Settings:
    create_key(tmp_path / "keys")
    name = f"c{os.getpid()}-{time.monotonic_ns() % 10**8}"
    settings = on_cluster(settings, kafka, environment=name).model_copy(
        update={
            "keys": KeySettings(directory=tmp_path / "keys"),
            "collector": CollectorSettings(
                enabled=True, traces_topic=f"{name}.otlp_spans", logs_topic=f"{name}.otlp_logs", batch_records=5
            ),
        }
    )
    make_topics(settings)
    return settings


class Exporter(threading.Thread):
    """Writes as the Collector's Kafka exporter does: a request a record, no headers, no key; each codec in turn."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(daemon=True)
        self._topic = settings.collector.traces_topic or ""
        # One connection a codec, as so many Collectors would have; they wait for a broker that is away.
        config = client_config(settings, **{"linger.ms": 0, "message.timeout.ms": 120_000})
        self._producers = [Producer(config | {"compression.type": codec}) for codec in CODECS]
        self._ending = threading.Event()
        self._failed: list[str] = []
        self.written = 0
        """Records that the broker has acknowledged."""
        self._given = 0

    def run(self) -> None:
        while not self._ending.is_set():
            self.write(traces(SPANS, first=self._given * SPANS).SerializeToString())
            self._given += 1
            time.sleep(0.02)

    def write(self, value: bytes) -> None:
        producer = self._producers[self._given % len(self._producers)]
        producer.produce(self._topic, value, on_delivery=self._delivered)
        producer.poll(0)

    def end(self) -> int:
        """How many spans were written."""
        self._ending.set()
        self.join(60)
        assert all(producer.flush(120) == 0 for producer in self._producers)
        assert not self._failed
        return self._given * SPANS

    def _delivered(self, error: object, _message: object) -> None:
        if error is not None:
            self._failed.append(str(error))
        self.written += 1


@pytest.fixture
def exporter(collected: Settings) -> Iterator[Exporter]:
    exporter = Exporter(collected)
    exporter.start()
    yield exporter
    exporter.end()


def in_warehouse(settings: Settings) -> Counter[str]:
    with closing(Catalog(settings).reader()) as connection:
        return Counter(row[0] for row in connection.execute("SELECT trace_id FROM calls").fetchall())


def progress(exporter: Exporter, stack: Stack) -> None:
    """Until some more records were written."""
    wanted = exporter.written + 30
    wait_for(lambda: exporter.written >= wanted, "the load", 90, stack.check)


def test_killed_and_cut_off_it_loses_nothing_and_doubles_nothing(
    collected: Settings, exporter: Exporter, kafka: Cluster
) -> None:
    settings = collected
    with Stack(settings, ["worker-1", "loader", "collector"]) as stack:
        for _ in range(KILLS):
            progress(exporter, stack)
            # It is in the midst of them, for it is given more than it is told to take at once.
            exporter.write(b"a poison record \xff")
            stack.kill("collector")
            progress(exporter, stack)
            stack.start("collector")
            stack.wait_ready("collector")
        progress(exporter, stack)
        kafka.nodes[0].kill()
        away_since = time.monotonic()
        wait_for(lambda: time.monotonic() - away_since > AWAY_SECONDS, "the time to pass", 60, stack.check)
        kafka.start()
        progress(exporter, stack)
        spans = exporter.end()
        with Writer(settings) as writer:
            wait_for(lambda: not draining.waiting(settings, writer), "the warehouse to have it all", 300, stack.check)
        found = in_warehouse(settings)
        assert set(found) == {trace_id(number).hex() for number in range(spans)}
        assert set(found.values()) == {1}, "once"
        assert counted_calls(settings) == spans, "nor does a span that was read twice count twice"
        assert count(settings, "dead_letters") == KILLS
        assert "a poison record" not in stack.log("collector").read_text()
        assert stack.stop("collector") == 0


def test_logs_join_their_spans_and_json_is_read(collected: Settings) -> None:
    settings = collected
    request = ExportLogsServiceRequest()
    record = (
        request.resource_logs.add()
        .scope_logs.add()
        .log_records.add(
            time_unix_nano=1_760_000_000_500_000_000,
            trace_id=trace_id(0),
            span_id=(1).to_bytes(8, "big"),
            event_name="gen_ai.user.message",
        )
    )
    record.body.string_value = "from a log record"
    producer = Producer(client_config(settings))
    producer.produce(settings.collector.logs_topic or "", request.SerializeToString())
    producer.produce(settings.collector.traces_topic or "", json.dumps(json_traces(2)).encode(), key=trace_id(0))
    assert producer.flush(30) == 0
    with Stack(settings, ["worker-1", "loader", "collector"]) as stack, Writer(settings) as writer:
        wait_for(lambda: not draining.waiting(settings, writer), "the warehouse to have it all", 120, stack.check)
        assert in_warehouse(settings) == {trace_id(0).hex(): 1, trace_id(1).hex(): 1}
        with closing(Catalog(settings).reader()) as connection:
            [(said,)] = connection.execute(
                "SELECT input_messages::VARCHAR FROM calls WHERE trace_id = ?", [trace_id(0).hex()]
            ).fetchall()
        assert "from a log record" in said
        [finding] = [f for f in examine(settings) if f.check == "collector"]
        assert "are there" in finding.what


def test_its_topics_are_made_where_they_are_missing_and_left_alone_where_they_are_there(
    settings: Settings, kafka: Cluster
) -> None:
    name = f"p{os.getpid()}"
    collector = CollectorSettings(enabled=True, traces_topic=f"{name}.spans", logs_topic=f"{name}.logs")
    settings = on_cluster(settings, kafka, environment=name).model_copy(update={"collector": collector})
    admin = admin_client(settings)
    [made] = admin.create_topics([NewTopic(f"{name}.spans", 7, 1, config={"retention.ms": "1000000"})]).values()
    made.result(30)
    wait_for(lambda: f"{name}.spans" in admin.list_topics(timeout=5).topics, "the topic")
    assert [c.kind for c in plan(admin, settings) if c.topic == f"{name}.logs"] == ["create"]
    assert [c for c in plan(admin, settings) if c.topic == f"{name}.spans"] == []
    make_topics(settings)
    assert plan(admin, settings) == []


def test_from_a_kafka_of_its_own(settings: Settings, kafka: Cluster, tmp_path: Path) -> None:
    """The Collector writes to another cluster than ours, to topics that come into being after we have started."""
    with Cluster(tmp_path / "theirs") as theirs:
        create_key(tmp_path / "keys")
        collector = CollectorSettings(bootstrap_servers=theirs.bootstrap_servers, group="their-name-for-us")
        update = {"keys": KeySettings(directory=tmp_path / "keys"), "collector": collector}
        settings = on_cluster(settings, kafka, environment=f"o{os.getpid()}").model_copy(update=update)
        make_topics(settings)
        with Stack(settings, ["worker-1", "loader", "collector"]) as stack:
            there = settings.model_copy(update={"broker": BrokerSettings(bootstrap_servers=theirs.bootstrap_servers)})
            admin = admin_client(there)
            [made] = admin.create_topics([NewTopic("otlp_spans", 2, 1)]).values()
            made.result(30)
            producer = Producer(client_config(there))
            producer.produce("otlp_spans", traces(3).SerializeToString())
            assert producer.flush(30) == 0
            wait_for(lambda: sum(in_warehouse(settings).values()) == 3, "three calls", 120, stack.check)
