"""The outbox: sealed batches until the broker has acknowledged them, in order, in memory or on disk.

A batch is *waiting*, then *flying*, then gone. What cannot fly at once, because the broker is away or slow, goes to
the spool; so does what flies for longer than a moment. Once a delivery has failed, everything that flew waits again
and a single batch tries out, at growing intervals, whether the broker is back. Duplicates can come of that, losses not.
"""

import heapq
import logging
import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from nilometer.producers.outlet import Outlet, Result
from nilometer.producers.spool import Spool, Spooled, batch_name
from nilometer.schemas.errors import NilometerError
from nilometer.schemas.settings import MEBIBYTE
from nilometer.schemas.wire import Message

_LOG = logging.getLogger("nilometer.producers")

MAX_FLYING = 64
MAX_FLYING_BYTES = 8 * MEBIBYTE
PATIENCE_SECONDS = 1.0
"""A batch that flies for longer is kept on disk, too, in case this process is killed."""
RETRY_SECONDS = (0.25, 5.0)
"""The first and the longest interval between attempts to reach a broker that is away."""
SPOOL_RETRY_SECONDS = 5.0


@dataclass(order=True)
class Batch:
    """A sealed batch. Names sort by age."""

    name: str
    first: int = field(compare=False)
    """The number of its first event in this process; 0 where another process left it."""
    events: int = field(compare=False)
    message: Message | None = field(compare=False, repr=False)
    """None where it is on disk only."""
    spooled: Spooled | None = field(compare=False, default=None)
    sent_at: float = field(compare=False, default=0)


