"""Where events go: the door between what an application records and what happens to it.

Transport
├── Sender              sealed batches to Kafka, over a disk spool where the broker is away
├── NullTransport       nowhere; counts
└── testing.MemoryTransport
"""

import threading
from typing import Protocol

import msgspec

from nilometer.schemas.event import RawEvent


class Stats(msgspec.Struct, frozen=True, kw_only=True):
    """What became of the events so far. All counts are events of this process since it started, but for `spooled`."""

    accepted: int = 0
    """Taken into the queue."""
    delivered: int = 0
    """Acknowledged by the broker, those of dead processes that were found in the spool included."""
    waiting: int = 0
    """In memory: queued, or sent and not yet acknowledged."""
    spooled: int = 0
    """On disk, sealed, waiting for the broker; those of dead processes included."""
    dropped: dict[str, int] = {}
    """By reason. Never accepted: queue_full, too_large, unencodable, closed, disabled, misconfigured. Accepted, and
    lost all the same: no_key, not_delivered (at the end, without a working spool), refused_by_broker, spool_damaged."""


class Transport(Protocol):
    """Takes events. Nothing here raises; but for a Sender with `block=True`, nothing waits but `flush` and `close`."""

    def put(self, event: RawEvent) -> bool:
        """Takes an event; False where it was dropped, which `stats` counts."""
        ...

    def flush(self, timeout: float) -> bool:
        """Waits until all that was taken before has been delivered; False where that took longer than `timeout` s."""
        ...

    def close(self, timeout: float | None = None) -> bool:
        """Flushes, and takes no more. What is not delivered in time goes to the spool where there is one."""
        ...

    def stats(self) -> Stats: ...


class NullTransport:
    """Drops all events for one reason, and counts them."""

    def __init__(self, reason: str) -> None:
        self._reason = reason
        self._lock = threading.Lock()
        self._dropped = 0

    def put(self, event: RawEvent) -> bool:
        with self._lock:
            self._dropped += 1
        return False

    def flush(self, timeout: float) -> bool:
        return True

    def close(self, timeout: float | None = None) -> bool:
        return True

    def stats(self) -> Stats:
        return Stats(dropped={self._reason: self._dropped} if self._dropped else {})
