"""`nilometer mask`: what the policy makes of a text."""

import json
import os
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, BinaryIO

import typer

from nilometer.console import masking
from nilometer.console.cli.options import TableOrJson, example, settings_of
from nilometer.console.cli.output import print_rows, progress, say
from nilometer.console.errors import ExitCode
from nilometer.console.masking import FAILED, Answer, Piece
from nilometer.schemas.errors import ConfigurationError

if TYPE_CHECKING:
    from nilometer.streams.mask import MaskedText

MOST_ROWS = 10_000
"""Of the table of `--explain`; more are counted."""
BYTES_A_CHARACTER = 4


class TextOrJson(StrEnum):
    text = "text"
    json = "json"


def register(app: typer.Typer) -> None:
    app.command(
        epilog=example(
            "nilometer mask letter.txt",
            "tail -f app.log | nilometer mask --lines",
            "nilometer mask --lines --format json < texts.txt",
            "nilometer mask --explain --policy prod.toml --project shop --field tool_result letter.txt",
        )
    )(mask)


def mask(
    context: typer.Context,
    file: Annotated[
        Path | None, typer.Argument(help="What to read; `-` or nothing: standard input.", show_default=False)
    ] = None,
    lines: Annotated[
        bool, typer.Option("--lines", help="Each line is a text of its own, answered as it comes.")
    ] = False,
    style: Annotated[
        TextOrJson, typer.Option("--format", help="text; or json: an object with `text` and `findings` for each text.")
    ] = TextOrJson.text,
    explain: Annotated[
        bool, typer.Option("--explain", help="Instead of the text: what was found where, and by which recogniser.")
    ] = False,
    policy: Annotated[
        Path | None,
        typer.Option(help="A TOML file with a table [masking], instead of the settings'.", show_default=False),
    ] = None,
    project: Annotated[
        str | None, typer.Option(help="As if the text came from this project.", show_default=False)
    ] = None,
    field: Annotated[
        str | None, typer.Option(help="As if it stood in this field, e.g. tool_result.", show_default=False)
    ] = None,
) -> None:
    """Mask a text under the policy of nilometer.toml, or try another policy.

    Nothing is published. A text that cannot be masked is replaced by <MASKING_FAILED>, and the exit code is 1.
    """
    from nilometer.streams.mask import check
    from nilometer.streams.mask.places import FIELDS
    from nilometer.streams.mask.rules import named

    settings = settings_of(context)
    rules = settings.masking if policy is None else masking.read_policy(policy)
    if field is not None and field not in FIELDS:
        raise ConfigurationError(f"--field: no such field of an event: {named(field, FIELDS)}")
    limit = rules.max_text_characters * BYTES_A_CHARACTER
    cut = masking.lines if lines else masking.whole if style is TextOrJson.json or explain else masking.blocks
    with ExitStack() as stack:
        source = sys.stdin.buffer if file is None or str(file) == "-" else stack.enter_context(file.open("rb"))
        # Before the seconds that the recognisers take, so that a wrong policy is said at once.
        masker, joins = masking.make_masker(settings, rules)
        for problem in check.problems(rules, settings.environment):
            say(f"a worker would not start with this policy: {problem}")
        if not joins and any(rule.action in ("pseudonym", "hash") for rule in rules.rules):
            say("no pseudonym key here: pseudonyms and hashes of this run join nothing")
        show: Callable[[Answer], None] = _Explained() if explain and style is TextOrJson.text else _PRINT[style]
        failed = 0
        keys = masking.KeyLines() if lines else None
        for pieces in _shown(source, cut(source, limit)):
            for answer in masking.answers(masker, pieces, limit, field or "", project, keys):
                failed += answer.masked is None
                show(answer)
            sys.stdout.flush()
        if isinstance(show, _Explained):
            show.end()
    if failed:
        say(f"{failed} {'lines' if lines else 'texts'} could not be masked, and are left out")
        raise typer.Exit(ExitCode.FINDING)


def _shown(source: BinaryIO, pieces: Iterator[list[Piece]]) -> Iterator[list[Piece]]:
    """With a bar where somebody looks on and the end is known."""
    size = os.fstat(source.fileno()).st_size if source.seekable() else 0
    if not size or sys.stdout.isatty():
        yield from pieces
        return
    with progress() as bar:
        task = bar.add_task("bytes", total=size)
        for some in pieces:
            yield some
            bar.update(task, completed=source.tell())


def _as_text(answer: Answer) -> None:
    if answer.masked is None:
        _complain(answer)
    text = FAILED if answer.masked is None else answer.masked.text
    end = answer.piece.end if answer.masked is not None else answer.piece.end or b"\n"
    sys.stdout.write(text + end.decode())


def _as_json(answer: Answer) -> None:
    if answer.masked is None:
        _complain(answer)
        error = {"type": answer.error_type, "message": answer.message}
        shown: dict[str, Any] = {"text": FAILED, "findings": [], "error": error}
    else:
        shown = {"text": answer.masked.text, "findings": _findings(answer.masked)}
    sys.stdout.write(json.dumps(shown, ensure_ascii=False) + "\n")


def _findings(masked: "MaskedText") -> list[dict[str, Any]]:
    return [
        {"kind": f.kind, "start": f.start, "end": f.end, "score": round(f.score, 4), "recogniser": f.recognizer}
        for f in masked.findings
    ]


_PRINT: dict[TextOrJson, Callable[[Answer], None]] = {TextOrJson.text: _as_text, TextOrJson.json: _as_json}


def _complain(answer: Answer) -> None:
    say(f"line {answer.piece.number}: {answer.error_type}: {answer.message}")


class _Explained:
    """The table of `--explain`. It holds places and kinds, not values."""

    def __init__(self) -> None:
        self._rows: list[tuple[Any, ...]] = []
        self._counts: Counter[str] = Counter()

    def __call__(self, answer: Answer) -> None:
        if answer.masked is None:
            _complain(answer)
            return
        for f in answer.masked.findings:
            self._counts[f.kind] += 1
            if len(self._rows) < MOST_ROWS:
                self._rows.append((answer.piece.number, f.kind, f.start, f.end, f"{f.score:.2f}", f.recognizer))

    def end(self) -> None:
        print_rows(("line", "kind", "start", "end", "score", "recogniser"), self._rows, TableOrJson.table)
        left = self._counts.total() - len(self._rows)
        if left:
            say(f"and {left} more: `--format json` shows all")
        say(", ".join(f"{count} {kind}" for kind, count in sorted(self._counts.items())) or "nothing was found")
