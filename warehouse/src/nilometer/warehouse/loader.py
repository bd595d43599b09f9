"""The loader: from the topics into the lake, offsets in the transaction of the rows.

    python -m nilometer.warehouse.loader

It joins no group and commits no offset to Kafka: how far it has read is a table of the lake. Killed at any time and
started again, it goes on after the last rows written; what it may read twice is dropped by its event id.
"""

import logging
import threading
import time

from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaError, KafkaException, Message, TopicPartition

from nilometer.schemas.broker import cluster_id, consumer_config, reason
from nilometer.schemas.errors import BrokerError, NilometerError
from nilometer.schemas.service import announce_ready, exit_code, start_logging, stop_event, withdraw_ready
from nilometer.schemas.settings import Settings, load_settings
from nilometer.schemas.topics import topic_name
from nilometer.warehouse.intake import TOPICS, Intake
from nilometer.warehouse.rows import arrow
from nilometer.warehouse.writer import OffsetKey, Writer

NAME = "loader"
POLL_SECONDS = 0.1
LOOK_SECONDS = 5.0
"""How often new partitions, and another life of the broker, are looked for."""
MAX_WAIT_SECONDS = 10.0
MERGE_COMMITS = 200
"""After so many commits the small files that they have left are merged."""

log = logging.getLogger("nilometer.warehouse.loader")


class Loader:
    """One consumer and one writer. `run` returns when `stop` is set; all that was read by then is written."""

    def __init__(self, settings: Settings, stop: threading.Event) -> None:
        self._settings = settings
        self._stop = stop
        self._writer = Writer(settings)
        self._topics = {topic_name(settings.environment, name) for name in TOPICS}
        self._cluster = ""
        self._next: dict[tuple[str, int], int] = {}
        """What is expected next of each assigned partition."""
        self._looked = 0.0
        self._consumer = Consumer(
            consumer_config(
                settings,
                NAME,
                **{
                    # What librdkafka reads ahead, for each partition: memory stays bounded.
                    "queued.max.messages.kbytes": 16_384,
                    "fetch.max.bytes": 32 * 1024 * 1024,
                    "enable.partition.eof": False,
                },
            )
        )

    def run(self) -> None:
        """Loads until told to stop. Raises NilometerError where trying again cannot help."""
        try:
            self._wait_for_broker()
            # The first array imports pandas where that is installed: a second that the first rows need not wait for.
            arrow("spans", ())
            announce_ready(self._settings, NAME)
            log.info("loading %d partitions", len(self._next))
            commits = 0
            while not self._stop.is_set():
                self._look()
                batch = self._read()
                if batch:
                    self._write(batch)
                    commits += 1
                    if commits % MERGE_COMMITS == 0:
                        self._writer.merge_small_files()
        finally:
            withdraw_ready(self._settings, NAME)
            self._consumer.close()
            self._writer.close()

    def _wait_for_broker(self) -> None:
        wait = 0.2
        while not self._stop.is_set():
            try:
                self._assign()
            except BrokerError as error:
                log.warning("%s; trying again", error)
            else:
                if self._next:
                    return
                log.warning("there are no topics yet: `nilometer topics create` makes them")
            self._stop.wait(wait)
            wait = min(wait * 2, MAX_WAIT_SECONDS)

    def _look(self) -> None:
        """Now and then: new partitions, and whether this is still the same broker."""
        if time.monotonic() - self._looked < LOOK_SECONDS:
            return
        try:
            self._assign()
        except BrokerError as error:
            log.warning("%s; reading on where it answers", error)

    def _assign(self) -> None:
        """Assigns all partitions there are: new ones from where the lake says, else from the beginning."""
        self._looked = time.monotonic()
        cluster = cluster_id(self._settings)
        if cluster != self._cluster:
            if self._cluster:
                log.warning("this is another broker, or another life of it: its offsets start anew")
            self._consumer.unassign()
            self._next.clear()
            self._cluster = cluster
        try:
            metadata = self._consumer.list_topics(timeout=10)
        except KafkaException as error:
            raise BrokerError(f"cannot read the topics: {reason(error)}") from None
        there = {
            (topic, partition)
            for topic in self._topics
            if topic in metadata.topics and not metadata.topics[topic].error
            for partition in metadata.topics[topic].partitions
        }
        new = sorted(there - self._next.keys())
        if not new:
            return
        stored = self._writer.offsets(cluster, self._topics)
        for topic, partition in new:
            self._next[topic, partition] = stored.get(OffsetKey(cluster, topic, partition), OFFSET_BEGINNING)
        self._consumer.incremental_assign([TopicPartition(t, p, self._next[t, p]) for t, p in new])

    def _read(self) -> Intake:
        """A batch: full, or `batch_seconds` after its first message; empty when nothing came for a moment."""
        batch = Intake(self._settings, self._cluster)
        deadline = 0.0
        while not self._stop.is_set() and not batch.full:
            now = time.monotonic()
            if batch and now >= deadline:
                break
            timeout = min(POLL_SECONDS, deadline - now) if batch else POLL_SECONDS
            messages = self._sound(self._consumer.consume(num_messages=500, timeout=max(timeout, 0.001)))
            if messages and not batch:
                deadline = time.monotonic() + self._settings.loader.batch_seconds
            batch.add(messages)
            if not messages and not batch:
                break
        return batch

    def _sound(self, messages: list[Message]) -> list[Message]:
        """The messages that are no errors. Says so where some were gone before they were read."""
        sound: list[Message] = []
        for message in messages:
            error = message.error()
            if error is not None:
                self._judge(error)
                continue
            place, offset = (str(message.topic()), int(message.partition() or 0)), int(message.offset() or 0)
            expected = self._next.get(place)
            if expected is None:
                continue
            if 0 <= expected < offset:
                log.error("%s[%d]: offsets %d to %d were gone before they were loaded", *place, expected, offset - 1)
            elif offset < expected:
                log.warning("%s[%d]: starts anew at %d, %d was expected", *place, offset, expected)
            self._next[place] = offset + 1
            sound.append(message)
        return sound

    @staticmethod
    def _judge(error: KafkaError) -> None:
        if error.fatal():
            raise BrokerError(f"the consumer cannot go on: {error.str()}")
        log.warning("consuming: %s", error.str())

    def _write(self, batch: Intake) -> None:
        """Writes, and tries again while that can help: what was read is never passed over."""
        wait = 0.2
        while True:
            try:
                written = self._writer.write(
                    batch.events,
                    alerts=batch.alerts,
                    dead_letters=batch.dead_letters,
                    audits=batch.audits,
                    offsets=batch.offsets,
                )
            except NilometerError as error:
                # Not written, not passed over: the next start reads it again.
                if not error.transient or self._stop.is_set():
                    raise
                log.warning("%s; trying again", error)
                self._stop.wait(wait)
                wait = min(wait * 2, MAX_WAIT_SECONDS)
            else:
                log.debug("wrote %d rows, dropped %d duplicates", written.rows, written.duplicates)
                if batch.unreadable or written.refused:
                    log.error("%d messages became dead letters", batch.unreadable + written.refused)
                return


def main() -> int:
    start_logging()
    return exit_code(log, lambda: Loader(load_settings(), stop_event()).run())


if __name__ == "__main__":
    raise SystemExit(main())
