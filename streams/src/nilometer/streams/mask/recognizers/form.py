"""How our recognisers are made: Presidio pattern recognisers that keep upper and lower case apart."""

from abc import abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache

import regex
from presidio_analyzer import AnalysisExplanation, Pattern, PatternRecognizer, RecognizerResult
from presidio_analyzer.nlp_engine import NlpArtifacts

from nilometer.streams.mask import kinds
from nilometer.streams.mask.errors import MaskError
from nilometer.streams.mask.forms import Form
from nilometer.streams.mask.limits import CLOCK

CHECKED = 1.0
CERTAIN = 0.95
LIKELY = 0.7
GUESS = 0.5
ABOVE_MODEL = 0.9
"""The model's claims are 0.85, and Presidio drops what lies within a surer claim of the same kind, however long that is."""

Span = tuple[int, int]
TAG_END = rf"(?<=[\p{{L}}_\"'])(?<!<(?:{'|'.join(kinds.KNOWN)}))>"
"""The end of a tag with a value behind it: `<ssn>…`, `<input name="ssn">…`; not that of a placeholder."""


class Selective(PatternRecognizer):
    """One that may be asked for some of its patterns only: those that match somewhere in the text."""

    def analyze(
        self,
        text: str,
        entities: list[str],
        nlp_artifacts: NlpArtifacts | None = None,
        regex_flags: int | None = None,
    ) -> list[RecognizerResult]:
        return self.analyze_by(self.patterns, text, entities)

    @abstractmethod
    def analyze_by(self, patterns: Sequence[Pattern], text: str, entities: Sequence[str]) -> list[RecognizerResult]:
        """The same by some of its patterns, in their order; the others match nowhere."""


class ByForm(Selective):
    """Finds what has a form of its own. The group `value` of a pattern, where there is one, is what is found; what
    stands before it needs no look-behind then."""

    def __init__(
        self,
        name: str,
        kind: str,
        patterns: Mapping[str, tuple[str, float]],
        check: Callable[[str], bool] | None = None,
        context: Sequence[str] = (),
    ) -> None:
        super().__init__(
            supported_entity=kind,
            name=name,
            patterns=[Pattern(label, form, score) for label, (form, score) in patterns.items()],
            context=list(context),
            global_regex_flags=regex.MULTILINE,
        )
        self._check = check

    def analyze_by(self, patterns: Sequence[Pattern], text: str, entities: Sequence[str]) -> list[RecognizerResult]:
        found: list[RecognizerResult] = []
        for pattern in patterns:
            name = f"{self.name}: {pattern.name}" if len(self.patterns) > 1 else self.name
            found += [
                result(self, self.supported_entities[0], span, pattern.score, name)
                for span in spans(compiled(str(pattern.regex)), text)
                if span[0] < span[1] and (self._check is None or self._check(text[slice(*span)]))
            ]
        return found


@lru_cache(maxsize=1_000)
def compiled(expression: str) -> regex.Pattern[str]:
    return regex.compile(expression, regex.MULTILINE)


def matches(expression: regex.Pattern[str], text: str) -> Iterable[regex.Match[str]]:
    """Raises MaskError where it takes too long."""
    try:
        yield from expression.finditer(text, timeout=float(CLOCK))
    except TimeoutError:
        raise MaskError("time_out", "a pattern took too long on one text") from None


def spans(expression: regex.Pattern[str], text: str) -> Iterator[Span]:
    """Of all matches, or of their groups `value`. Raises MaskError where it takes too long."""
    group = "value" if "value" in expression.groupindex else 0
    return (match.span(group) for match in matches(expression, text))


def result(
    recognizer: PatternRecognizer, kind: str, span: Span, score: float, name: str | None = None
) -> RecognizerResult:
    return RecognizerResult(
        kind,
        *span,
        score,
        AnalysisExplanation(recognizer.name, score),
        {
            RecognizerResult.RECOGNIZER_NAME_KEY: name or recognizer.name,
            RecognizerResult.RECOGNIZER_IDENTIFIER_KEY: recognizer.id,
        },
    )


def words(labels: str) -> str:
    """Labels as a pattern: their words apart by a space, a dash, an underscore or nothing."""
    phrases = sorted({phrase.strip() for phrase in labels.split("|") if phrase.strip()}, key=lambda p: (-len(p), p))
    return "|".join(regex.escape(phrase).replace(r"\ ", r"[ _.-]{0,2}") for phrase in phrases)


def bare_recognizers(forms: Sequence[Form]) -> list[PatternRecognizer]:
    """One recogniser for each form that is looked for where nothing names it."""
    return [
        ByForm(
            "".join(word.capitalize() for word in form.kind.split("_")) + "Recognizer",
            form.kind,
            {"form": (edged(form.bare), form.score)},
            form.holds,
        )
        for form in forms
        if form.bare is not None
    ]


def edged(form: str) -> str:
    """Not in the middle of a longer word or number."""
    return rf"(?<![\p{{L}}\p{{N}}_])(?<!\p{{N}}[.-])(?<!\p{{N}},(?=\p{{N}}{{3}}(?:,\p{{N}}|(?![\p{{N}} -]))))(?:{form})(?![\p{{L}}\p{{N}}_]|[.-]\p{{N}}|(?<=(?<!\p{{N}})\p{{N}}{{1,3}}),\p{{N}}{{3}}(?!\p{{N}}))"
