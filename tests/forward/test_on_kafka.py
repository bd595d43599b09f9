"""Real Kafka: killed with -9 or cut off, every span reaches the endpoint; a new destination begins where it should."""

import os
import threading
import time
from pathlib import Path

import pytest

from nilometer.schemas.publisher import Publisher
from nilometer.schemas.settings import Destination, ForwardSettings, Settings
from tests.conftest import on_cluster
from tests.support.endpoint import HttpEndpoint, Said
from tests.support.kafka import Cluster, make_topics, wait_for
from tests.support.stack import Stack
from tests.support.traffic import priced

pytestmark = [pytest.mark.kafka, pytest.mark.timeout(600)]

FULL = os.environ.get("NILOMETER_CHAOS") == "full"
KILLS = 10 if FULL else 3


@pytest.fixture
def connected(settings: Settings, kafka: Cluster) -> Settings:
    settings = on_cluster(settings, kafka, environment=f"f{os.getpid()}-{time.monotonic_ns() % 10**8}")
    make_topics(settings)
    return settings


def to(settings: Settings, url: str, name: str = "there", first_start_seconds: float = 300) -> Settings:
    destination = Destination(name=name, endpoint=url, batch_seconds=0.1, batch_spans=7)
    forward = ForwardSettings(destinations=[destination], first_start_seconds=first_start_seconds)
    return settings.model_copy(update={"forward": forward})


def publish(settings: Settings, numbers: range) -> None:
    publisher = Publisher(settings, threading.Event())
    spans = [priced(trace=number + 1, name=f"s{number}") for number in numbers]
    assert publisher.deliver([publisher.pack("events", span) for span in spans]) == []


def test_killed_at_any_time_it_loses_nothing(connected: Settings, kafka: Cluster) -> None:
    # Slow enough to be in the midst of it, and now and then of no use at all.
    turn = iter(range(10**9))
    with HttpEndpoint(judge=lambda _: Said(503 if next(turn) % 5 == 4 else 200, hangs=0.02)) as there:
        settings = to(connected, there.url)
        with Stack(settings, ["forward"]) as stack:
            published = 0
            for _ in range(KILLS):
                publish(settings, range(published, published + 200))
                published += 200
                reached = len(set(there.names)) + 60
                wait_for(lambda reached=reached: len(set(there.names)) >= reached, "some of them", 60, stack.check)
                stack.kill("forward")
                stack.start("forward")
                stack.wait_ready("forward")
            kafka.nodes[0].kill()
            kafka.start()
            publish(settings, range(published, published + 50))
            published += 50
            wanted = {f"s{number}" for number in range(published)}
            wait_for(lambda: set(there.names) >= wanted, "all of them", 120, stack.check)
            assert set(there.names) == wanted
            # Twice is what was under way at a kill, not everything from the start.
            assert len(there.names) < published + (KILLS + 1) * 50
            assert stack.stop("forward") == 0


def test_a_new_destination_gets_what_is_young_and_all_that_comes(connected: Settings) -> None:
    publish(connected, range(10))
    # What is there is older than half a second by now.
    time.sleep(1)
    with HttpEndpoint() as there:
        settings = to(connected, there.url, first_start_seconds=0.5)
        with Stack(settings, ["forward"]) as stack:
            publish(settings, range(10, 20))
            wait_for(lambda: len(there.names) >= 10, "what came after its start", 60, stack.check)
            assert there.names == sorted(f"s{number}" for number in range(10, 20))
        # Another name is another destination: this one is given all that the topic has.
        settings = to(connected, there.url, name="anew", first_start_seconds=3_600)
        with Stack(settings, ["forward"]) as stack:
            wait_for(lambda: len(set(there.names)) == 20, "the old ones", 60, stack.check)


def test_what_comes_while_its_endpoint_was_never_there_is_not_lost(connected: Settings, tmp_path: Path) -> None:
    """Its first place is kept at once, not with the first acknowledgement."""
    with HttpEndpoint(judge=lambda _: Said(503)) as there:
        settings = to(connected, there.url, first_start_seconds=0)
        with Stack(settings, ["forward"]):
            publish(settings, range(5))
        with Stack(settings, ["forward"]) as stack:
            there.judge = lambda _: Said()
            wait_for(lambda: len(set(there.names)) == 5, "what came before the second start", 60, stack.check)
