"""What is in the warehouse, for comparing: a digest of each view's rows, and which columns differ where they do."""

import hashlib
from contextlib import closing
from typing import Any

from nilometer.schemas.settings import Settings
from nilometer.warehouse.catalog import Catalog

VIEWS = ("calls", "tool_calls", "spans")
NOT_EVENTS = ("store.offsets", "store.migrations", "main.offsets", "main.migrations", "main.trace_states")
"""How far the loader has got, which version the tables have, and what depends on when rows came."""
BY_THE_CLOCK = {
    "main.traces": ("state", "completed_at", "late_spans", "reopenings", "root_span_id", "root_name", "status"),
}
"""What a trace is called until its root has come depends on when it is asked."""


def digests(settings: Settings, views: tuple[str, ...] = VIEWS) -> dict[str, tuple[int, str]]:
    """View → number of rows, and SHA-256 over all their columns in the order of event_id."""
    found: dict[str, tuple[int, str]] = {}
    with closing(Catalog(settings).reader()) as connection:
        for view in views:
            # The views' names are ours.
            cursor = connection.execute(f"SELECT * FROM {view} ORDER BY event_id")  # noqa: S608
            digest = hashlib.sha256()
            count = 0
            while rows := cursor.fetchmany(1000):
                count += len(rows)
                for row in rows:
                    digest.update(repr(row).encode())
            found[view] = (count, digest.hexdigest())
    return found


def everything(settings: Settings) -> dict[str, tuple[int, str]]:
    """The same of all views there are and of the tables that they are made of; rows in any order."""
    found: dict[str, tuple[int, str]] = {}
    with closing(Catalog(settings).reader()) as connection:
        names = connection.execute(
            "SELECT DISTINCT table_schema || '.' || table_name FROM information_schema.tables "
            "WHERE table_schema IN ('main', 'store') AND table_catalog = current_database()"
        ).fetchall()
        for (name,) in names:
            if name in NOT_EVENTS:
                continue
            left_out = BY_THE_CLOCK.get(name)
            columns = "*" if left_out is None else f"* EXCLUDE ({', '.join(left_out)})"
            rows = connection.execute(f"SELECT {columns} FROM {name}").fetchall()  # noqa: S608
            digest = hashlib.sha256("\n".join(sorted(map(repr, rows))).encode())
            found[name] = (len(rows), digest.hexdigest())
    return found


def count(settings: Settings, view: str = "spans") -> int:
    with closing(Catalog(settings).reader()) as connection:
        row = connection.execute(f"SELECT count(*) FROM {view}").fetchone()  # noqa: S608
    return int(row[0]) if row else 0


def difference(one: Settings, other: Settings, view: str = "spans") -> str:
    """For people: ids that only one side has, and columns that differ; no values."""
    left, right = _by_id(one, view), _by_id(other, view)
    both = left.keys() & right.keys()
    columns = sorted({name for key in both for name in left[key] if left[key][name] != right[key].get(name)})
    return (
        f"{view}: {len(left.keys() - right.keys())} rows only here, {len(right.keys() - left.keys())} only there, "
        f"of {len(both)} in both these columns differ: {columns}"
    )


def _by_id(settings: Settings, view: str) -> dict[str, dict[str, Any]]:
    with closing(Catalog(settings).reader()) as connection:
        cursor = connection.execute(f"SELECT * FROM {view}")  # noqa: S608
        names = [column[0] for column in cursor.description or []]
        rows = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    return {row["event_id"]: row for row in rows}
