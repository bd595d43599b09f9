"""One capture, whichever way it comes in, and however often: the same rows in every table and view.

`nilometer backfill --format otlp` is what the others are compared with.
"""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from confluent_kafka import Consumer, TopicPartition
from google.protobuf.message import Message
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from nilometer.schemas.broker import consumer_config
from nilometer.schemas.deadletter import Coordinates
from nilometer.schemas.keys import ensure_keys, load_key_ring
from nilometer.schemas.settings import CollectorSettings, KeySettings, Settings, load_settings
from nilometer.schemas.topics import topic_name
from nilometer.schemas.wire import header_map
from nilometer.streams.chain import Context, Record, make_context, run
from nilometer.warehouse.writer import Writer
from tests.console.command import nilometer, until, up
from tests.decode.test_captures import CLIENTS
from tests.support.endpoint import HttpEndpoint
from tests.support.gateway import gateway
from tests.support.kafka import wait_for
from tests.support.lake import rows
from tests.support.rows import everything
from tests.support.stack import Stack
from tests.support.tansu import tansu
from tests.support.ways import Way, ways

pytestmark = [pytest.mark.real_data, pytest.mark.timeout(900)]

COLLECTOR = CollectorSettings(enabled=True)
WAYS = tuple(ways("", "", "", COLLECTOR))
ALERTS = ("main.alerts", "main.alert_changes")
"""Only a stack has a detector."""
Rows = Mapping[str, tuple[int, str]]


@pytest.fixture(scope="module")
def captures(shared_data: Path) -> list[Path]:
    return [shared_data / "otlp" / f"{client}.pb" for client in CLIENTS]


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> KeySettings:
    """Shared by all: pseudonyms are keyed."""
    directory = tmp_path_factory.mktemp("keys")
    ensure_keys(Settings(keys=KeySettings(directory=directory)))
    return KeySettings(directory=directory)


@pytest.fixture(scope="module")
def expected(captures: list[Path], keys: KeySettings, tmp_path_factory: pytest.TempPathFactory) -> Rows:
    return backfilled(captures, tmp_path_factory.mktemp("backfill") / "home", keys)


def backfilled(captures: list[Path], home: Path, keys: KeySettings) -> Rows:
    """What the command makes of them, once and twice."""
    variables = {"NILOMETER_KEYS__DIRECTORY": str(keys.directory)}
    settings = load_settings(home=home)
    seen: list[Rows] = []
    for _ in range(2):
        done = nilometer("backfill", *captures, "--format", "otlp", "--home", home, extra=variables)
        assert done.returncode == 0, done.stderr
        seen.append(everything(settings))
    assert seen[0] == seen[1]
    assert seen[0]["main.calls"][0] > 30
    assert seen[0]["main.dead_letters"][0] == 0
    return seen[0]


def requests(capture: Path) -> list[Message]:
    """The spans of a capture, and its log records where it has some."""
    found: list[Message] = [ExportTraceServiceRequest.FromString(capture.read_bytes())]
    logs = capture.with_suffix(".logs.pb")
    if logs.is_file():
        found.append(ExportLogsServiceRequest.FromString(logs.read_bytes()))
    return found


class Entrance:
    """A broker, a gateway, a collector; and whoever reads `raw`, as the worker would."""

    def __init__(self, settings: Settings, sending: Mapping[str, Way]) -> None:
        self._sending = sending
        self.context: Context = make_context(settings, load_key_ring(settings))
        topic = topic_name(settings.environment, "raw")
        self._consumer = Consumer(consumer_config(settings, "parity"))
        self._consumer.assign([TopicPartition(topic, p, 0) for p in range(settings.topics.partitions)])

    def send(self, way: str, captures: list[Path]) -> list[Record]:
        """The records that these captures become."""
        sent = [request for capture in captures for request in requests(capture)]
        for request in sent:
            self._sending[way](request)
        found: list[Record] = []

        def arrived() -> bool:
            for message in self._consumer.consume(len(sent), 0.1):
                assert message.error() is None
                place = Coordinates(source="raw", partition=message.partition() or 0, offset=message.offset() or 0)
                headers = message.headers()
                assert isinstance(headers, list)
                found.append(Record(message.value() or b"", header_map(headers), place))
            return len(found) >= len(sent)

        wait_for(arrived, f"{len(sent)} records on raw")
        assert len(found) == len(sent), "once each"
        return found

    def close(self) -> None:
        self._consumer.close()


