"""What is to be scored: finished traces that have grown, or become finished, since the last run.

DuckLake keeps with each row the snapshot that brought it (`snapshot_id`; it survives compaction and expiry). A trace
that was open then is finished at a time that its rows decide (`trace_states.completes_at`). So a run needs to remember
two numbers: the newest snapshot, and the time for which it asked.

Rows are copied into a local table before they are read, so that no transaction on the catalog stays open while scorers
think; that table spills to disk, and a round holds about ROUND_SPANS spans.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

import duckdb
import msgspec

from nilometer.evaluation.subjects import Span, Trace
from nilometer.warehouse.catalog import patient
from nilometer.warehouse.extensions import instant

ROUND_SPANS = 50_000
BATCH_TRACES = 200
MAX_TRACE_SPANS = 5_000
"""Larger traces are left out, and counted."""

_JSON = ("parameters", "output_messages", "tool_definitions", "tool_arguments")
_COLUMNS = tuple(Span.__struct_fields__)


@dataclass(frozen=True)
class Subject:
    """A trace, the snapshot that last added to it, and what was scored of it before."""

    trace: Trace
    seen: "Mark"
    known: "Known"


@dataclass(frozen=True)
class Mark:
    """How far something is: the newest snapshot, and the time, in microseconds since 1970, at which it was finished."""

    snapshot: int
    time: int

    def later(self, other: "Mark") -> bool:
        """Whether a run that has come as far as `other` has not seen this."""
        return self.snapshot > other.snapshot or self.time > other.time


NOTHING = Mark(-1, -1)
"""As far as nobody has come."""


def lowest(marks: Iterable[Mark]) -> Mark:
    """As far as all have come."""
    given = list(marks)
    return Mark(min((m.snapshot for m in given), default=-1), min((m.time for m in given), default=-1))


@dataclass(frozen=True)
class Known:
    """Scores that are there already: their event ids, and the latest result of each."""

    ids: frozenset[str]
    results: dict[tuple[str | None, str, str], tuple[float | None, str | None]]
    """(span id, or None of the whole trace; name; evaluator) → value and label."""


@dataclass(frozen=True)
class Backlog:
    """How much there is to score. `rounds` goes over it once."""

    connection: duckdb.DuckDBPyConnection
    traces: int
    spans: int
    skipped: int
    """Traces of more than MAX_TRACE_SPANS spans."""
    open: int
    """Traces of which more is to be expected: a later run scores them."""
    seen: Mark
    """As far as a run has come that is through with it."""

    def batches(self) -> Iterator[list[Subject]]:
        """Traces in batches of up to BATCH_TRACES, oldest first by round."""
        last = _one(self.connection, "SELECT max(round) FROM memory.work.todo WHERE round IS NOT NULL")[0]
        for number in range(0 if last is None else last + 1):
            _fetch(self.connection, number)
            yield from _batches(self.connection)


def find(connection: duckdb.DuckDBPyConnection, *, after: Mark, since: datetime | None, now: datetime) -> Backlog:
    """Traces finished by `now` that a run which came as far as `after` has not seen, or started at or after `since`."""
    connection.execute("CREATE SCHEMA IF NOT EXISTS memory.work")
    time = round(now.timestamp() * 1e6)
    condition = (
        f"snapshot > {after.snapshot:d} OR completed > {after.time:d}" if since is None else f"last >= {instant(since)}"
    )
    _run(
        connection,
        f"""
        CREATE OR REPLACE TABLE memory.work.todo AS
        WITH brought AS (
            SELECT trace_id, started_at, snapshot_id, 1 AS spans FROM lake.store.spans
            UNION ALL
            SELECT trace_id, NULL, snapshot_id, 0 FROM lake.store.span_details
        ),
        trace AS (
            SELECT trace_id, sum(spans)::BIGINT AS spans, min(started_at) AS first, max(started_at) AS last,
                max(snapshot_id) AS snapshot
            FROM brought
            GROUP BY trace_id
        ),
        state AS (SELECT trace_id, coalesce(epoch_us(completes_at), 0) AS completed FROM lake.main.trace_states)
        SELECT *, completed > {time} AS open,
            CASE WHEN spans <= {MAX_TRACE_SPANS} AND completed <= {time} THEN
                (sum(spans) FILTER (spans <= {MAX_TRACE_SPANS} AND completed <= {time})
                    OVER (ORDER BY first, trace_id) - spans) // {ROUND_SPANS}
            END::BIGINT AS round
        FROM trace JOIN state USING (trace_id)
        WHERE {condition}
        """,  # noqa: S608  constants and numbers of ours
        [],
    )
    traces, spans, skipped, unfinished, snapshot = _one(
        connection,
        "SELECT count(round), coalesce(sum(spans) FILTER (round IS NOT NULL), 0)::BIGINT,"
        " count(*) FILTER (round IS NULL AND NOT open), count(*) FILTER (open), max(snapshot) FROM memory.work.todo",
    )
    seen = after if snapshot is None else Mark(max(snapshot, after.snapshot), time)
    return Backlog(connection, traces, spans, skipped, unfinished, seen)


def _fetch(connection: duckdb.DuckDBPyConnection, number: int) -> None:
    """Copies one round's spans and scores from the lake."""
    first, last = _one(connection, "SELECT min(first), max(last) FROM memory.work.todo WHERE round = ?", [number])
    columns = ", ".join(f"s.{name}" for name in _COLUMNS)
    _run(
        connection,
        f"""
        CREATE OR REPLACE TABLE memory.work.subject AS
        SELECT {columns}, t.snapshot, t.completed
        FROM lake.main.spans s JOIN memory.work.todo t ON t.trace_id = s.trace_id AND t.round = ?
        WHERE s.started_at BETWEEN ? AND ?
        ORDER BY s.trace_id, s.started_at, s.span_id
        """,  # noqa: S608  the names are ours
        [number, first, last],
    )
    _run(
        connection,
        """
        CREATE OR REPLACE TABLE memory.work.known AS
        SELECT s.trace_id, s.event_id, s.span_id, s.name, s.evaluator, s.value, s.label
        FROM lake.main.score_changes s JOIN memory.work.todo t ON t.trace_id = s.trace_id AND t.round = ?
        ORDER BY s.trace_id, s.created_at, s.event_id DESC
        """,
        [number],
    )


