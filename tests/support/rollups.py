"""What the topic `rollups` says."""

import msgspec

from nilometer.schemas.rollup import Rollup
from nilometer.schemas.settings import Settings
from nilometer.schemas.topics import topic_name
from nilometer.streams.tail import read_to_end, reader


def counted_calls(settings: Settings) -> int:
    """The calls in all rollups: what the detector makes its alerts of."""
    consumer = reader(settings, "tests")
    topic = topic_name(settings.environment, "rollups")
    offsets = dict.fromkeys(range(settings.topics.partitions), 0)
    try:
        found = read_to_end(consumer, topic, offsets, embedded=settings.broker.embedded)
        rollups = [msgspec.json.decode(message.value() or b"", type=Rollup) for message in found]
    finally:
        consumer.close()
    return sum(cell.calls for rollup in rollups for cell in rollup.cells)