@pytest.fixture(scope="module")
def entrance(keys: KeySettings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Entrance]:
    folder = tmp_path_factory.mktemp("entrance")
    base = Settings(home=folder / "home", keys=keys, collector=COLLECTOR)
    with tansu(folder, base) as settings:
        settings.home.mkdir(parents=True, exist_ok=True)
        with gateway(settings) as running, Stack(settings, ["collector"]):
            servers = settings.broker.bootstrap_servers or ""
            entrance = Entrance(settings, ways(running.http, running.grpc.partition("://")[2], servers, COLLECTOR))
            yield entrance
            entrance.close()


@pytest.mark.parametrize("way", WAYS)
def test_rows_are_those_of_a_backfill(
    way: str, entrance: Entrance, captures: list[Path], expected: Rows, keys: KeySettings, tmp_path: Path
) -> None:
    settings = Settings(home=tmp_path / "home", keys=keys)
    with Writer(settings) as writer:
        for times in ("once", "twice"):
            outcome = run(entrance.send(way, captures), entrance.context)
            writer.write(outcome.events, dead_letters=outcome.dead)
            found = everything(settings)
            assert found == expected, f"sent {times}: {[name for name in expected if found[name] != expected[name]]}"


def test_a_running_stack_makes_the_same_rows_of_them(captures: list[Path], tmp_path: Path) -> None:
    """Each capture goes another way into `nilometer up`, and then once more by yet another."""
    home = tmp_path / "home"
    settings = load_settings(home=home)
    platform = HttpEndpoint()
    with platform:
        sends_on = json.dumps([{"name": "platform", "endpoint": platform.url, "batch_seconds": 0.2}])
        extra = {"NILOMETER_COLLECTOR__ENABLED": "true", "NILOMETER_FORWARD__DESTINATIONS": sends_on}
        through_a_stack(home, captures, tmp_path, extra)
    found = rows(settings, "SELECT DISTINCT trace_id, span_id FROM spans")
    ours = {(row["trace_id"], row["span_id"]) for row in found}
    assert {(span.trace_id.hex(), span.span_id.hex()) for span in platform.spans} == ours, "and all went on"


def through_a_stack(home: Path, captures: list[Path], tmp_path: Path, extra: Mapping[str, str]) -> None:
    settings = load_settings(home=home)
    with up(home, extra=extra) as running:
        wanted = backfilled(captures, tmp_path / "other", KeySettings(directory=home / "keys" / "dev"))
        places = json.loads((home / "run" / "dev" / "gateway.json").read_text())
        servers = json.loads((home / "run" / "dev" / "broker.json").read_text())["bootstrap_servers"]
        sending = ways(places["http"], places["grpc"].partition("://")[2], servers, COLLECTOR)
        for turn in (0, 3):
            for number, capture in enumerate(captures):
                for request in requests(capture):
                    sending[WAYS[(number + turn) % len(WAYS)]](request)
            until("all spans", lambda: everything(settings)["main.spans"][0] >= wanted["main.spans"][0], 120)
        doctor = nilometer("doctor", "--home", home, extra=extra)
        assert doctor.returncode == 0, doctor.stdout
        assert "platform: 127.0.0.1" in doctor.stdout
        # Ctrl-C waits until the warehouse has everything.
        assert running.end() == 0
        found = everything(settings)
        different = [name for name in wanted if found[name] != wanted[name] and name not in ALERTS]
        assert different == []