def _batches(connection: duckdb.DuckDBPyConnection) -> Iterator[list[Subject]]:
    rows = _stream(connection.cursor().execute("SELECT * FROM memory.work.subject"))
    batch: list[tuple[Trace, Mark]] = []
    for trace_id, group in groupby(rows, key=lambda row: row[_COLUMNS.index("trace_id")]):
        found = list(group)
        batch.append((Trace(trace_id=trace_id, spans=[_span(row) for row in found]), Mark(*found[0][-2:])))
        if len(batch) == BATCH_TRACES:
            yield _with_known(connection, batch)
            batch = []
    if batch:
        yield _with_known(connection, batch)


def _with_known(connection: duckdb.DuckDBPyConnection, batch: list[tuple[Trace, Mark]]) -> list[Subject]:
    ids: dict[str, set[str]] = {}
    results: dict[str, dict[tuple[str | None, str, str], tuple[float | None, str | None]]] = {}
    found = connection.cursor().execute(
        "SELECT * FROM memory.work.known WHERE trace_id BETWEEN ? AND ?", [batch[0][0].trace_id, batch[-1][0].trace_id]
    )
    for trace_id, event_id, span_id, name, evaluator, value, label in found.fetchall():
        ids.setdefault(trace_id, set()).add(event_id)
        results.setdefault(trace_id, {})[span_id, name, evaluator] = (value, label)
    return [
        Subject(trace, seen, Known(frozenset(ids.get(trace.trace_id, ())), results.get(trace.trace_id, {})))
        for trace, seen in batch
    ]


def _span(row: tuple[Any, ...]) -> Span:
    values = dict(zip(_COLUMNS, row, strict=False))
    for name in _JSON:
        if values[name] is not None:
            values[name] = msgspec.json.decode(values[name])
    return Span(**values)


def _stream(result: duckdb.DuckDBPyConnection, size: int = 1_000) -> Iterator[tuple[Any, ...]]:
    while rows := result.fetchmany(size):
        yield from rows


def _run(connection: duckdb.DuckDBPyConnection, sql: str, parameters: list[Any]) -> None:
    patient(lambda: connection.execute(sql, parameters))


def _one(connection: duckdb.DuckDBPyConnection, sql: str, parameters: list[Any] | None = None) -> tuple[Any, ...]:
    return connection.execute(sql, parameters or []).fetchone() or ()
