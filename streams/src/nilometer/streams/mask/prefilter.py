"""Which recognisers could find anything in a text, and by which patterns: one scan for all of them at once.

Hyperscan looks for simpler forms of all patterns (see `approximate`) in one pass over the text; who has a hit is then
asked in earnest, by Presidio's own code; a `Selective` one only for the patterns that were hit. Who cannot be judged by
patterns is always asked. A pattern whose score is below the threshold counts only where one of its recogniser's context
words stands somewhere in the text.
"""

import codecs
import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, NamedTuple, cast

import hyperscan
import regex
from presidio_analyzer import EntityRecognizer, Pattern, PatternRecognizer
from presidio_analyzer.predefined_recognizers import IbanRecognizer, PhoneRecognizer

from nilometer.streams.mask.approximate import Unsupported, approximate
from nilometer.streams.mask.database import database, opened

_BASE = hyperscan.HS_FLAG_PREFILTER | hyperscan.HS_FLAG_SINGLEMATCH
_FLAGS = {
    regex.IGNORECASE: hyperscan.HS_FLAG_CASELESS,
    regex.DOTALL: hyperscan.HS_FLAG_DOTALL,
    regex.MULTILINE: hyperscan.HS_FLAG_MULTILINE,
}
_ODD = re.compile("[\u0130\u0131\u017f\u03a3\u03c2\u212a]")
"""Letters whose other case is ASCII, or depends on what follows: texts that hold them are not judged beforehand."""
_PHONE = r"\d(?:[^\n0-9A-WYZa-wyz]{0,4}\d){3,}"
"""Four digits with up to four signs between two of them: no number of the regions that are looked for has fewer."""
DATABASE_PATTERNS = 48
"""Compiled together: 340 in one database took 11 s to compile, in seven 4 s, and scanning took 1.3 times as long."""
_JUDGED_BY_PATTERNS = (IbanRecognizer,)
_OURS = __name__.rpartition(".")[0] + "."
"""Pattern recognisers of this package, and these, may have an `analyze` of their own: they find nothing where none of
their patterns matches."""


def _high(error: UnicodeError) -> tuple[bytes, int]:
    odd = cast("UnicodeEncodeError", error)
    return b"\xff" * (odd.end - odd.start), odd.end


codecs.register_error("nilometer.high", cast("Any", _high))


class Candidate(NamedTuple):
    """Who could find something."""

    recognizer: EntityRecognizer
    patterns: list[Pattern]
    """Those of its patterns that could match, in their order; all where that cannot be told."""


class _Expression(NamedTuple):
    recognizer: int
    number: int
    """Of the pattern among those of its recogniser."""
    pattern: str
    flags: int
    weak: bool
    """Counts only with a context word."""


class Prefilter:
    """Serves one thread. `recognizers` are asked for in the order in which they are given."""

    def __init__(self, recognizers: Sequence[EntityRecognizer], threshold: float) -> None:
        self._recognizers = recognizers
        self._always: list[int] = []
        self._expressions: list[_Expression] = []
        for index, recognizer in enumerate(recognizers):
            expressions = _expressions(index, recognizer, threshold)
            if expressions is None:
                self._always.append(index)
            else:
                self._expressions += expressions
        self._words = [tuple(word.lower() for word in recognizer.context or ()) for recognizer in recognizers]
        self._patterns: list[list[Pattern]] = [list(getattr(one, "patterns", ())) for one in recognizers]
        self._scanners: dict[bool, _Scanner] = {}

    def candidates(self, text: str, context: Sequence[str] = ()) -> list[Candidate]:
        """Those who could find something. `context`: words that are known to stand near the text."""
        if _ODD.search(text) is not None:
            return [self._whole(index) for index in range(len(self._recognizers))]
        wide = not text.isascii()
        scanner = self._scanners.get(wide)
        if scanner is None:
            scanner = self._scanners[wide] = _Scanner(self._expressions, wide)
        found: dict[int, set[int]] = {}
        strong: set[int] = set()
        for expression in scanner.hits(text):
            found.setdefault(expression.recognizer, set()).add(expression.number)
            if not expression.weak:
                strong.add(expression.recognizer)
        weak = found.keys() - strong
        if weak:
            lower = "\n".join((text, *context)).lower()
            strong.update(index for index in weak if any(word in lower for word in self._words[index]))
        whole = scanner.always.union(self._always)
        return [
            self._whole(index)
            if index in whole
            else Candidate(self._recognizers[index], [self._patterns[index][number] for number in sorted(found[index])])
            for index in sorted(strong | whole)
        ]

    def _whole(self, index: int) -> Candidate:
        return Candidate(self._recognizers[index], self._patterns[index])