class Outbox:
    """For one thread: the sender's; counts may be read by others. Without a spool, what waits stays in memory."""

    def __init__(
        self,
        connect: Callable[[], Outlet],
        spool: Spool | None,
        *,
        now: Callable[[], float] = time.monotonic,
        time_ns: Callable[[], int] = time.time_ns,
    ) -> None:
        self.delivered = 0
        self.lost: Counter[str] = Counter()
        """Events that were taken and will not arrive, by reason."""
        self.events = 0
        """How many events are here, in memory or on disk."""
        self.spooled = 0
        """How many of them are on disk."""
        self.away = False
        """Whether the last that we know of the broker is that it does not answer."""
        self._connect = connect
        self._outlet: Outlet | None = None
        self._spool = spool
        self._spool_failed_at: float | None = None
        self._now = now
        self._time_ns = time_ns
        self._last_ns = 0
        self._waiting: list[Batch] = []
        self._unkept: dict[str, Batch] = {}
        """Those of the waiting batches that are in memory only: few."""
        self._flying: dict[str, Batch] = {}
        self._retry_at = float("-inf")
        self._pause = 0.0
        self._failure: str | None = None

    @property
    def flying(self) -> int:
        return len(self._flying)

    @property
    def oldest(self) -> int | None:
        """The number of this process's oldest event here; None where there is none."""
        batches = (*self._waiting, *self._flying.values())
        return min((batch.first for batch in batches if batch.first), default=None)

    def has_room(self) -> bool:
        """Whether one more batch can be kept. What is in memory only is bounded by what may fly, and one batch."""
        return not self._unkept and (self._spool_works() or self._may_fly())

    def wait_seconds(self) -> float:
        """How long until there is something to do by itself."""
        if self._flying:
            return 0
        return max(0.0, self._retry_at - self._now()) if self._waiting else float("inf")

    def add(self, message: Message, first: int, events: int) -> None:
        """Takes a sealed batch, whose first event is this process's `first`th."""
        # Clocks step back; names must not.
        self._last_ns = max(self._time_ns(), self._last_ns + 1)
        self.events += events
        self._wait(Batch(batch_name(self._last_ns), first, events, message))
        self.pump()

    def adopt(self) -> None:
        """Takes over what dead processes left in the spool."""
        if self._spool is None:
            return
        try:
            found = self._spool.adopt()
        except OSError as error:
            self._on_spool_error(error)
            return
        for spooled in found:
            self.events += spooled.events
            self.spooled += spooled.events
            self._wait(Batch(spooled.name, 0, spooled.events, None, spooled))
        if found:
            _LOG.info("found %d batches that a process before this one left in the spool", len(found))

    def pump(self) -> None:
        """Sends what may fly, oldest first, and keeps the rest on disk."""
        while self._waiting and self._may_fly() and self._send():
            pass
        self._keep(self._unkept.values())

    def partitions(self) -> int:
        """Of the topic; 1 while there is no connection."""
        return 1 if self._outlet is None else self._outlet.partitions()

    def poll(self, seconds: float) -> None:
        """Waits up to `seconds` for acknowledgements, and acts on them."""
        if self._outlet is None:
            return
        self._outlet.poll(seconds)
        if self._failure is not None:
            self._give_up(self._failure)
        elif self._flying:
            first = next(iter(self._flying.values()))
            if self._outlet.troubled or self._now() - first.sent_at > PATIENCE_SECONDS:
                self._keep(self._flying.values())

    def close(self) -> None:
        """Keeps on disk what has not been acknowledged; what cannot be kept is lost."""
        left = [*self._flying.values(), *self._unkept.values()]
        self._keep(left)
        for batch in left:
            if batch.spooled is None:
                self._lose("not_delivered", batch)
        self._flying.clear()
        self._unkept.clear()
        self._waiting.clear()
        if self._outlet is not None:
            self._outlet.close()
            self._outlet = None
        if self._spool is not None:
            self._spool.close()

    def forget(self) -> None:
        """In a forked child: all of this is the parent's."""
        if self._outlet is not None:
            self._outlet.abandon()
        if self._spool is not None:
            self._spool.forget()

    def _may_fly(self) -> bool:
        if self._now() < self._retry_at:
            return False
        if self.away:
            return not self._flying
        size = sum(len(batch.message.value) for batch in self._flying.values() if batch.message)
        return len(self._flying) < MAX_FLYING and size < MAX_FLYING_BYTES

    def _wait(self, batch: Batch) -> None:
        if batch.spooled is None:
            self._unkept[batch.name] = batch
        else:
            batch.message = None
        heapq.heappush(self._waiting, batch)

    def _send(self) -> bool:
        """Sends the oldest waiting batch; False where the broker cannot be reached."""
        batch = self._waiting[0]
        batch.message = batch.message or self._read(batch)
        if batch.message is None:
            heapq.heappop(self._waiting)
            self._lose("spool_damaged", batch)
            return True
        try:
            self._outlet = self._outlet or self._connect()
        except NilometerError as error:
            self._give_up(str(error))
            return False
        heapq.heappop(self._waiting)
        self._unkept.pop(batch.name, None)
        batch.sent_at = self._now()
        # Known to fly before it is sent: the answer may come at once.
        self._flying[batch.name] = batch
        try:
            self._outlet.send(batch.message, lambda result, why: self._on_done(batch, result, why))
        except NilometerError as error:
            self._give_up(str(error))
            return False
        return True

    def _on_done(self, batch: Batch, result: Result, why: str) -> None:
        if batch.name not in self._flying:
            return
        if result == "failed":
            self._failure = why
            return
        del self._flying[batch.name]
        if batch.spooled and self._spool is not None:
            self._spool.remove(batch.spooled)
        if result == "refused":
            self._lose("refused_by_broker", batch)
            _LOG.warning("the broker refused a batch of %d events: %s", batch.events, why)
            return
        self._gone(batch)
        self.delivered += batch.events
        self._pause = 0
        if self.away:
            self.away = False
            _LOG.warning("the broker is back: sending what waited")

    def _lose(self, reason: str, batch: Batch) -> None:
        self._gone(batch)
        self.lost[reason] += batch.events

    def _gone(self, batch: Batch) -> None:
        self.events -= batch.events
        if batch.spooled:
            self.spooled -= batch.events

    def _give_up(self, why: str) -> None:
        """The broker is away: everything waits, and one batch tries again later."""
        self._failure = None
        for batch in self._flying.values():
            self._wait(batch)
        self._flying.clear()
        if self._outlet is not None:
            self._outlet.close()
            # Another one looks anew for where the broker is.
            self._outlet = None
        shortest, longest = RETRY_SECONDS
        self._pause = min(longest, self._pause * 2 or shortest)
        self._retry_at = self._now() + self._pause
        if not self.away:
            self.away = True
            kept = "go to the disk spool" if self._spool is not None else "wait in memory"
            _LOG.warning("the broker is away (%s): events %s until it is back", why, kept)
        self._keep(self._unkept.values())

    def _keep(self, batches: Iterable[Batch]) -> None:
        """Writes to the spool what is in memory only, oldest first, as far as there is room."""
        if self._spool is None or not self._spool_works():
            return
        for batch in sorted(batches):
            message = batch.message
            if batch.spooled or message is None:
                continue
            if not self._spool.has_room(len(message.value)):
                return
            try:
                batch.spooled = self._spool.write(batch.name, message, batch.events)
            except OSError as error:
                self._on_spool_error(error)
                return
            self.spooled += batch.events
            if self._unkept.pop(batch.name, None):
                batch.message = None

    def _read(self, batch: Batch) -> Message | None:
        if self._spool is None or batch.spooled is None:
            return None
        try:
            return self._spool.read(batch.spooled)
        except OSError as error:
            self._on_spool_error(error)
            return None

    def _spool_works(self) -> bool:
        if self._spool is None:
            return False
        failed = self._spool_failed_at
        return (failed is None or self._now() - failed >= SPOOL_RETRY_SECONDS) and self._spool.has_room(0)

    def _on_spool_error(self, error: OSError) -> None:
        if self._spool_failed_at is None:
            _LOG.warning("the spool does not work (%s): events wait in memory", error.strerror)
        self._spool_failed_at = self._now()
