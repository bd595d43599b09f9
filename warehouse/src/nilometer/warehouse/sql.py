"""SQL for analysts: one statement that reads, nothing else."""

import contextlib
import re

import duckdb
import pyarrow as pa

from nilometer.schemas.settings import Settings
from nilometer.warehouse.catalog import Catalog, WarehouseError, patient


class QueryError(WarehouseError):
    """The SQL is wrong, or does more than reading. The text is DuckDB's own, without its stack."""


def query(settings: Settings, sql: str) -> pa.Table:
    """The result of one SELECT (or DESCRIBE, SHOW, SUMMARIZE, EXPLAIN). Raises QueryError, WarehouseError."""
    with contextlib.closing(Catalog(settings).reader()) as connection:
        try:
            return patient(lambda: connection.execute(_checked(connection, sql)).to_arrow_table())
        except duckdb.Error as error:
            raise QueryError(str(error).strip()) from None


_OUTSIDE = re.compile(r"(?i)(postgres|sqlite|mysql|ducklake)_\w*|\bquery(_table)?\W*\(")
"""Functions that reach past the views: other databases, the catalog itself, and SQL inside of SQL."""


def _checked(connection: duckdb.DuckDBPyConnection, sql: str) -> str:
    statements = connection.extract_statements(sql)
    if len(statements) != 1:
        raise QueryError(f"give one statement, not {len(statements)}")
    kind = statements[0].type
    if kind not in (duckdb.StatementType.SELECT, duckdb.StatementType.EXPLAIN):
        raise QueryError(f"only reading is allowed here, not {kind.name}")
    outside = _OUTSIDE.search(sql)
    if outside:
        raise QueryError(f"{outside[0].rstrip('( ')} is not allowed here: only the lake can be read")
    return sql
