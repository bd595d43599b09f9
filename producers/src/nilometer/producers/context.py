"""Where we are: the current span, and W3C Trace Context in and out.

The current span is a context variable: nested spans find their parent, in threads' own contexts and across await.
Another thread starts without one; there, spans are made from the trace object itself.
"""

import os
import re
import time
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

_TRACEPARENT = re.compile(r"^(?!ff)[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}(-.*)?$")


@dataclass(frozen=True)
class Position:
    """A span, as what follows it needs to know it."""

    trace_id: str
    span_id: str

    @property
    def traceparent(self) -> str:
        """As an HTTP header. All of our spans are recorded, so the sampled flag is set."""
        return f"00-{self.trace_id}-{self.span_id}-01"


def parse_traceparent(header: str | None) -> Position | None:
    """The caller's span; None where the header is absent or not valid, as the specification wants it."""
    found = _TRACEPARENT.match(header.strip().lower()) if isinstance(header, str) else None
    if found is None or not found[1].strip("0") or not found[2].strip("0"):
        return None
    return Position(found[1], found[2])


class Clock(Protocol):
    """Time. Durations come from `monotonic`, so that no step of the wall clock makes them negative."""

    def now(self) -> datetime:
        """The wall clock, in UTC."""
        ...

    def monotonic(self) -> float:
        """Seconds since some moment."""
        ...


class SystemClock:
    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return time.perf_counter()


class Ids(Protocol):
    """New ids: lower-case hexadecimal digits."""

    def trace_id(self) -> str:
        """32 digits."""
        ...

    def span_id(self) -> str:
        """16 digits."""
        ...


class RandomIds:
    """From the system's randomness, which forked processes do not share."""

    def trace_id(self) -> str:
        return os.urandom(16).hex()

    def span_id(self) -> str:
        return os.urandom(8).hex()


CURRENT: ContextVar[object | None] = ContextVar("nilometer_span", default=None)
"""The innermost span that is open here."""
