"""`nilometer dead`: what the chain refused."""

import sys
from typing import Annotated

import typer

from nilometer.console.cli.options import FormatOption, TableOrJson, example, settings_of
from nilometer.console.cli.output import print_json, print_rows, say
from nilometer.console.errors import ExitCode
from nilometer.schemas.broker import find_broker
from nilometer.schemas.errors import ConfigurationError

app = typer.Typer(help="Dead letters: what could not be processed.", no_args_is_help=True, rich_markup_mode=None)

Step = Annotated[
    str | None,
    typer.Option(help="Only of this step: open, decode, validate, mask, price or publish.", show_default=False),
]


@app.command("list", epilog=example("nilometer dead list", "nilometer dead list --step decode --format json"))
def list_(
    context: typer.Context,
    step: Step = None,
    limit: Annotated[int, typer.Option(min=1, help="How many, newest first.")] = 50,
    style: FormatOption = TableOrJson.table,
) -> None:
    """List dead letters: where each came from, at which step it ended and why."""
    from nilometer.console import deadletters

    rows = [
        (d.event_id, d.failed_at, d.step, d.error_type, str(d.source), d.attempts, d.message)
        for d in deadletters.find(settings_of(context), step=step, limit=limit)
    ]
    print_rows(("event_id", "failed_at", "step", "error_type", "source", "attempts", "message"), rows, style)


@app.command(epilog=example("nilometer dead show 0f3a…", "nilometer dead show 0f3a… --reveal"))
def show(
    context: typer.Context,
    event_id: Annotated[str, typer.Argument(help="As `dead list` shows it.", show_default=False)],
    reveal: Annotated[
        bool, typer.Option("--reveal", help="Also the unmasked original; needs the private key, and is audited.")
    ] = False,
) -> None:
    """Show one dead letter as JSON."""
    from nilometer.console import audit, deadletters

    settings = settings_of(context)
    letter = deadletters.find(settings, ids=[event_id])[0]
    shown = {
        "event_id": letter.event_id,
        "step": letter.step,
        "error_type": letter.error_type,
        "message": letter.message,
        "source": str(letter.source),
        "environment": letter.environment,
        "failed_at": letter.failed_at,
        "attempts": letter.attempts,
        "headers": letter.headers,
        "original_bytes": len(letter.original),
    }
    if reveal:
        # Before anything is shown: what cannot be recorded does not happen.
        audit.record(settings, audit.entry(settings, "dead.reveal", letter.event_id))
        shown["original"] = deadletters.reveal(settings, letter).decode("utf-8", "backslashreplace")
    print_json(shown)


@app.command(epilog=example("nilometer dead retry 0f3a…", "nilometer dead retry --all --step validate"))
def retry(
    context: typer.Context,
    event_ids: Annotated[list[str] | None, typer.Argument(help="Which; or --all.", show_default=False)] = None,
    every: Annotated[bool, typer.Option("--all", help="All that there are.")] = False,
    step: Step = None,
) -> None:
    """Send originals back to the stream, e.g. after a setting was changed or a key came back.

    Each ends as an event, or as a new dead letter. Retrying twice does no harm.
    """
    from nilometer.console import audit, deadletters

    if bool(event_ids) == every:
        raise ConfigurationError("give ids of dead letters, or --all")
    settings = find_broker(settings_of(context))
    letters = deadletters.find(settings, ids=event_ids, step=step)
    done = deadletters.retry(settings, letters)
    target = "all" if every else ",".join(event_ids or ())
    counts = {"sent": str(len(done.sent)), "refused": str(len(done.refused))}
    audit.record(settings, audit.entry(settings, "dead.retry", target[:500], counts))
    say(f"{len(done.sent)} sent back to the stream")
    for identity, why in done.refused.items():
        sys.stderr.write(f"{identity}: {why}\n")
    if done.refused:
        raise typer.Exit(ExitCode.FINDING)
