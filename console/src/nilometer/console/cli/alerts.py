"""`nilometer alerts`: what the detector raised."""

import json
import sys
import time
from contextlib import closing
from typing import Annotated, Any

import typer

from nilometer.console.cli.options import FormatOption, TableOrJson, example, settings_of
from nilometer.console.cli.output import plain, print_rows, say

COLUMNS = ("changed_at", "state", "severity", "rule", "dimensions", "value", "threshold", "summary", "alert_id")
POLL_SECONDS = 0.5
NEWEST = f"SELECT {', '.join(COLUMNS)} FROM alerts ORDER BY changed_at DESC, alert_id LIMIT ?"  # noqa: S608
ALL = f"SELECT event_id, {', '.join(COLUMNS)} FROM alert_changes ORDER BY changed_at, event_id"  # noqa: S608


def register(app: typer.Typer) -> None:
    app.command(epilog=example("nilometer alerts", "nilometer alerts --follow --format json"))(alerts)


def alerts(
    context: typer.Context,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Wait for more, until Ctrl-C.")] = False,
    limit: Annotated[int, typer.Option(min=1, help="How many to show, newest first.")] = 50,
    style: FormatOption = TableOrJson.table,
) -> None:
    """Show the alerts and their present state. With --follow: each change as it comes, one a line."""
    from nilometer.warehouse.catalog import Catalog

    with closing(Catalog(settings_of(context)).reader()) as connection:
        if not follow:
            rows = connection.execute(NEWEST, [limit]).fetchall()
            print_rows(COLUMNS, [_readable(row) for row in rows], style)
            return
        seen: set[str] = set()
        say("waiting for alerts; Ctrl-C ends it")
        while True:
            for event_id, *row in connection.execute(ALL).fetchall():
                if event_id not in seen:
                    seen.add(event_id)
                    _line(_readable(row), style)
            time.sleep(POLL_SECONDS)


def _readable(row: Any) -> list[Any]:
    """A row whose dimensions are an object instead of JSON text."""
    values = list(row)
    where = COLUMNS.index("dimensions")
    if isinstance(values[where], str):
        values[where] = json.loads(values[where])
    return values


def _line(row: list[Any], style: TableOrJson) -> None:
    named = dict(zip(COLUMNS, map(plain, row), strict=True))
    if style is TableOrJson.json:
        text = json.dumps(named, ensure_ascii=False)
    else:
        where = " ".join(f"{k}={v}" for k, v in (named["dimensions"] or {}).items())
        text = (
            f"{named['changed_at']} {named['state']} {named['severity']} {named['rule']} {where} "
            f"value {named['value']:g} threshold {named['threshold']:g} {named['summary'] or ''}"
        ).rstrip()
    sys.stdout.write(text + "\n")
    sys.stdout.flush()
