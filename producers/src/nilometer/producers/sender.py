"""The sender: takes events from the application, and brings them to Kafka in a thread of its own.

    put ─► Intake (bounded) ─► seal ─► Outbox ─► Outlet (Kafka)
                                        └─► Spool (disk, bounded)

`put` encodes and enqueues, nothing more: no I/O, no waiting, no exception. Where the queue is full, events are dropped
and counted. With `block=True` (for `nilometer publish`) `put` waits for space instead, nothing is dropped, and there is
no spool: what the file holds need not be kept twice.
"""

import atexit
import logging
import os
import re
import sys
import threading
import time
import weakref
from collections import Counter
from collections.abc import Callable
from dataclasses import replace

from nilometer.producers.encode import encode
from nilometer.producers.intake import Intake
from nilometer.producers.lanes import Lanes
from nilometer.producers.outbox import Outbox
from nilometer.producers.outlet import KafkaOutlet, Outlet
from nilometer.producers.spool import Spool
from nilometer.producers.transport import Stats
from nilometer.schemas import crash
from nilometer.schemas.broker import find_broker
from nilometer.schemas.errors import BrokerError, NilometerError
from nilometer.schemas.event import RawEvent
from nilometer.schemas.keys import SealingKey, load_sealing_key
from nilometer.schemas.settings import Settings
from nilometer.schemas.wire import ITEMS_HEADER, NATIVE, seal

_LOG = logging.getLogger("nilometer.producers")

POLL_SECONDS = 0.02
IDLE_SECONDS = 5.0
AWAY_LINGER_SECONDS = 1.0
"""While the broker is away, batches wait longer for company: fewer files in the spool."""
ADOPT_SECONDS = 10.0
KEY_SECONDS = 60.0
"""How long a key is used before the sender looks for a newer one."""
KEY_RETRY_SECONDS = 2.0
REPORT_SECONDS = 60.0
_TRACE = re.compile(rb'\{"type":"span","trace_id":"([0-9a-f]{32})"')
"""How a span's line begins."""
OVERHEAD_BYTES = 64 * 1024
"""What sealing may add to 8 MiB that do not compress, headers included."""


