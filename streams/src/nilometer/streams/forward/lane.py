"""A lane: one destination, with a consumer, a place and a pace of its own. For one thread.

What it holds is bounded by one request. While the endpoint takes nothing it waits, reads nothing and forgets nothing.
"""

import logging
import random
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from confluent_kafka import OFFSET_INVALID, Consumer, KafkaException, Message, TopicPartition

from nilometer.schemas.broker import consumer_config, reason
from nilometer.schemas.deadletter import Coordinates, DeadLetter, dead_letter_id
from nilometer.schemas.detail import SpanDetail
from nilometer.schemas.errors import BrokerError, WireError
from nilometer.schemas.publisher import StoppedError
from nilometer.schemas.settings import Destination, Settings
from nilometer.schemas.span import PricedSpan
from nilometer.schemas.topics import topic_name
from nilometer.schemas.wire import decode_event
from nilometer.streams.forward import GROUP, encode
from nilometer.streams.forward.answer import Answer, Later, Refused, Sender, Taken
from nilometer.streams.forward.choose import Forwarded, chosen
from nilometer.streams.forward.metrics import ATTEMPTS, BEHIND, ITEMS, SECONDS, WAITING
from nilometer.streams.tail import ends, partitions

_LOG = logging.getLogger(__name__)

POLL_SECONDS = 0.2
FIRST_PAUSE_SECONDS = 0.5
MOST_READ = 10_000
"""Events looked at for one request, when the filter lets few of them pass."""
AHEAD_KBYTES = 16 * 1024
"""What the consumer fetches ahead."""

Bury = Callable[[Sequence[DeadLetter]], None]
"""Returns once the broker has them. Raises StoppedError."""


@dataclass(frozen=True)
class Item:
    """An event that is to be sent, and where it came from."""

    event: Forwarded
    source: Coordinates


@dataclass
class Batch:
    """What was read for one request."""

    items: list[Item]
    ends: dict[int, int]
    """Partition → the offset behind the last event that was looked at."""
    published_ms: int = 0
    """When the youngest of them was published."""


