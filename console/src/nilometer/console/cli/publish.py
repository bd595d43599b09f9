"""`nilometer publish`: files onto the stream, as an application would send them."""

from typing import Annotated

import typer

from nilometer.console.cli.backfill import moment, readable
from nilometer.console.cli.options import (
    InputFormat,
    InputFormatOption,
    Model,
    Paths,
    Provider,
    StartedAt,
    example,
    settings_of,
)
from nilometer.console.cli.output import pairs, progress, say
from nilometer.console.errors import ExitCode
from nilometer.schemas.broker import cluster_id, find_broker
from nilometer.schemas.settings import Settings

MAX_LISTED = 1_000
"""Refused lines that are listed one by one; all are counted."""
FLUSH_SECONDS = 2.0
"""Between two words that we still wait for the broker."""


def register(app: typer.Typer) -> None:
    app.command(
        epilog=example(
            "nilometer publish events.jsonl", "nilometer publish runs.jsonl --format openai-chat --model gpt-4o"
        )
    )(publish)


def publish(
    context: typer.Context,
    paths: Paths,
    file_format: InputFormatOption = InputFormat.native,
    started_at: StartedAt = None,
    provider: Provider = None,
    model: Model = None,
    quiet: Annotated[bool, typer.Option("--quiet", help="Do not list refused lines.")] = False,
) -> None:
    """Send events of files to the broker of a running `nilometer up`, or to the one that is set.

    Lines that are no events are listed and make the exit code 1; the rest is sent. Nothing is sent before the broker
    answers; when it goes away meanwhile, this waits for it. Publishing a file twice does no harm.
    """
    settings = find_broker(settings_of(context))
    files = readable(paths)
    begin = moment(started_at)
    cluster_id(settings)
    from nilometer.producers.importers import Imported, read
    from nilometer.producers.sender import Sender

    refused = 0
    sender = Sender(settings, block=True)
    try:
        with progress() as bar:
            for path in files:
                task = bar.add_task(path.name, total=None)
                for item in read(path, file_format.value, started_at=begin, provider=provider, model=model):
                    bar.advance(task)
                    if isinstance(item, Imported):
                        sender.put(item.event)
                        continue
                    refused += 1
                    if refused <= MAX_LISTED and not quiet:
                        say(f"{path}:{item.line}: {item.error_type}: {item.message}")
            while not sender.flush(FLUSH_SECONDS):
                say(f"waiting for the broker: {sender.stats().waiting + sender.stats().spooled} events to go")
    finally:
        sender.close()
    _report(settings, sender.stats().delivered, sender.stats().dropped, refused)


def _report(settings: Settings, delivered: int, dropped: dict[str, int], refused: int) -> None:
    say(f"{delivered} events sent to {settings.broker.bootstrap_servers}")
    if dropped:
        say(f"not sent: {pairs(dropped)}")
    if refused:
        say(f"{refused} lines refused")
    if dropped or refused:
        raise typer.Exit(ExitCode.FINDING)
