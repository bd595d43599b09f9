"""Text that is split over neighbours: parts of a message, messages, streamed chunks, numbered attributes.

Two cases. A *stream* is one text in small pieces, cut anywhere: it is read as a whole, and where something is found in
it the first piece becomes the masked text and the others nothing. Other neighbours are texts of their own; only what
lies across a seam between two of them is sought there.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
from typing import Any, NamedTuple, cast

from spacy.lang.en.stop_words import STOP_WORDS

from nilometer.streams.mask import base64_text, kinds, media
from nilometer.streams.mask.json_text import Number, Pairs

SEAM = 200
"""Characters on either side of a seam that are looked at; no value is longer, but for keys that are found in halves."""
MAX_PIECE = 200
"""Pieces of a stream are shorter, on average."""
MAX_STREAM = 100_000
"""Characters of a stream that are read as one."""

_PROSE = frozenset(
    {
        *("content", "text", "delta", "deltas", "chunk", "chunks", "token", "tokens", "piece", "pieces", "value"),
        *("data", "message", "body", "arguments", "partial_json", "reasoning", "thinking", "output"),
    }
)
"""Keys of what somebody said."""
TOKENS = frozenset({"EMAIL_ADDRESS", "IBAN_CODE", "CRYPTO", *kinds.SECRETS})
"""What two words that stand side by side, such as two dates of a list, are not taken for by accident."""
TOKEN_LENGTH = 24
"""Of two halves of a key; shorter ones are no key."""
MAX_DEPTH = 12
"""Deeper strings are not put together."""
Place = tuple[str | int, ...]
_Gathered = dict[tuple[str | int, ...], tuple[list[Place], list[str]]]
"""By turn and keys: places and strings."""

_OPEN_END = re.compile(r"[\w@._+/:=,%&\\(-]\s?\Z")
_OPEN_START = re.compile(r"\s?[\w@._+/:=%&\\(-]")
_NUMBER = re.compile(r"(?<![^.\[])\d{1,6}(?![^.\]])")


@dataclass
class Series:
    """Strings that stand under the same key in neighbouring values, in order; of messages only one speaker's."""

    key: str
    places: list[Place]
    texts: list[str]


def series_in(items: Sequence[Any]) -> list[Series]:
    """The series of two and more strings in the items of a list."""
    found: _Gathered = {}
    for turn, (speaker, group) in enumerate(groupby(enumerate(items), key=lambda pair: _speaker(pair[1]))):
        said = list(group)
        if speaker is not None and len(said) == 1 and _is_plain(said[0][1]):
            continue
        for index, item in said:
            _gather(item, (turn,), (index,), found)
    series = (Series(_last(names), *strings) for names, strings in found.items() if len(strings[0]) > 1)
    return [part for one in series for part in _parted(one)]


def _parted(series: Series) -> Iterator[Series]:
    """Without what is a text of its own in base64, which would not be read any more within another; but pieces of
    base64 that stand side by side may be one."""
    alone = [len(text) >= base64_text.MIN_LENGTH and base64_text.decoded(text) is not None for text in series.texts]
    if not any(alone):
        yield series
        return
    if alone[-2] and _is_encoded(series.texts[-1]):
        # The last piece of a stream may be short.
        alone[-1] = True
    for whole, group in groupby(range(len(alone)), key=alone.__getitem__):
        places = list(group)
        part = Series(series.key, [series.places[at] for at in places], [series.texts[at] for at in places])
        if len(places) > 1 and (not whole or is_stream(part.texts)):
            yield part


def _speaker(item: Any) -> Any:
    """The role of a message; None of what is none."""
    if isinstance(item, Pairs):
        return next((value for key, value in item if key == "role"), None)
    return cast("Mapping[str, Any]", item).get("role") if isinstance(item, Mapping) else None


def _is_plain(message: Any) -> bool:
    """Whether a message has one part only, as most have."""
    parts = cast("Mapping[str, Any]", message).get("parts") if isinstance(message, Mapping) else None
    return isinstance(parts, list) and len(cast("list[Any]", parts)) < 2