class Sender:
    """The transport to Kafka.

    With `block`, raises NilometerError here where no broker or key is configured, and in `put` and `flush` where the
    thread has failed; without, it never raises.
    """

    def __init__(self, settings: Settings, *, block: bool = False, connect: Callable[[], Outlet] | None = None) -> None:
        self._settings = settings
        self._block = block
        self._connect = connect or (lambda: KafkaOutlet(settings))
        self._max_event_bytes = min(
            settings.validation.max_span_bytes, settings.topics.max_message_bytes - OVERHEAD_BYTES
        )
        self._starting = threading.Lock()
        self._begin()
        if block:
            self._key = load_sealing_key(settings)
            self._key_at = time.monotonic()
            if connect is None:
                find_broker(settings)
        _LIVE.add(self)

    def put(self, event: RawEvent) -> bool:
        if self._thread is None:
            self._start()
        self._check()
        data = encode(event)
        if data is None:
            return self._intake.drop("unencodable")
        if len(data) > self._max_event_bytes:
            return self._intake.drop("too_large")
        return self._intake.put(data)

    def flush(self, timeout: float) -> bool:
        """Also True where what was put before is gone because the broker refused it; `stats` counts that."""
        intake = self._intake
        target = intake.accepted
        deadline = time.monotonic() + timeout
        if self._settled >= target:
            return True
        intake.hurry(True)
        try:
            with self._progress:
                while self._settled < target and not self._ended:
                    left = deadline - time.monotonic()
                    if left <= 0:
                        break
                    self._progress.wait(left)
        finally:
            intake.hurry(False)
        self._check()
        return self._settled >= target

    def close(self, timeout: float | None = None) -> bool:
        """True where everything was delivered. Default timeout: `producer.close_timeout_seconds`."""
        timeout = self._settings.producer.close_timeout_seconds if timeout is None else timeout
        self._close_by = time.monotonic() + timeout
        self._intake.close()
        thread = self._thread
        if thread is not None and thread.is_alive() and thread is not threading.current_thread():
            # A moment more than it may take to deliver, for what is left to be written to the spool.
            thread.join(timeout + 5)
        _LIVE.discard(self)
        return self._settled >= self._intake.accepted

    def stats(self) -> Stats:
        intake, outbox = self._intake, self._outbox
        spooled = outbox.spooled
        return Stats(
            accepted=intake.accepted,
            delivered=outbox.delivered,
            waiting=intake.queued + outbox.events - spooled,
            spooled=spooled,
            dropped=dict(intake.dropped + outbox.lost + self._lost),
        )

    @property
    def away(self) -> bool:
        """Whether the broker did not answer when it was last tried."""
        return self._outbox.away

    def _check(self) -> None:
        """With `block`, nobody is to wait for a sender that has failed."""
        if self._failed and self._block:
            raise BrokerError("the sender failed; the log says why")

    def _begin(self) -> None:
        """The state of a process: at first, and again in a forked child."""
        producer = self._settings.producer
        spooling = producer.spool_max_bytes > 0 and not self._block
        spool = Spool(self._settings.spool_directory(), producer.spool_max_bytes) if spooling else None
        self._intake = Intake(producer.queue_max_events, producer.queue_max_bytes, block=self._block)
        self._outbox = Outbox(self._connect, spool)
        self._lanes = Lanes(self._settings.topics.heavy_trace_items)
        self._lost: Counter[str] = Counter()
        self._progress = threading.Condition()
        self._settled = 0
        self._ended = False
        self._failed = False
        self._close_by = float("inf")
        self._thread: threading.Thread | None = None
        self._key: SealingKey | None = None
        self._key_at = float("-inf")
        self._warned = False
        self._adopted_at = float("-inf")
        self._reported = (float("-inf"), 0)

    def _start(self) -> None:
        with self._starting:
            if self._thread is not None:
                return
            thread = threading.Thread(target=self._run, name="nilometer-sender", daemon=True)
            try:
                thread.start()
            except RuntimeError:
                # The interpreter is shutting down, or there are too many threads: events stay in the bounded queue.
                return
            self._thread = thread
            _at_end_of_child_processes()

    def _run(self) -> None:
        try:
            while not self._done():
                self._turn()
        except Exception as error:
            self._failed = True
            # In the application's own log: never what the error says.
            _LOG.error("the sender failed: no more events are sent: %s", crash.describe(error))
            self._intake.close()
        finally:
            self._finish()

    def _turn(self) -> None:
        """One round: take a batch, seal it, send what can be sent, see what has arrived."""
        outbox, now = self._outbox, time.monotonic()
        if now - self._adopted_at >= ADOPT_SECONDS:
            self._adopted_at = now
            outbox.adopt()
        rest = 0.0 if outbox.flying else min(outbox.wait_seconds(), IDLE_SECONDS)
        if outbox.has_room() and self._find_key(now):
            self._seal_next(rest)
        elif rest:
            self._intake.wait(min(rest, KEY_RETRY_SECONDS))
        outbox.pump()
        outbox.poll(POLL_SECONDS if outbox.flying else 0)
        self._note_progress()
        self._report_drops(now)

    def _seal_next(self, timeout: float) -> bool:
        """Seals one batch of what is due within `timeout` seconds; False where nothing is."""
        producer = self._settings.producer
        linger = AWAY_LINGER_SECONDS if self._outbox.away else producer.linger_seconds
        first = self._intake.oldest
        batch = self._intake.take(producer.batch_max_events, producer.batch_max_bytes, linger, timeout)
        # Waiting may have taken seconds: a newer key seals from the moment it is there.
        if batch and self._find_key(time.monotonic()) and self._key is not None:
            extra = {ITEMS_HEADER: str(len(batch))}
            message = seal(b"".join(batch), NATIVE, self._key, self._settings.environment, extra=extra)
            self._outbox.add(replace(message, partition=self._lane(batch)), first, len(batch))
        return bool(batch)

    def _lane(self, batch: list[bytes]) -> int | None:
        """The partition of a batch: that of heavy traces where most of it is theirs."""
        lanes = self._lanes
        counts = Counter(bytes(trace[1]) for line in batch if (trace := _TRACE.match(line)))
        heavy = sum(counts[trace] for trace in lanes.count(counts))
        return lanes.partition(2 * heavy > len(batch), self._outbox.partitions()) if lanes.heavy else None

    def _find_key(self, now: float) -> bool:
        age = now - self._key_at
        if age >= (KEY_SECONDS if self._key else KEY_RETRY_SECONDS):
            self._key_at = now
            try:
                self._key = load_sealing_key(self._settings)
            except (NilometerError, OSError) as error:
                if self._key is None and not self._warned:
                    self._warned = True
                    _LOG.warning("events wait in memory, up to %d: %s", self._intake.max_events, error)
        return self._key is not None

    def _done(self) -> bool:
        if not self._intake.closed:
            return False
        nothing_left = self._intake.queued == 0 and self._outbox.oldest is None
        # A broker that is away keeps nobody from ending: there is the spool.
        hopeless = (self._outbox.away and not self._block) or self._key is None
        return nothing_left or hopeless or time.monotonic() >= self._close_by

    def _finish(self) -> None:
        """Keeps on disk what is left, and counts what cannot be kept."""
        try:
            while self._find_key(time.monotonic()) and self._seal_next(0):
                pass
            left = self._intake.queued
            if left:
                self._lost["no_key"] += left
            self._outbox.close()
            self._report_drops(float("inf"))
        except Exception as error:
            _LOG.error("the sender could not end cleanly: %s", crash.describe(error))
        finally:
            with self._progress:
                self._ended = True
                self._progress.notify_all()

    def _note_progress(self) -> None:
        """Everything up to here has left this process for good."""
        oldest = self._outbox.oldest
        queued = self._intake.oldest
        settled = min(queued, queued if oldest is None else oldest) - 1
        if settled != self._settled:
            with self._progress:
                self._settled = settled
                self._progress.notify_all()

    def _report_drops(self, now: float) -> None:
        dropped = self.stats().dropped
        total = sum(dropped.values())
        last, reported = self._reported
        if total > reported and now - last >= REPORT_SECONDS:
            self._reported = now, total
            reasons = ", ".join(f"{reason} {count}" for reason, count in sorted(dropped.items()))
            _LOG.warning("%d events were dropped so far: %s", total, reasons)

    def _before_fork(self) -> None:
        self._intake.freeze()

    def _after_fork_in_parent(self) -> None:
        self._intake.thaw()

    def _after_fork_in_child(self) -> None:
        """The queue, the connection and the spool are the parent's, which sends what they hold."""
        self._outbox.forget()
        self._starting = threading.Lock()
        self._begin()


_LIVE: "weakref.WeakSet[Sender]" = weakref.WeakSet()


def _close_all() -> None:
    for sender in list(_LIVE):
        sender.close()


def _at_end_of_child_processes() -> None:
    """Children of multiprocessing end without atexit, and clear its own list of what to do at the end as they start."""
    if "multiprocessing.util" in sys.modules:
        sys.modules["multiprocessing.util"].Finalize(None, _close_all, exitpriority=10)


atexit.register(_close_all)
os.register_at_fork(
    before=lambda: [sender._before_fork() for sender in list(_LIVE)],  # pyright: ignore[reportPrivateUsage]
    after_in_parent=lambda: [sender._after_fork_in_parent() for sender in list(_LIVE)],  # pyright: ignore[reportPrivateUsage]
    after_in_child=lambda: [sender._after_fork_in_child() for sender in list(_LIVE)],  # pyright: ignore[reportPrivateUsage]
)
