"""Faust's Kafka transport, put right where it would be slow or lose a record.

faust-streaming 0.15.3:

- It asks brokers to hold a fetch for up to 1.5 s; the embedded broker holds each one that long even when data is there.
- It acknowledges records that it skips in the middle of a rebalance (`value is skipped_value` in its stream), so that
  one that nobody has processed can be committed. Here only what `Consumer.finish` has named counts.
- It reads as much of one partition as it can; what others have waits behind that. Here a partition of which enough
  waits is not asked. Faust's own `pause_partitions` would do it too, but drops what was read and not yet handed out.
"""

import asyncio
import logging
from collections import Counter
from typing import Any, cast
from weakref import WeakSet

import aiokafka
from faust.transport.consumer import RecordMap
from faust.transport.drivers import aiokafka as driver
from faust.types import TP, Message
from mode.utils.futures import notify

FETCH_WAIT_MS = 20
HOLD_SECONDS = 0.02
"""How soon a partition that is held is looked at again."""


class ConsumerThread(driver.AIOKafkaConsumerThread):
    """The thread that fetches and sends heartbeats."""

    logger = logging.getLogger("faust.transport")

    def _create_worker_consumer(self, transport: driver.Transport) -> aiokafka.AIOKafkaConsumer:
        consumer: Any = super()._create_worker_consumer(transport)
        # Read when the consumer starts.
        consumer._fetch_max_wait_ms = FETCH_WAIT_MS
        return cast("aiokafka.AIOKafkaConsumer", consumer)

    async def getmany(self, active_partitions: set[TP] | None, timeout: float) -> RecordMap:  # noqa: ASYNC109  Faust's own signature
        """Records of partitions of which not enough is waiting. In Faust's own loop, not in the thread."""
        held = cast("Consumer", self.consumer).held()
        if not held or active_partitions is None:
            return await super().getmany(active_partitions, timeout)
        free = active_partitions - held
        if not free:
            await asyncio.sleep(HOLD_SECONDS)
            return {}
        # Not longer: meanwhile those that are held may have run dry.
        return await super().getmany(free, HOLD_SECONDS)


class Consumer(driver.Consumer):
    """A consumer that commits only what was finished."""

    logger = logging.getLogger("faust.transport")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._finished: WeakSet[Message] = WeakSet()

    def _new_consumer_thread(self) -> ConsumerThread:
        return ConsumerThread(self, loop=self.loop, beacon=self.beacon)

    def held(self) -> set[TP]:
        """Partitions of which as much is read and unfinished as a stream buffers, or as one fetch brings."""
        conf = self.app.conf
        records: Counter[TP] = Counter()
        size: Counter[TP] = Counter()
        for message in self._unacked_messages:
            records[message.tp] += 1
            size[message.tp] += len(message.value or b"")
        return {
            tp
            for tp in records
            if records[tp] >= conf.stream_buffer_maxsize or size[tp] >= conf.consumer_max_fetch_size
        }

    def finish(self, message: Message) -> None:
        """Everything that this record became is delivered: its acknowledgement counts."""
        self._finished.add(message)

    def ack(self, message: Message) -> bool:
        if message in self._finished and message.generation_id == self.app.consumer_generation_id:
            return super().ack(message)
        # Skipped, or finished after its partitions were dealt anew: Faust reads it again from the committed offset.
        message.acked = True
        self._unacked_messages.discard(message)
        notify(self._waiting_for_ack)
        return False


class Transport(driver.Transport):
    """What the worker's app reads with."""

    Consumer = Consumer
