"""Strings that know where in an input their characters stood: also when they come out of JSON, escapes and all, and
when parts of them have been replaced."""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Self, SupportsIndex, cast

from nilometer.streams.mask import json_text
from nilometer.streams.mask.json_text import Number, Pairs
from nilometer.streams.mask.walk import Pieces

_ESCAPE = re.compile(r"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|\\u[0-9a-fA-F]{4}|\\.|.", re.DOTALL)


class Located(str):
    """A string, and for each of its code points where the input has it: from `starts` to before `ends`."""

    __slots__ = ("ends", "starts")
    starts: Sequence[int]
    ends: Sequence[int]

    @classmethod
    def at(cls, text: str, starts: Sequence[int], ends: Sequence[int]) -> Self:
        new = cls(text)
        new.starts, new.ends = starts, ends
        return new

    @classmethod
    def whole(cls, text: str) -> Self:
        """The input itself."""
        return cls.at(text, range(len(text)), range(1, len(text) + 1))

    def __str__(self) -> str:
        return self

    def __getitem__(self, key: SupportsIndex | slice) -> str:
        part = super().__getitem__(key)
        return type(self).at(part, self.starts[key], self.ends[key]) if isinstance(key, slice) else part

    def place(self, start: int = 0, end: int | None = None) -> tuple[int, int]:
        """Where the input has these characters of it; there must be one."""
        return self.starts[start], self.ends[len(self) - 1 if end is None else end - 1]

    def spliced(self, changes: Iterable[tuple[int, int, str]]) -> "Located":
        """The same with some parts, in order, replaced; what replaces a part stands where all of it stood."""
        out: list[str] = []
        starts: list[int] = []
        ends: list[int] = []
        done = 0
        for start, end, new in (*changes, (len(self), len(self), "")):
            out += (str.__getitem__(self, slice(done, start)), new)
            starts += self.starts[done:start]
            ends += self.ends[done:start]
            if new:
                first, last = self.place(start, end)
                starts += [first] * len(new)
                ends += [last] * len(new)
            done = end
        return Located.at("".join(out), starts, ends)


class LocatedNumber(Number, Located):
    """The same of a number."""

    __slots__ = ()


class LocatedPieces(Pieces):
    """Takes located strings apart into located ones."""

    def of(self, text: str) -> list[tuple[str, Any]]:
        if not isinstance(text, Located):
            return super().of(text)
        out: list[tuple[str, Any]] = []
        done = 0
        for piece, parsed in super().of(text):
            part = cast("Located", text[done : done + len(piece)])
            out.append((part, None if parsed is None else _located(parsed, _tokens(part))))
            done += len(piece)
        return out


def _tokens(piece: Located) -> Iterator[Located]:
    for match in json_text.TOKEN.finditer(piece):
        token = cast("Located", piece[match.start() : match.end()])
        yield cast("Located", token[1:-1]) if token.startswith('"') else token


def _located(value: Any, tokens: Iterator[Located]) -> Any:
    """The same value with located strings; `tokens` are its keys and scalars as they are written, in order."""
    if isinstance(value, Pairs):
        return Pairs((_located(key, tokens), _located(inner, tokens)) for key, inner in value)
    if isinstance(value, list):
        return [_located(inner, tokens) for inner in cast("list[Any]", value)]
    token = next(tokens)
    if isinstance(value, Number):
        return LocatedNumber.at(value, token.starts, token.ends)
    if not isinstance(value, str) or "\\" not in token:
        return token if isinstance(value, str) else value
    spans = [match.span() for match in _ESCAPE.finditer(token)]
    return Located.at(value, [token.starts[start] for start, _ in spans], [token.ends[end - 1] for _, end in spans])
