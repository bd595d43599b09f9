"""Marks of duplicates say what the rule says, whatever came and went, in whatever order and commits."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import duckdb
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as configured
from hypothesis import strategies as st

from nilometer.schemas.settings import RetentionSettings, Settings
from nilometer.schemas.span import PricedSpan, Usage
from nilometer.warehouse import duplicates, retention, subject
from nilometer.warehouse import writer as writing
from nilometer.warehouse.scripts import scripts
from nilometer.warehouse.writer import Writer
from tests.support.lake import rows, value
from tests.support.traffic import START, priced, say

Action = tuple[str, float]
LLAMA_INDEX = "openinference.instrumentation.llama_index"
OPERATIONS = ("chat", "chat", "chat", "text_completion", "embeddings", "execute_tool", None)
COLUMNS = {
    "event_id": "VARCHAR",
    "trace_id": "VARCHAR",
    "span_id": "VARCHAR",
    "parent_span_id": "VARCHAR",
    "service": "VARCHAR",
    "scope": "VARCHAR",
    "request_model": "VARCHAR",
    "response_model": "VARCHAR",
    "status": "VARCHAR",
    "operation": "VARCHAR",
    "response_id": "VARCHAR",
    "tool_name": "VARCHAR",
    "tool_call_id": "VARCHAR",
    "started_at": "TIMESTAMPTZ",
    "ended_at": "TIMESTAMPTZ",
    "user_id": "VARCHAR",
    "session_id": "VARCHAR",
    "agent_name": "VARCHAR",
    "finish_reason": "VARCHAR",
    "project": "VARCHAR",
    "feature": "VARCHAR",
    "input_tokens": "BIGINT",
    "output_tokens": "BIGINT",
    "cache_read_tokens": "BIGINT",
    "reasoning_tokens": "BIGINT",
    "input_messages": "VARCHAR",
    "output_messages": "VARCHAR",
    "snapshot_id": "BIGINT",
}


@pytest.fixture(scope="module")
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    """A database with the columns that the rule reads, DuckLake's `snapshot_id` among them, and the views over them."""
    with duckdb.connect() as found:
        columns = ", ".join(f"{name} {kind}" for name, kind in COLUMNS.items())
        found.execute(f"SET TimeZone = 'UTC'; CREATE SCHEMA store; CREATE TABLE store.spans ({columns})")
        found.execute(
            "CREATE TABLE store.offsets (cluster VARCHAR, topic VARCHAR, partition BIGINT, next_offset BIGINT)"
        )
        for version in ("0004_marks", "0005_marks_anew"):
            found.execute(scripts("migrations")[version])
        views = duplicates.complete(scripts("views"))
        found.execute(views[duplicates.RULE])
        found.execute(views[duplicates.MARKED])
        yield found


