"""What has been counted already: the last rollup of a partition, read from the topic."""

from collections.abc import Collection

import msgspec
from confluent_kafka import Message

from nilometer.schemas.rollup import Rollup
from nilometer.schemas.settings import Settings
from nilometer.schemas.topics import topic_name
from nilometer.streams.tail import ends, read_to_end, reader

LOOK_BACK = 10
"""How many rollups are read: the last one is enough, unless a worker that was thought dead wrote behind another."""
_DECODER = msgspec.json.Decoder(Rollup)


def last_counted(settings: Settings, partitions: Collection[int]) -> dict[int, int]:
    """The last offset of each partition of `raw` that a delivered rollup has counted; -1 where none has.

    Raises BrokerError.
    """
    topic = topic_name(settings.environment, "rollups")
    embedded = settings.broker.embedded
    last = dict.fromkeys(partitions, -1)
    consumer = reader(settings, "worker-start")
    try:
        # Retention may have left nothing: then the raw records are gone as well.
        starts = dict.fromkeys(partitions, 0)
        if not embedded:
            for partition in partitions:
                low, high = ends(consumer, topic, partition)
                starts[partition] = max(low, high - LOOK_BACK)
        for message in read_to_end(consumer, topic, starts, embedded=embedded):
            rollup = decode_rollup(message)
            if rollup is not None and rollup.incarnation == settings.broker.incarnation:
                last[rollup.partition] = max(last[rollup.partition], rollup.last_offset)
    finally:
        consumer.close()
    return last


def decode_rollup(message: Message) -> Rollup | None:
    """The rollup of a message; None where it is none of this or an earlier version."""
    try:
        return _DECODER.decode(message.value() or b"")
    except msgspec.DecodeError:
        return None
