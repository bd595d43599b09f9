"""The sender and real Apache Kafka, that stops and comes back."""

from pathlib import Path

import pytest

from nilometer.producers import Sender
from nilometer.schemas.keys import create_key
from nilometer.schemas.settings import BrokerSettings, ProducerSettings, Settings
from tests.producers.support import arrived, span, wait_until, with_key
from tests.support.kafka import Cluster, make_topics

pytestmark = pytest.mark.kafka


def test_events_arrive_once(kafka_settings: Settings) -> None:
    settings = kafka_settings
    create_key(settings.keys_directory())
    make_topics(settings)
    sender = Sender(settings)
    assert all(sender.put(span(n)) for n in range(3_000))
    assert sender.flush(60)
    assert sender.close()
    assert sorted(arrived(settings, 3_000)) == sorted(f"n{n}" for n in range(3_000))


@pytest.mark.parametrize("block", [False, True], ids=["spool", "block"])
def test_invariant_1_a_cluster_that_stops_and_starts_gets_everything(
    kafka_available: None, tmp_path: Path, block: bool
) -> None:
    with Cluster(tmp_path / "kafka") as cluster:
        base = with_key(tmp_path / "home")
        settings = base.model_copy(
            update={
                "broker": BrokerSettings(bootstrap_servers=cluster.bootstrap_servers),
                "producer": ProducerSettings(delivery_timeout_seconds=2, batch_max_events=10),
            }
        )
        make_topics(settings)
        sender = Sender(settings, block=block)
        assert all(sender.put(span(n)) for n in range(500))
        cluster.stop()
        assert all(sender.put(span(n)) for n in range(500, 1_000))
        wait_until(lambda: sender.away)
        cluster.start()
        assert sender.flush(120)
        assert sender.close()
        found = set(arrived(settings, 1_000))
    assert found == {f"n{n}" for n in range(1_000)}
    assert sender.stats().dropped == {}
