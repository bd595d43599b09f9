"""Values whose label comes after them: `453480501 is my passport number`, `the customer gave 380258086 as SSN`."""

from collections.abc import Sequence

import regex
from presidio_analyzer import Pattern, RecognizerResult

from nilometer.streams.mask.forms import Form, label_key
from nilometer.streams.mask.limits import CLOCK
from nilometer.streams.mask.recognizers.form import CERTAIN, LIKELY, Selective, compiled, matches, result, words
from nilometer.streams.mask.recognizers.labelled import PASSPORTS

WINDOW = 44
"""Characters before the label in which its value stands."""
_LINK = r"(?P<end>\d\p{L}{0,3})[\"'*`)\]]{0,3},?[ ](?:is|was|as|for|being)[ ]"
_WHOSE = r"(?:(?i:the|my|his|her|their|your|our|a|an|right|correct|new|old|current|valid|customer['’]s|patient['’]s|user['’]s)[ ]){0,3}"


class BackwardsRecognizer(Selective):
    """The labels of the forms behind `is`, `was`, `as` or `for`, and before these a value as it must be written."""

    def __init__(self, forms: Sequence[Form]) -> None:
        self._forms: dict[str, list[tuple[Form, regex.Pattern[str]]]] = {}
        for form in forms:
            expression = compiled(rf"(?<![\p{{L}}\p{{N}}.-])(?P<value>{form.value})$")
            for phrase in form.labels.split("|"):
                self._forms.setdefault(label_key(phrase), []).append((form, expression))
        labels = words("|".join(form.labels for form in forms))
        self._labels = compiled(rf"{_LINK}{_WHOSE}(?P<label>(?i:{labels}))(?![\p{{L}}\p{{N}}_])")
        super().__init__(
            supported_entity=forms[0].kind,
            name="BackwardsRecognizer",
            # Without the labels: a scan for all of them would cost more than it spares.
            patterns=[Pattern("end of a value, and a link", rf"{_LINK}\p{{L}}", CERTAIN)],
            context=[],
            global_regex_flags=regex.MULTILINE,
        )
        self.supported_entities = sorted({form.kind for form in forms} | PASSPORTS)

    def analyze_by(self, patterns: Sequence[Pattern], text: str, entities: Sequence[str]) -> list[RecognizerResult]:
        found: list[RecognizerResult] = []
        for label in matches(self._labels, text):
            offset = max(0, label.end("end") - WINDOW, text.rfind("\n", 0, label.start()) + 1)
            before = text[offset : label.end("end")]
            best: RecognizerResult | None = None
            for form, expression in self._forms[label_key(label["label"])]:
                match = expression.search(before, timeout=float(CLOCK))
                if match is None or not any(char.isdigit() for char in match["value"]):
                    continue
                holds = form.holds(match["value"])
                score = LIKELY if form.check is None or not holds else CERTAIN
                if (holds or not form.strict) and (best is None or score > best.score):
                    start, end = match.span("value")
                    best = result(self, form.named(match["value"]), (offset + start, offset + end), score)
            if best is not None and best.entity_type in entities:
                found.append(best)
        return found
