"""Faust's Kafka transport, put right where it would be slow or lose a record.

faust-streaming 0.15.3:

- It asks brokers to hold a fetch for up to 1.5 s; the embedded broker holds each one that long even when data is there.
- It acknowledges records that it skips in the middle of a rebalance (`value is skipped_value` in its stream), so that
  one that nobody has processed can be committed. Here only what `Consumer.finish` has named counts.
"""

import logging
from typing import Any, cast
from weakref import WeakSet

import aiokafka
from faust.transport.drivers import aiokafka as driver
from faust.types import Message
from mode.utils.futures import notify

FETCH_WAIT_MS = 20


class ConsumerThread(driver.AIOKafkaConsumerThread):
    """The thread that fetches and sends heartbeats."""

    logger = logging.getLogger("faust.transport")

    def _create_worker_consumer(self, transport: driver.Transport) -> aiokafka.AIOKafkaConsumer:
        consumer: Any = super()._create_worker_consumer(transport)
        # Read when the consumer starts.
        consumer._fetch_max_wait_ms = FETCH_WAIT_MS
        return cast("aiokafka.AIOKafkaConsumer", consumer)


class Consumer(driver.Consumer):
    """A consumer that commits only what was finished."""

    logger = logging.getLogger("faust.transport")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._finished: WeakSet[Message] = WeakSet()

    def _new_consumer_thread(self) -> ConsumerThread:
        return ConsumerThread(self, loop=self.loop, beacon=self.beacon)

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
