"""What the tests of producers share: events, a broker that does what it is told, and what arrived."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from nilometer.producers.outlet import Done
from nilometer.schemas.errors import BrokerError
from nilometer.schemas.event import RawEvent
from nilometer.schemas.keys import create_key, load_key_ring
from nilometer.schemas.settings import MEBIBYTE, ProducerSettings, Settings
from nilometer.schemas.span import RawSpan
from nilometer.schemas.wire import Message, header_map, unseal
from tests.support.tansu import consume

_DECODER: msgspec.json.Decoder[RawEvent] = msgspec.json.Decoder(RawEvent)  # pyright: ignore[reportArgumentType]


def span(number: int, size: int = 0) -> RawSpan:
    """A span that is told by its number; `size` adds so many bytes."""
    return RawSpan(
        trace_id=f"{number:032x}",
        span_id=f"{number:016x}",
        name=f"n{number}",
        started_at=datetime(2026, 1, 1, tzinfo=UTC),
        tool_result="x" * size if size else None,
    )


def with_key(home: Path, **producer: object) -> Settings:
    """Settings of a home that has keys, and no broker."""
    settings = Settings(home=home, producer=ProducerSettings.model_validate(producer))
    create_key(settings.keys_directory())
    return settings


def opened(settings: Settings, value: bytes, headers: dict[str, str]) -> list[str]:
    """The names of the events of a sealed batch."""
    body, _ = unseal(value, headers, load_key_ring(settings), settings.environment)
    return [
        event.name if isinstance(event, RawSpan) else "feedback" for event in map(_DECODER.decode, body.splitlines())
    ]


def arrived(settings: Settings, events: int, timeout: float = 30) -> list[str]:
    """The names of the events on `raw`, batches by the time the broker took them, once there are `events` of them."""
    deadline = time.monotonic() + timeout
    names: list[str] = []
    while len(names) < events and time.monotonic() < deadline:
        records = consume(settings, "raw", 10_000, timeout=0.5)
        records.sort(key=lambda record: (record.timestamp_ms, record.partition, record.offset))
        names = [name for record in records for name in opened(settings, record.value, record.headers)]
    return names


def wait_until(condition: Callable[[], bool], seconds: float = 30) -> None:
    """Returns once the condition holds; fails the test where it does not."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.01)


@dataclass
class FakeOutlet:
    """A broker in memory. `mode` says what it does with what is sent from now on."""

    mode: str = "deliver"
    """deliver, hold (answers nothing), fail, refuse or unreachable."""
    got: list[Message] = field(default_factory=list[Message])
    """What was sent, in order, delivered or not."""
    delivered: list[Message] = field(default_factory=list[Message])
    troubled: bool = False
    connections: int = 0
    _answers: list[Callable[[], None]] = field(default_factory=list[Callable[[], None]])
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def connect(self) -> "FakeOutlet":
        if self.mode == "unreachable":
            raise BrokerError("no broker")
        self.connections += 1
        return self

    def partitions(self) -> int:
        return 4

    def send(self, message: Message, done: Done) -> None:
        with self._lock:
            self.got.append(message)
            if self.mode == "deliver":
                self.delivered.append(message)
                self._answers.append(lambda: done("delivered", ""))
            elif self.mode != "hold":
                result = "refused" if self.mode == "refuse" else "failed"
                self._answers.append(lambda: done(result, "told so"))

    def poll(self, seconds: float) -> None:
        with self._lock:
            answers, self._answers = self._answers, []
        for answer in answers:
            answer()
        if not answers and seconds:
            time.sleep(0.001)

    def close(self) -> None:
        self._answers.clear()

    def abandon(self) -> None:
        pass

    def names(self, settings: Settings) -> list[str]:
        """The events that were delivered, in order."""
        return [n for m in self.delivered for n in opened(settings, m.value, header_map(m.headers))]


LARGE = 9 * MEBIBYTE
