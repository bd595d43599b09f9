"""What is counted of a batch, and what is not."""

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, cast

import msgspec
import pytest

from nilometer.schemas.deadletter import Coordinates, DeadLetter
from nilometer.schemas.publisher import Outgoing, Publisher
from nilometer.schemas.rollup import Rollup, latency_quantile
from nilometer.schemas.settings import DetectorSettings, Rule, Settings
from nilometer.schemas.span import PricedSpan, Usage
from nilometer.schemas.topics import TopicName
from nilometer.schemas.wire import Published
from nilometer.streams.batch import BatchProcessor
from nilometer.streams.chain import Record
from nilometer.streams.rollup import RecentIds, count, needed_dimensions, new_calls
from tests.support.chain import ENVIRONMENT, NOW, context, line, opened, record

AT = datetime(2026, 11, 23, 12, 0, 0, 999_999, tzinfo=UTC)


def call(number: int = 1, **more: Any) -> PricedSpan:
    values: dict[str, Any] = {
        "event_id": f"e{number}",
        "trace_id": "a" * 32,
        "span_id": f"{number:016x}",
        "name": "chat",
        "operation": "chat",
        "started_at": AT,
    }
    return PricedSpan(**values | more)


def test_cells_share_second_and_dimensions() -> None:
    known = {"feature": "support", "cost": Decimal("0.1"), "usage": Usage(input_tokens=3, output_tokens=4)}
    ended = AT + timedelta(milliseconds=250)
    cells = count(
        [
            call(1, **known, ended_at=ended),
            call(2, **known, status="error"),
            call(3, feature="support"),
            call(4, feature="support", started_at=AT + timedelta(microseconds=1)),
            call(5, status="error"),
        ],
        ["feature", "service"],
    )
    assert [(c.second - int(AT.timestamp()), c.dimensions, c.calls) for c in cells] == [
        (0, {}, 1),
        (0, {"feature": "support"}, 3),
        (1, {"feature": "support"}, 1),
    ]
    failed, support, _ = cells
    assert (failed.errors, failed.unpriced) == (1, 0), "a call that failed owes no cost"
    assert (support.errors, support.unpriced, support.cost) == (1, 1, Decimal("0.2"))
    assert (support.input_tokens, support.output_tokens) == (6, 8)
    assert latency_quantile(support.latency, 0.5) == pytest.approx(250, rel=0.01)


def test_only_calls_count_and_each_once() -> None:
    recent = RecentIds(2)
    recent.add("e1")
    events = [call(1), call(2), call(2), call(3, operation="execute_tool"), call(4, operation="embeddings")]
    assert [event.event_id for event in new_calls(events, recent)] == ["e2", "e4"]
    recent.add("e2")
    recent.add("e4")
    assert [id_ in recent for id_ in ("e1", "e2", "e4")] == [False, True, True]
    nothing = RecentIds(0)
    nothing.add("e1")
    assert "e1" not in nothing


def test_dimensions_are_those_of_the_rules() -> None:
    rules = [
        Rule(name="a", metric="error_rate", above=Decimal(0), by=["user_id", "feature"]),
        Rule(name="b", metric="error_rate", above=Decimal(0), where={"service": "x"}),
    ]
    assert needed_dimensions(rules) == ("feature", "service", "user_id")


class Memory:
    """A publisher that keeps what it is given, and refuses events as too large when told so."""

    def __init__(self, too_large: Collection[str] = ()) -> None:
        self.sent: list[tuple[TopicName, Published]] = []
        self._too_large = too_large

    def pack(self, topic: TopicName, event: Published, partition: int | None = None) -> Outgoing:
        return cast("Outgoing", (topic, event))

    def deliver(self, outgoing: Sequence[Outgoing]) -> list[int]:
        packed = cast("Sequence[tuple[TopicName, Published]]", outgoing)
        refused = [i for i, (_, e) in enumerate(packed) if isinstance(e, PricedSpan) and e.name in self._too_large]
        self.sent += [one for i, one in enumerate(packed) if i not in refused]
        return refused

    def of(self, topic: TopicName) -> list[Any]:
        return [event for name, event in self.sent if name == topic]


def processor(memory: Memory, counted: Mapping[int, int] | None = None) -> BatchProcessor:
    settings = Settings(
        environment=ENVIRONMENT,
        detector=DetectorSettings(rules=[Rule(name="a", metric="error_rate", above=Decimal(0), by=["feature"])]),
    )

    def last(partitions: Collection[int]) -> dict[int, int]:
        return {p: (counted or {}).get(p, -1) for p in partitions}

    return BatchProcessor(settings, context(), cast("Publisher", memory), last)


def batch(*spans: int, partition: int = 0, offset: int = 0, **more: Any) -> Record:
    lines = [line(span_id=f"{n:016x}", operation="chat", feature="f", **more) for n in spans]
    made = record(lines, offset=offset)
    return placed(made, partition)


def placed(made: Record, partition: int) -> Record:
    source = Coordinates(source=made.source.source, partition=partition, offset=made.source.offset)
    return Record(made.value, made.headers, source)


def ranges(rollups: Sequence[Rollup]) -> list[tuple[int, int, int, int]]:
    return [(r.partition, r.first_offset, r.last_offset, sum(c.calls for c in r.cells)) for r in rollups]


def test_one_rollup_for_each_partition_of_a_batch() -> None:
    memory = Memory()
    processor(memory).handle(
        [batch(1, 2, offset=5), batch(3, partition=1, offset=9), batch(3, 4, offset=6), batch(operation="x", offset=7)]
    )
    assert ranges(memory.of("rollups")) == [(0, 5, 7, 4), (1, 9, 9, 0)], "span 3 counts in one of its partitions"
    assert len(memory.of("events")) == 5
    [first, _] = memory.of("rollups")
    assert first.published_at == NOW
    assert first.cells[0].dimensions == {"feature": "f"}


def test_what_a_rollup_has_counted_is_not_counted_again_but_still_told() -> None:
    memory = Memory()
    worker = processor(memory, {0: 6})
    worker.handle([batch(1, offset=5), batch(2, offset=6)])
    assert memory.of("rollups") == []
    worker.handle([batch(2, offset=6), batch(3, offset=7)])
    assert ranges(memory.of("rollups")) == [(0, 7, 7, 1)]
    assert len(memory.of("events")) == 4


def test_a_new_assignment_asks_anew() -> None:
    memory = Memory()
    counted = {0: -1}
    worker = processor(memory, counted)
    worker.handle([batch(1, offset=0)])
    counted[0] = 3
    worker.assign([0])
    worker.handle([batch(4, offset=3), batch(5, offset=4)])
    assert ranges(memory.of("rollups")) == [(0, 0, 0, 1), (0, 4, 4, 1)]


def test_an_event_that_the_broker_never_takes_is_a_dead_letter() -> None:
    memory = Memory(too_large={"huge"})
    processor(memory).handle([batch(1, name="huge", offset=3), batch(2, offset=4)])
    [letter] = cast("list[DeadLetter]", memory.of("dead"))
    assert (letter.step, letter.error_type, letter.source.offset) == ("publish", "too_large", 3)
    assert msgspec.json.decode(opened(letter))["name"] == "huge"
    assert [event.span_id for event in memory.of("events")] == [f"{2:016x}"]
