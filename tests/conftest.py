"""Fixtures for all tests: a home of their own, and real Kafka where it can be had."""

import os
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from nilometer.schemas.settings import BrokerSettings, Settings
from tests.support.kafka import Cluster, KafkaUnavailableError, classpath

SHARED_DATA = Path(__file__).resolve().parents[2] / "shared" / "data"


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """With pytest-xdist: a file stays in one process, and all of Kafka's tests share one, with its brokers."""
    for item in items:
        kafka = item.get_closest_marker("kafka") is not None
        item.add_marker(pytest.mark.xdist_group("kafka" if kafka else item.nodeid.partition("::")[0]))


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:  # pyright: ignore[reportUnusedFunction]
    """Tests see the defaults, whatever is set where they run; the tests' own switches stay."""
    for name in os.environ:
        if name.startswith("NILOMETER_") and name not in {"NILOMETER_REQUIRE_KAFKA", "NILOMETER_CHAOS"}:
            monkeypatch.delenv(name)
    monkeypatch.setenv("NILOMETER_HOME", str(tmp_path / "home"))


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """The defaults, under a home of this test's own."""
    return Settings(home=tmp_path / "home")


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real data; tests that use it are marked `real_data`."""
    if not SHARED_DATA.is_dir():
        pytest.skip(f"no real data: {SHARED_DATA} is not there")
    return SHARED_DATA


@pytest.fixture(scope="session")
def kafka_available() -> None:
    """Skips where Kafka cannot run; fails there with NILOMETER_REQUIRE_KAFKA=1."""
    try:
        classpath()
    except KafkaUnavailableError as error:
        if os.environ.get("NILOMETER_REQUIRE_KAFKA") == "1":
            pytest.fail(f"NILOMETER_REQUIRE_KAFKA is set, but there is no Kafka: {error}")
        pytest.skip(f"no Kafka: {error}")


@pytest.fixture(autouse=True)
def _kafka_where_marked(request: pytest.FixtureRequest) -> None:  # pyright: ignore[reportUnusedFunction]
    """A test that is marked `kafka` is skipped where there is none, however it gets its brokers."""
    if request.node.get_closest_marker("kafka"):
        request.getfixturevalue("kafka_available")


@pytest.fixture(scope="session")
def kafka(kafka_available: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """One node, shared: take an environment of your own (`kafka_settings`), and leave the node running."""
    with Cluster(tmp_path_factory.mktemp("kafka") / "cluster") as cluster:
        yield cluster


@pytest.fixture
def kafka3(kafka_available: None, tmp_path: Path) -> Iterator[Cluster]:
    """Three nodes for one test, replication factor 3 and min.insync.replicas 2: stop and kill them as you like."""
    with Cluster(tmp_path / "kafka", nodes=3) as cluster:
        yield cluster


@pytest.fixture
def kafka_settings(kafka: Cluster, settings: Settings, request: pytest.FixtureRequest) -> Settings:
    """Settings for the shared node, with an environment that no other test has: its topics are this test's own."""
    return on_cluster(settings, kafka, environment=f"t{zlib.crc32(request.node.nodeid.encode()):08x}")


def on_cluster(settings: Settings, cluster: Cluster, environment: str = "dev") -> Settings:
    broker = BrokerSettings(bootstrap_servers=cluster.bootstrap_servers)
    return settings.model_copy(update={"broker": broker, "environment": environment})
