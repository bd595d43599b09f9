"""`nilometer keys`: what seals an environment's traffic."""

import sys
from datetime import UTC, datetime
from typing import Annotated

import typer

from nilometer.console import audit
from nilometer.console.cli import apikeys, pseudonymkeys
from nilometer.console.cli.options import FormatOption, TableOrJson, example, settings_of
from nilometer.console.cli.output import print_rows, say
from nilometer.console.errors import ExitCode
from nilometer.schemas import keys as ring

app = typer.Typer(
    help="The sealing keys of an environment, (pseudonym) those of pseudonyms, and (api) the gateway's API keys.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
app.add_typer(apikeys.app, name="api")
app.add_typer(pseudonymkeys.app, name="pseudonym")


@app.command(epilog=example("nilometer keys create", "nilometer --environment prod keys create"))
def create(context: typer.Context) -> None:
    """Make a new sealing key pair; it seals from now on, and older ones still open what they sealed."""
    settings = settings_of(context)
    key = ring.create_key(settings.keys_directory())
    audit.record(settings, audit.entry(settings, "keys.create", key.key_id))
    say(f"made in {settings.keys_directory()}; running workers learn it when they first meet it")
    print_rows(("key_id", "public_key"), [(key.key_id, key.text())], TableOrJson.json)


@app.command("list", epilog=example("nilometer keys list", "nilometer keys list --format json"))
def list_(context: typer.Context, style: FormatOption = TableOrJson.table) -> None:
    """List the keys, oldest first. The public key is what an application needs as keys.public_key."""
    directory = settings_of(context).keys_directory()
    known = ring.list_keys(directory)
    rows = [
        (
            key.key_id,
            key.text(),
            datetime.fromtimestamp((directory / f"{key.key_id}.public").stat().st_mtime, UTC),
            (directory / f"{key.key_id}.private").exists(),
            key is known[-1],
        )
        for key in known
    ]
    print_rows(("key_id", "public_key", "made_at", "can_open", "seals"), rows, style)
    if not known:
        say(f"no keys in {directory}: `nilometer keys create` makes one")


@app.command(epilog=example("nilometer keys retire 0123456789abcdef --yes"))
def retire(
    context: typer.Context,
    key_id: Annotated[str, typer.Argument(help="As `keys list` shows it.", show_default=False)],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Delete a key pair for good: what it sealed, on topics, in spools and dead letters, cannot be read again."""
    settings = settings_of(context)
    directory = settings.keys_directory()
    question = f"What {key_id} sealed cannot be read again. Delete it?"
    if not yes and not (sys.stdin.isatty() and typer.confirm(question)):
        say("nothing was deleted; `--yes` deletes it")
        raise typer.Exit(ExitCode.FINDING)
    ring.retire_key(directory, key_id)
    audit.record(settings, audit.entry(settings, "keys.retire", key_id))
    say(f"deleted {key_id}")
