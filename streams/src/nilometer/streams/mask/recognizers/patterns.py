"""How our recognisers are made: Presidio's pattern recogniser with flags that keep upper and lower case apart."""

from collections.abc import Mapping, Sequence

import regex
from presidio_analyzer import EntityRecognizer, Pattern, PatternRecognizer

CERTAIN = 0.9
LIKELY = 0.6
WEAK = 0.2
"""Below any sensible threshold: such a match needs a context word near it."""


def recognizer(
    name: str, kind: str, patterns: Mapping[str, tuple[str, float]], context: Sequence[str] = ()
) -> EntityRecognizer:
    """`patterns`: name → (regular expression of the `regex` module, score)."""
    return PatternRecognizer(
        supported_entity=kind,
        name=name,
        patterns=[Pattern(label, expression, score) for label, (expression, score) in patterns.items()],
        context=list(context),
        global_regex_flags=regex.MULTILINE,
    )
