"""Retention: rows older than `settings.retention` go, and the files that held them with them.

Within the run's own transaction a row is gone from the views. It can be reached by time travel for `snapshots_hours`;
after that its files are deleted physically, by this run where that is 0, by the next one otherwise. What DuckLake keeps
in the catalog is a column's smallest and largest value ever, as statistics.
"""

import contextlib
from datetime import UTC, datetime, timedelta
from functools import partial

import duckdb
import msgspec

from nilometer.schemas.settings import Settings
from nilometer.warehouse import duplicates, housekeeping
from nilometer.warehouse.catalog import Catalog, patient, transact
from nilometer.warehouse.extensions import instant

_ORPHAN_AGE = timedelta(hours=24)
"""A writer on another machine may be about to name its file; the embedded catalog has none, and we hold its lock."""


class Retained(msgspec.Struct, frozen=True, kw_only=True):
    """What one run did, or would do (`dry_run`)."""

    deleted_rows: dict[str, int]
    """Per table."""
    expired_snapshots: int
    deleted_files: int
    bytes_before: int
    """Of all files of the lake, catalog included, as far as they are on this machine."""
    bytes_after: int
    dry_run: bool


def run(settings: Settings, *, dry_run: bool = False, now: datetime | None = None) -> Retained:
    """Deletes what is too old, compacts what remains. `now`: what ages are measured from, default the clock.

    Safe while the loader runs, and at any time to be killed. Raises WarehouseError.
    """
    catalog = Catalog(settings)
    now = now or datetime.now(UTC)
    with contextlib.closing(catalog.connect()) as connection:
        before = catalog.bytes_on_disk()
        cutoffs = _cutoffs(settings, now)
        if dry_run:
            rows = {table: _count(connection, table, *cutoff) for table, cutoff in cutoffs.items()}
            return Retained(
                deleted_rows=rows,
                expired_snapshots=0,
                deleted_files=0,
                bytes_before=before,
                bytes_after=before,
                dry_run=True,
            )
        with catalog.lock():
            rows = patient(lambda: transact(connection, partial(_delete, cutoffs=cutoffs)))
        keep = timedelta(hours=settings.retention.snapshots_hours)
        expired, files = forget(catalog, connection, keep)
    return Retained(
        deleted_rows=rows,
        expired_snapshots=expired,
        deleted_files=files,
        bytes_before=before,
        bytes_after=catalog.bytes_on_disk(),
        dry_run=False,
    )


def forget(catalog: Catalog, connection: duckdb.DuckDBPyConnection, keep: timedelta) -> tuple[int, int]:
    """Takes rows that were deleted from files, catalog and disk, but for what time travel may see for `keep`.

    Returns how many snapshots and how many files are gone. Raises WarehouseError.
    """
    # In steps, so that a waiting loader gets its turn between them.
    with catalog.lock():
        patient(lambda: housekeeping.flush(connection))
    with catalog.lock():
        patient(lambda: housekeeping.compact(connection))
    with catalog.lock():
        expired = patient(lambda: housekeeping.expire(connection, keep))
        files = patient(lambda: housekeeping.clean_up(connection, min(keep, housekeeping.READER_GRACE)))
        orphans = timedelta(0) if catalog.embedded else _ORPHAN_AGE
        files += patient(lambda: housekeeping.delete_orphans(connection, orphans))
    with catalog.lock():
        catalog.shrink()
    return expired, files


def _cutoffs(settings: Settings, now: datetime) -> dict[str, tuple[str, datetime]]:
    """For each table with an end: the column that says when, and the time before which rows go."""
    kept = settings.retention
    days = {
        "spans": ("started_at", kept.spans_days),
        "span_details": ("created_at", kept.spans_days),
        "cost_corrections": ("started_at", kept.spans_days),
        "feedback": ("created_at", kept.feedback_days),
        "scores": ("created_at", kept.scores_days),
        "alerts": ("changed_at", kept.alerts_days),
        "dead_letters": ("failed_at", kept.dead_letters_days),
    }
    return {table: (when, now - timedelta(days=age)) for table, (when, age) in days.items() if age is not None}


def _count(connection: duckdb.DuckDBPyConnection, table: str, when: str, before: datetime) -> int:
    query = f"SELECT count(*) FROM store.{table} WHERE {when} < {instant(before)}"  # noqa: S608  the names are ours
    row = patient(lambda: connection.execute(query).fetchone())
    return int(row[0]) if row else 0


def _delete(connection: duckdb.DuckDBPyConnection, cutoffs: dict[str, tuple[str, datetime]]) -> dict[str, int]:
    deleted: dict[str, int] = {}
    for table, (when, before) in cutoffs.items():
        condition = f"{when} < {instant(before)}"
        if table == "spans":
            deleted[table] = duplicates.delete_spans(connection, condition)
            continue
        row = connection.execute(f"DELETE FROM store.{table} WHERE {condition}").fetchone()  # noqa: S608  ours
        deleted[table] = int(row[0]) if row else 0
    # Of each partition's offsets the highest counts.
    connection.execute(
        """
        DELETE FROM store.offsets o WHERE next_offset < (
            SELECT max(next_offset) FROM store.offsets n
            WHERE (n.cluster, n.topic, n.partition) = (o.cluster, o.topic, o.partition)
        )
        """
    )
    return deleted
