"""The outlet: how sealed batches leave the process."""

import ctypes
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, Protocol

from confluent_kafka import KafkaError, KafkaException, Producer

from nilometer.schemas.broker import producer_config, reason
from nilometer.schemas.errors import BrokerError
from nilometer.schemas.settings import Settings
from nilometer.schemas.topics import topic_name
from nilometer.schemas.wire import ANY_PARTITION
from nilometer.schemas.wire import Message as Sealed

Result = Literal["delivered", "failed", "refused"]
"""refused: the broker will never take this one, e.g. for its size; failed: trying again can help."""

Done = Callable[[Result, str], None]
"""Called once for each batch that was sent, with what became of it and why."""


class Outlet(Protocol):
    """One connection. For one thread; `done` is called by `poll`, in that thread."""

    @property
    def troubled(self) -> bool:
        """Whether the broker looks away: what is in flight may take long."""
        ...

    def send(self, message: Sealed, done: Done) -> None:
        """Takes a batch. Never waits. Raises BrokerError where it cannot take one now."""
        ...

    def partitions(self) -> int:
        """How many the topic has. May wait for a moment; 1 where that is not known."""
        ...

    def poll(self, seconds: float) -> None:
        """Waits up to `seconds` for something to become known."""
        ...

    def close(self) -> None:
        """Gives up what is in flight, at once; `done` is not called any more."""
        ...

    def abandon(self) -> None:
        """In a forked child: the connection is the parent's, so leave it as it is."""
        ...


PARTITIONS_SECONDS = 1.0
"""How long the broker may take to say how many partitions there are."""
_REFUSED = frozenset(
    {
        KafkaError.MSG_SIZE_TOO_LARGE,
        KafkaError.INVALID_MSG_SIZE,
        KafkaError.INVALID_RECORD,
        KafkaError.RECORD_LIST_TOO_LARGE,
    }
)
"""Errors that are the message's own fault."""


class KafkaOutlet:
    """Kafka's topic `raw`, acknowledged by all in-sync replicas."""

    def __init__(self, settings: Settings) -> None:
        """Raises BrokerError where no broker is known, ConfigurationError where settings are wrong."""
        state = self._state = _State()
        config = producer_config(
            settings,
            **{
                "message.timeout.ms": int(settings.producer.delivery_timeout_seconds * 1000),
                "socket.connection.setup.timeout.ms": 5_000,
                "reconnect.backoff.max.ms": 2_000,
                "linger.ms": 0,
                # Sealed bytes do not compress.
                "compression.type": "none",
                "error_cb": state.on_error,
            },
        )
        self._topic = topic_name(settings.environment, "raw")
        self._partitions: int | None = None
        try:
            self._producer: Producer | None = Producer(config)
        except KafkaException as error:
            raise BrokerError(f"the broker settings do not work: {reason(error)}") from None

    @property
    def troubled(self) -> bool:
        return self._state.troubled

    def send(self, message: Sealed, done: Done) -> None:
        if self._producer is None:
            raise BrokerError("the connection is closed")
        state = self._state
        headers: list[tuple[str, str | bytes | None]] = [*message.headers]
        try:
            self._producer.produce(
                self._topic,
                message.value,
                headers=headers,
                on_delivery=lambda error, _: state.on_delivery(error, done),
                partition=ANY_PARTITION if message.partition is None else message.partition,
            )
        except BufferError:
            raise BrokerError("the client's own queue is full") from None
        except KafkaException as error:
            if error.args[0].code() not in _REFUSED:
                raise BrokerError(f"cannot send: {reason(error)}") from None
            done("refused", reason(error))

    def partitions(self) -> int:
        if self._partitions is None and self._producer is not None and not self.troubled:
            try:
                found = self._producer.list_topics(self._topic, timeout=PARTITIONS_SECONDS).topics.get(self._topic)
            except KafkaException:
                return 1
            self._partitions = (found and len(found.partitions)) or None
        return self._partitions or 1

    def poll(self, seconds: float) -> None:
        if self._producer is not None:
            self._producer.poll(seconds)

    def close(self) -> None:
        producer, self._producer = self._producer, None
        if producer is not None:
            self._state.closed = True
            producer.purge(in_queue=True, in_flight=True)
            producer.poll(0)

    def abandon(self) -> None:
        # Its threads are not in this process, and freeing it would wait for them for ever.
        ctypes.pythonapi.Py_IncRef(ctypes.py_object(self._producer))


@dataclass
class _State:
    """What callbacks need. It does not lead back to the producer: that is freed where it is closed, by no collector."""

    troubled: bool = False
    closed: bool = False

    def on_error(self, error: KafkaError) -> None:
        if error.fatal() or error.code() == KafkaError._ALL_BROKERS_DOWN:  # pyright: ignore[reportPrivateUsage]
            self.troubled = True

    def on_delivery(self, error: KafkaError | None, done: Done) -> None:
        if self.closed:
            return
        if error is None:
            self.troubled = False
            done("delivered", "")
        else:
            done("refused" if error.code() in _REFUSED else "failed", error.name())
