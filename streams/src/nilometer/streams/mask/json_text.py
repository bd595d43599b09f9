"""JSON inside strings: taken apart for masking, and put together with every other byte as it was."""

import json
import re
from collections.abc import Iterator
from typing import Any

TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null|-?Infinity|NaN', re.DOTALL)
_START = re.compile(r'\{\s*"|\[\s*[\[{"]|\[(?=\s*-?\d[-\d.eE+,\s]{0,10000}\])')
MAX_ATTEMPTS = 64
"""How many openings in one text are tried: what opens and does not parse costs time."""


class Number(str):
    """A number as it is written."""

    __slots__ = ()


class Pairs(list[tuple[str, Any]]):
    """An object with its keys in order, repeated ones too."""

    __slots__ = ()


_DECODER = json.JSONDecoder(object_pairs_hook=Pairs, parse_int=Number, parse_float=Number)


def split(text: str) -> Iterator[tuple[str, Any]]:
    """The text in pieces: (piece, None) for prose, (piece, parsed) for each JSON object or list in it."""
    done = at = attempts = 0
    while attempts < MAX_ATTEMPTS:
        opening = _START.search(text, at)
        if opening is None:
            break
        attempts += 1
        try:
            parsed, end = _DECODER.raw_decode(text, opening.start())
        except ValueError:
            at = opening.start() + 1
            continue
        # A piece that parses is progress, not an attempt.
        attempts -= 1
        if done < opening.start():
            yield text[done : opening.start()], None
        yield text[opening.start() : end], parsed
        done = at = end
    if done < len(text) or not text:
        yield text[done:], None


def replace(text: str, before: Any, after: Any) -> str:
    """`text` is `before` as JSON; the same with what differs in `after`, and not a byte more."""
    pieces: list[str] = []
    done = 0
    for token, old, new in zip(TOKEN.finditer(text), _flat(before), _flat(after), strict=True):
        if old is new or (old == new and type(old) is type(new)):
            continue
        written = "null" if new is None else json.dumps(str(new), ensure_ascii=token.group().isascii())
        pieces += (text[done : token.start()], written)
        done = token.end()
    return "".join((*pieces, text[done:]))


def _flat(value: Any) -> Iterator[Any]:
    """Keys and scalars in the order in which they are written."""
    if isinstance(value, Pairs):
        for key, inner in value:
            yield key
            yield from _flat(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _flat(inner)
    else:
        yield value
