"""Text in base64 or in hexadecimal digits, alone or in the middle of other text, however short."""

import base64
import re
from collections.abc import Iterator
from typing import NamedTuple

from nilometer.streams.mask import media

MIN_LENGTH = 10
"""No value that a recogniser knows is shorter in base64."""

_RUN = re.compile(
    r"(?<![A-Za-z0-9+/=_-])"
    r"(?:(?:[A-Za-z0-9+/_-]{40,}\r?\n[ \t]*)+[A-Za-z0-9+/_-]+|[A-Za-z0-9+/_-]{10,})={0,2}"
    r"(?![A-Za-z0-9+/=_-])"
)
_CANDIDATE = re.compile(r"[A-Za-z0-9+/_-]{10}")
_HEX = re.compile(r"(?:[0-9A-Fa-f]{2}){8,}")
_WORD = re.compile(r"[A-Z]?[a-z]+(?:[-_/][A-Z]?[a-z]+)*|[A-Z]+|[a-z_/-]+|\d+")
_SPACE = str.maketrans("", "", "\r\n\t ")
_ALPHABET = str.maketrans("-_", "+/")


class Run(NamedTuple):
    """A stretch of a text, and what it says; None where that is no text."""

    start: int
    end: int
    said: str | None


def runs(text: str) -> Iterator[Run]:
    """The stretches that are text in base64 or hexadecimal digits, and long ones that are binary content."""
    if _CANDIDATE.search(text) is None:
        return
    for match in _RUN.finditer(text):
        start, run = match.start(), match.group()
        if _WORD.fullmatch(run):
            continue
        whole = decoded(run)
        if whole is not None:
            yield Run(start, match.end(), whole)
        elif media.is_base64(run):
            yield Run(start, match.end(), None)
        elif "/" in run:
            # The parts of a path.
            for part in re.finditer(r"[^/]{10,}", run):
                said = decoded(part.group())
                if said is not None:
                    yield Run(start + part.start(), start + part.end(), said)


def decoded(run: str) -> str | None:
    """What a run says, if it is readable text."""
    bare = run.translate(_SPACE)
    if _HEX.fullmatch(bare):
        said = _readable(bytes.fromhex(bare))
        if said is not None:
            return said
    bare = bare.rstrip("=").translate(_ALPHABET)
    if len(bare) % 4 == 1:
        return None
    try:
        return _readable(base64.b64decode(bare + "=" * (-len(bare) % 4), validate=True))
    except ValueError:
        return None


def _readable(data: bytes) -> str | None:
    for encoding in ("utf-8", "utf-16-le") if data[1::2].count(0) * 4 > len(data) else ("utf-8",):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if len(text) > 3 and text.translate(_SPACE).isprintable():
            return text
    return None
