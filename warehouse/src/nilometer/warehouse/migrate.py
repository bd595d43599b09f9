"""Bringing a lake's tables and views to the version of this code. Doing it twice changes nothing."""

import hashlib

import duckdb

from nilometer.warehouse import dictionary, duplicates
from nilometer.warehouse.extensions import quote
from nilometer.warehouse.scripts import scripts


def views_version() -> str:
    """Changes with every change of a view or of a comment."""
    digest = hashlib.sha256()
    for name, text in [*_views().items(), ("comments", dictionary.text())]:
        digest.update(f"{name}\0{text}\0".encode())
    return f"views-{digest.hexdigest()[:16]}"


def applied(connection: duckdb.DuckDBPyConnection) -> list[str]:
    """The versions that a lake has, oldest first; empty for a new lake."""
    there = connection.execute(
        "SELECT 1 FROM duckdb_tables() WHERE database_name = current_database() "
        "AND schema_name = 'store' AND table_name = 'migrations'"
    ).fetchone()
    if not there:
        return []
    return [row[0] for row in connection.execute("SELECT version FROM store.migrations ORDER BY applied_at").fetchall()]


def pending(connection: duckdb.DuckDBPyConnection) -> list[str]:
    """The versions that the lake in use lacks, in the order to apply them. Empty for a lake newer than this code."""
    done = applied(connection)
    known = list(scripts("migrations"))
    missing = [version for version in known if version not in done]
    newer = any(version not in known and not version.startswith("views-") for version in done)
    views = [version for version in done if version.startswith("views-")]
    if not newer and views[-1:] != [views_version()]:
        missing.append(views_version())
    return missing


def upgrade(connection: duckdb.DuckDBPyConnection) -> list[str]:
    """Applies what is missing, each version in a transaction of its own, and returns the versions applied.

    The caller holds the catalog's lock. A newer lake keeps its views: they have all that we know, and more.
    """
    tables = scripts("migrations")
    missing = pending(connection)
    for version in missing:
        if version in tables:
            _apply(connection, version, [tables[version]])
        else:
            _apply(connection, version, list(_views().values()), describe=True)
    return missing


def _views() -> dict[str, str]:
    return duplicates.complete(scripts("views"))


def _apply(connection: duckdb.DuckDBPyConnection, version: str, texts: list[str], *, describe: bool = False) -> None:
    connection.execute("BEGIN")
    try:
        # One by one: DuckDB takes windows of one name in two statements of one text for the same.
        for text in texts:
            connection.execute(text)
        if describe:
            dictionary.describe(connection)
        connection.execute(f"INSERT INTO store.migrations VALUES ({quote(version)}, now())")  # noqa: S608  ours
        connection.execute("COMMIT")
    except BaseException:
        connection.execute("ROLLBACK")
        raise
