"""The detector: rollups in, alerts out.

    python -m nilometer.streams.detector

It joins no group and keeps nothing: on start it learns the open alerts from the topic `alerts`, reads back the longest
rule window of rollups, and goes on from there. One detector an environment; a second one would say everything twice.
"""

import argparse
import contextlib
import logging
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta

import msgspec
from confluent_kafka import Consumer, KafkaException, Message, TopicPartition

from nilometer.schemas.alert import Alert
from nilometer.schemas.broker import find_broker, reason
from nilometer.schemas.errors import BrokerError
from nilometer.schemas.publisher import Publisher, StoppedError
from nilometer.schemas.registry import register
from nilometer.schemas.rollup import Rollup
from nilometer.schemas.service import exit_code, ready, start_logging, stop_event
from nilometer.schemas.settings import Settings, load_settings
from nilometer.schemas.topics import topic_name
from nilometer.streams.counted import decode_rollup
from nilometer.streams.tail import partitions, read_to_end, reader
from nilometer.streams.watch import Watch

_LOG = logging.getLogger("nilometer.streams.detector")
_ALERT = msgspec.json.Decoder(Alert)
NAME = "detector"
POLL_SECONDS = 0.2
MOST_AT_ONCE = 1_000
REPORT_SECONDS = 60.0

Clock = Callable[[], datetime]


def utc_now() -> datetime:
    return datetime.now(UTC)


class Detector:
    """The watch, and the topics around it."""

    def __init__(self, settings: Settings, stop: threading.Event, clock: Clock = utc_now) -> None:
        self._settings = settings
        self._stop = stop
        self._clock = clock
        self._watch = Watch(settings.detector, settings.environment)
        self._publisher = Publisher(settings, stop, register(settings))
        self._consumer: Consumer = reader(settings, NAME)
        self._reported = (0.0, 0, 0)

    def start(self) -> None:
        """Learns what was said, and reads back what it takes to go on. Raises BrokerError."""
        for alert in self._said():
            self._watch.learn(alert)
        now = self._clock()
        judge_from = now - timedelta(seconds=self._watch.grace)
        recent: list[Rollup] = []
        for rollup in self._read_back(judge_from - timedelta(seconds=self._watch.span)):
            if rollup.published_at < judge_from:
                self._watch.fill(rollup)
            else:
                recent.append(rollup)
        self._say(self._watch.start(judge_from))
        # As they came, whatever the order in which the partitions were read.
        for rollup in sorted(recent, key=lambda r: (r.published_at, r.partition, r.first_offset)):
            self._say(self._watch.advance(rollup.published_at))
            self._say(self._watch.apply([rollup], rollup.published_at))
        self._say(self._watch.advance(self._clock()))
        _LOG.info("%d alerts are open", len(self._watch.open_alerts()))

    def run(self) -> None:
        """Watches until told to stop."""
        while not self._stop.is_set():
            rollups = [r for m in self._poll() if (r := decode_rollup(m)) is not None]
            now = self._clock()
            self._say(self._watch.apply(rollups, now) if rollups else self._watch.advance(now))
            self._report()

    def close(self) -> None:
        self._consumer.close()

    def _poll(self) -> Iterator[Message]:
        """What is there by now; waits a little for the first."""
        message = self._consumer.poll(POLL_SECONDS)
        taken = 0
        while message is not None:
            if message.error() is None:
                yield message
            taken += 1
            message = self._consumer.poll(0) if taken < MOST_AT_ONCE else None

    def _say(self, alerts: Sequence[Alert]) -> None:
        if not alerts:
            return
        now = self._clock()
        stamped = [msgspec.structs.replace(alert, detected_at=now) for alert in alerts]
        self._publisher.deliver([self._publisher.pack("alerts", alert) for alert in stamped])
        for alert in alerts:
            _LOG.info("%s is %s", alert.rule, alert.state)

    def _said(self) -> Iterator[Alert]:
        consumer = reader(self._settings, NAME)
        topic = topic_name(self._settings.environment, "alerts")
        try:
            for message in read_to_end(consumer, topic, {0: 0}, embedded=self._settings.broker.embedded):
                try:
                    yield _ALERT.decode(message.value() or b"")
                except msgspec.DecodeError:
                    _LOG.warning("the alert at offset %s is not of this or an earlier version", message.offset())
        finally:
            consumer.close()

    def _read_back(self, since: datetime) -> Iterator[Rollup]:
        """The rollups published since then, to the end; the consumer stays there."""
        settings = self._settings
        topic = topic_name(settings.environment, "rollups")
        starts = dict.fromkeys(partitions(self._consumer, topic), 0)
        places = [TopicPartition(topic, p, int(since.timestamp() * 1000)) for p in starts]
        # The embedded broker does not look up times.
        if not settings.broker.embedded:
            try:
                found = self._consumer.offsets_for_times(places, timeout=30)
            except KafkaException as error:
                raise BrokerError(f"cannot look up {topic} by time: {reason(error)}") from None
            starts = {place.partition: place.offset for place in found}
        for message in read_to_end(self._consumer, topic, starts, embedded=settings.broker.embedded):
            rollup = decode_rollup(message)
            if rollup is not None and rollup.published_at >= since:
                yield rollup

    def _report(self) -> None:
        """Says now and then what was left out."""
        now = time.monotonic()
        at, late, doubled = self._reported
        if now - at < REPORT_SECONDS:
            return
        if self._watch.late > late:
            _LOG.warning("%d calls came too late for their rules' windows", self._watch.late - late)
        if self._watch.doubled > doubled:
            _LOG.warning("%d rollups came twice and were left out", self._watch.doubled - doubled)
        self._reported = (now, self._watch.late, self._watch.doubled)


def main(arguments: Sequence[str] | None = None) -> int:
    argparse.ArgumentParser(
        prog="python -m nilometer.streams.detector", description="Watches the rollups and raises alerts."
    ).parse_args(arguments)
    start_logging()
    return exit_code(_LOG, _run)


def _run() -> None:
    stop = stop_event()
    settings = find_broker(load_settings())
    detector = Detector(settings, stop)
    with contextlib.suppress(StoppedError), contextlib.closing(detector):
        detector.start()
        with ready(settings, NAME):
            detector.run()


if __name__ == "__main__":
    raise SystemExit(main())
