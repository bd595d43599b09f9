"""A window's total is the sum of what is inside it, in whatever order it came."""

from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from nilometer.streams.rules import Totals
from nilometer.streams.windows import Window

parts = st.builds(
    Totals,
    calls=st.integers(0, 5),
    errors=st.integers(0, 5),
    tokens=st.integers(0, 100),
    cost=st.decimals(0, 10, places=6),
    latency=st.dictionaries(st.integers(-5, 5), st.integers(1, 3), max_size=3),
)


@settings(derandomize=True, max_examples=150, deadline=None)
@given(
    length=st.integers(1, 10),
    steps=st.lists(
        st.one_of(st.tuples(st.integers(0, 40), parts), st.integers(0, 40)),
        max_size=40,
    ),
    end=st.integers(0, 60),
)
def test_total_is_the_sum_of_the_seconds_inside(length: int, steps: list[tuple[int, Totals] | int], end: int) -> None:
    window = Window(length)
    accepted: list[tuple[int, Totals]] = []
    reached: int | None = None
    for step in steps:
        if isinstance(step, int):
            window.move(step)
            reached = step if reached is None else max(reached, step)
        elif window.add(*step):
            accepted.append(step)
        else:
            assert reached is not None
            assert step[0] <= reached - length, "only what the window has left behind is refused"
    end = max(end, reached or 0)
    window.move(end)
    expected = Totals()
    for second, part in accepted:
        if end - length < second <= end:
            expected.add(part)
    assert window.total == expected


def test_empty_again_once_all_has_left() -> None:
    window = Window(3)
    window.add(10, Totals(calls=1, cost=Decimal("0.1"), latency={4: 1}))
    window.move(10)
    assert window.next_change() == 13
    window.move(13)
    assert window.total == Totals()
    assert window.total.cost == 0
    assert len(window) == 0
    assert window.next_change() is None
