"""Marks of duplicate spans: what the rule says, kept, so that not every query asks it of every row (decision 0098).

The rule is views/00_duplicates.sql and stays a function of the rows alone. A mark holds until a row comes or goes in
its trace, or in one that shares an answer with it. What came since the marks were made is known by DuckLake's
snapshots: the view `duplicates` asks the rule for those traces, and `mark` writes down what it says. Whoever deletes
spans does so with `delete_spans`, which makes the marks of those traces anew.

All of it runs in the caller's transaction, under the catalog's lock.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

import duckdb
import pyarrow as pa

from nilometer.warehouse.scripts import scripts

RULE, MARKED = "00_duplicates", "00_duplicates_marked"
_OFFSET = "cluster = 'warehouse' AND topic = 'duplicates'"
_NEW = f"""
    SELECT DISTINCT trace_id FROM store.spans
    WHERE scope IS NOT NULL
        AND snapshot_id >= (SELECT coalesce(max(next_offset), 0) FROM store.offsets WHERE {_OFFSET})
"""  # noqa: S608  ours
"""Traces with a row that came after the marks were made."""


def complete(views: Mapping[str, str]) -> dict[str, str]:
    """The views' scripts, with the rule and what is new filled in where the view over marks leaves room for them."""
    text = _reaching(views[MARKED], _NEW.strip()).replace("{rule}", _over("unmarked_spans"))
    return {**views, MARKED: text}


def mark(connection: duckdb.DuckDBPyConnection) -> int:
    """Marks what came since the last time; returns the number of traces looked at."""
    newest, marked = connection.execute(
        f"""
        SELECT (SELECT max(snapshot_id) + 1 FROM store.spans WHERE scope IS NOT NULL),
            (SELECT coalesce(max(next_offset), 0) FROM store.offsets WHERE {_OFFSET})
        """  # noqa: S608  ours
    ).fetchone() or (None, 0)
    if newest is None or newest <= marked:
        return 0
    traces = _closure(connection, _NEW)
    _mark_anew(connection, traces)
    connection.execute(f"INSERT INTO store.offsets VALUES ('warehouse', 'duplicates', 0, {int(newest)})")  # noqa: S608
    return traces.num_rows


def delete_spans(connection: duckdb.DuckDBPyConnection, condition: str, values: Sequence[Any] = ()) -> int:
    """Deletes the spans of which the condition holds, and returns how many. What they stood for counts again.

    `values`: of the condition's parameters.
    """
    losing = f"SELECT DISTINCT trace_id FROM store.spans WHERE scope IS NOT NULL AND ({condition})"  # noqa: S608
    traces = _closure(connection, losing, values)
    row = connection.execute(f"DELETE FROM store.spans WHERE {condition}", values).fetchone()  # noqa: S608  the caller's own
    if traces.num_rows:
        _mark_anew(connection, traces)
    return int(row[0]) if row else 0


def _closure(connection: duckdb.DuckDBPyConnection, traces: str, values: Sequence[Any] = ()) -> pa.Table:
    """Those traces, and those that share an answer with them, and so on: what a change in them can change."""
    reach = _reaching(_marked(), traces).split(" AS\n", 1)[1].split(",\n-- As a list", 1)[0]
    return connection.execute(f"{reach} SELECT trace_id FROM reached", values).to_arrow_table()  # noqa: S608  ours


def _mark_anew(connection: duckdb.DuckDBPyConnection, traces: pa.Table) -> None:
    says = _marked().split("UNION ALL BY NAME\n", 1)[1].split(";", 1)[0].replace("{rule}", _over("unmarked_spans"))
    connection.register("remarked", traces)
    try:
        connection.execute("DELETE FROM store.duplicate_marks WHERE trace_id IN (SELECT trace_id FROM remarked)")
        connection.execute(
            f"""
            INSERT INTO store.duplicate_marks BY NAME
            WITH unmarked_spans AS NOT MATERIALIZED (SELECT * FROM store.spans SEMI JOIN remarked USING (trace_id))
            {says}
            """  # noqa: S608  ours
        )
    finally:
        connection.unregister("remarked")


def _marked() -> str:
    return scripts("views")[MARKED]


def _reaching(marked: str, traces: str) -> str:
    """The script with the traces that it begins with, and with what the rule says of calls that are alike."""
    rule = _over("near")
    parts = [re.search(rf"^{name} AS \(\n.*?^\)", rule, re.M | re.S) for name in ("candidate", "comparable", "keyed")]
    keyed = ",\n".join(part[0] for part in parts if part)
    alike = rule.split("-- alike\n", 1)[1].split("-- end of alike", 1)[0].strip()
    return marked.replace("{traces}", traces).replace("{keyed}", keyed).replace("{alike}", alike)


def _over(spans: str) -> str:
    """The rule, put to work on another relation than all spans."""
    rule = scripts("views")[RULE].split("store.duplicates_by_rule AS\n", 1)[1].rstrip().removesuffix(";")
    return re.sub(r"\bstore\.spans\b", spans, rule)
