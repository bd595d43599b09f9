"""Values that an event gave away, found again: the quick search in ASCII texts finds what the pattern finds."""

import re

from hypothesis import given, settings
from hypothesis import strategies as st

from nilometer.streams.mask.learn import Heard, Learned

NAMES = ["Mia Li", "Mia", "Li", "Lian", "Anne-Marie", "O'Neill", "mia_li_3668", "José Ruiz", "a.b-c_d1"]
pieces = st.lists(
    st.sampled_from([*NAMES, " ", ", ", "_", "9", "'s", "xMia", "LIAN", "mia", "é", "\u017f"]), max_size=12
)


def found(learned: Learned, text: str) -> list[tuple[int, int]]:
    return [(one.start, one.end) for one in learned.find(text)]


@settings(deadline=None, derandomize=True, max_examples=500)
@given(values=st.lists(st.sampled_from(NAMES), min_size=1, max_size=5), parts=pieces)
def test_whole_words_first_and_longest(values: list[str], parts: list[str]) -> None:
    text = "".join(parts)
    learned = Learned()
    for value in values:
        learned.learn(Heard("value", "ACCOUNT", value))
    known = sorted((value.lower() for value in set(values) if len(value) > 5), key=lambda value: -len(value))
    pattern = re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, known))})(?!\w)", re.IGNORECASE)
    assert found(learned, text) == ([match.span() for match in pattern.finditer(text)] if known else [])


def test_of_names_the_parts_too() -> None:
    learned = Learned()
    learned.learn(Heard("value", "PERSON", "Mia Lian"))
    assert found(learned, "mia lian, LIAN and Miami") == [(0, 8), (10, 14)]
