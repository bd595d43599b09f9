"""JSON lines of a file, with a bound on what one line may hold in memory."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from nilometer.schemas.event import RawEvent
from nilometer.schemas.settings import MEBIBYTE

MAX_LINE_BYTES = 16 * MEBIBYTE
_CHUNK = MEBIBYTE
_BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True)
class Imported:
    """One event, and the line from 1 that it is from. A line may hold several events."""

    event: RawEvent
    line: int


@dataclass(frozen=True)
class Refused:
    """A line that is no event. `message` is made of places and types, never of values."""

    line: int
    error_type: str
    """too_large, malformed_json, wrong_type, unknown_field, missing_field or wrong_value."""
    message: str
    original: bytes = field(default=b"", repr=False)
    """The line, unsealed; empty where it was too large to keep."""


@dataclass(frozen=True)
class Line:
    """A line that has something in it, without its end."""

    number: int
    data: bytes


def read_lines(path: Path, limit: int = MAX_LINE_BYTES) -> Iterator[Line | Refused]:
    """The lines of a file that are not blank; one of more than `limit` bytes is skipped without being kept."""
    with path.open("rb") as file:
        number = 0
        while data := file.readline(limit + 1):
            number += 1
            if len(data) > limit and not data.endswith(b"\n"):
                size = len(data) + _skip(file)
                yield Refused(number, "too_large", f"a line of {size} bytes: more than {limit}")
                continue
            if number == 1:
                data = data.removeprefix(_BOM)
            if data := data.strip():
                yield Line(number, data)


def _skip(file: BinaryIO) -> int:
    """Reads on to the end of the line; how many bytes that was, without the line's end."""
    size = 0
    while data := file.readline(_CHUNK):
        size += len(data)
        if data.endswith(b"\n"):
            return size - 1
    return size
