"""`nilometer keys pseudonym`: the keys that make users' pseudonyms."""

import sys
from datetime import UTC, datetime
from typing import Annotated

import typer

from nilometer.console import audit
from nilometer.console.cli.options import FormatOption, TableOrJson, example, settings_of
from nilometer.console.cli.output import print_rows, say
from nilometer.console.errors import ExitCode
from nilometer.schemas import keys as ring

app = typer.Typer(
    help="The pseudonym keys: the newest makes pseudonyms, all that live find a person's rows again.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@app.command("list", epilog=example("nilometer keys pseudonym list"))
def list_(context: typer.Context, style: FormatOption = TableOrJson.table) -> None:
    """List the generations, oldest first. The keys themselves are not shown."""
    known = ring.list_pseudonym_keys(settings_of(context).keys_directory())
    newest = max(known, default=0)
    rows = [(n, datetime.fromtimestamp(file.stat().st_mtime, UTC), n == newest) for n, file in known.items()]
    print_rows(("generation", "made_at", "in_use"), rows, style)


@app.command(epilog=example("nilometer keys pseudonym rotate"))
def rotate(context: typer.Context) -> None:
    """Make a new key: from the workers' next start on the same person gets another pseudonym than before.

    `nilometer subject pseudonyms` gives the old and the new ones of those whose ids you have.
    """
    settings = settings_of(context)
    generation = ring.rotate_pseudonym_key(settings.keys_directory())
    audit.record(settings, audit.entry(settings, "keys.pseudonym.rotate", str(generation)))
    say(f"generation {generation} is made; copy it to all workers, then restart them")


@app.command(epilog=example("nilometer keys pseudonym retire 1 --yes"))
def retire(
    context: typer.Context,
    generation: Annotated[int, typer.Argument(help="As `keys pseudonym list` shows it.", show_default=False)],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Delete an old key for good: nobody can tell any more whose its pseudonyms are, nor find their rows."""
    settings = settings_of(context)
    question = f"Whose the pseudonyms of generation {generation} are can never be told again. Delete the key?"
    if not yes and not (sys.stdin.isatty() and typer.confirm(question)):
        say("nothing was deleted; `--yes` deletes it")
        raise typer.Exit(ExitCode.FINDING)
    ring.retire_pseudonym_key(settings.keys_directory(), generation)
    audit.record(settings, audit.entry(settings, "keys.pseudonym.retire", str(generation)))
    say(f"deleted generation {generation}")
