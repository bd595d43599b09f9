"""A batch of raw records from start to end: through the chain, counted, delivered. Knows nothing of Faust."""

import logging
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace

from nilometer.schemas.deadletter import DeadLetter
from nilometer.schemas.errors import KeyUnavailableError
from nilometer.schemas.event import Event
from nilometer.schemas.keys import KeyRing
from nilometer.schemas.publisher import Publisher
from nilometer.schemas.rollup import Rollup
from nilometer.schemas.settings import Settings
from nilometer.streams import chain
from nilometer.streams.deadletters import Line
from nilometer.streams.items import Record, Refusal, Sourced
from nilometer.streams.rollup import RecentIds, count, count_secrets, needed_dimensions, new_calls, with_secrets

_LOG = logging.getLogger(__name__)

LastCounted = Callable[[Collection[int]], Mapping[int, int]]
"""Partitions of `raw` → the last offset of each that a delivered rollup has counted; -1 where none has."""


class BatchProcessor:
    """Turns records into events, dead letters and rollups. One thread at a time."""

    def __init__(
        self,
        settings: Settings,
        context: chain.Context,
        publisher: Publisher,
        last_counted: LastCounted,
        load_ring: Callable[[], KeyRing] | None = None,
    ) -> None:
        """`load_ring` is asked when a record is sealed with a key that is not in the context's ring: a new one."""
        self._settings = settings
        self._context = context
        self._publisher = publisher
        self._last_counted = last_counted
        self._load_ring = load_ring
        self._counted: dict[int, int] = {}
        self._assigned: frozenset[int] = frozenset()
        self._recent = RecentIds(settings.worker.recent_ids)
        self._dimensions = needed_dimensions(settings.detector.watched)

    def assign(self, partitions: Collection[int]) -> None:
        """These are ours from now on. Somebody else may have counted them until now, so what we knew is void."""
        self._counted.clear()
        self._assigned = frozenset(partitions)

    def handle(self, records: Sequence[Record]) -> None:
        """Returns once everything that the records became is delivered; then they may be acknowledged.

        Records of one partition come in the order of their offsets. Raises StoppedError, and BrokerError where the
        last rollup cannot be read; this processor is of no use any more then, and nothing may be acknowledged.
        """
        partitions = {record.source.partition for record in records}
        if unknown := (partitions | self._assigned) - self._counted.keys():
            self._counted.update(self._last_counted(unknown))
        self._learn_keys(records)
        outcome = chain.run(records, self._context)
        rollups = [
            rollup
            for partition in sorted(partitions)
            if (rollup := self._roll_up(partition, records, outcome.sourced)) is not None
        ]
        self._deliver(outcome.sourced, outcome.dead, rollups)
        for rollup in rollups:
            self._counted[rollup.partition] = rollup.last_offset

    def _learn_keys(self, records: Sequence[Record]) -> None:
        known = self._context.ring.private
        if self._load_ring is not None and any(r.headers.get("nilometer-key", "") not in known for r in records):
            try:
                self._context = replace(self._context, ring=self._load_ring())
            except KeyUnavailableError:
                # What cannot be opened is a dead letter, and its key may come back.
                return

    def _roll_up(self, partition: int, records: Sequence[Record], sourced: Sequence[Sourced[Event]]) -> Rollup | None:
        """What the batch adds to the counts of one partition; None where all of it has been counted before."""
        counted = self._counted[partition]
        fresh = [r.source for r in records if r.source.partition == partition and r.source.offset > counted]
        if not fresh:
            return None
        new = [s.item for s in sourced if s.source.partition == partition and s.source.offset > counted]
        calls = new_calls(new, self._recent)
        leaks = with_secrets(new, self._recent)
        for event in (*calls, *leaks):
            self._recent.add(event.event_id)
        return Rollup(
            topic=fresh[0].source,
            partition=partition,
            first_offset=fresh[0].offset,
            last_offset=fresh[-1].offset,
            published_at=self._context.clock(),
            incarnation=self._settings.broker.incarnation,
            cells=count(calls, self._dimensions) + count_secrets(leaks, self._dimensions),
        )

    def _deliver(
        self, sourced: Sequence[Sourced[Event]], dead: Sequence[DeadLetter], rollups: Sequence[Rollup]
    ) -> None:
        pack = self._publisher.pack
        # Events first, so that a position below their number is an event's.
        outgoing = [pack("events", s.item) for s in sourced]
        outgoing += [pack("dead", letter) for letter in dead]
        outgoing += [pack("rollups", r, r.partition) for r in rollups]
        refused = self._publisher.deliver(outgoing)
        lost = [position for position in refused if position >= len(sourced)]
        if lost:
            # The chain keeps both far below the limit, so the broker's is not what topics.max_message_bytes says.
            _LOG.error("%d dead letters or rollups are too large for the broker and lost", len(lost))
        letters = [self._too_large(sourced[position]) for position in refused if position < len(sourced)]
        if letters:
            self._deliver([], letters, [])

    def _too_large(self, sourced: Sourced[Event]) -> DeadLetter:
        refusal = Refusal("too_large", "larger than the broker takes: see topics.max_message_bytes")
        return self._context.bury("publish", refusal, sourced.source, Line(sourced.original), sourced.attempts)
