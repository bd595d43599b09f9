"""Keeping the lake's files few and large, and deleting those that nobody needs any more.

All of it runs under the catalog's lock, between two commits of a writer. Readers go on: what a merge replaced stays on
disk for a while, and is deleted by a later run.
"""

from datetime import timedelta

import duckdb

from nilometer.schemas.settings import MEBIBYTE
from nilometer.warehouse.extensions import interval
from nilometer.warehouse.rows import TABLES

STORE = (*TABLES, "duplicate_marks", "cost_corrections", "offsets")
READER_GRACE = timedelta(minutes=15)
"""How long a file that was replaced stays for the queries that had begun to read it."""
SMALL_FILE_BYTES = 4 * MEBIBYTE


def merge_small(connection: duckdb.DuckDBPyConnection) -> None:
    """Merges the small files that many small commits have left: what a loader does now and then. A second at most."""
    for table in (*TABLES, "duplicate_marks"):
        _call(connection, "merge_adjacent_files", table, f"max_file_size => {SMALL_FILE_BYTES}")
    clean_up(connection, READER_GRACE)


def flush(connection: duckdb.DuckDBPyConnection) -> None:
    """Moves the rows that small commits left in the catalog to files."""
    for table in STORE:
        connection.execute(
            f"CALL ducklake_flush_inlined_data(current_database(), schema_name => 'store', table_name => '{table}')"
        )


def compact(connection: duckdb.DuckDBPyConnection) -> None:
    """Rewrites files without their deleted rows, and merges all that are smaller than the target size."""
    for table in STORE:
        _call(connection, "rewrite_data_files", table, "delete_threshold => 0")
        _call(connection, "merge_adjacent_files", table)


def expire(connection: duckdb.DuckDBPyConnection, age: timedelta) -> int:
    """Forgets snapshots older than `age`, all but the latest; returns how many."""
    return len(
        connection.execute(
            f"CALL ducklake_expire_snapshots(current_database(), older_than => now() - {interval(age)})"
        ).fetchall()
    )


def clean_up(connection: duckdb.DuckDBPyConnection, grace: timedelta) -> int:
    """Deletes files that no snapshot has needed for `grace`; returns how many."""
    return len(
        connection.execute(
            f"CALL ducklake_cleanup_old_files(current_database(), older_than => now() - {interval(grace)})"
        ).fetchall()
    )


def delete_orphans(connection: duckdb.DuckDBPyConnection, age: timedelta) -> int:
    """Deletes files older than `age` that no commit ever named: a killed writer's. Returns how many."""
    return len(
        connection.execute(
            f"CALL ducklake_delete_orphaned_files(current_database(), older_than => now() - {interval(age)})"
        ).fetchall()
    )


def _call(connection: duckdb.DuckDBPyConnection, function: str, table: str, *options: str) -> None:
    arguments = ", ".join(["current_database()", f"'{table}'", "schema => 'store'", *options])
    connection.execute(f"CALL ducklake_{function}({arguments})")