class Lane:
    """`start`, then `run` until told to stop."""

    def __init__(
        self,
        settings: Settings,
        destination: Destination,
        sender: Sender,
        bury: Bury,
        stop: threading.Event,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.name = destination.name
        self._settings = settings
        self._destination = destination
        self._sender = sender
        self._bury = bury
        self._stop = stop
        self._clock = clock
        # Jitter, so that lanes of many installations do not knock at once.
        self._random = random.Random()  # noqa: S311
        self._topic = topic_name(settings.environment, "events")
        config = consumer_config(
            settings, f"{GROUP}.{destination.name}", **{"queued.max.messages.kbytes": AHEAD_KBYTES}
        )
        self._consumer = Consumer(config)
        self._waiting = ""

    def start(self) -> None:
        """Goes to where this destination was. Raises BrokerError.

        A new one begins `forward.first_start_seconds` ago, and keeps that place at once: what happens while its
        endpoint cannot be reached is not lost, however often we start. The embedded broker looks up no times: there it
        begins with all that is in its memory.
        """
        found = partitions(self._consumer, self._topic)
        places = [TopicPartition(self._topic, partition) for partition in found]
        try:
            committed = {p.partition: p.offset for p in self._consumer.committed(places, timeout=30)}
        except KafkaException as error:
            raise BrokerError(f"cannot read what was sent before: {reason(error)}") from None
        new = [partition for partition, offset in committed.items() if offset == OFFSET_INVALID]
        if new:
            first = self._first_places(new)
            committed |= first
            self._commit(first, strict=True)
        self._consumer.assign([TopicPartition(self._topic, p, offset) for p, offset in committed.items()])
        _LOG.info("%s: %s", self.name, "new" if len(new) == len(found) else "goes on where it was")

    def run(self) -> None:
        """Raises StoppedError where it is told to stop while something is under way; that is sent again."""
        while not self._stop.is_set():
            batch = self._read()
            spans = [item for item in batch.items if isinstance(item.event, PricedSpan)]
            details = [item for item in batch.items if not isinstance(item.event, PricedSpan)]
            self._deliver(spans)
            self._deliver(details)
            if batch.ends:
                self._commit(batch.ends)
                BEHIND.labels(self.name).set(max(0.0, self._clock().timestamp() - batch.published_ms / 1000))

    def close(self) -> None:
        self._sender.close()
        self._consumer.close()

    def _first_places(self, new: Sequence[int]) -> dict[int, int]:
        if self._settings.broker.embedded:
            return dict.fromkeys(new, 0)
        since = self._clock().timestamp() - self._settings.forward.first_start_seconds
        places = [TopicPartition(self._topic, partition, int(since * 1000)) for partition in new]
        try:
            found = self._consumer.offsets_for_times(places, timeout=30)
        except KafkaException as error:
            raise BrokerError(f"cannot look up {self._topic} by time: {reason(error)}") from None
        # Where nothing is that young: the end.
        return {
            p.partition: p.offset if p.offset >= 0 else ends(self._consumer, self._topic, p.partition)[1] for p in found
        }

    def _read(self) -> Batch:
        """Until a request is full, has waited long enough, or enough was looked at."""
        destination = self._destination
        batch = Batch([], {})
        size = looked = left_out = 0
        end = time.monotonic() + max(destination.batch_seconds, POLL_SECONDS)
        while (
            len(batch.items) < destination.batch_spans
            and size < destination.batch_bytes
            and looked < MOST_READ
            and (left := end - time.monotonic()) > 0
            and not self._stop.is_set()
        ):
            message = self._consumer.poll(min(left, POLL_SECONDS))
            if message is None:
                continue
            if (error := message.error()) is not None:
                _LOG.warning("%s: cannot read: %s", self.name, error.name())
                break
            looked += 1
            partition, offset = message.partition() or 0, message.offset() or 0
            batch.ends[partition] = offset + 1
            batch.published_ms = max(batch.published_ms, message.timestamp()[1])
            event = self._chosen(message)
            if event is None:
                left_out += 1
                continue
            source = Coordinates(source=self._topic, partition=partition, offset=offset)
            batch.items.append(Item(event, source))
            size += len(message.value() or b"")
        ITEMS.labels(self.name, "left_out").inc(left_out)
        return batch

    def _chosen(self, message: Message) -> Forwarded | None:
        try:
            event = decode_event(message.value() or b"")
        except WireError as error:
            _LOG.warning("%s: offset %s: %s: left out", self.name, message.offset(), error)
            return None
        return chosen(event, self._destination)

    def _deliver(self, items: Sequence[Item]) -> None:
        """Until the endpoint has all of them, but for those it will never take: each of these is a dead letter."""
        waiting = [items] if items else []
        while waiting:
            part = waiting.pop()
            answer = self._patiently(part)
            if isinstance(answer, Taken):
                ITEMS.labels(self.name, "taken").inc(len(part) - answer.rejected)
                ITEMS.labels(self.name, "rejected").inc(answer.rejected)
                if answer.rejected:
                    # It does not say which, and OTLP forbids to send them again.
                    self._give_up(part, f"the endpoint rejected {answer.rejected} of {len(part)} in one request")
            elif len(part) > 1:
                # One of them may be what it does not like.
                half = len(part) // 2
                waiting += [part[half:], part[:half]]
            else:
                ITEMS.labels(self.name, "refused").inc()
                self._give_up(part, answer.why)

    def _patiently(self, items: Sequence[Item]) -> Taken | Refused:
        """One request, until it is taken or refused for good. Raises StoppedError."""
        pause = FIRST_PAUSE_SECONDS
        unsure = 0
        try:
            body = self._body(items)
        except Exception as error:
            # One event of a form that nobody has thought of must not stop the others.
            return Refused(f"it cannot be written as OTLP: {type(error).__name__}")
        while True:
            answer = self._ask(items, body)
            if isinstance(answer, Taken):
                self._say_waiting("")
                return answer
            wait = self._random.uniform(pause / 2, pause)
            if isinstance(answer, Refused):
                unsure += 1
                if answer.sure or unsure >= self._destination.attempts:
                    self._say_waiting("")
                    return answer
            elif answer.after is not None:
                wait = answer.after + self._random.uniform(0, FIRST_PAUSE_SECONDS)
            what = "spans" if isinstance(items[0].event, PricedSpan) else "log records"
            self._say_waiting(f"takes no {what}: {answer.why}")
            if self._stop.wait(wait):
                raise StoppedError("told to stop while an endpoint did not take anything")
            pause = min(2 * pause, self._settings.forward.longest_pause_seconds)

    def _body(self, items: Sequence[Item]) -> bytes:
        spans = [item.event for item in items if isinstance(item.event, PricedSpan)]
        if spans:
            return encode.traces(spans, self._destination.resource)
        details = [item.event for item in items if isinstance(item.event, SpanDetail)]
        return encode.logs(details, self._destination.resource)

    def _ask(self, items: Sequence[Item], body: bytes) -> Answer:
        send = self._sender.traces if isinstance(items[0].event, PricedSpan) else self._sender.logs
        with SECONDS.labels(self.name).time():
            answer = send(body)
        kinds = {Taken: "taken", Later: "later", Refused: "refused"}
        ATTEMPTS.labels(self.name, kinds[type(answer)]).inc()
        return answer

    def _say_waiting(self, why: str) -> None:
        """Logs where it changes, not each attempt."""
        if why != self._waiting:
            if why:
                _LOG.warning("%s %s; trying again", self.name, why)
            else:
                _LOG.info("%s takes what it is sent again", self.name)
        self._waiting = why
        WAITING.labels(self.name).set(bool(why))

    def _give_up(self, items: Sequence[Item], why: str) -> None:
        """A dead letter: where the event is, and whose it is. The event itself is masked, and in the warehouse."""
        first = items[0]
        event = first.event
        message = f"{self.name}: {why}; the first is {event.trace_id}/{event.span_id}, which is in the warehouse"
        letter = DeadLetter(
            event_id=dead_letter_id(first.source, self._settings.broker.incarnation, f"forward/{self.name}"),
            step="forward",
            error_type="not_taken",
            message=message,
            source=first.source,
            environment=self._settings.environment,
            failed_at=self._clock(),
        )
        self._bury([letter])
        _LOG.warning("%s did not take %d spans or log records: %s", self.name, len(items), why)

    def _commit(self, offsets: dict[int, int], *, strict: bool = False) -> None:
        """What is behind us. Raises BrokerError where `strict`; else the next commit says more."""
        places = [TopicPartition(self._topic, partition, offset) for partition, offset in offsets.items()]
        try:
            self._consumer.commit(offsets=places, asynchronous=False)
        except KafkaException as error:
            if strict:
                raise BrokerError(f"cannot keep our place: {reason(error)}") from None
            _LOG.warning("%s: cannot keep what was sent: %s", self.name, reason(error))
