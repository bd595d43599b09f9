"""Values that a label names: `my SSN is 536-90-4399`, `passport_no=K1234567`, `MRN #00123`.

All labels are one pattern, read once; what stands behind each is matched in place.
"""

from collections.abc import Sequence

import regex
from presidio_analyzer import Pattern, PatternRecognizer, RecognizerResult
from presidio_analyzer.nlp_engine import NlpArtifacts

from nilometer.streams.mask.forms import Form, label_key
from nilometer.streams.mask.limits import CLOCK
from nilometer.streams.mask.recognizers.form import (
    CERTAIN,
    GUESS,
    LIKELY,
    compiled,
    matches,
    result,
    words,
)

NAME = "LabelRecognizer"
PASSPORTS = frozenset({"US_PASSPORT", "UK_PASSPORT", "ES_PASSPORT", "DE_PASSPORT", "IN_PASSPORT"})
_EDGE = r"(?:(?<![\p{L}\p{N}])|(?<=\p{Ll})(?=\p{Lu}))"
_BETWEEN = r"(?:[^\d\n<>;|]|(?<=[:=*-])\n[ ]*)"
"""On the same line, or the next one after a colon; never over a number or a placeholder."""


class LabelRecognizer(PatternRecognizer):
    """One recogniser for many kinds; of two labels before a value the nearer one names it."""

    def __init__(self, forms: Sequence[Form]) -> None:
        self._forms: dict[str, list[tuple[Form, regex.Pattern[str]]]] = {}
        for form in forms:
            expression = compiled(
                rf"{_BETWEEN}{{0,{form.near}}}?(?<![\p{{L}}\p{{N}}])(?P<value>{form.value})(?![\p{{L}}\p{{N}}])"
            )
            for phrase in form.labels.split("|"):
                self._forms.setdefault(label_key(phrase), []).append((form, expression))
        labels = words("|".join(form.labels for form in forms))
        self._labels = compiled(rf"{_EDGE}(?i:{labels})s?(?!\p{{Ll}})")
        super().__init__(
            supported_entity=forms[0].kind,
            name=NAME,
            patterns=[Pattern("labels", self._labels.pattern, CERTAIN)],
            context=[],
        )
        self.supported_entities = sorted({form.kind for form in forms} | PASSPORTS)
        self.global_regex_flags = regex.MULTILINE

    def analyze(
        self,
        text: str,
        entities: list[str],
        nlp_artifacts: NlpArtifacts | None = None,
        regex_flags: int | None = None,
    ) -> list[RecognizerResult]:
        found: dict[tuple[int, int], RecognizerResult] = {}
        for label in matches(self._labels, text):
            best: dict[tuple[int, int], RecognizerResult] = {}
            name = label_key(label.group())
            for form, expression in self._forms.get(name) or self._forms.get(name.removesuffix("s"), ()):
                match = expression.match(text, label.end(), timeout=float(CLOCK))
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
