"""`nilometer backfill`: files into the warehouse without a broker."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from nilometer.console.cli.options import (
    BackfillFormat,
    BackfillFormatOption,
    Model,
    Paths,
    Provider,
    StartedAt,
    example,
    settings_of,
)
from nilometer.console.cli.output import pairs, progress, say
from nilometer.console.errors import ExitCode
from nilometer.schemas.errors import ConfigurationError


def register(app: typer.Typer) -> None:
    app.command(
        epilog=example(
            "nilometer backfill events.jsonl",
            "nilometer backfill runs.jsonl --format openai-chat --started-at 2026-05-01T09:00:00Z",
            "nilometer backfill traces.pb folder/ --format otlp",
        )
    )(backfill)


def backfill(
    context: typer.Context,
    paths: Paths,
    file_format: BackfillFormatOption = BackfillFormat.native,
    started_at: StartedAt = None,
    provider: Provider = None,
    model: Model = None,
    quiet: Annotated[bool, typer.Option("--quiet", help="Do not list refused lines.")] = False,
) -> None:
    """Mask, price and store events of files. The rows are those that the stream gives; twice changes nothing.

    What is refused is listed with its line, kept as a dead letter, and makes the exit code 1; the rest is stored.
    With --format otlp a folder stands for the .pb and .json files in it.
    """
    from nilometer.console.backfill import backfill as run
    from nilometer.console.otlpfiles import expanded

    settings = settings_of(context)
    begin = moment(started_at)
    files = readable(expanded(paths) if file_format is BackfillFormat.otlp else paths)
    with progress() as bar:
        task = bar.add_task("backfill", total=None)
        done = run(
            settings,
            files,
            file_format.value,
            started_at=begin,
            provider=provider,
            model=model,
            advance=lambda n: bar.advance(task, n),
        )
    if not quiet:
        for problem in done.problems:
            say(problem)
    for skipped in done.skipped:
        say(skipped)
    say(f"{done.events} events read: {done.rows} new rows, {done.duplicates} there already")
    if done.masked:
        say(f"masked: {pairs(dict(done.masked.most_common()))}")
    if done.dead:
        say(f"dead letters: {pairs(done.dead)}; `nilometer dead list` shows them")
    if done.dead or done.missed:
        raise typer.Exit(ExitCode.FINDING)


def readable(paths: list[Path]) -> list[Path]:
    """The paths, all of which are files. Raises ConfigurationError."""
    for path in paths:
        if not path.is_file():
            raise ConfigurationError(f"{path}: no such file")
    return paths


def moment(text: str | None) -> datetime | None:
    """The time of `--started-at`. Raises ConfigurationError."""
    if text is None:
        return None
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise ConfigurationError("--started-at: not a time like 2026-05-01T09:00:00Z") from None
    if at.tzinfo is None:
        raise ConfigurationError("--started-at: say which time zone, e.g. 2026-05-01T09:00:00Z")
    return at
