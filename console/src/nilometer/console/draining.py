"""Waiting until the warehouse has all that the broker holds."""

import time
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from confluent_kafka import Consumer, KafkaException, TopicPartition

from nilometer.producers.collector.source import consumer_config as collector_config
from nilometer.schemas.broker import cluster_id, consumer_config
from nilometer.schemas.errors import NilometerError
from nilometer.schemas.settings import Settings
from nilometer.schemas.topics import TopicName, topic_name, topics
from nilometer.streams.forward import GROUP as FORWARD_GROUP
from nilometer.streams.tail import read_to_end, reader

if TYPE_CHECKING:
    from nilometer.warehouse.writer import Writer

LOADED: tuple[TopicName, ...] = ("events", "alerts", "dead", "audit")
"""What the loader reads."""
PAUSE_SECONDS = 0.2


def wait(settings: Settings, seconds: float, say: Callable[[str], None], stopped: Callable[[], bool]) -> bool:
    """Whether all of it was there within `seconds`; says what is going on, and does not raise."""
    if seconds <= 0:
        return False
    # Here: whoever only starts the stack should not have to load the warehouse.
    from nilometer.warehouse.writer import Writer

    say("waiting until the warehouse has everything; Ctrl-C again ends at once")
    end = time.monotonic() + seconds
    try:
        with Writer(settings) as writer:
            while not stopped():
                behind = waiting(settings, writer)
                if not behind:
                    return True
                if time.monotonic() > end:
                    say(f"not everything is in the warehouse: some of {', '.join(behind)} is lost with the broker")
                    return False
                time.sleep(PAUSE_SECONDS)
    except (NilometerError, KafkaException) as error:
        say(f"cannot tell whether the warehouse has everything: {type(error).__name__}")
    return False


def waiting(settings: Settings, writer: "Writer") -> list[str]:
    """Topics with records that have not been dealt with: a Collector's by our collector, `raw` by the workers, the rest
    by the loader, and what is to be sent on by forward."""
    for topic in topics(settings):
        if not topic.ours and _any(settings, topic.name, _committed(settings, topic.name, collector_config(settings))):
            return [topic.name]
    raw = topic_name(settings.environment, "raw")
    if _any(settings, raw, _committed(settings, raw, consumer_config(settings, "worker"))):
        return ["raw"]
    loaded = writer.offsets(cluster_id(settings))
    behind: list[str] = []
    for name in LOADED:
        topic = topic_name(settings.environment, name)
        offsets = dict.fromkeys(_partitions(settings, topic), 0)
        offsets |= {key.partition: offset for key, offset in loaded.items() if key.topic == topic}
        if _any(settings, topic, offsets):
            behind.append(name)
    events = topic_name(settings.environment, "events")
    for destination in settings.forward.destinations:
        config = consumer_config(settings, f"{FORWARD_GROUP}.{destination.name}")
        if _any(settings, events, _committed(settings, events, config)):
            behind.append(f"events for {destination.name}")
    return behind


def _committed(settings: Settings, topic: str, config: dict[str, Any]) -> dict[int, int]:
    """Where the processes of a group would go on reading."""
    consumer = Consumer(config)
    try:
        wanted = [TopicPartition(topic, partition) for partition in _partitions(settings, topic)]
        return {tp.partition: max(tp.offset, 0) for tp in consumer.committed(wanted, timeout=10)}
    finally:
        consumer.close()


def _any(settings: Settings, topic: str, offsets: Mapping[int, int]) -> bool:
    consumer = reader(settings, "draining")
    try:
        messages = read_to_end(consumer, topic, offsets, embedded=settings.broker.embedded)
        return next(iter(messages), None) is not None
    finally:
        consumer.close()


def _partitions(settings: Settings, topic: str) -> Iterable[int]:
    return range(next(t.partitions for t in topics(settings) if t.name == topic))
