"""What cannot be masked does not pass: the text becomes a mark, or the event fails; neither shows a value."""

import time
from typing import Any

import pytest
from presidio_analyzer import EntityRecognizer

from nilometer.schemas.span import MaskedSpan, Usage
from nilometer.streams.mask import Masker, MaskFailure, engine
from nilometer.streams.mask.recognizers import all_recognizers
from nilometer.streams.mask.recognizers.patterns import recognizer
from tests.mask.events import again, contents, make_masker, masked_span, said, span

MAIL = "mia.li3818@example.com"
LONG = "Maria Gonzalez 4111111111111111 " * 40
SLOW = "a" * 5_000 + " aab"
"""Text over which the pattern below takes for ever. Its end is what the prefilter wants to see first."""


@pytest.fixture(scope="module")
def short() -> Masker:
    return make_masker(max_text_characters=1_000)


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> Masker:
    """A masker with a pattern that takes exponential time, and little patience."""

    def with_a_slow_one() -> list[EntityRecognizer]:
        return [*all_recognizers(), recognizer("Slow", "PERSON", {"slow": (r"(?:a|a|aa)+b", 0.9)})]

    monkeypatch.setattr(engine, "all_recognizers", with_a_slow_one)
    return make_masker(max_text_seconds=0.3)


def test_a_text_over_the_limit_is_a_mark_and_the_call_keeps_the_rest(short: Masker) -> None:
    usage = Usage(input_tokens=10, output_tokens=2)
    masked = masked_span(
        short,
        input_messages=[*said(LONG), *said(f"I am {MAIL}")],
        tool_arguments={"x": LONG, "n": 7},
        error_message=LONG,
        request_model="gpt-4o",
        usage=usage,
    )
    assert masked.input_messages == [*said("<UNMASKED: text_too_long>"), *said("I am <EMAIL_ADDRESS>")]
    assert masked.tool_arguments == {"x": "<UNMASKED: text_too_long>", "n": 7}
    assert masked.error_message == "<UNMASKED: text_too_long>"
    assert (masked.request_model, masked.usage) == ("gpt-4o", usage)
    assert masked.masked == {"EMAIL_ADDRESS": 1, "UNMASKED": 3}


def test_json_in_a_text_that_is_nested_too_deep_is_a_mark(masker: Masker) -> None:
    masked = masked_span(masker, tool_result='["' + MAIL + '",' + "[" * 5_000 + "]" * 5_000 + "]", error_message="fine")
    assert masked.tool_result == "<UNMASKED: too_deep>"
    assert masked.error_message == "fine"


def test_a_pattern_that_takes_for_ever_is_stopped_and_only_its_text_is_lost(impatient: Masker) -> None:
    began = time.monotonic()
    masked = masked_span(impatient, error_message=f"{MAIL} {SLOW}", tool_result=f"write to {MAIL}")
    assert masked.error_message == "<UNMASKED: time_out>"
    assert masked.tool_result == "write to <EMAIL_ADDRESS>"
    # Not an assertion on speed: without a limit it would not end in this universe.
    assert time.monotonic() - began < 100


def test_an_engine_that_fails_lets_nothing_through(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ValueError(f"cannot read {MAIL}")

    monkeypatch.setattr(engine.Engine, "_analyze", broken)
    event = span(
        error_message=f"write to {MAIL}", feature=MAIL, attributes={MAIL: {"email": MAIL, "n": 4111111111111111}}
    )
    (marked,) = make_masker().mask([event])
    assert isinstance(marked, MaskedSpan)
    assert marked.error_message == marked.feature == "<UNMASKED: engine>"
    assert MAIL not in repr(marked)
    assert "4111" not in repr(marked)
    (failure,) = make_masker(on_failure="dead_letter").mask([event])
    assert failure == MaskFailure("engine", "the engine failed on one text: ValueError")


def test_one_failure_takes_no_other_event_with_it() -> None:
    masker = make_masker(max_text_characters=1_000, on_failure="dead_letter")
    results = masker.mask([span(error_message="fine"), span(error_message=LONG), span(attributes={"x": LONG})])
    assert [type(result) is MaskFailure for result in results] == [False, True, True]
    assert results[1] == MaskFailure("text_too_long", f"a text of {len(LONG)} characters")
    assert "Maria" not in repr(results[1:])


def test_what_is_no_json_and_what_is_too_deep_outside_of_texts_fails_the_event(masker: Masker) -> None:
    deep: Any = "Maria"
    for _ in range(500):
        deep = [deep]
    results = masker.mask([span(attributes={"x": {1, 2}}), span(tool_result=deep)])
    assert results[0] == MaskFailure("unsupported_type", "a value of the type set")
    assert results[1] == MaskFailure("too_deep", "nested deeper than 100 levels")


def test_marks_are_not_masked_again(short: Masker) -> None:
    once = masked_span(short, error_message=LONG, tool_arguments={"password": LONG}, attributes={LONG: 1})
    assert contents(short.mask([again(once)])) == contents([once])
