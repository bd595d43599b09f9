"""Looks for planted values in bytes: in every encoding, many values at once (Aho-Corasick)."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from ahocorasick_rs import BytesAhoCorasick

from tests.canary.encodings import needles
from tests.canary.values import Canary

PIECE = 8 * 1024 * 1024


class Hit(NamedTuple):
    """A value that is somewhere. Without the value itself: see the canary of that number."""

    number: int
    encoding: str
    place: str


@dataclass
class Scanner:
    """Finds any of the canaries; keeps what it has found, and how much it has looked at."""

    canaries: Sequence[Canary]
    hits: Counter[Hit] = field(default_factory=Counter[Hit])
    scanned: Counter[str] = field(default_factory=Counter[str])
    """Place → bytes looked at: nothing looked at is nothing proven."""

    def __post_init__(self) -> None:
        found = [
            (canary.number, name, data, exact) for canary in self.canaries for name, data, exact in needles(canary.text)
        ]
        # What two canaries share, such as a part of a name, says nothing of either.
        self._folded = [(number, name, data) for number, name, data, exact in found if not exact]
        self._exact = [(number, name, data) for number, name, data, exact in found if exact]
        self._automata = [BytesAhoCorasick([data for *_, data in group]) for group in (self._folded, self._exact)]
        self._longest = max((len(data) for *_, data, _ in found), default=0)

    def look(self, place: str, data: bytes) -> None:
        """`place` is what the table says, such as `topic events`."""
        self.scanned[place] += len(data)
        for start in range(0, len(data), PIECE):
            piece = data[max(0, start - self._longest) : start + PIECE]
            self._look(place, piece.lower(), 0)
            self._look(place, piece, 1)

    def _look(self, place: str, data: bytes, which: int) -> None:
        group = (self._folded, self._exact)[which]
        for index, _, _ in self._automata[which].find_matches_as_indexes(data, overlapping=True):
            number, encoding, _ = group[index]
            self.hits[Hit(number, encoding, place)] += 1

    def numbers(self) -> set[int]:
        return {hit.number for hit in self.hits}
