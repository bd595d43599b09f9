"""Files straight into the warehouse: importers → chain → writer. No broker; the same rows as the stream gives."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby, islice
from pathlib import Path
from typing import Literal

from nilometer.console.otlpfiles import Skipped, read_otlp
from nilometer.console.sources import source_of
from nilometer.producers.importers import Format, Imported, Refused, read
from nilometer.schemas.deadletter import Coordinates, DeadLetter
from nilometer.schemas.keys import ensure_keys, load_key_ring
from nilometer.schemas.settings import Settings
from nilometer.streams.chain import Context, Outcome, Refusal, Sourced, make_context, run_bodies, run_events
from nilometer.streams.deadletters import Line
from nilometer.warehouse.writer import Writer

BATCH_LINES = 1_000
"""So many events are in memory at a time, however large a file is."""
MAX_LISTED = 1_000
"""Refused lines that are listed one by one; all are counted, and all are dead letters."""

Numbered = tuple[int, Imported | Refused]
"""An item, after its position in its line."""


@dataclass
class Backfilled:
    """What became of the lines."""

    events: int = 0
    """Read from the files."""
    rows: int = 0
    """New in the warehouse: spans, feedback and scores."""
    duplicates: int = 0
    """In the warehouse already, or twice in the files."""
    dead: Counter[str] = field(default_factory=Counter[str])
    """Dead letters by `step/error_type`, whether new or not."""
    refused: int = 0
    """Lines that are no events at all; they are dead letters too."""
    problems: list[str] = field(default_factory=list[str])
    """`file:line: why` of each dead letter, the first MAX_LISTED."""
    skipped: list[str] = field(default_factory=list[str])
    """`file: why` of each file that was not read."""
    missed: int = 0
    """How many of them hold what should have been read."""
    masked: Counter[str] = field(default_factory=Counter[str])
    """Kind → values that were masked."""


def backfill(
    settings: Settings,
    paths: Sequence[Path],
    file_format: Format | Literal["otlp"],
    *,
    started_at: datetime | None = None,
    provider: str | None = None,
    model: str | None = None,
    advance: Callable[[int], None] = lambda _: None,
) -> Backfilled:
    """Runs the chain over files, in bounded batches, each durable when it is done. Running it twice adds nothing.

    `advance` is told how many lines are done. Raises NilometerError, OSError.
    """
    for path in paths:
        # A path that cannot be read is noticed before the first row is written.
        path.open("rb").close()
    ensure_keys(settings)
    ctx = make_context(settings, load_key_ring(settings))
    done = Backfilled()
    with Writer(settings, clock=None) as writer:
        if file_format == "otlp":
            _otlp(paths, ctx, writer, done, advance)
            return done
        for path in paths:
            source = source_of(path, ctx)
            items = read(path, file_format, started_at=started_at, provider=provider, model=model)
            for batch in _batches(_numbered(items)):
                _one(batch, path, source, ctx, writer, done)
                advance(len(batch))
    return done


def _one(batch: list[Numbered], path: Path, source: str, ctx: Context, writer: Writer, done: Backfilled) -> None:
    imported = [
        Sourced(item.event, Coordinates(source=source, offset=item.line, index=index))
        for index, item in batch
        if isinstance(item, Imported)
    ]
    unread = [_bury(item, source, ctx) for _, item in batch if isinstance(item, Refused)]
    done.events += len(imported)
    done.refused += len(unread)
    _store(run_events(imported, ctx), unread, path.name, writer, done)


def _otlp(
    paths: Sequence[Path], ctx: Context, writer: Writer, done: Backfilled, advance: Callable[[int], None]
) -> None:
    for item in read_otlp(paths, lambda path: source_of(path, ctx)):
        if isinstance(item, Skipped):
            done.skipped.append(f"{item.path.name}: {item.why}")
            done.missed += item.wanted
            continue
        outcome = run_bodies([item.body], ctx)
        count = len(outcome.events) + sum(letter.source.index is not None for letter in outcome.dead)
        done.events += count
        done.refused += len(outcome.events) + len(outcome.dead) - count
        _store(outcome, [], item.path.name, writer, done)
        advance(count)


def _store(outcome: Outcome, unread: list[DeadLetter], name: str, writer: Writer, done: Backfilled) -> None:
    dead = unread + outcome.dead
    written = writer.write(outcome.events, dead_letters=dead)
    done.rows += written.events
    done.duplicates += len(outcome.events) - written.events
    for letter in dead:
        done.dead[f"{letter.step}/{letter.error_type}"] += 1
        if len(done.problems) < MAX_LISTED:
            place = f"{name}:{letter.source.offset}"
            done.problems.append(f"{place}: {letter.step}/{letter.error_type}: {letter.message}")
    for event in outcome.events:
        done.masked.update(event.masked)


def _bury(item: Refused, source: str, ctx: Context) -> DeadLetter:
    place = Coordinates(source=source, offset=item.line)
    return ctx.bury("decode", Refusal(item.error_type, item.message), place, Line(item.original))


def _numbered(items: Iterable[Imported | Refused]) -> Iterator[Numbered]:
    """Each item with its position among those of its line, for a conversation on one line is many events."""
    for _, line in groupby(items, key=lambda item: item.line):
        yield from enumerate(line)


def _batches(items: Iterable[Numbered]) -> Iterator[list[Numbered]]:
    iterator = iter(items)
    while batch := list(islice(iterator, BATCH_LINES)):
        yield batch
