"""The bounded queue between the application's threads and the sender's."""

import threading
import time
from collections import Counter, deque
from collections.abc import Callable
from typing import Literal

Reason = Literal["queue_full", "closed", "too_large", "unencodable"]


class Intake:
    """Encoded events on their way to the sender. With `block`, `put` waits for space; else it says that there is none.

    An event that is larger than `max_bytes` is taken where the queue is empty.
    """

    def __init__(
        self, max_events: int, max_bytes: int, *, block: bool = False, now: Callable[[], float] = time.monotonic
    ) -> None:
        self.max_events = max_events
        self.max_bytes = max_bytes
        self.block = block
        self.accepted = 0
        self.dropped: Counter[str] = Counter()
        self._now = now
        # Reentrant: a signal handler or a finalizer may record an event while this thread holds the lock.
        self._changed = threading.Condition(threading.RLock())
        self._events: deque[tuple[bytes, float]] = deque()
        self._bytes = 0
        self._closed = False
        self._flushing = 0
        self._full_at = (0, 0)

    @property
    def queued(self) -> int:
        return len(self._events)

    @property
    def closed(self) -> bool:
        return self._closed

    @property
    def oldest(self) -> int:
        """The number, counted from 1, of the oldest event that is still queued, or that of the next to come."""
        with self._changed:
            return self.accepted - len(self._events) + 1

    def put(self, data: bytes) -> bool:
        with self._changed:
            while not self._closed and not self._fits(len(data)):
                if not self.block:
                    return self.drop("queue_full")
                self._changed.wait()
            if self._closed:
                return self.drop("closed")
            self._events.append((data, self._now()))
            self._bytes += len(data)
            self.accepted += 1
            # The sender wakes by itself once the oldest event has lingered.
            if len(self._events) == 1 or self._batch_is_full():
                self._changed.notify_all()
            return True

    def drop(self, reason: Reason) -> bool:
        """Counts an event that is not taken; always False."""
        with self._changed:
            self.dropped[reason] += 1
        return False

    def take(self, max_events: int, max_bytes: int, linger: float, timeout: float) -> list[bytes]:
        """The next batch: once it is full, its oldest event is `linger` seconds old, or somebody flushes.

        Empty where that does not happen within `timeout` seconds. One event alone may be larger than `max_bytes`.
        """
        deadline = self._now() + timeout
        with self._changed:
            self._full_at = max_events, max_bytes
            while True:
                now = self._now()
                due = self._due(now, linger)
                if due <= now or now >= deadline:
                    break
                self._changed.wait(min(due, deadline) - now)
            return self._cut(max_events, max_bytes) if due <= now else []

    def wait(self, timeout: float) -> None:
        """Waits for a change: a first event, a flush, or the end."""
        with self._changed:
            self._changed.wait(min(timeout, 0.05) if self._closed else timeout)

    def close(self) -> None:
        """Takes no more; what is queued can still be taken out."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def hurry(self, on: bool) -> None:
        """While somebody flushes, batches do not linger."""
        with self._changed:
            self._flushing += 1 if on else -1
            self._changed.notify_all()

    def freeze(self) -> None:
        """Before a fork: nobody is inside while the process is copied."""
        self._changed.acquire()

    def thaw(self) -> None:
        self._changed.release()

    def _fits(self, size: int) -> bool:
        return not self._events or (len(self._events) < self.max_events and self._bytes + size <= self.max_bytes)

    def _batch_is_full(self) -> bool:
        events, size = self._full_at
        return len(self._events) >= events or self._bytes >= size

    def _due(self, now: float, linger: float) -> float:
        """When the next batch is to be taken."""
        if not self._events:
            # A closed, empty queue: whoever takes is to see at once that there is nothing.
            return now if self._closed else float("inf")
        if self._closed or self._flushing or self._batch_is_full():
            return now
        return self._events[0][1] + linger

    def _cut(self, max_events: int, max_bytes: int) -> list[bytes]:
        batch: list[bytes] = []
        size = 0
        while self._events and len(batch) < max_events:
            data = self._events[0][0]
            if batch and size + len(data) > max_bytes:
                break
            self._events.popleft()
            batch.append(data)
            size += len(data)
        self._bytes -= size
        if self.block:
            self._changed.notify_all()
        return batch