def numbered(pairs: Sequence[tuple[str, Any]]) -> list[Series]:
    """Series of strings whose keys differ in a number only, as `chunk.0`, `chunk.1` do; places are indices of pairs."""
    found: dict[str, list[tuple[tuple[int, ...], int]]] = {}
    for index, (key, value) in enumerate(pairs):
        if isinstance(value, str) and value and _NUMBER.search(key):
            order = tuple(int(number) for number in _NUMBER.findall(key))
            found.setdefault(_NUMBER.sub("#", key), []).append((order, index))
    return [
        Series(key.rpartition(".")[2], [(index,) for _, index in sorted(many)], [pairs[i][1] for _, i in sorted(many)])
        for key, many in found.items()
        if len(many) > 1
    ]


def is_stream(texts: Sequence[str]) -> bool:
    """Whether pieces are one text, cut anywhere: small ones with the spaces between words at their ends, or base64."""
    size = sum(map(len, texts))
    if size > min(MAX_STREAM, MAX_PIECE * len(texts)):
        return False
    if any(text != text.rstrip() for text in texts[:-1]) or any(text != text.lstrip() for text in texts[1:]):
        return True
    return size > 40 and all(map(_is_encoded, texts)) and base64_text.decoded("".join(texts)) is not None


class Seam(NamedTuple):
    """Of the joined texts a stretch in which a value may lie across the seam."""

    start: int
    at: int
    end: int
    anything: bool
    """Whether any value may; else only one of the kinds `TOKENS`."""


def seams(series: Series) -> Iterator[Seam]:
    """Where a value may be cut, as far as the ends of the pieces tell."""
    at = 0
    total = sum(map(len, series.texts))
    prose = series.key.lower() in _PROSE
    for left, right in pairwise(series.texts):
        at += len(left)
        if _OPEN_END.search(left[-3:]) and _OPEN_START.match(right[:3]):
            anything = prose or " " in left or " " in right
            if anything or "@" in left + right or len(left) + len(right) >= TOKEN_LENGTH:
                yield Seam(max(0, at - SEAM), at, min(total, at + SEAM), anything)


def is_word(part: str) -> bool:
    """Whether a part of a value is rather a word of the text beside it: a common one, or the end of base64."""
    return part.lower() in STOP_WORDS or part.endswith("=")


def shares(texts: Sequence[str], start: int, end: int) -> Iterator[tuple[int, int, int]]:
    """Which parts of which texts lie from `start` to `end` of the joined texts: index, start and end in that text."""
    at = 0
    for index, text in enumerate(texts):
        left, at = at, at + len(text)
        if left < end and at > start:
            yield index, max(0, start - left), min(len(text), end - left)


def replaced(value: Any, place: Place, text: str) -> Any:
    """The same value with another string at a place."""
    if not place:
        return text
    step, rest = place[0], place[1:]
    if isinstance(value, Mapping):
        mapping = cast("Mapping[str, Any]", value)
        return {key: replaced(inner, rest, text) if key == step else inner for key, inner in mapping.items()}
    if isinstance(value, Pairs):
        return Pairs(
            (key, replaced(inner, rest, text) if at == step else inner) for at, (key, inner) in enumerate(value)
        )
    items = cast("Sequence[Any]", value)
    return [replaced(inner, rest, text) if at == step else inner for at, inner in enumerate(items)]


def _last(names: tuple[str | int, ...]) -> str:
    """The last key that has a name."""
    return str(next((name for name in reversed(names[1:]) if name), ""))


def _gather(value: Any, names: tuple[str | int, ...], place: Place, found: _Gathered) -> None:
    """Adds the strings below a value to the series of the keys that lead to each."""
    if isinstance(value, str):
        if value and not isinstance(value, Number):
            strings = found.get(names)
            if strings is None:
                strings = found[names] = [], []
            strings[0].append(place)
            strings[1].append(value)
    elif len(place) >= MAX_DEPTH:
        return
    elif isinstance(value, Mapping):
        node = cast("Mapping[str, Any]", value)
        for key, inner in node.items():
            if not media.is_content(key, inner, node, names):
                _gather(inner, (*names, key), (*place, key), found)
    elif isinstance(value, Pairs):
        node = dict(value)
        for index, (key, inner) in enumerate(value):
            if not media.is_content(key, inner, node, names):
                _gather(inner, (*names, key), (*place, index), found)
    elif isinstance(value, list | tuple):
        for index, inner in enumerate(cast("Sequence[Any]", value)):
            _gather(inner, names, (*place, index), found)


def _is_encoded(text: str) -> bool:
    return bool(re.fullmatch(r"[A-Za-z0-9+/_-]+={0,2}", text))
