"""Delivery: records to the broker, and its word back."""

import asyncio
import logging
import threading
import time
from collections.abc import Callable, Sequence

from confluent_kafka import KafkaError, KafkaException, Producer

from nilometer.producers.gateway.metrics import ACKNOWLEDGED, AWAY
from nilometer.producers.gateway.refusals import Kind, RefusedError
from nilometer.schemas import wire
from nilometer.schemas.audit import AuditEntry
from nilometer.schemas.broker import producer_config, reason
from nilometer.schemas.errors import BrokerError
from nilometer.schemas.settings import Settings
from nilometer.schemas.topics import TopicName, topic_name

_log = logging.getLogger(__name__)

_OUR_FAULT = frozenset({KafkaError.MSG_SIZE_TOO_LARGE, KafkaError.INVALID_MSG_SIZE, KafkaError.RECORD_LIST_TOO_LARGE})
_POLL_SECONDS = 0.1


class Delivery:
    """One producer, and a thread that waits for the broker's word. Its other methods belong to the event loop."""

    def __init__(self, settings: Settings) -> None:
        """Raises BrokerError where no broker is known, or its settings do not work."""
        gateway = settings.gateway
        config = producer_config(
            settings,
            **{
                "message.timeout.ms": int(gateway.acknowledge_seconds * 1000),
                "socket.connection.setup.timeout.ms": 5_000,
                "reconnect.backoff.max.ms": 1_000,
                "linger.ms": 0,
                # Sealed bytes do not compress.
                "compression.type": "none",
                # The door is what bounds it.
                "queue.buffering.max.kbytes": max(2 * gateway.buffer_bytes // 1024, 64 * 1024),
            },
        )
        self._settings = settings
        try:
            self._producer = Producer(config)
        except KafkaException as error:
            raise BrokerError(f"the broker settings do not work: {reason(error)}") from None
        self._away = False
        self._waiting = 0
        self.partitions = 1
        """Of `raw`; 1 until the first `check`."""
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._poll, name="gateway-delivery", daemon=True)
        self._thread.start()

    @property
    def away(self) -> bool:
        """Whether the last thing known of the broker is that it did not acknowledge in time."""
        return self._away

    async def deliver(self, records: Sequence[wire.Message]) -> None:
        """Returns once the broker has all of them. Raises RefusedError; some may have arrived then.

        While the broker is away one request at a time tries whether it is back; the others are told at once.
        """
        if self._away and self._waiting:
            raise RefusedError(Kind.unavailable, "the broker is away")
        began = time.monotonic()
        self._waiting += 1
        try:
            found = await asyncio.gather(*[self._send("raw", record) for record in records])
        finally:
            self._waiting -= 1
        failed = [error for error in found if error is not None]
        self._know(away=any(error.code() not in _OUR_FAULT for error in failed))
        if not failed:
            ACKNOWLEDGED.observe(time.monotonic() - began)
        elif self._away:
            raise RefusedError(Kind.unavailable, f"the broker did not acknowledge: {failed[0].name()}")
        else:
            raise RefusedError(Kind.too_large, f"the broker does not take it: {failed[0].name()}")

    def tell(self, entry: AuditEntry) -> None:
        """An audit entry on its way, as far as the broker is there; nobody waits for it."""
        outcome = self._send("audit", wire.encode(entry, self._settings.environment))
        outcome.add_done_callback(_log_loss)

    def check(self, timeout: float) -> None:
        """Asks the broker for the topic `raw`. Waits. Raises BrokerError."""
        topic = topic_name(self._settings.environment, "raw")
        try:
            known = self._producer.list_topics(topic, timeout=timeout).topics.get(topic)
        except KafkaException as error:
            raise BrokerError(f"cannot reach the broker: {reason(error)}") from None
        if known is None or known.error is not None:
            raise BrokerError(f"the topic {topic} is not there: run `nilometer topics create`")
        self.partitions = len(known.partitions)

    def close(self, timeout: float) -> bool:
        """Whether everything that was sent had its answer within `timeout` seconds."""
        left = self._producer.flush(timeout)
        self._stop.set()
        self._thread.join()
        return left == 0

    def _send(self, topic: TopicName, record: wire.Message) -> "asyncio.Future[KafkaError | None]":
        loop = asyncio.get_running_loop()
        outcome: asyncio.Future[KafkaError | None] = loop.create_future()
        headers: list[tuple[str, str | bytes | None]] = [*record.headers]
        try:
            self._producer.produce(
                topic_name(self._settings.environment, topic),
                record.value,
                key=record.key,
                headers=headers,
                on_delivery=_back_to(loop, outcome),
                partition=wire.ANY_PARTITION if record.partition is None else record.partition,
            )
        except BufferError:
            outcome.set_exception(RefusedError(Kind.full, "too many records wait for the broker"))
        except KafkaException as error:
            outcome.set_result(error.args[0])
        return outcome

    def _know(self, *, away: bool) -> None:
        if away != self._away:
            _log.warning("the broker is away: senders are told 503" if away else "the broker is back")
        self._away = away
        AWAY.set(away)

    def _poll(self) -> None:
        while not self._stop.is_set():
            self._producer.poll(_POLL_SECONDS)


def _back_to(
    loop: asyncio.AbstractEventLoop, outcome: "asyncio.Future[KafkaError | None]"
) -> Callable[[KafkaError | None, object], None]:
    def settle(error: KafkaError | None) -> None:
        if not outcome.done():
            outcome.set_result(error)

    def delivered(error: KafkaError | None, _message: object) -> None:
        if not loop.is_closed():
            loop.call_soon_threadsafe(settle, error)

    return delivered


def _log_loss(outcome: "asyncio.Future[KafkaError | None]") -> None:
    if not outcome.cancelled() and (outcome.exception() or outcome.result()):
        _log.warning("an audit entry did not reach the broker")
