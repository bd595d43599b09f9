"""The Collector's topics as a source: batches of records, and the place that we have got to."""

import logging
import time
from collections.abc import Callable, Sequence
from typing import Any

from confluent_kafka import Consumer, KafkaError, KafkaException, Message, TopicPartition

from nilometer.producers.collector.metrics import COMMITS_FAILED
from nilometer.producers.collector.record import Arrival
from nilometer.producers.gateway.signals import LOGS, TRACES, Signal
from nilometer.schemas import broker
from nilometer.schemas.broker import reason
from nilometer.schemas.deadletter import Coordinates
from nilometer.schemas.errors import BrokerError
from nilometer.schemas.settings import Settings

_LOG = logging.getLogger(__name__)

GROUP = "collector"
POLL_SECONDS = 0.2
AGAIN_SECONDS = 60.0
"""How often one and the same trouble is logged."""


def consumer_config(settings: Settings, **more: Any) -> dict[str, Any]:
    """Of a consumer that is us. Raises BrokerError."""
    collector = settings.collector
    group = {} if collector.group is None else {"group.id": collector.group}
    return broker.consumer_config(
        settings,
        GROUP,
        collector.elsewhere(),
        **{
            # What is fetched ahead, for all partitions together.
            "queued.max.messages.kbytes": max(4 * collector.batch_bytes // 1024, 1024),
            # A topic that the Collector has yet to make, or a partition that is new, is seen soon.
            "topic.metadata.refresh.interval.ms": 10_000,
        }
        | group
        | more,
    )


class Source:
    """For one thread. Several processes of one group share the partitions, but for the embedded broker's."""

    def __init__(self, settings: Settings, now: Callable[[], float] = time.monotonic) -> None:
        """Raises BrokerError where the settings do not work."""
        collector = settings.collector
        self._settings = settings
        self._now = now
        self._said: dict[str, float] = {}
        self._signals: dict[str, Signal] = {}
        if collector.traces_topic is not None:
            self._signals[collector.traces_topic] = TRACES
        if collector.logs_topic is not None:
            self._signals[collector.logs_topic] = LOGS
        self._embedded = collector.elsewhere() is None and settings.broker.embedded
        try:
            self._consumer = Consumer(consumer_config(settings, error_cb=self._on_error))
        except KafkaException as error:
            raise BrokerError(f"the broker settings of [collector] do not work: {reason(error)}") from None

    def start(self, timeout: float = 10) -> None:
        """Goes to where we were; at first to the beginning. Raises BrokerError."""
        places: list[TopicPartition] = []
        for topic in self._signals:
            try:
                found = self._consumer.list_topics(topic, timeout=timeout).topics[topic]
            except KafkaException as error:
                raise BrokerError(f"cannot reach the Collector's broker: {reason(error)}") from None
            if found.error is not None or not found.partitions:
                if self._embedded:
                    raise BrokerError(f"there is no topic {topic}: run `nilometer topics create`")
                self._say(f"there is no topic {topic} yet, or it may not be read; waiting for it")
            places += [TopicPartition(topic, partition) for partition in found.partitions]
        if not self._embedded:
            self._consumer.subscribe(list(self._signals), on_assign=self._assigned)
            return
        # Joining a group takes the embedded broker more than twenty seconds.
        try:
            committed = self._consumer.committed(places, timeout=30)
        except KafkaException as error:
            raise BrokerError(f"cannot read how far we had got: {reason(error)}") from None
        self._consumer.assign([TopicPartition(p.topic, p.partition, max(p.offset, 0)) for p in committed])
        _LOG.info("reading %d partitions of %s", len(places), ", ".join(self._signals))

    def take(self) -> list[Arrival]:
        """What is there, up to the limits of a batch; waits a little for the first."""
        collector = self._settings.collector
        found: list[Arrival] = []
        size = 0
        wait = POLL_SECONDS
        while len(found) < collector.batch_records and size < collector.batch_bytes:
            message = self._consumer.poll(wait)
            if message is None:
                break
            if (error := message.error()) is not None:
                self._say(f"{message.topic() or 'a topic'} cannot be read: {error.name()}")
                break
            arrival = self._arrival(message)
            found.append(arrival)
            size += len(arrival.value)
            wait = 0
        return found

    def commit(self, arrivals: Sequence[Arrival]) -> None:
        """All of these are dealt with, and so is what came before them."""
        ends: dict[tuple[str, int], int] = {}
        for arrival in arrivals:
            place = arrival.source.source, arrival.source.partition
            ends[place] = max(ends.get(place, 0), arrival.source.offset + 1)
        offsets = [TopicPartition(topic, partition, end) for (topic, partition), end in ends.items()]
        try:
            self._consumer.commit(offsets=offsets, asynchronous=False)
        except KafkaException as error:
            # The next commit says more; until then a restart reads some records twice, which changes no row.
            COMMITS_FAILED.inc()
            self._say(f"cannot keep how far we have got: {reason(error)}")

    def close(self) -> None:
        self._consumer.close()

    def _arrival(self, message: Message) -> Arrival:
        topic = message.topic() or ""
        source = Coordinates(source=topic, partition=message.partition() or 0, offset=message.offset() or 0)
        return Arrival(self._signals[topic], message.value() or b"", source)

    def _assigned(self, _consumer: Consumer, partitions: list[TopicPartition]) -> None:
        _LOG.info("reading %d partitions of %s", len(partitions), ", ".join(self._signals))

    def _on_error(self, error: KafkaError) -> None:
        # Addresses and names of errors; librdkafka's texts hold no records.
        self._say(f"the Collector's broker: {error.str()}")

    def _say(self, trouble: str) -> None:
        now = self._now()
        if now - self._said.get(trouble, -AGAIN_SECONDS) >= AGAIN_SECONDS:
            self._said = {text: at for text, at in self._said.items() if now - at < AGAIN_SECONDS}
            self._said[trouble] = now
            _LOG.warning("%s", trouble)
