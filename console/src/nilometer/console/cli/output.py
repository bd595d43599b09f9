"""Printing: tables for people, JSON for programs, progress on terminals only."""

import json
import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, TextIO

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from nilometer.console.cli.options import TableOrJson

WIDE = 200
"""Columns where there is no terminal that says."""
MAX_CELL = 200
"""Characters of a table's cell; JSON is never cut."""


def console() -> Console:
    """Standard output. Rich heeds NO_COLOR, and leaves colours out where it is no terminal."""
    return _console(sys.stdout)


def notes() -> Console:
    """Standard error, for what is not the answer itself."""
    return _console(sys.stderr)


def _console(file: TextIO) -> Console:
    wide = None if file.isatty() or os.environ.get("COLUMNS") else WIDE
    return Console(file=file, width=wide, soft_wrap=not file.isatty(), highlight=False)


def say(text: str) -> None:
    """One line on standard error, as it is: no markup."""
    notes().print(Text(text))


def plain(value: Any) -> Any:
    """A value as JSON: DECIMAL and times as strings (ISO 8601, UTC), bytes as hexadecimal digits."""
    match value:
        case None | bool() | int() | float() | str():
            return value
        case Decimal():
            return format(value, "f")
        case datetime():
            return value.astimezone(UTC).isoformat().replace("+00:00", "Z") if value.tzinfo else value.isoformat()
        case date():
            return value.isoformat()
        case bytes():
            return value.hex()
        case dict():
            return {str(k): plain(v) for k, v in value.items()}
        case list() | tuple() | set():
            return [plain(v) for v in value]
        case _:
            return str(value)


def print_rows(
    columns: Sequence[str],
    rows: Iterable[Sequence[Any]],
    style: TableOrJson,
    *,
    title: str | None = None,
    file: TextIO | None = None,
) -> None:
    if style is TableOrJson.json:
        out = [{column: plain(value) for column, value in zip(columns, row, strict=True)} for row in rows]
        print_json(out)
        return
    table = Table(*columns, title=title, title_justify="left", header_style="bold")
    for row in rows:
        table.add_row(*(Text(cell(value)) for value in row))
    _console(file or sys.stdout).print(table)


def print_json(value: Any) -> None:
    sys.stdout.write(json.dumps(plain(value), ensure_ascii=False, indent=2) + "\n")


def cell(value: Any) -> str:
    if value is None:
        return ""
    flat = plain(value)
    text = json.dumps(flat, ensure_ascii=False) if isinstance(flat, (dict, list)) else str(flat)
    return text if len(text) <= MAX_CELL else text[: MAX_CELL - 1] + "…"


def pairs(values: Mapping[str, Any]) -> str:
    return ", ".join(f"{name} {value}" for name, value in values.items())


def progress() -> Progress:
    """A progress display; silent where standard error is no terminal."""
    return Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=Console(stderr=True),
        disable=not sys.stderr.isatty(),
        transient=True,
    )
