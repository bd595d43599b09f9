"""The data dictionary: what every table, view and column means, where people and tools look for it.

DuckLake keeps comments on tables, their columns and views, but not on the columns of views. So those are also rows of
the lake's table `columns`, and comments on the in-memory views that `mirror` makes in a reader's session.
"""

import tomllib
from functools import cache
from importlib import resources
from typing import Any

import duckdb

from nilometer.warehouse.extensions import quote


def text() -> str:
    return (resources.files("nilometer.warehouse") / "comments.toml").read_text(encoding="utf-8")


@cache
def _comments() -> dict[str, dict[str, str]]:
    comments: dict[str, Any] = tomllib.loads(text())
    return comments


def relation_comment(relation: str) -> str | None:
    """What a table (`store.name`) or view means."""
    return _comments()["relations"].get(relation)


def column_comment(relation: str, column: str) -> str | None:
    """What a column means: in that relation, else anywhere."""
    return _comments().get(relation, {}).get(column) or _comments()["common"].get(column)


def describe(connection: duckdb.DuckDBPyConnection) -> None:
    """Writes all comments into the lake in use, and the table `columns` anew."""
    connection.execute(
        "CREATE TABLE IF NOT EXISTS main.columns "
        "(table_name VARCHAR NOT NULL, column_name VARCHAR NOT NULL, data_type VARCHAR, comment VARCHAR)"
    )
    statements: list[str] = []
    rows: list[tuple[str, str, str, str | None]] = []
    relations: set[tuple[str, bool]] = set()
    for relation, column, data_type, is_table in _columns(connection):
        if (relation, is_table) not in relations:
            relations.add((relation, is_table))
            kind = "TABLE" if is_table else "VIEW"
            statements.append(f"COMMENT ON {kind} {relation} IS {_literal(relation_comment(relation))}")
        comment = column_comment(relation, column)
        if is_table:
            statements.append(f'COMMENT ON COLUMN {relation}."{column}" IS {_literal(comment)}')
        rows.append((relation, column, data_type, comment))
    connection.execute(";\n".join(statements))
    connection.execute("DELETE FROM main.columns")
    values = ", ".join(f"({', '.join(map(_literal, row))})" for row in rows)
    connection.execute(f"INSERT INTO main.columns VALUES {values}")  # noqa: S608  all of it is ours


def mirror(connection: duckdb.DuckDBPyConnection, lake: str) -> None:
    """Shows the views of the lake in use as views of the session, with comments, and makes those the default."""
    statements: list[str] = []
    seen: set[str] = set()
    for relation, column, _, is_table in _columns(connection):
        if (is_table and relation != "columns") or relation.startswith("store."):
            continue
        if relation not in seen:
            seen.add(relation)
            statements.append(f"CREATE VIEW memory.main.{relation} AS FROM {lake}.main.{relation}")
            statements.append(f"COMMENT ON VIEW memory.main.{relation} IS {_literal(relation_comment(relation))}")
        comment = _literal(column_comment(relation, column))
        statements.append(f'COMMENT ON COLUMN memory.main.{relation}."{column}" IS {comment}')
    connection.execute("USE memory")
    connection.execute(";\n".join(statements))


def _columns(connection: duckdb.DuckDBPyConnection) -> list[tuple[str, str, str, bool]]:
    """Relation (without the schema `main`), column, type and whether it is a table, of all in the lake in use."""
    return connection.execute(
        """
        SELECT if(c.schema_name = 'main', c.table_name, c.schema_name || '.' || c.table_name),
            c.column_name, c.data_type, t.table_name IS NOT NULL
        FROM duckdb_columns() c
        LEFT JOIN duckdb_tables() t
            ON (t.database_name, t.schema_name, t.table_name) = (c.database_name, c.schema_name, c.table_name)
        WHERE c.database_name = current_database() AND c.schema_name IN ('main', 'store')
        ORDER BY c.schema_name, c.table_name, c.column_index
        """
    ).fetchall()


def _literal(value: str | None) -> str:
    return "NULL" if value is None else quote(value)
