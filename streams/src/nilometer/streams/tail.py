"""Reading a topic's partitions from somewhere to their present end, without a group."""

import time
from collections.abc import Iterator, Mapping

from confluent_kafka import Consumer, KafkaError, KafkaException, Message, TopicPartition

from nilometer.schemas.broker import consumer_config, reason
from nilometer.schemas.errors import BrokerError
from nilometer.schemas.settings import Settings

QUIET_SECONDS = 0.3
"""The embedded broker's ends are not to be trusted: there the end is where nothing has come for so long."""
_EOF = KafkaError._PARTITION_EOF  # pyright: ignore[reportPrivateUsage]


def reader(settings: Settings, purpose: str) -> Consumer:
    """A consumer that reads what it is assigned, and reports the ends of partitions."""
    return Consumer(consumer_config(settings, purpose, **{"enable.partition.eof": True}))


def read_to_end(
    consumer: Consumer, topic: str, offsets: Mapping[int, int], *, embedded: bool, timeout: float = 60
) -> Iterator[Message]:
    """All messages from the given offset of each partition to where the topic ends now; in order within a partition.

    The consumer stays assigned, so that who goes on polling misses nothing. Raises BrokerError where the broker is
    away, or where nothing comes for `timeout` seconds.
    """
    if not offsets:
        return
    consumer.assign([TopicPartition(topic, partition, offset) for partition, offset in offsets.items()])
    ended: set[int] = set()
    last = time.monotonic()
    while True:
        message = consumer.poll(0.1)
        now = time.monotonic()
        if message is None:
            if embedded and len(ended) == len(offsets) and now - last > QUIET_SECONDS:
                return
            if now - last > timeout:
                raise BrokerError(f"nothing came from {topic} for {timeout} s")
            continue
        error = message.error()
        if error is None:
            last = now
            ended.discard(message.partition() or 0)
            yield message
        elif error.code() == _EOF:
            ended.add(message.partition() or 0)
            if len(ended) == len(offsets) and not embedded:
                return
        elif error.fatal():
            raise BrokerError(f"cannot read {topic}: {error.str()}")


def partitions(consumer: Consumer, topic: str, timeout: float = 10) -> list[int]:
    """The partitions of a topic. Raises BrokerError where the broker is away or has no such topic."""
    try:
        found = consumer.list_topics(topic, timeout=timeout).topics[topic]
    except KafkaException as error:
        raise BrokerError(f"cannot reach the broker: {reason(error)}") from None
    if found.error is not None or not found.partitions:
        raise BrokerError(f"there is no topic {topic}: run `nilometer topics create`")
    return sorted(found.partitions)


def ends(consumer: Consumer, topic: str, partition: int, timeout: float = 10) -> tuple[int, int]:
    """First offset and end of a partition. Not for the embedded broker. Raises BrokerError."""
    try:
        low, high = consumer.get_watermark_offsets(TopicPartition(topic, partition), timeout=timeout)
    except KafkaException as error:
        raise BrokerError(f"cannot read the ends of {topic}: {reason(error)}") from None
    return int(low), int(high)
