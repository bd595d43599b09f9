"""Everything that a run has left behind: files, databases, topics."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol, cast

import duckdb
import pyarrow.parquet as pq

from nilometer.schemas.settings import Settings
from nilometer.schemas.topics import TopicName, topic_name, topics
from nilometer.streams.tail import read_to_end, reader
from nilometer.warehouse.catalog import Catalog


class Looker(Protocol):
    """Looks at bytes now, or keeps them for later."""

    def look(self, place: str, data: bytes) -> None: ...


@dataclass
class Kept:
    """For a scanner that is yet to be made."""

    seen: list[tuple[str, bytes]] = field(default_factory=list[tuple[str, bytes]])

    def look(self, place: str, data: bytes) -> None:
        self.seen.append((place, data))


TOPICS: tuple[TopicName, ...] = ("raw", "events", "rollups", "alerts", "controls", "dead", "audit")


def scan_files(scanner: Looker, home: Path, called: str = "file") -> None:
    """Every byte below a folder; of Parquet and SQLite what they hold, too."""
    for path in sorted(home.rglob("*")):
        if not path.is_file():
            continue
        place = f"{called} {_kind(path, home)}"
        scanner.look(place, str(path.relative_to(home)).encode())
        try:
            data = path.read_bytes()
        except FileNotFoundError:
            continue
        scanner.look(place, data)
        if path.suffix == ".parquet":
            for column in _parquet(path):
                scanner.look(place, column)
        elif data.startswith(b"SQLite format 3"):
            for row in _sqlite(path):
                scanner.look(place, row)


def scan_warehouse(scanner: Looker, settings: Settings) -> None:
    """All rows of all tables and views, column by column."""
    with closing(Catalog(settings).reader()) as connection:
        for (name,) in connection.execute("SELECT table_name FROM information_schema.tables").fetchall():
            try:
                cursor = connection.execute(f'SELECT * FROM "{name}"')  # noqa: S608
            except duckdb.Error:
                continue
            columns = [column[0] for column in cursor.description or ()]
            while rows := cursor.fetchmany(500):
                for row in rows:
                    for column, value in zip(columns, row, strict=True):
                        if value is not None:
                            scanner.look(f"warehouse {name}.{column}", _bytes(value))
                            if isinstance(value, str) and value[:1] in ("{", "["):
                                for text in joined(value):
                                    scanner.look(f"warehouse, joined {name}.{column}", text)


def scan_topics(scanner: Looker, settings: Settings) -> None:
    """Keys, headers and values of all records."""
    known = {topic.name: topic.partitions for topic in topics(settings)}
    for name in TOPICS:
        topic = topic_name(settings.environment, name)
        consumer = reader(settings, "canary")
        try:
            offsets = dict.fromkeys(range(known[topic]), 0)
            for message in read_to_end(consumer, topic, offsets, embedded=settings.broker.embedded):
                scanner.look(f"topic {name}", message.value() or b"")
                scanner.look(f"topic {name}", message.key() or b"")
                if name == "events":
                    for text in joined(json.loads(message.value() or b"null")):
                        scanner.look("topic events, joined", text)
                for header, value in message.headers() or ():
                    scanner.look(
                        f"topic {name}", header.encode() + b"\n" + (value if isinstance(value, bytes) else b"")
                    )
        finally:
            consumer.close()


def joined(document: Any) -> Iterator[bytes]:
    """The strings of a JSON document that stand under the same key, together: what is cut over several of them."""
    found: dict[str, list[str]] = {}
    stack: list[tuple[str, Any]] = [("", document)]
    while stack:
        key, value = stack.pop()
        if isinstance(value, str):
            found.setdefault(key, []).append(value)
            if value[:1] in ("{", "["):
                try:
                    stack.append((key, json.loads(value)))
                except ValueError:
                    continue
        elif isinstance(value, list):
            stack += [(key, inner) for inner in reversed(cast("list[Any]", value))]
        elif isinstance(value, dict):
            stack += reversed(cast("dict[str, Any]", value).items())
    yield from ("".join(texts).encode("utf-8", "surrogatepass") for texts in found.values() if len(texts) > 1)


def _kind(path: Path, home: Path) -> str:
    parts = path.relative_to(home).parts
    return "/".join(parts[:2]) + path.suffix if len(parts) > 2 else "/".join(parts)


def _parquet(path: Path) -> Iterator[bytes]:
    try:
        with pq.ParquetFile(path) as file:
            yield str(file.metadata.metadata).encode()
            for batch in file.iter_batches():
                for column in batch.columns:
                    yield from (_bytes(value) for value in column.to_pylist() if value is not None)
    except (OSError, ValueError):
        # Being written, or taken away: its bytes have been looked at.
        return


def _sqlite(path: Path) -> Iterator[bytes]:
    """Rows, for a page may hold but a part of a value."""
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
        for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
            for row in connection.execute(f'SELECT * FROM "{name}"'):  # noqa: S608
                yield b"\n".join(_bytes(value) for value in row if value is not None)


def _bytes(value: Any) -> bytes:
    if isinstance(value, bytes):
        return value
    return (value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)).encode(
        "utf-8", "surrogatepass"
    )
