"""`nilometer sql`: ask the warehouse."""

import csv
import json
import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TextIO

import typer

from nilometer.console.cli.options import TableOrJson, example, settings_of
from nilometer.console.cli.output import plain, print_rows, say
from nilometer.schemas.errors import ConfigurationError

if TYPE_CHECKING:
    import pyarrow as pa

TABLE_ROWS = 1_000
"""A table on the screen ends here, and says so; the other formats give everything."""


class SqlFormat(StrEnum):
    table = "table"
    json = "json"
    csv = "csv"
    parquet = "parquet"


def register(app: typer.Typer) -> None:
    app.command(
        epilog=example(
            'nilometer sql "SELECT feature, sum(cost) FROM calls GROUP BY ALL"',
            'nilometer sql "SELECT * FROM calls" --format parquet --output calls.parquet',
            "nilometer sql - --format json < question.sql",
            'nilometer sql "SHOW TABLES"',
        )
    )(sql)


def sql(
    context: typer.Context,
    query: Annotated[str, typer.Argument(help="A query, or - to read it from standard input.", show_default=False)],
    style: Annotated[SqlFormat, typer.Option("--format", help="How to give the rows.")] = SqlFormat.table,
    output: Annotated[Path | None, typer.Option(help="A file instead of standard output.", show_default=False)] = None,
) -> None:
    """Query the warehouse, read-only. Views: calls, spans, tool_calls, traces, costs, scores, alerts, dead_letters, …

    JSON is a list of objects: DECIMAL is a string, a timestamp is ISO 8601 in UTC.
    """
    from nilometer.warehouse.sql import query as ask

    if style is SqlFormat.parquet and output is None and sys.stdout.isatty():
        raise ConfigurationError("Parquet is not for a terminal: give --output FILE")
    found = ask(settings_of(context), sys.stdin.read() if query == "-" else query)
    if style is SqlFormat.parquet:
        _parquet(found, output)
    elif output is None:
        _write(found, style, sys.stdout)
    else:
        with output.open("w", encoding="utf-8", newline="") as file:
            _write(found, style, file)


def _write(found: "pa.Table", style: SqlFormat, file: TextIO) -> None:
    match style:
        case SqlFormat.json:
            before = "["
            for row in _rows(found):
                record = dict(zip(found.column_names, map(plain, row), strict=True))
                file.write(f"{before}\n{json.dumps(record, ensure_ascii=False)}")
                before = ","
            file.write("[]\n" if before == "[" else "\n]\n")
        case SqlFormat.csv:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(found.column_names)
            writer.writerows([_csv_cell(value) for value in row] for row in _rows(found))
        case _:
            print_rows(found.column_names, _rows(found.slice(0, TABLE_ROWS)), TableOrJson.table, file=file)
            if found.num_rows > TABLE_ROWS:
                say(f"only the first {TABLE_ROWS} rows are shown: --format json, csv or parquet gives all")


def _rows(found: "pa.Table") -> list[tuple[Any, ...]]:
    columns = [column.to_pylist() for column in found.columns]
    return list(zip(*columns, strict=True))


def _csv_cell(value: Any) -> Any:
    flat = plain(value)
    return json.dumps(flat, ensure_ascii=False) if isinstance(flat, (dict, list)) else flat


def _parquet(found: "pa.Table", output: Path | None) -> None:
    import pyarrow.parquet as pq

    pq.write_table(found, str(output) if output else sys.stdout.buffer, compression="zstd")
