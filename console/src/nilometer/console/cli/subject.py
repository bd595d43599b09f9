"""`nilometer subject`: what is held of one person, for those who have the environment's pseudonym keys."""

import json
import os
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from nilometer.console.cli.options import FormatOption, TableOrJson, example, settings_of
from nilometer.console.cli.output import pairs, plain, print_json, print_rows, say
from nilometer.console.errors import ExitCode
from nilometer.schemas.errors import ConfigurationError, KeyUnavailableError
from nilometer.schemas.settings import Settings

if TYPE_CHECKING:
    from nilometer.console.subjects import Person

app = typer.Typer(
    help="One person's data: found, given out, erased. The person's id is read from standard input or asked for, never "
    "taken from the command line, which others can see. Every use is audited.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
MOST_CHARACTERS = 10_000

Kind = Annotated[
    str,
    typer.Option(help="What is given: USER_ID, or a kind that the policy makes pseudonyms of, e.g. EMAIL_ADDRESS."),
]
Mentions = Annotated[
    bool, typer.Option("--mentions", help="Also rows of other people's traces whose texts hold the pseudonym.")
]


@app.command(epilog=example("nilometer subject find", "nilometer subject find --format json < id.txt"))
def find(context: typer.Context, kind: Kind = "USER_ID", style: FormatOption = TableOrJson.table) -> None:
    """Show a person's pseudonyms under every key that lives, and how many rows there are."""
    from nilometer.warehouse import subject

    settings = settings_of(context)
    person = _person(settings, "find", kind)
    held = subject.find(settings, person.subject)
    _audit(settings, "find", person, {"traces": str(held.traces), **_words(held.rows)})
    names = [(name.generation, name.user_id or None, name.in_texts) for name in person.names]
    if style is TableOrJson.json:
        columns = ("generation", "user_id", "in_texts")
        shown = [dict(zip(columns, row, strict=True)) for row in names]
        print_json({"pseudonyms": shown, "traces": held.traces, "rows": held.rows, "mentions": held.mentions})
        return
    print_rows(("generation", "user_id", "in_texts"), names, style)
    counts = [(table, count, held.mentions.get(table, 0)) for table, count in held.rows.items()]
    print_rows(("table", "rows", "mentions in other traces"), counts, style)
    say(f"{held.traces} traces")


@app.command(epilog=example("nilometer subject pseudonyms --format json < all-user-ids.txt"))
def pseudonyms(context: typer.Context, kind: Kind = "USER_ID", style: FormatOption = TableOrJson.table) -> None:
    """For a list of ids, one a line: the pseudonyms under every key, which joins rows across a key's rotation."""
    from nilometer.console import audit, subjects

    settings = settings_of(context)
    rows: list[tuple[int, int, str | None, str]] = []
    for number, line in enumerate(sys.stdin, 1):
        if text := line.rstrip("\r\n"):
            found = subjects.person(settings, text, kind)
            rows += [(number, name.generation, name.user_id or None, name.in_texts) for name in found.names]
    audit.record(settings, audit.entry(settings, "subject.pseudonyms", f"{len({row[0] for row in rows})} ids"))
    print_rows(("line", "generation", "user_id", "in_texts"), rows, style)


@app.command(epilog=example("nilometer subject export --output person.jsonl < id.txt"))
def export(
    context: typer.Context,
    output: Annotated[
        Path | None, typer.Option(help="A new file, which only you can read [standard output].", show_default=False)
    ] = None,
    kind: Kind = "USER_ID",
    mentions: Mentions = False,
) -> None:
    """Write all rows of a person's traces, one JSON object a line."""
    from nilometer.warehouse import subject

    settings = settings_of(context)
    person = _person(settings, "export", kind)
    # Before anything is given out: what cannot be recorded does not happen.
    _audit(settings, "export", person, {})
    count = 0
    with ExitStack() as stack:
        out = sys.stdout
        if output is not None:
            descriptor = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            out = stack.enter_context(os.fdopen(descriptor, "w", encoding="utf-8"))
        for row in subject.export(settings, person.subject, mentions=mentions):
            out.write(json.dumps(plain(row), ensure_ascii=False) + "\n")
            count += 1
    say(f"{count} rows")


@app.command(epilog=example("nilometer subject erase", "nilometer subject erase --yes < id.txt"))
def erase(
    context: typer.Context,
    kind: Kind = "USER_ID",
    mentions: Mentions = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Delete all rows of a person's traces for good: from tables, files and snapshots.

    Kafka's topics are not rewritten: they let go of what they hold after their retention time.
    """
    from nilometer.warehouse import subject

    settings = settings_of(context)
    person = _person(settings, "erase", kind)
    held = subject.find(settings, person.subject)
    doomed = {table: count + (held.mentions.get(table, 0) if mentions else 0) for table, count in held.rows.items()}
    question = f"{held.traces} traces of {person.reference} ({pairs(doomed)} rows) go for good. Delete them?"
    if not yes and not (sys.stdin.isatty() and typer.confirm(question)):
        say(f"nothing was deleted ({pairs(doomed)}); `--yes` deletes it")
        raise typer.Exit(ExitCode.FINDING)
    _audit(settings, "erase", person, _words(doomed))
    done = subject.erase(settings, person.subject, mentions=mentions)
    say(f"deleted: {pairs(done.rows)}; {done.deleted_files} files are gone")
    say("the topics raw, events and dead still hold what they hold until their retention time is over")


def _person(settings: Settings, act: str, kind: str) -> "Person":
    from nilometer.console import audit, subjects

    text = _asked()
    try:
        return subjects.person(settings, text, kind)
    except KeyUnavailableError:
        audit.record(settings, audit.entry(settings, f"subject.{act}", "unknown", outcome="denied"))
        raise


def _asked() -> str:
    if sys.stdin.isatty():
        text = str(typer.prompt("The person's id", hide_input=True, err=True))
    else:
        text = sys.stdin.readline(MOST_CHARACTERS + 1).rstrip("\r\n")
    if not text or len(text) > MOST_CHARACTERS:
        raise ConfigurationError("give the person's id as one line on standard input")
    return text


def _audit(settings: Settings, act: str, person: "Person", details: dict[str, str]) -> None:
    from nilometer.console import audit

    audit.record(settings, audit.entry(settings, f"subject.{act}", person.reference, details))


def _words(counts: dict[str, int]) -> dict[str, str]:
    return {name: str(count) for name, count in counts.items()}
