"""Texts taken apart into words as spaCy does it, each run of characters between spaces but once.

What is kept of a run is the numbers of its words in a table, under Python's keyed hash of the run; of a word spaCy's
64-bit hashes of its features. So no text is kept.
"""

import re
from collections.abc import Callable
from itertools import chain
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from spacy.attrs import IS_SPACE  # pyright: ignore[reportAttributeAccessIssue,reportUnknownVariableType]
from spacy.tokens import Doc

KEPT_RUNS = 60_000
"""What one batch has is kept until its end, however much that is."""
KEPT_WORDS = 40_000

_RUN = re.compile(r"\S+ ?|\s+")
"""A space belongs to the word before it; what other white space there is is a word."""
LONG_RUN = re.compile(r"\S{500}")
"""Over such a run spaCy takes quadratic time."""


class _Run(NamedTuple):
    rows: tuple[int, ...]
    """Of the table, by word."""
    lengths: tuple[int, ...]
    """Characters of each word."""
    size: int
    """Characters of the run with its space."""


class Words(NamedTuple):
    """The words of one text."""

    rows: list[int]
    """Of the table, by word."""
    runs: list[_Run]

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Where the words from `start` to before `end` stand: characters."""
        at = word = 0
        first = last = 0
        for run in self.runs:
            begin = at
            for length in run.lengths:
                if word == start:
                    first = begin
                begin += length
                word += 1
                if word == end:
                    last = begin
            if word >= end:
                break
            at += run.size
        return first, last


class WordTable:
    """Serves one thread."""

    def __init__(self, make_doc: Callable[[str], Doc], columns: list[Any]) -> None:
        """`columns`: of the features, by spaCy's numbers."""
        self._make_doc = make_doc
        self._columns = columns
        self._runs: dict[int, _Run] = {}
        self._numbers: dict[bytes, int] = {}
        self._features = np.zeros((1_024, len(columns)), np.uint64)
        self._spaces = np.zeros(1_024, np.bool_)

    def __len__(self) -> int:
        return len(self._numbers)

    @property
    def features(self) -> NDArray[np.uint64]:
        """By word and column."""
        return self._features[: len(self)]

    @property
    def spaces(self) -> NDArray[np.bool_]:
        """Which words are white space."""
        return self._spaces[: len(self)]

    def trim(self) -> bool:
        """Forgets all where it is full; what was taken apart before is worth nothing then."""
        if len(self._runs) <= KEPT_RUNS and len(self) <= KEPT_WORDS:
            return False
        self._runs.clear()
        self._numbers.clear()
        return True

    def words(self, text: str) -> Words:
        if LONG_RUN.search(text) is None:
            known = self._runs
            runs = [known.get(hash(run)) or self._run(run) for run in _RUN.findall(text)]
        else:
            doc = self._make_doc(text)
            runs = [
                _Run((row,), (len(word),), len(word.text_with_ws))
                for row, word in zip(self._rows(doc), doc, strict=True)
            ]
        return Words(list(chain.from_iterable(run.rows for run in runs)), runs)

    def _run(self, run: str) -> _Run:
        doc = self._make_doc(run)
        made = self._runs[hash(run)] = _Run(tuple(self._rows(doc)), tuple(map(len, doc)), len(run))
        return made

    def _rows(self, doc: Doc) -> list[int]:
        features = doc.to_array(self._columns).astype(np.uint64).reshape(len(doc), -1)
        spaces = doc.to_array(IS_SPACE).astype(np.bool_)
        return [self._row(*word) for word in zip(features, spaces, strict=True)]

    def _row(self, features: NDArray[np.uint64], space: np.bool_) -> int:
        name = features.tobytes()
        row = self._numbers.get(name)
        if row is None:
            row = self._numbers[name] = len(self._numbers)
            if row == len(self._features):
                self._features = np.concatenate([self._features, np.zeros_like(self._features)])
                self._spaces = np.concatenate([self._spaces, np.zeros_like(self._spaces)])
            self._features[row], self._spaces[row] = features, space
        return row
