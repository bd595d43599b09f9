"""Values that a label names: `my SSN is 536-90-4399`, `passport_no=K1234567`, `MRN #00123`.

The labels of a form are one pattern; what stands behind each is matched in place.
"""

from collections.abc import Iterator, Sequence

import regex
from presidio_analyzer import Pattern, RecognizerResult

from nilometer.streams.mask.forms import Form, label_key
from nilometer.streams.mask.limits import CLOCK
from nilometer.streams.mask.recognizers.form import (
    CERTAIN,
    GUESS,
    LIKELY,
    TAG_END,
    Selective,
    Span,
    compiled,
    result,
    spans,
    words,
)

NAME = "LabelRecognizer"
PASSPORTS = frozenset({"US_PASSPORT", "UK_PASSPORT", "ES_PASSPORT", "DE_PASSPORT", "IN_PASSPORT", "IT_PASSPORT"})
_EDGE = r"(?:(?<![\p{L}\p{N}])|(?<=\p{Ll})(?=\p{Lu}))"
_BETWEEN = rf"(?:[^\d\n<>;|]|(?<=[:=*-])\n[ ]*|{TAG_END}(?=[\p{{L}}\d])|(?<=[\p{{L}}.*_`][ ]?)\|(?=[ ]?[\p{{L}}\d]))"
"""On the same line, or the next one after a colon; over the end of a tag, or into the next cell; never over a number or
a placeholder."""


class LabelRecognizer(Selective):
    """One recogniser for many kinds; of two labels before a value the nearer one names it."""

    def __init__(self, forms: Sequence[Form]) -> None:
        self._forms: dict[str, list[tuple[Form, regex.Pattern[str]]]] = {}
        for form in forms:
            expression = compiled(
                rf"{_BETWEEN}{{0,{form.near}}}?(?<![\p{{L}}\p{{N}}])(?P<value>{form.value})(?![\p{{L}}\p{{N}}])"
            )
            for phrase in form.labels.split("|"):
                self._forms.setdefault(label_key(phrase), []).append((form, expression))
        super().__init__(
            supported_entity=forms[0].kind,
            name=NAME,
            patterns=[
                Pattern(f"labels of {form.kind}", rf"{_EDGE}(?i:{words(form.labels)})s?(?!\p{{Ll}})", CERTAIN)
                for form in forms
                if form.labels
            ],
            context=[],
        )
        self.supported_entities = sorted({form.kind for form in forms} | PASSPORTS)
        self.global_regex_flags = regex.MULTILINE

    def analyze_by(self, patterns: Sequence[Pattern], text: str, entities: Sequence[str]) -> list[RecognizerResult]:
        found: dict[Span, RecognizerResult] = {}
        for start, end in _labels(patterns, text):
            best: dict[Span, RecognizerResult] = {}
            name = label_key(text[start:end])
            for form, expression in self._forms.get(name) or self._forms.get(name.removesuffix("s"), ()):
                match = expression.match(text, end, timeout=float(CLOCK))
                if match is None:
                    continue
                value, span = match["value"], match.span("value")
                holds = form.holds(value)
                score = LIKELY if form.check is None else CERTAIN if holds else GUESS
                if (holds or not form.strict) and (span not in best or score > best[span].score):
                    best[span] = result(self, form.named(value), span, score)
            for span, one in best.items():
                # A later label is nearer.
                if span not in found or one.score >= found[span].score:
                    found[span] = one
        return [one for one in found.values() if one.entity_type in entities]


def _labels(patterns: Sequence[Pattern], text: str) -> Iterator[Span]:
    """Where labels stand; of those that overlap the first and longest."""
    done = 0
    every = {span for pattern in patterns for span in spans(compiled(str(pattern.regex)), text)}
    for start, end in sorted(every, key=lambda span: (span[0], -span[1])):
        if start >= done:
            yield start, end
            done = end
