"""Sending to Kafka so that it is certain: all of a batch is delivered, or refused for good, or we are told to stop."""

import logging
import math
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from confluent_kafka import KafkaError, KafkaException, Producer

from nilometer.schemas.broker import producer_config
from nilometer.schemas.errors import BrokerError
from nilometer.schemas.settings import Settings
from nilometer.schemas.topics import TopicName, topic_name
from nilometer.schemas.wire import Message, Published, encode

_LOG = logging.getLogger(__name__)
_TOO_LARGE = frozenset({KafkaError.MSG_SIZE_TOO_LARGE, KafkaError.INVALID_MSG_SIZE, KafkaError.INVALID_RECORD})
FIRST_PAUSE_SECONDS = 0.2
LONGEST_PAUSE_SECONDS = 10.0
LAST_SECONDS = 5.0
"""What a broker that is there gets once we are told to stop."""
_UNANSWERED = KafkaError(KafkaError._TIMED_OUT)  # pyright: ignore[reportPrivateUsage]


class StoppedError(BrokerError):
    """We were told to stop before all was delivered. Nothing may be acknowledged."""


@dataclass(frozen=True)
class Outgoing:
    """A message and the topic that it goes to."""

    topic: TopicName
    message: Message


class Publisher:
    """Delivers batches of messages. One thread at a time."""

    def __init__(
        self, settings: Settings, stop: threading.Event, schema_ids: Mapping[str, bytes] | None = None
    ) -> None:
        """`schema_ids`: what `registry.register` gave."""
        # Attempts end soon, so that a broker that is away shows in the log; we try again without end.
        self._producer = Producer(producer_config(settings, **{"delivery.timeout.ms": 15_000, "linger.ms": 1}))
        self._environment = settings.environment
        self._stop = stop
        self._schema_ids = schema_ids or {}

    def pack(self, topic: TopicName, event: Published, partition: int | None = None) -> Outgoing:
        """An event as the message that goes to a topic."""
        message = encode(event, self._environment, partition=partition, schema_ids=self._schema_ids)
        return Outgoing(topic, message)

    def deliver(self, outgoing: Sequence[Outgoing]) -> list[int]:
        """Returns once the broker has them all, but for those it will never take, being too large: their positions.

        A broker that is away is tried again, with back-off, for as long as it takes. Raises StoppedError.
        """
        waiting = list(range(len(outgoing)))
        refused: list[int] = []
        pause = FIRST_PAUSE_SECONDS
        while True:
            errors = self._attempt([outgoing[i] for i in waiting])
            failed = [(i, error) for i, error in zip(waiting, errors, strict=True) if error is not None]
            refused += [i for i, error in failed if error.code() in _TOO_LARGE]
            waiting = [i for i, error in failed if error.code() not in _TOO_LARGE]
            if not waiting:
                return refused
            _LOG.warning("%d messages not delivered yet: %s; trying again", len(waiting), failed[-1][1].str())
            if self._stop.wait(pause):
                raise StoppedError("told to stop while the broker was away")
            pause = min(2 * pause, LONGEST_PAUSE_SECONDS)

    def _attempt(self, outgoing: Sequence[Outgoing]) -> list[KafkaError | None]:
        """One attempt at each: None where it was delivered."""
        errors: dict[int, KafkaError | None] = {}

        def report(index: int, error: KafkaError | None, _message: object) -> None:
            errors[index] = error

        for index, one in enumerate(outgoing):
            try:
                self._produce(one, partial(report, index))
            except KafkaException as error:
                errors[index] = error.args[0]
        deadline = math.inf
        while len(errors) < len(outgoing) and time.monotonic() < deadline:
            self._producer.poll(0.1)
            if self._stop.is_set():
                deadline = min(deadline, time.monotonic() + LAST_SECONDS)
        return [errors.get(index, _UNANSWERED) for index in range(len(outgoing))]

    def _produce(self, one: Outgoing, report: Callable[[KafkaError | None, object], None]) -> None:
        message = one.message
        extra: dict[str, Any] = {} if message.partition is None else {"partition": message.partition}
        while True:
            try:
                self._producer.produce(
                    topic_name(self._environment, one.topic),
                    message.value,
                    key=message.key,
                    headers=list(message.headers),
                    on_delivery=report,
                    **extra,
                )
            except BufferError:
                # Our own queue is full: deliver some first.
                self._producer.poll(0.1)
            else:
                return
