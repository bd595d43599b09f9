"""Which traces are heavy: what they send goes to one partition of `raw`, and the others go elsewhere meanwhile.

A worker serves its partitions in turn, so nobody else waits for a trace of fifty thousand spans.
"""

import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Hashable, Mapping
from typing import TypeVar

Trace = TypeVar("Trace", bound=Hashable)

WINDOW_SECONDS = 60.0
QUIET_SECONDS = 600.0
"""How long after its last item a trace is still heavy: a worker may be as far behind."""
MAX_TRACES = 100_000
"""Counted at a time; beyond that a window ends early."""


class Lanes:
    """For any thread. Each process counts for itself."""

    def __init__(self, heavy_items: int, now: Callable[[], float] = time.monotonic) -> None:
        """`heavy_items`: of one trace, within one to two windows."""
        self._heavy_items = heavy_items
        self._now = now
        self._lock = threading.Lock()
        self._counts: Counter[Hashable] = Counter()
        self._before: Counter[Hashable] = Counter()
        self._began = now()
        self._heavy: dict[Hashable, float] = {}

    @property
    def heavy(self) -> int:
        """Traces that are heavy now."""
        with self._lock:
            self._forget()
            return len(self._heavy)

    def count(self, items: Mapping[Trace, int]) -> set[Trace]:
        """Items that came, by trace; answers which of these traces are heavy."""
        with self._lock:
            self._forget()
            found: set[Trace] = set()
            for trace, number in items.items():
                self._counts[trace] += number
                if trace in self._heavy or self._counts[trace] + self._before[trace] >= self._heavy_items:
                    # The one that was seen last stands last.
                    self._heavy.pop(trace, None)
                    self._heavy[trace] = self._now()
                    found.add(trace)
            return found

    def partition(self, heavy: bool, partitions: int, place: int | None = None) -> int | None:
        """Where a record goes: a heavy one to the last partition, others elsewhere, as `place` says where it is given.
        None: to any."""
        if partitions > 1 and heavy:
            return partitions - 1
        free = partitions - 1 if partitions > 1 and self.heavy else partitions
        if place is not None:
            return place % free
        return None if free == partitions else random.randrange(free)  # noqa: S311  to spread, not to hide

    def _forget(self) -> None:
        now = self._now()
        if now - self._began >= WINDOW_SECONDS or len(self._counts) > MAX_TRACES:
            # Two windows that have passed without a word hold nothing of the last minute.
            self._before = self._counts if now - self._began < 2 * WINDOW_SECONDS else Counter()
            self._counts, self._began = Counter(), now
        while self._heavy and now - next(iter(self._heavy.values())) >= QUIET_SECONDS:
            del self._heavy[next(iter(self._heavy))]
