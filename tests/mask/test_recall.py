"""What the labelled sets show, in the small: `python -m tests.mask.recall --plain` prints the whole table."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pytest
import regex
from presidio_analyzer import PatternRecognizer

from nilometer.streams.mask import Masker
from nilometer.streams.mask.limits import CLOCK, MAX_SECONDS
from nilometer.streams.mask.recognizers import all_recognizers
from tests.mask.labelled import fresh, heldout, made
from tests.mask.labelled.sample import Sample
from tests.mask.labelled.values import KINDS
from tests.mask.recall import ACCEPTED, Report, ours, plain, plain_engine, score

pytestmark = pytest.mark.timeout(600)

CHECKED = frozenset(kind.name for kind in KINDS if kind.checked) | {"PRIVATE_KEY", "URL_CREDENTIALS"} | fresh.FIXED
RECALL = 0.99
POINTS = 0.05


@dataclass(frozen=True)
class Measured:
    """Both engines on the same texts."""

    mine: Report
    theirs: Report


def _measured(masker: Masker, samples: Sequence[Sample], names: Mapping[str, frozenset[str]]) -> Measured:
    found = ours(masker, samples), plain(plain_engine(), samples)
    return Measured(*(score(samples, one, names) for one in found))


@pytest.fixture(scope="module", params=["made", "heldout", "fresh"])
def measured(request: pytest.FixtureRequest, masker: Masker) -> Measured:
    make = {"made": made.samples, "heldout": heldout.samples, "fresh": fresh.samples}[request.param]
    return _measured(masker, make(2, 10, 150), fresh.NAMES if request.param == "fresh" else ACCEPTED)


def test_values_with_a_checksum_or_a_fixed_form_are_found(measured: Measured) -> None:
    scores = [one for kind, one in measured.mine.scores.items() if kind in CHECKED and one.n]
    assert len(scores) > 45
    assert all(one.n >= 10 for one in scores)
    assert sum(one.whole for one in scores) / sum(one.n for one in scores) >= RECALL
    # Of ten values of a kind one may be written as another kind is, too.
    missed = {kind: measured.mine.of(kind).n - measured.mine.of(kind).whole for kind in CHECKED}
    assert {kind: count for kind, count in missed.items() if count > 2} == {}


@pytest.mark.parametrize("kind", ["PERSON", "LOCATION"])
def test_more_persons_and_addresses_are_found_than_by_presidio(measured: Measured, kind: str) -> None:
    assert measured.mine.of(kind).n >= 150
    assert measured.mine.of(kind).recall >= measured.theirs.of(kind).recall + POINTS


def test_no_less_of_what_is_taken_is_right_than_by_presidio(measured: Measured) -> None:
    worse = {
        kind: (measured.mine.of(kind).precision, measured.theirs.of(kind).precision)
        for kind, one in measured.mine.scores.items()
        if one.n and measured.theirs.of(kind).right and one.precision < min(measured.theirs.of(kind).precision, 0.95)
    }
    assert worse == {}
    claims = [sum(one.wrong for one in report.scores.values()) for report in (measured.mine, measured.theirs)]
    assert claims[0] < claims[1] / 10


def test_the_sets_are_the_same_every_time_and_differ() -> None:
    assert made.samples(5, 2, 3) == made.samples(5, 2, 3)
    texts = {one.text for one in made.samples(5, 4, 20)} & {one.text for one in heldout.samples(5, 4, 20)}
    assert not {text for text in texts if len(text) > 60}


def test_the_truth_is_where_it_says(masker: Masker) -> None:
    for sample in (*made.samples(3, 2, 10), *heldout.samples(3, 2, 10)):
        ends = [0]
        for truth in sample.truths:
            assert ends[-1] <= truth.start < truth.end <= len(sample.text)
            assert sample.text[truth.start : truth.end].strip()
            ends.append(truth.end)


def test_a_recogniser_finds_nothing_where_none_of_its_patterns_matches() -> None:
    own = [
        one
        for one in all_recognizers()
        if isinstance(one, PatternRecognizer) and type(one).__module__.startswith("nilometer")
    ]
    texts = [one.text for one in (*made.samples(4, 4, 60), *heldout.samples(4, 2, 40))]
    assert len(own) > 50
    for one in own:
        patterns = [regex.compile(str(pattern.regex), one.global_regex_flags or 0) for pattern in one.patterns]
        CLOCK.start(MAX_SECONDS)
        for text in texts:
            if one.analyze(text, list(one.supported_entities)):
                assert any(pattern.search(text) for pattern in patterns), one.name