class _Scanner:
    """Databases of all patterns, and who must always be asked because Hyperscan does not know one of its patterns."""

    def __init__(self, expressions: Sequence[_Expression], wide: bool) -> None:
        parts = -(-len(expressions) // DATABASE_PATTERNS)
        self._parts = [_Part(expressions[part::parts], wide) for part in range(parts)]
        self.always: frozenset[int] = frozenset[int]().union(*(part.unknown for part in self._parts))

    def hits(self, text: str) -> list[_Expression]:
        data = text.encode("latin-1", "nilometer.high")
        return [expression for part in self._parts for expression in part.hits(data)]


class _Part:
    def __init__(self, expressions: Sequence[_Expression], wide: bool) -> None:
        simpler = [(_simpler(one.pattern, wide), one.flags) for one in expressions]
        self.unknown: set[int] = set()
        try:
            compiled = database(tuple(simpler))
        except hyperscan.error:
            pairs = list(zip(expressions, simpler, strict=True))
            self.unknown = {one.recognizer for one, (text, flags) in pairs if not _compiles(text, flags)}
            expressions = [one for one in expressions if one.recognizer not in self.unknown]
            simpler = [(_simpler(one.pattern, wide), one.flags) for one in expressions]
            compiled = database(tuple(simpler)) if simpler else b""
        self._expressions = expressions
        self._database: Any = opened(compiled) if compiled else None
        self._found: list[int] = []

    def hits(self, data: bytes) -> list[_Expression]:
        if self._database is None:
            return []
        self._found.clear()
        self._database.scan(data, match_event_handler=self._add)
        return [self._expressions[number] for number in self._found]

    def _add(self, number: int, start: int, end: int, flags: int, context: object) -> None:
        self._found.append(number)


def _expressions(index: int, recognizer: EntityRecognizer, threshold: float) -> list[_Expression] | None:
    """None for who must always be asked."""
    if isinstance(recognizer, PhoneRecognizer):
        return [_Expression(index, 0, _PHONE, _BASE, False)]
    if not isinstance(recognizer, PatternRecognizer):
        return None
    kind = type(recognizer)
    own = kind.analyze is not PatternRecognizer.analyze
    if own and kind not in _JUDGED_BY_PATTERNS and not kind.__module__.startswith(_OURS):
        return None
    can_rise = (
        own
        or kind.validate_result is not PatternRecognizer.validate_result
        or kind.enhance_using_context is not EntityRecognizer.enhance_using_context
    )
    flags = recognizer.global_regex_flags or 0
    known = sum(ours for theirs, ours in _FLAGS.items() if flags & theirs)
    if flags & ~sum(_FLAGS) & ~regex.UNICODE:
        return None
    found: list[_Expression] = []
    for number, pattern in enumerate(recognizer.patterns):
        expression = _Expression(
            index, number, pattern.regex, _BASE | known, not can_rise and pattern.score < threshold
        )
        try:
            for wide in (False, True):
                _simpler(pattern.regex, wide)
        except Unsupported:
            return None
        found.append(expression)
    return found


@lru_cache(maxsize=4_096)
def _simpler(pattern: str, wide: bool) -> str:
    return approximate(pattern, wide=wide)


def _compiles(expression: str, flags: int) -> bool:
    try:
        database(((expression, flags),))
    except hyperscan.error:
        return False
    return True
