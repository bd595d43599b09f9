"""Another reading of a text: what it says once percent-encoding, HTML's character references, backslash escapes,
full-width signs, unusual spaces and dashes, and invisible signs are undone, and a sentence that follows a number or a
domain without a space has one; with the place in the text of each character that is read."""

import html
import re
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass

from nilometer.streams.mask.finding import Finding, Findings

MAX_LAYERS = 3
"""Escapes within escapes, such as `%2540`."""

_INVISIBLE = "\u00ad\u200b-\u200f\u2060\ufeff\u202a-\u202e\u2066-\u2069"
_WIDE = "\uff10-\uff19\uff20\uff21-\uff3a\uff41-\uff5a\uff0e\uff0d\uff3f\uff1a\uff0b"
_SPACES = "\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000"
_DASHES = "\u2010-\u2012\u2212\ufe63"
_GLUE = r"(?:(?<=\d\d\d)|(?<=\.[a-z][a-z])|(?<=\.[a-z][a-z][a-z]))(?=[A-Z][a-z])"
_ESCAPE = re.compile(
    r"(?P<percent>(?:%[0-9A-Fa-f]{2})+)"
    r"|(?P<entity>&(?:#\d{1,7}|#[xX][0-9A-Fa-f]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});)"
    # A run of backslashes is tried once, at its first.
    r"|(?<!\\)(?:\\++u(?P<high>[dD][89abAB][0-9A-Fa-f]{2})\\++u(?P<low>[dD][c-fC-F][0-9A-Fa-f]{2})"
    r"|\\++(?:u(?P<unit>[0-9A-Fa-f]{4})|x(?P<byte>[0-9A-Fa-f]{2}))"
    r"|\\++(?P<letter>[nrtbf\"'/]))"
    rf"|(?P<invisible>[{_INVISIBLE}]+)"
    rf"|(?P<wide>[{_WIDE}])"
    rf"|(?P<space>[{_SPACES}])"
    rf"|(?P<dash>[{_DASHES}])"
    r"|(?P<plus>(?<=[\w%)])\+(?=[\w%(]))"
    rf"|(?P<glue>{_GLUE})"
)
_ODD = re.compile(rf"[{_INVISIBLE}{_WIDE}{_SPACES}{_DASHES}]")
# The same, found twice as fast: it does not look back.
_GLUED = re.compile(r"(?:\d\d\d|\.[a-z]{2,3})[A-Z][a-z]")
_LETTERS = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f"}
_QUERY = re.compile(r"[?&][\w.%\[\]-]{1,80}=[^\s&#\"'<>]*|\A[\w.%\[\]-]{1,80}=[^\s&#\"'<>]*(?=&|\Z)")


@dataclass(frozen=True, repr=False)
class Reading:
    """What is read, and where each of its characters begins and ends in the text."""

    text: str
    starts: list[int]
    ends: list[int]

    def __repr__(self) -> str:
        return f"Reading({len(self.text)} characters)"

    def placed(self, findings: Iterable[Finding]) -> Findings:
        """Findings of the reading as findings of the text."""
        placed: list[Finding] = []
        done = 0
        for finding in findings:
            start, end = max(done, self.starts[finding.start]), self.ends[finding.end - 1]
            if start < end:
                placed.append(finding._replace(start=start, end=end))
                done = end
        return tuple(placed)


def read(text: str) -> Reading | None:
    """None where the text says the same as it is written."""
    reading = _read(text)
    for _ in range(MAX_LAYERS - 1):
        deeper = None if reading is None else _read(reading.text)
        if reading is None or deeper is None:
            break
        reading = Reading(
            deeper.text, [reading.starts[at] for at in deeper.starts], [reading.ends[at - 1] for at in deeper.ends]
        )
    return reading if reading is not None and reading.text != text else None


def _read(text: str) -> Reading | None:
    if not _could_say_more(text):
        return None
    queries: deque[tuple[int, int]] | None = None
    out: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    done = 0
    for match in _ESCAPE.finditer(text):
        if match["plus"]:
            # A plus is a space in the query of a URL and in a form, and nowhere else.
            queries = deque(query.span() for query in _QUERY.finditer(text)) if queries is None else queries
            while queries and queries[0][1] <= match.start():
                queries.popleft()
            if not queries or queries[0][0] >= match.start():
                continue
        begin = match.start()
        out.append(text[done:begin])
        starts += range(done, begin)
        ends += range(done + 1, begin + 1)
        for said, first, last in _said(match):
            out.append(said)
            starts += [first] * len(said)
            ends += [last] * len(said)
        done = match.end()
    if not done:
        return None
    out.append(text[done:])
    starts += range(done, len(text))
    ends += range(done + 1, len(text) + 1)
    return Reading("".join(out), starts, ends)


def _could_say_more(text: str) -> bool:
    # Looked for one by one, signs are found ten times as fast as by a pattern.
    return (
        ("\\" in text or "%" in text or "&" in text or "+" in text)
        or (not text.isascii() and _ODD.search(text) is not None)
        or _GLUED.search(text) is not None
    )


def _said(match: re.Match[str]) -> Iterable[tuple[str, int, int]]:
    """What an escape says, in pieces with their places in the text."""
    start, end = match.span()
    if match["percent"]:
        return _percent(match["percent"], start)
    if match["entity"]:
        return ((html.unescape(match["entity"]), start, end),)
    if match["high"]:
        pair = bytes.fromhex(match["high"] + match["low"])
        return ((pair.decode("utf-16-be"), start, end),)
    if match["unit"] or match["byte"]:
        return ((chr(int(match["unit"] or match["byte"], 16)), start, end),)
    if match["letter"]:
        return ((_LETTERS.get(match["letter"], match["letter"]), start, end),)
    if match["wide"]:
        return ((chr(ord(match["wide"]) - 0xFEE0), start, end),)
    if match["dash"]:
        return (("-", start, end),)
    return ((" ", start, end),) if match["plus"] or match["space"] or match["glue"] is not None else ()


def _percent(escapes: str, start: int) -> Iterable[tuple[str, int, int]]:
    data = bytes.fromhex(escapes.replace("%", ""))
    at = 0
    while at < len(data):
        lead = data[at]
        size = 1 if lead < 0xC0 else 2 if lead < 0xE0 else 3 if lead < 0xF0 else 4
        yield data[at : at + size].decode("utf-8", "replace"), start + 3 * at, start + 3 * min(at + size, len(data))
        at += size
