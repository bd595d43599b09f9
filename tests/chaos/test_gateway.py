"""The gateway is killed with -9 under load and the broker goes away: every acknowledged span is in the warehouse, once.

OpenTelemetry's exporters over HTTP and gRPC, real Kafka, a real worker and loader. NILOMETER_CHAOS=full: ten kills, and
the broker is away for thirty seconds.
"""

import os
import time
from collections import Counter
from contextlib import closing
from pathlib import Path

import pytest

from nilometer.console import draining
from nilometer.schemas import apikeys
from nilometer.schemas.keys import create_key
from nilometer.schemas.settings import GatewaySettings, KeySettings, Settings
from nilometer.warehouse.catalog import Catalog
from nilometer.warehouse.writer import Writer
from tests.conftest import on_cluster
from tests.support.exporters import SPANS, Client
from tests.support.kafka import Cluster, free_port, make_topics, wait_for
from tests.support.rollups import counted_calls
from tests.support.stack import Stack

pytestmark = [pytest.mark.kafka, pytest.mark.timeout(900)]

FULL = os.environ.get("NILOMETER_CHAOS") == "full"
KILLS = 10 if FULL else 4
AWAY_SECONDS = 30 if FULL else 6
BATCHES = 8
"""That each client has acknowledged between one kill and the next."""


@pytest.fixture
def gateway_settings(settings: Settings, kafka: Cluster, tmp_path: Path) -> Settings:
    create_key(tmp_path / "keys")
    settings = on_cluster(settings, kafka, environment=f"kills-{os.getpid()}").model_copy(
        update={
            "keys": KeySettings(directory=tmp_path / "keys"),
            "gateway": GatewaySettings(
                # Senders know their gateway by its ports: a new one takes the old one's.
                http_port=free_port(),
                grpc_port=free_port(),
                acknowledge_seconds=8 if FULL else 2,
                retry_after_seconds=1,
            ),
        }
    )
    make_topics(settings)
    return settings


def in_warehouse(settings: Settings) -> Counter[tuple[str, str]]:
    """How many rows each call has."""
    with closing(Catalog(settings).reader()) as connection:
        return Counter(connection.execute("SELECT trace_id, span_id FROM calls").fetchall())


def progress(clients: list[Client], stack: Stack) -> None:
    """Until every client had a few more batches acknowledged."""
    start = {client: len(client.acknowledged) for client in clients}
    for client in clients:
        wanted = start[client] + BATCHES * SPANS
        wait_for(lambda c=client, n=wanted: len(c.acknowledged) >= n, f"{client.name}'s load", 90, stack.check)


def test_every_acknowledged_span_is_in_the_warehouse_once(gateway_settings: Settings, kafka: Cluster) -> None:
    settings = gateway_settings
    _, api_key = apikeys.create(
        apikeys.keys_file(settings), environment=settings.environment, name="load", scopes=["ingest"]
    )
    ports = {"http": settings.gateway.http_port, "grpc": settings.gateway.grpc_port}
    with Stack(settings, ["worker-1", "loader", "gateway"]) as stack:
        clients = [Client(t, f"127.0.0.1:{p}", api_key, n) for t, p in ports.items() for n in (1, 2)]
        for client in clients:
            client.start()
        for _ in range(KILLS):
            progress(clients, stack)
            stack.kill("gateway")
            stack.start("gateway")
            stack.wait_ready("gateway")
        progress(clients, stack)

        kafka.nodes[0].kill()
        away_since = time.monotonic()
        wait_for(lambda: time.monotonic() - away_since > AWAY_SECONDS, "the time to pass", 60, stack.check)
        kafka.start()
        progress(clients, stack)

        for client in clients:
            client.end(60)
        with Writer(settings) as writer:
            wait_for(lambda: not draining.waiting(settings, writer), "the warehouse to have it all", 300, stack.check)
        acknowledged = [span for client in clients for span in client.acknowledged]
        found = in_warehouse(settings)
        assert len(acknowledged) == len(set(acknowledged)) >= (KILLS + 2) * BATCHES * SPANS * len(clients)
        assert set(acknowledged) - found.keys() == set(), "acknowledged, but not in the warehouse"
        assert set(found.values()) == {1}, "once"
        assert set(found) == set(acknowledged), "each batch was sent until it was acknowledged"
        assert counted_calls(settings) == len(found), "nor does a span that was sent twice count twice"
