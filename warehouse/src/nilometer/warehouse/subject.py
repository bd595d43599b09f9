"""One person's rows: found, given out, erased. Whose they are, only pseudonyms tell; who makes those is not known here.

A person's rows are all rows of the traces in which a span or a feedback has one of the person's ids: what a call says
is the person's too where only the trace's root names them. Rows of other traces that mention one of the pseudonyms in
a text are counted apart.
"""

import contextlib
import json
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import duckdb

from nilometer.schemas.settings import Settings
from nilometer.warehouse import duplicates, retention
from nilometer.warehouse.catalog import Catalog, patient

_WITH_USER = ("spans", "feedback")
_OF_TRACES = ("spans", "span_details", "feedback", "scores")
_ROWS_AT_ONCE = 500


@dataclass(frozen=True)
class Subject:
    """What a person is known by in the rows."""

    ids: tuple[str, ...] = field(repr=False)
    """Values of `user_id`."""
    marks: tuple[str, ...] = field(repr=False)
    """What stands in texts for the person: hexadecimal digits of pseudonyms."""


@dataclass(frozen=True, kw_only=True)
class Held:
    """What the warehouse holds of a person. `rows`, `mentions`: per table; the latter in other people's traces."""

    traces: int
    rows: dict[str, int]
    mentions: dict[str, int]


@dataclass(frozen=True, kw_only=True)
class Erased:
    """What was deleted, and that the files it lay in are gone."""

    rows: dict[str, int]
    deleted_files: int


def find(settings: Settings, subject: Subject) -> Held:
    """How much there is. Raises WarehouseError."""
    with _reading(settings, subject) as connection:
        counts = {table: _count(connection, table, _IN_TRACES) for table in _OF_TRACES}
        traces = patient(lambda: connection.execute("SELECT count(*) FROM traces_of").fetchone())
        mentions = {
            table: _count(connection, table, f"{_mentions(subject)} AND NOT {_IN_TRACES}", subject.marks)
            for table in _OF_TRACES
            if subject.marks
        }
    return Held(traces=int(traces[0]) if traces else 0, rows=counts, mentions={t: n for t, n in mentions.items() if n})


def export(settings: Settings, subject: Subject, *, mentions: bool = False) -> Iterator[dict[str, Any]]:
    """Every row as an object; `table` says which table's. With `mentions`, also those in other people's traces."""
    with _reading(settings, subject) as connection:
        for table in _OF_TRACES:
            where, values = _where(subject, mentions=mentions)
            query = f"SELECT to_json(s) FROM store.{table} AS s WHERE {where} ORDER BY trace_id, event_id"  # noqa: S608
            connection.execute(query, values)
            while rows := connection.fetchmany(_ROWS_AT_ONCE):
                for (text,) in rows:
                    yield {"table": table} | json.loads(text)


def erase(settings: Settings, subject: Subject, *, mentions: bool = False) -> Erased:
    """Deletes the rows for good: also from snapshots, at once, so that a query under way may have to be repeated.

    Safe while the loader runs; killed in the middle, either nothing was deleted or the next retention run finishes it.
    """
    catalog = Catalog(settings)
    with contextlib.closing(catalog.connect()) as connection:
        with catalog.lock():
            deleted = patient(lambda: _delete(connection, subject, mentions=mentions))
        _, files = retention.forget(catalog, connection, timedelta(0))
    return Erased(rows=deleted, deleted_files=files)


_IN_TRACES = "trace_id IN (SELECT trace_id FROM traces_of)"


def _traces(subject: Subject) -> tuple[str, list[Any]]:
    selects = [f"SELECT trace_id FROM store.{table} WHERE list_contains(?, user_id)" for table in _WITH_USER]  # noqa: S608
    return f"CREATE OR REPLACE TEMP TABLE traces_of AS {' UNION '.join(selects)}", [list(subject.ids)] * len(selects)


def _mentions(subject: Subject) -> str:
    return f"({' OR '.join(['contains(CAST(to_json(s) AS VARCHAR), ?)'] * len(subject.marks)) or 'false'})"


def _where(subject: Subject, *, mentions: bool) -> tuple[str, Sequence[Any]]:
    if not mentions or not subject.marks:
        return _IN_TRACES, ()
    return f"({_IN_TRACES} OR {_mentions(subject)})", subject.marks


@contextlib.contextmanager
def _reading(settings: Settings, subject: Subject) -> Generator[duckdb.DuckDBPyConnection]:
    with contextlib.closing(Catalog(settings).connect(read_only=True)) as connection:
        patient(lambda: connection.execute(*_traces(subject)))
        yield connection


def _count(connection: duckdb.DuckDBPyConnection, table: str, where: str, values: Sequence[Any] = ()) -> int:
    query = f"SELECT count(*) FROM store.{table} AS s WHERE {where}"  # noqa: S608  the names are ours
    row = patient(lambda: connection.execute(query, values).fetchone())
    return int(row[0]) if row else 0


def _delete(connection: duckdb.DuckDBPyConnection, subject: Subject, *, mentions: bool) -> dict[str, int]:
    where, values = _where(subject, mentions=mentions)
    connection.execute("BEGIN")
    try:
        connection.execute(*_traces(subject))
        deleted: dict[str, int] = {}
        corrections = f"event_id IN (SELECT event_id FROM store.spans AS s WHERE {where})"  # noqa: S608
        deleted["cost_corrections"] = _deleted(connection, "cost_corrections", corrections, values)
        # Marks carry the user of the span that they stand for.
        own = f"SELECT event_id FROM store.spans AS s WHERE {where}"  # noqa: S608
        marks = f"event_id IN ({own}) OR duplicate_of IN ({own}) OR list_contains(?, user_id)"
        deleted["duplicate_marks"] = _deleted(
            connection, "duplicate_marks", marks, [*values, *values, list(subject.ids)]
        )
        for table in _OF_TRACES:
            key = f"event_id IN (SELECT event_id FROM store.{table} AS s WHERE {where})"  # noqa: S608
            deleted[table] = _deleted(connection, table, key, values)
        # A rule may group by user.
        known = " OR ".join(["contains(CAST(dimensions AS VARCHAR), ?)"] * len(subject.ids)) or "false"
        deleted["alerts"] = _deleted(connection, "alerts", known, [json.dumps(one) for one in subject.ids])
        connection.execute("COMMIT")
    except BaseException:
        with contextlib.suppress(duckdb.TransactionException):
            connection.execute("ROLLBACK")
        raise
    return deleted


def _deleted(connection: duckdb.DuckDBPyConnection, table: str, where: str, values: Sequence[Any]) -> int:
    if table == "spans":
        # What they stood for counts again, and what is kept of duplicates goes with them.
        return duplicates.delete_spans(connection, where, values)
    row = connection.execute(f"DELETE FROM store.{table} WHERE {where}", values).fetchone()  # noqa: S608
    return int(row[0]) if row else 0
