"""The prefilter leaves out nobody who would find something; simpler patterns match wherever the real ones do."""

import random

import pytest
import regex
from hypothesis import given, settings
from hypothesis import strategies as st
from presidio_analyzer import Pattern, PatternRecognizer
from presidio_analyzer.nlp_engine import NlpArtifacts
from presidio_analyzer.predefined_recognizers import SpacyRecognizer
from spacy.tokens import Doc
from spacy.vocab import Vocab

from nilometer.streams.mask.approximate import Unsupported, approximate
from nilometer.streams.mask.limits import CLOCK, MAX_SECONDS
from nilometer.streams.mask.prefilter import Prefilter
from nilometer.streams.mask.recognizers import all_recognizers
from nilometer.streams.mask.recognizers.form import Selective
from tests.mask.test_kinds import FOUND, KEPT

THRESHOLD = 0.35
NOTHING = NlpArtifacts([], Doc(Vocab()), [], [], None, "en")  # pyright: ignore[reportArgumentType]
RECOGNIZERS = [one for one in all_recognizers() if not isinstance(one, SpacyRecognizer)]
KNOWN = [frame.format(value) for _, frame, value in FOUND] + KEPT
ALPHABET = "0123456789aZeÉßñ字ſK'’ .,:;-_/@#+()[]\"\n\t\x1c\u2003<>=&?%"


@pytest.fixture(scope="module")
def prefilter() -> Prefilter:
    return Prefilter(RECOGNIZERS, THRESHOLD)


def who_finds(text: str) -> set[str]:
    """Ids of all that find something that could pass the threshold, with a context word if need be."""
    lower = text.lower()
    found: set[str] = set()
    for one in RECOGNIZERS:
        near = any(word.lower() in lower for word in one.context or ())
        results = one.analyze(text, one.supported_entities, NOTHING) or []
        if any(result.score >= THRESHOLD or near for result in results):
            found.add(one.id)
    return found


def check(prefilter: Prefilter, text: str) -> None:
    candidates = prefilter.candidates(text)
    # Another test of this process may have started it.
    CLOCK.start(MAX_SECONDS)
    assert who_finds(text) <= {one.recognizer.id for one in candidates}
    for recognizer, patterns in candidates:
        if isinstance(recognizer, Selective):
            found = recognizer.analyze_by(patterns, text, recognizer.supported_entities)
            assert found == recognizer.analyze(text, recognizer.supported_entities)


@pytest.mark.parametrize("text", KNOWN)
def test_who_finds_is_asked(prefilter: Prefilter, text: str) -> None:
    check(prefilter, text)
    # The same among letters of other scripts: they are judged by another form of the patterns.
    check(prefilter, f"é {text} 字")
    check(prefilter, f"{text}é")


@settings(max_examples=300, deadline=None, derandomize=True)
@given(seed=st.integers(0, 2**32))
def test_who_finds_in_changed_texts_is_asked(prefilter: Prefilter, seed: int) -> None:
    rng = random.Random(seed)
    text = list(rng.choice(KNOWN))
    for _ in range(rng.randrange(6)):
        at = rng.randrange(len(text) + 1)
        text[at : at + rng.randrange(2)] = rng.choice(ALPHABET)
    check(prefilter, "".join(text))


@settings(max_examples=300, deadline=None, derandomize=True)
@given(text=st.text(alphabet=ALPHABET, max_size=60))
def test_who_finds_in_any_text_is_asked(prefilter: Prefilter, text: str) -> None:
    check(prefilter, text)


def test_nobody_is_asked_about_plain_words(prefilter: Prefilter) -> None:
    asked = {one.recognizer.name for one in prefilter.candidates("please cancel my reservation and refund the rest")}
    # URLs are asked for by those policies only that name them.
    assert len(asked) <= 4, asked


class _Own(PatternRecognizer):
    def analyze(self, *_: object, **__: object) -> list[object]:  # type: ignore[override]
        return []


def test_who_cannot_be_judged_is_always_asked() -> None:
    strange = [
        # A look-behind inside, sets, and an `analyze` that may do anything.
        PatternRecognizer("A", patterns=[Pattern("p", r"(?V1)[a-z--[aeiou]]x", 0.9)]),
        PatternRecognizer("B", patterns=[Pattern("p", r"(?P<a>a)(?(a)b|c)", 0.9)]),
        _Own("C", patterns=[Pattern("p", "zzz", 0.9)]),
    ]
    asked = Prefilter(strange, THRESHOLD).candidates("nothing")
    assert [one.recognizer for one in asked] == strange


def test_weak_patterns_need_a_context_word() -> None:
    weak = PatternRecognizer("A", patterns=[Pattern("p", r"\b\d{9}\b", 0.05)], context=["passport"])
    prefilter = Prefilter([weak], THRESHOLD)
    assert prefilter.candidates("number 912803456") == []
    assert [one.recognizer for one in prefilter.candidates("Passports: 912803456")] == [weak]
    assert [one.recognizer for one in prefilter.candidates("912803456", ["passport number"])] == [weak]


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        (r"\b\d{9}\b", r"\b[\d]{9}\b"),
        (r"(?<=token=)\w{4,}", r"(?:token=)[\w]{4,}"),
        (r"a(?<=b)c", "ac"),
        (r"(?<!xz)a(?!yz)", "a"),
        (r"(?<!x)a(?!y)", "a"),
        (r"(?<![x\p{N}_])a(?![y-z]|bc)", "(?:^|[^x0-9_])a(?:$|[^y-z])"),
        (r"(?:(?<!\p{N})a|b)c", "(?:(?:^|[^0-9])a|b)c"),
        (r"(?:(?<!\p{N})a){2}", "(?:a){2}"),
        (r"((?<=x)a)\1", "(?:a)(?i:a)"),
        (r"(?![x])a(?<![y])", "a"),
        (r"a(?!\P{L})(?!\p{Greek})", "a"),
        (r"a(?=[ ]*b)", "a(?:[ ]*b)"),
        (r"(a|b)\1", "(?:a|b)(?i:a|b)"),
        (r"(?P<s>[-/])\d(?P=s)", r"(?:[\x2d/])[\d](?i:[\x2d/])"),
        (r"\p{Lu}\p{Ll}+", "[A-Z][a-z]+"),
        (r"x{20,64}+", "x{16,}"),
        (r"[^\s@é]", r"[^\s@]"),
    ],
)
def test_simpler_forms(pattern: str, expected: str) -> None:
    assert approximate(pattern, wide=False) == expected


@pytest.mark.parametrize("pattern", [r"(?(1)a|b)", r"[[:alpha:]]", r"(a", r"\Kx", r"\1(a)"])
def test_what_is_not_known_is_not_made_simpler(pattern: str) -> None:
    with pytest.raises(Unsupported):
        approximate(pattern, wide=False)


def test_a_pattern_matches_where_its_simpler_form_would() -> None:
    # By Python's own engine, over the bytes that Hyperscan reads.
    for one in RECOGNIZERS:
        if not isinstance(one, PatternRecognizer):
            continue
        for pattern in one.patterns:
            flags = one.global_regex_flags or 0
            for wide in (False, True):
                try:
                    simple = approximate(pattern.regex, wide=wide)
                except Unsupported:
                    continue
                simpler = regex.compile(simple.encode(), flags & ~regex.UNICODE)
                for text in KNOWN:
                    shown = f"{text} é" if wide else text
                    if not wide and not shown.isascii():
                        continue
                    match = regex.search(pattern.regex, shown, flags)
                    if match is not None and match.group():
                        assert simpler.search(shown.encode("latin-1", "nilometer.high")), (pattern.name, text)
