"""`nilometer topics`: what the broker should have, and making it so."""

import sys
from datetime import UTC, datetime
from typing import Annotated

import typer

from nilometer.console import audit
from nilometer.console.cli.options import FormatOption, TableOrJson, example, settings_of
from nilometer.console.cli.output import print_rows, say
from nilometer.console.errors import ExitCode
from nilometer.schemas import topics as wanted
from nilometer.schemas.broker import admin_client, find_broker
from nilometer.schemas.settings import Settings
from nilometer.schemas.topics import Change

app = typer.Typer(help="The topics of an environment.", no_args_is_help=True, rich_markup_mode=None)


@app.command(epilog=example("nilometer topics plan", "nilometer --environment prod topics plan --format json"))
def plan(context: typer.Context, style: FormatOption = TableOrJson.table) -> None:
    """Show what `topics create` would change; exit code 1 when there is anything."""
    changes = _plan(find_broker(settings_of(context)))
    if changes or style is TableOrJson.json:
        _show(changes, style)
    if changes:
        raise typer.Exit(ExitCode.FINDING)
    say("all topics are as they should be")


@app.command(epilog=example("nilometer topics create", "nilometer topics create --yes"))
def create(
    context: typer.Context,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Show the plan, ask, and carry it out. Run twice it changes nothing."""
    carry_out(find_broker(settings_of(context)), yes=yes)


def carry_out(settings: Settings, *, yes: bool) -> None:
    """Shows the plan and carries it out when a person agrees. Exits with 1 when something is left to do."""
    changes = _plan(settings)
    if not changes:
        say("all topics are as they should be")
        return
    _show(changes, TableOrJson.table)
    doable = [change for change in changes if change.kind != "refuse"]
    if doable:
        if not yes and not (sys.stdin.isatty() and typer.confirm("Carry this out?")):
            say("nothing was changed; `--yes` carries it out")
            raise typer.Exit(ExitCode.FINDING)
        wanted.apply(admin_client(settings), settings, doable)
        details = {change.topic: change.kind for change in doable}
        audit.record(settings, audit.entry(settings, "topics.create", settings.environment, details))
        say(f"{len(doable)} changes carried out at {datetime.now(UTC):%H:%M:%S} UTC")
    if len(doable) < len(changes):
        say("what is marked `refuse` is left to you")
        raise typer.Exit(ExitCode.FINDING)


def _plan(settings: Settings) -> list[Change]:
    return wanted.plan(admin_client(settings), settings)


def _show(changes: list[Change], style: TableOrJson) -> None:
    print_rows(("topic", "kind", "what"), [(c.topic, c.kind, c.what) for c in changes], style)
