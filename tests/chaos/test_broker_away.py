"""The broker goes away while an application publishes, and comes back: nothing is lost, the application never waits.

NILOMETER_CHAOS=full keeps it away for a minute.
"""

import os
import time
from pathlib import Path

import pytest

from nilometer.producers import Nilometer
from nilometer.schemas.keys import create_key
from nilometer.schemas.settings import KeySettings, ProducerSettings, Settings
from nilometer.warehouse.catalog import Catalog
from tests.conftest import on_cluster
from tests.support.kafka import Cluster, make_topics, wait_for
from tests.support.stack import Stack

pytestmark = [pytest.mark.kafka, pytest.mark.timeout(900)]

FULL = os.environ.get("NILOMETER_CHAOS") == "full"
AWAY_SECONDS = 60 if FULL else 8
TRACES = 600 if FULL else 150


@pytest.fixture
def cluster_settings(settings: Settings, kafka3: Cluster, tmp_path: Path) -> Settings:
    create_key(tmp_path / "keys")
    settings = on_cluster(settings, kafka3).model_copy(
        update={
            "keys": KeySettings(directory=tmp_path / "keys"),
            "producer": ProducerSettings(service="shop", delivery_timeout_seconds=5),
        }
    )
    make_topics(settings)
    return settings


def publish(nm: Nilometer, numbers: range, pause: float) -> list[str]:
    """One trace with one call each; the ids of the traces."""
    ids: list[str] = []
    for number in numbers:
        with nm.trace("answer", user_id=f"u-{number}", feature="support") as trace:
            with trace.call(
                provider="openai", model="gpt-4o", input_messages=[{"role": "user", "content": "hi"}]
            ) as call:
                call.respond({"choices": [{"message": {"role": "assistant", "content": f"number {number}"}}]})
            ids.append(trace.id)
        # An application does other things as well.
        time.sleep(pause)
    return ids


def loaded(settings: Settings) -> set[str]:
    connection = Catalog(settings).reader()
    try:
        return {row[0] for row in connection.execute("SELECT trace_id FROM calls").fetchall()}
    finally:
        connection.close()


def test_nothing_is_lost_and_the_application_never_waits(cluster_settings: Settings, kafka3: Cluster) -> None:
    with Stack(cluster_settings, ["worker-1", "loader"]) as stack, Nilometer(cluster_settings) as nm:
        third = TRACES // 3
        ids = publish(nm, range(third), 0.002)
        assert nm.flush(60)

        kafka3.stop()
        away_since = time.monotonic()
        # The application is through with all of this while there is no broker at all.
        ids += publish(nm, range(third, 2 * third), 0.02)
        assert not any(node.running for node in kafka3.nodes)
        assert nm.stats().waiting + nm.stats().spooled > 0
        while time.monotonic() - away_since < AWAY_SECONDS:
            time.sleep(0.1)
        kafka3.start()

        ids += publish(nm, range(2 * third, TRACES), 0.002)
        assert nm.flush(120)
        assert nm.stats().dropped == {}
        wait_for(lambda: loaded(cluster_settings) >= set(ids), "all traces in the warehouse", 180, stack.check)
        assert len(ids) == len(set(ids)) == len(loaded(cluster_settings)) == TRACES


def test_one_node_of_three_may_die_and_nobody_notices(cluster_settings: Settings, kafka3: Cluster) -> None:
    with Stack(cluster_settings, ["worker-1", "loader"]) as stack, Nilometer(cluster_settings) as nm:
        ids = publish(nm, range(50), 0.002)
        kafka3.nodes[0].kill()
        ids += publish(nm, range(50, 100), 0.002)
        assert nm.flush(120)
        assert nm.stats().dropped == {}
        wait_for(lambda: loaded(cluster_settings) >= set(ids), "all traces in the warehouse", 180, stack.check)
        assert len(loaded(cluster_settings)) == 100
