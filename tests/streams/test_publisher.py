"""Delivered, refused for good, or told to stop: there is nothing else."""

import threading
from pathlib import Path

import pytest

from nilometer.schemas.publisher import Outgoing, Publisher, StoppedError
from nilometer.schemas.settings import Settings, TopicSettings
from nilometer.schemas.wire import Message
from tests.support.tansu import Tansu, consume, tansu


def test_what_is_too_large_is_named_and_the_rest_delivered(tmp_path: Path) -> None:
    base = Settings(home=tmp_path / "home", topics=TopicSettings(max_message_bytes=1024 * 1024))
    with tansu(tmp_path, base) as settings:
        publisher = Publisher(settings, threading.Event())
        sizes = (10, 2 * 1024 * 1024, 20)
        assert publisher.deliver([Outgoing("dead", Message(bytes(size), [])) for size in sizes]) == [1]
        assert [len(one.value) for one in consume(settings, "dead", 2)] == [10, 20]


def test_a_broker_that_hangs_is_waited_for(tmp_path: Path) -> None:
    with Tansu(tmp_path) as broker:
        publisher = Publisher(broker.settings, threading.Event())
        publisher.deliver([Outgoing("dead", Message(b"before", []))])
        broker.pause()
        done = threading.Event()

        def deliver() -> None:
            publisher.deliver([Outgoing("dead", Message(b"during", []))])
            done.set()

        thread = threading.Thread(target=deliver)
        thread.start()
        assert not done.wait(0.5)
        broker.resume()
        assert done.wait(60)
        thread.join()
        assert [one.value for one in consume(broker.settings, "dead", 2)] == [b"before", b"during"]


def test_told_to_stop_while_the_broker_is_away_it_says_so(tmp_path: Path) -> None:
    with Tansu(tmp_path) as broker:
        stop = threading.Event()
        publisher = Publisher(broker.settings, stop)
        publisher.deliver([Outgoing("dead", Message(b"before", []))])
        broker.kill()
        stop.set()
        with pytest.raises(StoppedError):
            publisher.deliver([Outgoing("dead", Message(b"after", []))])
