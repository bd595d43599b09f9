"""What waits to be worked on: a queue for each partition, served in turn, so that a full one delays no other."""

import asyncio
import contextlib
import time
from collections import deque
from collections.abc import Iterator
from typing import Generic, NamedTuple, TypeVar

T = TypeVar("T")


class Limits(NamedTuple):
    """Of one batch; one record alone may be larger."""

    records: int
    size: int
    """Bytes as they were read."""
    items: int
    """Spans, log records and the like."""
    seconds: float
    """How long the first record of a batch waits for company."""


class Waiting(NamedTuple, Generic[T]):
    """A record that waits."""

    record: T
    size: int
    items: int
    since: float
    """On the monotonic clock, in seconds."""


class Turns(Generic[T]):
    """Belongs to one event loop. Of one partition records come out in the order in which they came in."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        # In the order in which they are served next.
        self._queues: dict[int, deque[Waiting[T]]] = {}
        self._some = asyncio.Event()
        self._full = asyncio.Event()

    def add(self, partition: int, record: T, size: int, items: int) -> None:
        self._queues.setdefault(partition, deque()).append(Waiting(record, size, items, time.monotonic()))
        self._some.set()
        if not self._full.is_set() and self._is_full():
            self._full.set()

    async def take(self) -> list[T]:
        """The next batch: one record of each partition in turn, until it is full or none is left."""
        await self._some.wait()
        oldest = min(queue[0].since for queue in self._queues.values())
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._full.wait(), max(0.0, oldest + self._limits.seconds - time.monotonic()))
        batch = [waiting.record for waiting in self._next()]
        self._look()
        return batch

    def clear(self) -> list[T]:
        """Takes out everything."""
        left = [waiting.record for queue in self._queues.values() for waiting in queue]
        self._queues.clear()
        self._look()
        return left

    def _next(self) -> Iterator[Waiting[T]]:
        records = size = items = 0
        while self._queues:
            partition, queue = next(iter(self._queues.items()))
            first = queue[0]
            records, size, items = records + 1, size + first.size, items + first.items
            if records > 1 and self._beyond(records - 1, size - 1, items - 1):
                return
            yield queue.popleft()
            # To the end of the line.
            del self._queues[partition]
            if queue:
                self._queues[partition] = queue

    def _beyond(self, records: int, size: int, items: int) -> bool:
        limits = self._limits
        return records >= limits.records or size >= limits.size or items >= limits.items

    def _is_full(self) -> bool:
        waiting = [one for queue in self._queues.values() for one in queue]
        return self._beyond(len(waiting), sum(one.size for one in waiting), sum(one.items for one in waiting))

    def _look(self) -> None:
        for event, is_so in ((self._some, bool(self._queues)), (self._full, self._is_full())):
            if is_so:
                event.set()
            else:
                event.clear()
