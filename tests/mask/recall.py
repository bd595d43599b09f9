"""Recall and precision by kind on the labelled sets, ours beside plain Presidio.

`uv run python -m tests.mask.recall [made|heldout|fresh] [--each N] [--people N] [--seed N] [--misses KIND]`
"""

import argparse
import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import tldextract
from presidio_analyzer import AnalyzerEngine, PatternRecognizer, RecognizerRegistry, predefined_recognizers

from nilometer.schemas.span import MaskedSpan
from nilometer.streams.mask import Masker, kinds
from nilometer.streams.mask.limits import CLOCK, MAX_SECONDS
from nilometer.streams.mask.nlp import InstalledSpacyEngine
from tests.mask.events import make_masker, span
from tests.mask.labelled import fresh, heldout, made
from tests.mask.labelled.sample import Sample, Truth
from tests.mask.labelled.values import KINDS

THRESHOLD = 0.35
ACCEPTED: dict[str, frozenset[str]] = {kind.name: kind.names for kind in KINDS}
_SETS = {"made": made.samples, "heldout": heldout.samples, "fresh": fresh.samples}


@dataclass(frozen=True)
class Found:
    start: int
    end: int
    kind: str


@dataclass
class Score:
    """Of one kind: how many there are, how many are covered wholly, in part, and how the claims stand."""

    n: int = 0
    whole: int = 0
    part: int = 0
    right: int = 0
    wrong: int = 0

    @property
    def recall(self) -> float:
        return self.whole / self.n if self.n else 1.0

    @property
    def precision(self) -> float:
        claims = self.right + self.wrong
        return self.right / claims if claims else 1.0


@dataclass
class Report:
    scores: dict[str, Score] = field(default_factory=dict[str, Score])
    misses: list[tuple[str, str, str]] = field(default_factory=list[tuple[str, str, str]])
    """Kind, what is wrong, the text around."""

    def of(self, kind: str) -> Score:
        return self.scores.setdefault(kind, Score())


def ours(masker: Masker, samples: Sequence[Sample]) -> list[list[Found]]:
    """What the masker takes out of each text, as an error message: through the door that everything takes."""
    out: list[list[Found]] = []
    for start in range(0, len(samples), 200):
        part = samples[start : start + 200]
        for sample, result in zip(part, masker.mask([span(error_message=one.text) for one in part]), strict=True):
            assert isinstance(result, MaskedSpan), result
            out.append(list(aligned(sample.text, result.error_message or "")))
    return out


def aligned(before: str, after: str) -> Iterable[Found]:
    """Where in a text the placeholders of the masked one stand. What stayed is the same in both."""
    # A masked number of JSON gets quotes.
    spots = list(re.finditer(rf"(?P<quote>\"?)(?P<kind>{kinds.PLACEHOLDER.pattern})(?P=quote)", after))
    edges = [0, *(edge for spot in spots for edge in spot.span()), len(after)]
    kept = [after[a:b] for a, b in zip(edges[::2], edges[1::2], strict=True)]
    pattern = '("?.+?"?)'.join(map(re.escape, kept))
    match = re.fullmatch(pattern, before, re.DOTALL)
    assert match is not None, "what stayed is not what was"
    for number, spot in enumerate(spots, start=1):
        yield Found(match.start(number), match.end(number), spot["kind"][1:-1].split(":")[0])


def plain_engine() -> AnalyzerEngine:
    """Presidio with every recogniser that it ships for English, the disabled ones too, and our language model."""
    # Its own way asks the network for a list first.
    tldextract.tldextract.TLD_EXTRACTOR = tldextract.TLDExtract(suffix_list_urls=())
    tldextract.extract = tldextract.tldextract.TLD_EXTRACTOR
    nlp = InstalledSpacyEngine()
    nlp.load()
    registry = RecognizerRegistry(supported_languages=["en"])
    registry.load_predefined_recognizers(languages=["en"], nlp_engine=nlp)
    there = {type(one) for one in registry.recognizers}
    for name in sorted(vars(predefined_recognizers)):
        kind = getattr(predefined_recognizers, name)
        if isinstance(kind, type) and issubclass(kind, PatternRecognizer) and kind not in there:
            one = kind()  # pyright: ignore[reportCallIssue]
            if one.supported_language == "en":
                registry.add_recognizer(one)
    return AnalyzerEngine(
        registry=registry, nlp_engine=nlp, supported_languages=["en"], default_score_threshold=THRESHOLD
    )


