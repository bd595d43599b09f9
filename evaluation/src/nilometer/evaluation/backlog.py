"""What is to be scored: whole traces, with a span that came into the warehouse after the last run.

DuckLake keeps with each row the snapshot that brought it (`snapshot_id`; it survives compaction and expiry), so a run
needs to remember one number. Rows are copied into a local table before they are read, so that no transaction on the
catalog stays open while scorers think; that table spills to disk, and a round holds about ROUND_SPANS spans.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

import duckdb
import msgspec

from nilometer.evaluation.subjects import Span, Trace
from nilometer.warehouse.catalog import patient

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
    snapshot: int
    known: "Known"


@dataclass(frozen=True)
class Known:
    """Scores that are there already: their event ids, and the latest result of each score of the whole trace."""

    ids: frozenset[str]
    results: dict[tuple[str, str], tuple[float | None, str | None]]
    """(name, evaluator) → value and label."""


@dataclass(frozen=True)
class Backlog:
    """How much there is to score. `rounds` goes over it once."""

    connection: duckdb.DuckDBPyConnection
    traces: int
    spans: int
    skipped: int
    """Traces of more than MAX_TRACE_SPANS spans."""
    snapshot: int | None
    """The newest that is in it; None where there is nothing."""

    def batches(self) -> Iterator[list[Subject]]:
        """Traces in batches of up to BATCH_TRACES, oldest first by round."""
        last = _one(self.connection, "SELECT max(round) FROM memory.work.todo WHERE round IS NOT NULL")[0]
        for number in range(0 if last is None else last + 1):
            _fetch(self.connection, number)
            yield from _batches(self.connection)


def find(connection: duckdb.DuckDBPyConnection, *, after: int, since: datetime | None) -> Backlog:
    """Traces with a span of a snapshot later than `after`, or all that have one started at or after `since`."""
    connection.execute("CREATE SCHEMA IF NOT EXISTS memory.work")
    condition, value = ("snapshot_id > ?", after) if since is None else ("started_at >= ?", since)
    _run(
        connection,
        f"""
        CREATE OR REPLACE TABLE memory.work.todo AS
        WITH touched AS (SELECT DISTINCT trace_id FROM lake.store.spans WHERE {condition}),
        trace AS (
            SELECT trace_id, count(*) AS spans, min(started_at) AS first, max(started_at) AS last,
                max(snapshot_id) AS snapshot
            FROM lake.store.spans SEMI JOIN touched USING (trace_id)
            GROUP BY trace_id
        )
        SELECT *, CASE WHEN spans <= {MAX_TRACE_SPANS} THEN
            (sum(spans) FILTER (spans <= {MAX_TRACE_SPANS}) OVER (ORDER BY first, trace_id) - spans) // {ROUND_SPANS}
        END::BIGINT AS round
        FROM trace
        """,  # noqa: S608  constants of ours
        [value],
    )
    traces, spans, skipped, snapshot = _one(
        connection,
        "SELECT count(round), coalesce(sum(spans) FILTER (round IS NOT NULL), 0)::BIGINT,"
        " count(*) FILTER (round IS NULL), max(snapshot) FROM memory.work.todo",
    )
    return Backlog(connection, traces, spans, skipped, snapshot)


def _fetch(connection: duckdb.DuckDBPyConnection, number: int) -> None:
    """Copies one round's spans and scores from the lake."""
    first, last = _one(connection, "SELECT min(first), max(last) FROM memory.work.todo WHERE round = ?", [number])
    columns = ", ".join(f"s.{name}" for name in _COLUMNS)
    _run(
        connection,
        f"""
        CREATE OR REPLACE TABLE memory.work.subject AS
        SELECT {columns}, t.snapshot
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
        ORDER BY s.trace_id, s.created_at, s.event_id
        """,
        [number],
    )


def _batches(connection: duckdb.DuckDBPyConnection) -> Iterator[list[Subject]]:
    rows = _stream(connection.cursor().execute("SELECT * FROM memory.work.subject"))
    batch: list[tuple[Trace, int]] = []
    for trace_id, group in groupby(rows, key=lambda row: row[_COLUMNS.index("trace_id")]):
        found = list(group)
        batch.append((Trace(trace_id=trace_id, spans=[_span(row) for row in found]), found[0][-1]))
        if len(batch) == BATCH_TRACES:
            yield _with_known(connection, batch)
            batch = []
    if batch:
        yield _with_known(connection, batch)


def _with_known(connection: duckdb.DuckDBPyConnection, batch: list[tuple[Trace, int]]) -> list[Subject]:
    ids: dict[str, set[str]] = {}
    results: dict[str, dict[tuple[str, str], tuple[float | None, str | None]]] = {}
    found = connection.cursor().execute(
        "SELECT * FROM memory.work.known WHERE trace_id BETWEEN ? AND ?", [batch[0][0].trace_id, batch[-1][0].trace_id]
    )
    for trace_id, event_id, span_id, name, evaluator, value, label in found.fetchall():
        ids.setdefault(trace_id, set()).add(event_id)
        if span_id is None:
            results.setdefault(trace_id, {})[name, evaluator] = (value, label)
    return [
        Subject(trace, snapshot, Known(frozenset(ids.get(trace.trace_id, ())), results.get(trace.trace_id, {})))
        for trace, snapshot in batch
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
