"""What is remembered of units: bounded, without their text, and never in the way of what an event says now."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nilometer.schemas.span import MaskedSpan
from nilometer.streams.mask import Masker, masker
from nilometer.streams.mask.delta import Untraceable, apply, delta
from nilometer.streams.mask.memory import content_of
from tests.mask.events import make_masker, masked_span, said, span

PROFILE = {
    "first_name": "Anneliese",
    "email": "anneliese.k@example.com",
    "payment_methods": {"gift_card_111111": 1, "gift_card_222222": 2},
    "zip": 78750,
}
_WRITTEN = ("<PERSON>", "<EMAIL_ADDRESS>", "")
_parts = st.lists(st.tuples(st.text(max_size=6), st.sampled_from(_WRITTEN), st.booleans()), max_size=5)


@settings(deadline=None, derandomize=True)
@given(texts=st.lists(_parts, max_size=3))
def test_a_change_gives_the_masked_value_again(texts: list[list[tuple[str, str, bool]]]) -> None:
    before = {"a": ["".join(text for text, _, _ in parts) for parts in texts], "n": 1}
    after = {"a": ["".join(mark if hit else text for text, mark, hit in parts) for parts in texts], "n": 1}
    try:
        change = delta(before, after, {mark for mark in _WRITTEN if mark})
    except Untraceable:
        # A mark that was in the text before, next to what was taken out: it is walked again.
        return
    assert apply(before, change) == after


def test_what_did_not_change_is_the_same_object() -> None:
    value = {"a": [{"b": "c"}]}
    assert apply(value, delta(value, {"a": [{"b": "c"}]}, ())) is value


@pytest.mark.parametrize("pair", [(1, True), (1, 1.0), ("a", b"a"), ([1], (1,)), ({"a": 1, "b": 2}, {"b": 2, "a": 1})])
def test_contents_tell_types_apart(pair: tuple[Any, Any]) -> None:
    assert content_of(pair[0]) != content_of(pair[1])


def test_a_resent_history_comes_out_as_it_did() -> None:
    one = make_masker()
    history = [*said(json.dumps(PROFILE), "tool"), *said("Thank you, my zip is 78750"), *said("for anneliese.")]
    first = masked_span(one, input_messages=history)
    assert "nneliese" not in str(first.input_messages)
    assert "78750" not in str(first.input_messages)
    again = masked_span(one, input_messages=[*history, *said("Anneliese flies in the morning")])
    assert again.input_messages is not None
    assert first.input_messages == again.input_messages[:-1]
    assert again.input_messages[-1:] == said("<PERSON> flies in the morning")


def test_what_was_learned_in_one_event_is_not_known_in_another() -> None:
    one = make_masker()
    masked_span(one, input_messages=[*said('{"first_name": "Rock"}', "tool"), *said("the rock is heavy")])
    assert masked_span(one, input_messages=said("the rock is heavy")).input_messages == said("the rock is heavy")
    both = [*said('{"first_name": "Rock"}', "tool"), *said("the rock is heavy")]
    assert masked_span(one, input_messages=both).input_messages == [
        *said('{"first_name": "<PERSON>"}', "tool"),
        *said("the <PERSON> is heavy"),
    ]


def test_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(masker, "REMEMBERED_UNITS", 50)
    monkeypatch.setattr(masker, "CACHED_TEXTS", 60)
    one = make_masker()
    events = [span(input_messages=said(f"order {number:x} of Mia shipped")) for number in range(1_000, 1_300)]
    whole = one.mask(events)
    assert repr(one).endswith("FindingsCache(60 of 60 entries), Memory(50 units, 50 masked))")
    # What had to make room is masked anew, to the same.
    assert one.mask(events) == whole


def test_memory_holds_no_text(masker: Masker) -> None:
    result = masker.mask([span(input_messages=said(json.dumps(PROFILE)), attributes=PROFILE, user_id="mia_li_3668")])[0]
    assert isinstance(result, MaskedSpan)
    held = repr(_everything(masker, set()))
    assert "PERSON" in held
    for value in ("nneliese", "111111", "mia", "78750"):
        assert value not in held, value


def _everything(one: object, seen: set[int]) -> list[object]:
    """All plain values that the masker's memories hold."""
    if id(one) in seen or not type(one).__module__.startswith(("nilometer", "builtins", "collections")):
        return []
    seen.add(id(one))
    if isinstance(one, dict):
        return [value for pair in one.items() for inner in pair for value in _everything(inner, seen)]
    if isinstance(one, list | tuple | set | frozenset):
        return [value for inner in one for value in _everything(inner, seen)]
    if isinstance(one, str | bytes | int | float):
        return [one]
    if type(one).__name__ in ("Masker", "Memory", "Bounded", "FindingsCache"):
        wanted = (value for name, value in vars(one).items() if name not in ("_policy", "_engine", "_key", "_hash"))
        return [value for inner in wanted for value in _everything(inner, seen)]
    return []
