"""Fakes for the tests of services that record, and for our own.

transport = MemoryTransport()
nm = Nilometer(Settings(), transport=transport, clock=FakeClock(), ids=FakeIds())
...
assert transport.spans[0].usage.input_tokens == 12
"""

import threading
from collections import Counter
from datetime import UTC, datetime, timedelta

import msgspec

from nilometer.producers.encode import encode
from nilometer.producers.transport import Stats
from nilometer.schemas.event import RawEvent
from nilometer.schemas.feedback import RawFeedback
from nilometer.schemas.span import RawSpan

_DECODER: msgspec.json.Decoder[RawEvent] = msgspec.json.Decoder(RawEvent)  # pyright: ignore[reportArgumentType]


class MemoryTransport:
    """Keeps events as the broker would get them: encoded and decoded again, in the order they came."""

    def __init__(self) -> None:
        self.events: list[RawEvent] = []
        self._dropped: Counter[str] = Counter()
        self._closed = False
        self._lock = threading.Lock()

    @property
    def spans(self) -> list[RawSpan]:
        """A span is recorded when it ends: children come before their parents."""
        return [event for event in self.events if isinstance(event, RawSpan)]

    @property
    def feedback(self) -> list[RawFeedback]:
        return [event for event in self.events if isinstance(event, RawFeedback)]

    def put(self, event: RawEvent) -> bool:
        """What the chain would refuse for its types is dropped here, as `wrong_type`."""
        data = encode(event)
        with self._lock:
            try:
                reason = "unencodable" if data is None else "closed" if self._closed else None
                if data is not None and reason is None:
                    self.events.append(_DECODER.decode(data))
            except msgspec.ValidationError:
                reason = "wrong_type"
            if reason is not None:
                self._dropped[reason] += 1
            return reason is None

    def flush(self, timeout: float) -> bool:
        return True

    def close(self, timeout: float | None = None) -> bool:
        self._closed = True
        return True

    def stats(self) -> Stats:
        count = len(self.events)
        return Stats(accepted=count, delivered=count, dropped=dict(self._dropped))


class FakeClock:
    """Stands still until told otherwise."""

    def __init__(self, start: datetime = datetime(2026, 1, 1, tzinfo=UTC)) -> None:
        self._now = start
        self._monotonic = 0.0

    def now(self) -> datetime:
        return self._now

    def monotonic(self) -> float:
        return self._monotonic

    def advance(self, seconds: float) -> None:
        self._now += timedelta(seconds=seconds)
        self._monotonic += seconds


class FakeIds:
    """1, 2, 3, … in hexadecimal digits."""

    def __init__(self) -> None:
        self._last = 0

    def trace_id(self) -> str:
        return f"{self._next():032x}"

    def span_id(self) -> str:
        return f"{self._next():016x}"

    def _next(self) -> int:
        self._last += 1
        return self._last
