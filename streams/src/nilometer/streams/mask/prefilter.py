"""Which recognisers could find anything in a text: one scan for all their patterns at once.

Hyperscan looks for simpler forms of all patterns (see `approximate`) in one pass over the text; who has a hit is then
asked in earnest, by Presidio's own code. Who cannot be judged by patterns is always asked. A pattern whose score is
below the threshold counts only where one of its recogniser's context words stands somewhere in the text.
"""

import codecs
import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, NamedTuple, cast

import hyperscan
import regex
from presidio_analyzer import EntityRecognizer, PatternRecognizer
from presidio_analyzer.predefined_recognizers import IbanRecognizer, PhoneRecognizer

from nilometer.streams.mask.approximate import Unsupported, approximate

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
_JUDGED_BY_PATTERNS = (IbanRecognizer,)
_OURS = __name__.rpartition(".")[0] + "."
"""Pattern recognisers of this package, and these, may have an `analyze` of their own: they find nothing where none of
their patterns matches."""


def _high(error: UnicodeError) -> tuple[bytes, int]:
    odd = cast("UnicodeEncodeError", error)
    return b"\xff" * (odd.end - odd.start), odd.end


codecs.register_error("nilometer.high", cast("Any", _high))


class _Expression(NamedTuple):
    recognizer: int
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
        self._scanners: dict[bool, _Scanner] = {}

    def candidates(self, text: str, context: Sequence[str] = ()) -> list[EntityRecognizer]:
        """Those who could find something. `context`: words that are known to stand near the text."""
        if _ODD.search(text) is not None:
            return list(self._recognizers)
        wide = not text.isascii()
        scanner = self._scanners.get(wide)
        if scanner is None:
            scanner = self._scanners[wide] = _Scanner(self._expressions, wide)
        found = scanner.always.union(self._always)
        weak: set[int] = set()
        for expression in scanner.hits(text):
            (weak if expression.weak else found).add(expression.recognizer)
        weak -= found
        if weak:
            lower = "\n".join((text, *context)).lower()
            found.update(index for index in weak if any(word in lower for word in self._words[index]))
        return [self._recognizers[index] for index in sorted(found)]


class _Scanner:
    """One database, and who must always be asked because Hyperscan does not know one of its patterns."""

    def __init__(self, expressions: Sequence[_Expression], wide: bool) -> None:
        simpler = [(_simpler(one.pattern, wide), one.flags) for one in expressions]
        self.always: set[int] = set()
        try:
            compiled = _compiled(tuple(simpler)) if simpler else b""
        except hyperscan.error:
            pairs = list(zip(expressions, simpler, strict=True))
            self.always = {one.recognizer for one, (text, flags) in pairs if not _compiles(text, flags)}
            expressions = [one for one in expressions if one.recognizer not in self.always]
            simpler = [(_simpler(one.pattern, wide), one.flags) for one in expressions]
            compiled = _compiled(tuple(simpler)) if simpler else b""
        self._expressions = expressions
        self._database: Any = None
        if compiled:
            self._database = hyperscan.loadb(compiled, hyperscan.HS_MODE_BLOCK)
            self._database.scratch = hyperscan.Scratch(self._database)
        self._found: list[int] = []

    def hits(self, text: str) -> list[_Expression]:
        if self._database is None:
            return []
        self._found.clear()
        self._database.scan(text.encode("latin-1", "nilometer.high"), match_event_handler=self._add)
        return [self._expressions[number] for number in self._found]

    def _add(self, number: int, start: int, end: int, flags: int, context: object) -> None:
        self._found.append(number)


def _expressions(index: int, recognizer: EntityRecognizer, threshold: float) -> list[_Expression] | None:
    """None for who must always be asked."""
    if isinstance(recognizer, PhoneRecognizer):
        return [_Expression(index, _PHONE, _BASE, False)]
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
    for pattern in recognizer.patterns:
        expression = _Expression(index, pattern.regex, _BASE | known, not can_rise and pattern.score < threshold)
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


@lru_cache(maxsize=16)
def _compiled(expressions: tuple[tuple[str, int], ...]) -> bytes:
    """All of them as one database, which takes a second or two to make. Raises hyperscan.error."""
    database = hyperscan.Database()
    database.compile(
        expressions=[expression.encode() for expression, _ in expressions],
        ids=list(range(len(expressions))),
        elements=len(expressions),
        flags=[flags for _, flags in expressions],
    )
    return hyperscan.dumpb(database)


def _compiles(expression: str, flags: int) -> bool:
    try:
        _compiled(((expression, flags),))
    except hyperscan.error:
        return False
    return True