def plain(engine: AnalyzerEngine, samples: Sequence[Sample]) -> list[list[Found]]:
    out: list[list[Found]] = []
    for sample in samples:
        # Presidio's patterns run against our clock, too, once there is a masker.
        CLOCK.start(MAX_SECONDS)
        results = engine.analyze(sample.text, "en", score_threshold=THRESHOLD)
        out.append([Found(one.start, one.end, one.entity_type) for one in results])
    return out


def score(
    samples: Sequence[Sample], found: Sequence[Sequence[Found]], names: Mapping[str, frozenset[str]] = ACCEPTED
) -> Report:
    """`names`: what a kind may be called."""

    def accepted(kind: str) -> frozenset[str]:
        return names.get(kind, frozenset({kind}))

    report = Report()
    for sample, claims in zip(samples, found, strict=True):
        for truth in sample.truths:
            tally = report.of(truth.kind)
            tally.n += 1
            covering = [
                c for c in claims if c.kind in accepted(truth.kind) and c.start < truth.end and truth.start < c.end
            ]
            whole = bool(covering) and _covered(sample.text, truth, claims)
            tally.part += bool(covering)
            tally.whole += whole
            if not whole:
                report.misses.append(
                    (
                        truth.kind,
                        f"missed {sample.text[truth.start : truth.end]!r} {[c.kind for c in claims]}",
                        sample.text,
                    )
                )
        for claim in claims:
            over = [t for t in sample.truths if t.start < claim.end and claim.start < t.end]
            right = [t for t in over if claim.kind in accepted(t.kind)]
            if right:
                report.of(right[0].kind).right += 1
            else:
                report.of(claim.kind).wrong += 1
                what = "wrong kind" if over else "took"
                report.misses.append((claim.kind, f"{what} {sample.text[claim.start : claim.end]!r}", sample.text))
    return report


def _covered(text: str, truth: Truth, claims: Sequence[Found]) -> bool:
    """Whether no letter and no digit of a value is left, whatever the claims call it."""
    return all(
        not text[at].isalnum() or any(c.start <= at < c.end for c in claims) for at in range(truth.start, truth.end)
    )


def table(samples: Sequence[Sample], mine: Report, theirs: Report) -> str:
    lines = [
        "| kind | n | recall | in part | precision | wrong | Presidio: recall | in part | precision | wrong |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    for kind in sorted({*mine.scores}):
        a, b = mine.of(kind), theirs.of(kind)
        cells = [kind, str(a.n)]
        for one in (a, b):
            cells += [f"{one.recall:.3f}", f"{one.part / (one.n or 1):.3f}", f"{one.precision:.3f}", str(one.wrong)]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("set", nargs="?", default="made", choices=sorted(_SETS))
    parser.add_argument("--each", type=int, default=40)
    parser.add_argument("--people", type=int, default=400)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--misses", default="", help="show what went wrong of this kind, or of ALL")
    parser.add_argument("--plain", action="store_true", help="compare with plain Presidio, which takes its time")
    options = parser.parse_args()
    samples = _SETS[options.set](options.seed, options.each, options.people)
    names = fresh.NAMES if options.set == "fresh" else ACCEPTED
    mine = score(samples, ours(make_masker(), samples), names)
    theirs = score(samples, plain(plain_engine(), samples), names) if options.plain else Report()
    out = [f"{options.set}: {len(samples)} texts", table(samples, mine, theirs)]
    wanted = options.misses
    out += [f"{kind}: {what}\n      in {text[:160]!r}" for kind, what, text in mine.misses if wanted in (kind, "ALL")]
    sys.stdout.write("\n".join(out) + "\n")


if __name__ == "__main__":
    main()