@st.composite
def spans(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Spans of a few traces that nest, share answers and name each other as parents, near in time and far apart."""
    found: list[dict[str, Any]] = []
    for number in range(draw(st.integers(2, 14))):
        began = START + timedelta(seconds=draw(st.sampled_from((0, 0.01, 0.4, 0.8, 2, 30))))
        ended = draw(st.sampled_from((None, 0, 0.5, 0.49, 3)))
        found.append(
            {
                "event_id": f"e{number:02}",
                "trace_id": f"t{draw(st.integers(0, 5))}",
                "span_id": f"s{draw(st.integers(0, 6))}",
                "parent_span_id": draw(st.sampled_from((None, None, None, "s0", "s1", "s2", "s3"))),
                "service": draw(st.sampled_from(("shop", "shop", "other", None))),
                "scope": draw(st.sampled_from(("a", "b", "langfuse-sdk", "mistralai_sdk_tracer", LLAMA_INDEX, None))),
                "request_model": draw(st.sampled_from(("m", "m", "n", None))),
                "response_model": draw(st.sampled_from((None, None, "m-2026"))),
                "status": draw(st.sampled_from(("ok", "error"))),
                "operation": draw(st.sampled_from(OPERATIONS)),
                "response_id": draw(st.sampled_from((None, None, "r1", "r1", "r2"))),
                "tool_name": draw(st.sampled_from(("f", "g"))),
                "started_at": began,
                "ended_at": None if ended is None else began + timedelta(seconds=ended),
                "user_id": draw(st.sampled_from((None, "u1", "u2"))),
                "input_tokens": draw(st.sampled_from((None, 5))),
                "output_tokens": draw(st.sampled_from((None, 7))),
                "output_messages": draw(st.sampled_from((None, "[]"))),
            }
        )
    return found


DELETE = st.tuples(st.just("delete"), st.sampled_from((0.3, 0.5, 1, 3)))
ACTIONS = st.lists(
    st.one_of(
        st.tuples(st.just("write"), st.integers(1, 5)),
        st.tuples(st.just("mark"), st.just(0)),
        DELETE,
    ),
    max_size=8,
)


def said(connection: duckdb.DuckDBPyConnection, view: str) -> list[Any]:
    return connection.execute(f"FROM {view} ORDER BY ALL").fetchall()


@configured(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_marks_equal_the_rule(connection: duckdb.DuckDBPyConnection, data: st.DataObject) -> None:
    waiting = data.draw(st.permutations(data.draw(spans())))
    actions: list[Action] = [*data.draw(ACTIONS), ("write", len(waiting)), ("mark", 0), data.draw(DELETE), ("mark", 0)]
    snapshots = count(1)
    connection.execute("DELETE FROM store.spans; DELETE FROM store.offsets; DELETE FROM store.duplicate_marks")
    for action, number in actions:
        if action == "write":
            snapshot = next(snapshots)
            given = [[*row.values(), snapshot] for row in waiting[: int(number)]]
            if given:
                names, marks = ", ".join(waiting[0]), ", ".join("?" * len(given[0]))
                connection.executemany(
                    f"INSERT INTO store.spans ({names}, snapshot_id) VALUES ({marks})",  # noqa: S608
                    given,
                )
            waiting = waiting[int(number) :]
        elif action == "mark":
            duplicates.mark(connection)
        else:
            cut = f"started_at < TIMESTAMPTZ '{START + timedelta(seconds=number)}'"
            duplicates.delete_spans(connection, cut)
        assert said(connection, "main.duplicates") == said(connection, "store.duplicates_by_rule")
    marked = said(connection, "store.duplicates_marked")
    connection.execute("DELETE FROM store.offsets")
    # Nothing counts as marked now: all of it is asked of the rule.
    assert marked == said(connection, "store.duplicates_marked")


def recorded_twice(number: int) -> list[PricedSpan]:
    """A root and a call that two instrumentations recorded: one with tokens, one with session and messages."""
    common: dict[str, Any] = {"response_id": f"r{number // 2}", "started_at": START + timedelta(hours=number)}
    common["ended_at"] = common["started_at"] + timedelta(seconds=2)
    return [
        priced(number, 0, scope="a", started_at=common["started_at"]),
        priced(number, 1, scope="a", usage=Usage(input_tokens=9, output_tokens=1), **common),
        priced(number, 2, scope="b", parent_span_id=f"{1:016x}", session_id="s", output_messages=say("hi"), **common),
    ]


def digest(settings: Settings) -> list[str]:
    return [repr(row) for row in rows(settings, "FROM spans ORDER BY event_id")]


def test_the_views_say_the_same_with_marks_and_without(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Invariant 5, through the writer and retention: marks after each commit, some, and none."""
    given = [span for number in range(30) for span in recorded_twice(number)]
    found: list[list[str]] = []
    for name, every in (("each", 1), ("some", 25), ("none", 10**9)):
        monkeypatch.setattr(writing, "MARK_ROWS", every)
        here = Settings(home=tmp_path / name, retention=RetentionSettings(spans_days=1, snapshots_hours=0))
        with Writer(here) as one, Writer(here) as other:
            batches = [given[first : first + 7] for first in range(0, len(given), 7)]
            for number, batch in enumerate(batches):
                (one if number % 3 else other).write(batch)
            one.write(batches[0])
            if every == 1:
                assert value(here, "SELECT count(*) FROM calls") == 30
                assert value(here, "SELECT count(*) FROM calls WHERE session_id = 's'") == 30
            retention.run(here, now=START + timedelta(days=1, hours=10, minutes=1))
            one.write(given[60:70])
        found.append(digest(here))
    assert found[0] == found[1] == found[2]
    assert len(found[0]) < len(given)


def test_a_call_counts_again_when_the_span_that_stood_for_it_is_gone(settings: Settings, monkeypatch: Any) -> None:
    monkeypatch.setattr(writing, "MARK_ROWS", 1)
    early = priced(1, 1, scope="a", response_id="r", usage=Usage(input_tokens=9), started_at=START)
    late = priced(2, 1, scope="b", response_id="r", started_at=START + timedelta(milliseconds=500))
    with Writer(settings) as writer:
        writer.write([early])
        writer.write([late])
    assert rows(settings, "SELECT event_id FROM calls") == [{"event_id": early.event_id}]
    keep = settings.model_copy(update={"retention": RetentionSettings(spans_days=1)})
    retention.run(keep, now=datetime(2026, 3, 3, 8, 0, 0, 250_000, tzinfo=UTC))
    assert rows(settings, "SELECT event_id FROM calls") == [{"event_id": late.event_id}]


def test_a_call_counts_again_when_a_person_whose_span_stood_for_it_is_erased(
    settings: Settings, monkeypatch: Any
) -> None:
    monkeypatch.setattr(writing, "MARK_ROWS", 1)
    theirs = priced(1, 1, scope="a", response_id="r", usage=Usage(input_tokens=9), user_id="u_1")
    other = priced(2, 1, scope="b", response_id="r")
    with Writer(settings) as writer:
        writer.write([theirs, other])
    assert rows(settings, "SELECT event_id FROM calls") == [{"event_id": theirs.event_id}]
    subject.erase(settings, subject.Subject(ids=("u_1",), marks=()))
    assert rows(settings, "SELECT event_id FROM calls") == [{"event_id": other.event_id}]
    assert rows(settings, "FROM duplicates") == []
