"""From the Collector's topics to `raw`: each record at least once, and committed only then."""

import logging
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from confluent_kafka import KafkaException

from nilometer.producers.collector.metrics import BYTES, ITEMS, RECORDS
from nilometer.producers.collector.record import Arrival, Gathered, Surroundings, gather
from nilometer.producers.collector.source import Source
from nilometer.producers.lanes import Lanes
from nilometer.schemas.broker import admin_client, cluster_id, reason
from nilometer.schemas.burying import Kept, bury
from nilometer.schemas.deadletter import Coordinates
from nilometer.schemas.errors import BrokerError
from nilometer.schemas.keys import FreshKey
from nilometer.schemas.publisher import Outgoing, Publisher
from nilometer.schemas.registry import register
from nilometer.schemas.settings import Settings
from nilometer.schemas.topics import topic_name

_LOG = logging.getLogger(__name__)

REPORT_SECONDS = 60.0
FIRST_PAUSE_SECONDS = 0.2
LONGEST_PAUSE_SECONDS = 10.0


@dataclass
class Count:
    """What was dealt with since the last report."""

    records: int = 0
    accepted: int = 0
    dead: int = 0


class Collector:
    """Any number of processes an environment share the work, as far as the topics have partitions."""

    def __init__(
        self,
        settings: Settings,
        stop: threading.Event,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """Raises NilometerError."""
        self._settings = settings
        self._stop = stop
        self._clock = clock
        self._key = FreshKey(settings)
        self._publisher = Publisher(settings, stop, register(settings))
        self._source = Source(settings)
        self._incarnation = ""
        self._partitions = 1
        self._lanes = Lanes(settings.topics.heavy_trace_items)
        self._count = Count()
        self._reported = time.monotonic()

    def start(self) -> None:
        """Until both brokers are there, or we are to stop. Raises NilometerError where waiting does not help."""
        pause = FIRST_PAUSE_SECONDS
        while not self._stop.is_set():
            try:
                self._incarnation = cluster_id(self._settings, at=self._settings.collector.elsewhere())
                self._partitions = self._partitions_of_raw()
                self._source.start()
            except BrokerError as error:
                _LOG.warning("waiting: %s", error)
                self._stop.wait(pause)
                pause = min(2 * pause, LONGEST_PAUSE_SECONDS)
            else:
                return

    def run(self) -> None:
        """Until told to stop; what is not committed then is read again. Raises StoppedError, KeyUnavailableError."""
        while not self._stop.is_set():
            arrivals = self._source.take()
            if arrivals:
                self._handle(arrivals)
                self._source.commit(arrivals)
            self._report()

    def close(self) -> None:
        self._source.close()

    def _handle(self, arrivals: Sequence[Arrival]) -> None:
        around = Surroundings(
            self._settings, self._key.get(), self._incarnation, self._partitions, self._clock(), self._lanes
        )
        gathered = [gather(arrival, around) for arrival in arrivals]
        bodies = [(arrival, message) for arrival, one in zip(arrivals, gathered, strict=True) for message in one.sealed]
        letters = [letter for one in gathered for letter in one.dead]
        outgoing = [Outgoing("raw", message) for _, message in bodies]
        outgoing += [self._publisher.pack("dead", letter) for letter in letters]
        refused = self._publisher.deliver(outgoing)
        if refused:
            # A broker with a lower limit than topics.max_message_bytes says.
            sources = [arrival.source for arrival, _ in bodies] + [letter.source for letter in letters]
            self._bury_without([sources[position] for position in refused], around)
        for arrival, one in zip(arrivals, gathered, strict=True):
            self._count_one(arrival, one)

    def _bury_without(self, sources: Sequence[Coordinates], around: Surroundings) -> None:
        """Dead letters without an original, which would be refused as well: they say where it is."""
        settings = self._settings
        message = "larger than the broker takes: see topics.max_message_bytes; it is still in the Collector's topic"
        letters = [
            bury(
                "publish",
                "too_large",
                message,
                source,
                Kept(0),
                environment=settings.environment,
                incarnation=self._incarnation,
                failed_at=around.now,
                max_message_bytes=settings.topics.max_message_bytes,
            )
            for source in dict.fromkeys(sources)
        ]
        self._publisher.deliver([self._publisher.pack("dead", letter) for letter in letters])

    def _count_one(self, arrival: Arrival, one: Gathered) -> None:
        signal = arrival.signal.name
        outcomes = {(True, False): "taken", (False, False): "empty", (True, True): "partly taken"}
        outcome = outcomes.get((bool(one.sealed), bool(one.dead)), "refused")
        RECORDS.labels(signal, outcome).inc()
        ITEMS.labels(signal, "accepted").inc(one.accepted)
        ITEMS.labels(signal, "refused").inc(sum(letter.source.index is not None for letter in one.dead))
        BYTES.labels(signal).inc(len(arrival.value))
        self._count.records += 1
        self._count.accepted += one.accepted
        self._count.dead += len(one.dead)

    def _report(self) -> None:
        now = time.monotonic()
        if now - self._reported < REPORT_SECONDS:
            return
        self._reported = now
        count, self._count = self._count, Count()
        if count.records:
            _LOG.info("%d records: %d items, %d dead letters", count.records, count.accepted, count.dead)

    def _partitions_of_raw(self) -> int:
        topic = topic_name(self._settings.environment, "raw")
        try:
            found = admin_client(self._settings).list_topics(topic, timeout=10).topics[topic]
        except KafkaException as error:
            raise BrokerError(f"cannot reach the broker: {reason(error)}") from None
        if found.error is not None or not found.partitions:
            raise BrokerError(f"the topic {topic} is not there: run `nilometer topics create`")
        return len(found.partitions)
