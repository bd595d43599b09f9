"""From the topic `alerts` to the targets, each change at least once.

The offset is committed once every target has taken a change, or has refused it for good and a dead letter says so.
Each target has a lane of its own: one that is slow or gone does not hold up the others.
"""

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime

import msgspec
from confluent_kafka import OFFSET_INVALID, Consumer, KafkaException, Message, TopicPartition

from nilometer.schemas.alert import Alert
from nilometer.schemas.broker import consumer_config, reason
from nilometer.schemas.deadletter import Coordinates, DeadLetter, dead_letter_id
from nilometer.schemas.errors import BrokerError
from nilometer.schemas.publisher import Publisher
from nilometer.schemas.registry import register
from nilometer.schemas.settings import Settings
from nilometer.schemas.topics import topic_name
from nilometer.streams.notify.targets import DeliveryError, Target, send_patiently

_LOG = logging.getLogger(__name__)
_DECODER = msgspec.json.Decoder(Alert)
GROUP = "notifier"
POLL_SECONDS = 0.1
MOST_PENDING = 1_000
"""Changes under way; above that no more are read."""


@dataclass(frozen=True)
class Pending:
    """A change under way: what each target says, None for taken."""

    offset: int
    alert: Alert | None
    answers: list["Future[str | None]"]

    @property
    def done(self) -> bool:
        return all(answer.done() for answer in self.answers)


class Notifier:
    """One process an environment."""

    def __init__(
        self,
        settings: Settings,
        targets: Sequence[Target],
        stop: threading.Event,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._settings = settings
        self._stop = stop
        self._clock = clock
        self._topic = topic_name(settings.environment, "alerts")
        self._consumer = Consumer(consumer_config(settings, GROUP))
        self._publisher = Publisher(settings, stop, register(settings))
        self._lanes = [(target, ThreadPoolExecutor(1, thread_name_prefix=target.name)) for target in targets]
        self._pending: deque[Pending] = deque()
        self._first = True
        self._started_at = clock()

    def start(self) -> None:
        """Goes to where the last notifier was. Raises BrokerError.

        Where none has been, all that is there is read, and what is older than `notifier.first_start_seconds` is let
        go: a new notifier does not repeat an old storm, and what happens while it starts is not lost.
        """
        place = TopicPartition(self._topic, 0)
        try:
            committed = self._consumer.committed([place], timeout=30)[0].offset
        except KafkaException as error:
            raise BrokerError(f"cannot read what was sent before: {reason(error)}") from None
        self._first = committed == OFFSET_INVALID
        self._consumer.assign([TopicPartition(self._topic, 0, 0 if self._first else committed)])
        _LOG.info("%d targets, from %s", len(self._lanes), "the beginning" if self._first else f"offset {committed}")

    def run(self) -> None:
        """Notifies until told to stop; what is not committed then is sent again by the next."""
        while not self._stop.is_set():
            if len(self._pending) < MOST_PENDING:
                message = self._consumer.poll(POLL_SECONDS if not self._pending else 0.01)
                if message is not None and message.error() is None:
                    self._pending.append(self._take(message))
            else:
                time.sleep(POLL_SECONDS)
            self._settle()

    def close(self) -> None:
        for _, lane in self._lanes:
            lane.shutdown(wait=True, cancel_futures=True)
        self._settle()
        self._consumer.close()

    def _take(self, message: Message) -> Pending:
        offset = message.offset() or 0
        try:
            alert = _DECODER.decode(message.value() or b"")
        except msgspec.DecodeError:
            _LOG.warning("the alert at offset %d is not of this or an earlier version: left out", offset)
            return Pending(offset, None, [])
        age = (self._started_at - alert.detected_at).total_seconds()
        if self._first and age > self._settings.notifier.first_start_seconds:
            return Pending(offset, None, [])
        return Pending(offset, alert, [lane.submit(self._send, target, alert) for target, lane in self._lanes])

    def _send(self, target: Target, alert: Alert) -> str | None:
        try:
            problem = send_patiently(target, alert, self._settings.notifier.attempts, self._stop.wait)
        except DeliveryError:
            raise
        except Exception as error:
            # A fault of the target's library must not stop the others; its text may hold the URL.
            problem = f"unexpected {type(error).__name__}"
        if problem is not None:
            _LOG.error("%s did not take %s of %s: %s", target.name, alert.state, alert.rule, problem)
        return problem

    def _settle(self) -> None:
        """Commits what is done, in order; buries what was refused before that."""
        settled: int | None = None
        while self._pending and self._pending[0].done:
            pending = self._pending[0]
            if any(answer.cancelled() or isinstance(answer.exception(), DeliveryError) for answer in pending.answers):
                # We stop in the middle of it.
                break
            problems = [
                f"{target.name}: {problem}"
                for (target, _), answer in zip(self._lanes, pending.answers, strict=False)
                if (problem := answer.result()) is not None
            ]
            if problems and pending.alert is not None:
                letter = self._letter(pending.offset, pending.alert, "; ".join(problems))
                self._publisher.deliver([self._publisher.pack("dead", letter)])
            settled = pending.offset
            self._pending.popleft()
        if settled is not None:
            self._commit(settled + 1)

    def _commit(self, offset: int) -> None:
        try:
            place = TopicPartition(self._topic, 0, offset)
            self._consumer.commit(offsets=[place], asynchronous=False)
        except KafkaException as error:
            # The next commit says more; after a restart some changes are sent twice.
            _LOG.warning("cannot keep what was sent: %s", reason(error))

    def _letter(self, offset: int, alert: Alert, problem: str) -> DeadLetter:
        source = Coordinates(source=self._topic, partition=0, offset=offset)
        return DeadLetter(
            event_id=dead_letter_id(source, self._settings.broker.incarnation, "notify"),
            step="notify",
            error_type="undelivered",
            message=f"{alert.state} of {alert.rule}: {problem}; the alert itself is in the topic and the view alerts",
            source=source,
            environment=self._settings.environment,
            failed_at=self._clock(),
            attempts=self._settings.notifier.attempts,
        )
