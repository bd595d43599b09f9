"""What the rules see: when alerts fire and resolve, and that neither order nor a restart changes it."""

from datetime import datetime
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nilometer.schemas.alert import Alert
from nilometer.schemas.rollup import Cell, Rollup, latency_bucket
from nilometer.schemas.settings import Rule
from nilometer.streams.watch import OTHER, Watch
from tests.streams.rollups import at, cell, rollup, rule, told, watch


def test_fires_at_once_and_resolves_after_the_rule_has_not_held_for_a_while() -> None:
    w = watch(rule())
    assert told(w.apply([rollup([cell(0, 10)], 0.5)], at(0.5))) == []
    fired = w.apply([rollup([cell(1, 20, errors=19)], 1.5)], at(1.6))
    assert told(fired) == [("r", "firing", {})]
    [alert] = fired
    assert (alert.started_at, alert.detected_at) == (at(1), at(1.6))
    assert (alert.value, alert.threshold) == (pytest.approx(19 / 30), 0.5)
    assert w.apply([rollup([cell(2, 5, errors=5)], 2.5)], at(2.5)) == [], "it is said once"
    assert w.apply([rollup([cell(5, 100)], 5.5)], at(5.5)) == []
    assert told(w.advance(at(14.9))) == []
    [resolved] = w.advance(at(17))
    assert (resolved.state, resolved.alert_id) == ("resolved", alert.alert_id)
    assert resolved.event_id != alert.event_id
    assert resolved.changed_at == at(15), "ten seconds after it held last"


def test_resolves_when_traffic_stops() -> None:
    w = watch(rule())
    assert told(w.apply([rollup([cell(0, 10, errors=9)], 0)], at(0))) == [("r", "firing", {})]
    assert w.advance(at(60)) == []
    [resolved] = w.advance(at(3600))
    assert resolved.changed_at == at(70), "the window is empty after 60 s, and 10 s later it is over"
    assert w.advance(at(7200)) == []


def test_fewer_calls_than_minimum_calls_say_nothing() -> None:
    w = watch(rule(minimum_calls=5))
    assert w.apply([rollup([cell(0, 4, errors=4)], 0)], at(0)) == []
    assert told(w.apply([rollup([cell(0, 1, errors=1)], 0)], at(0))) == [("r", "firing", {})]


def test_groups_and_filters_by_any_dimension() -> None:
    w = watch(rule(by=["feature"], where={"provider": "openai"}))
    cells = [
        cell(0, 5, {"feature": "a", "provider": "openai"}, errors=5),
        cell(0, 5, {"feature": "b", "provider": "openai"}),
        cell(0, 5, {"feature": "c", "provider": "azure"}, errors=5),
        cell(0, 5, {"provider": "openai"}, errors=5),
    ]
    assert told(w.apply([rollup(cells, 0)], at(0))) == [("r", "firing", {}), ("r", "firing", {"feature": "a"})]


@pytest.mark.parametrize(
    ("tested", "quiet", "loud"),
    [
        (rule("calls_per_minute", "10"), cell(0, 10), cell(1, 1)),
        (rule("cost_per_minute", "1.5"), cell(0, 9, cost=Decimal("1.5")), cell(1, cost=Decimal("0.000001"))),
        (rule("tokens_per_minute", "100", window_seconds=120), cell(0, 9, input_tokens=200), cell(1, output_tokens=1)),
        (rule("unpriced_rate", "0"), cell(0, 100), cell(1, 1, unpriced=1)),
        (
            rule("latency_ms", "1000", quantile=0.9),
            cell(0, 10, latency={latency_bucket(900): 10}),
            cell(1, 3, latency={latency_bucket(1500): 3}),
        ),
    ],
    ids=lambda value: value.metric if isinstance(value, Rule) else "",
)
def test_metrics(tested: Rule, quiet: Cell, loud: Cell) -> None:
    w = watch(tested)
    assert w.apply([rollup([quiet], 0)], at(0)) == []
    assert told(w.apply([rollup([loud], 1)], at(1))) == [("r", "firing", {})]


def test_below_waits_for_a_whole_window_and_for_what_is_late() -> None:
    w = watch(rule("calls_per_minute", None, below="3", window_seconds=10, minimum_calls=0))
    for second in range(0, 30, 5):
        assert w.apply([rollup([cell(second)], second)], at(second)) == [], "six a minute"
    assert w.advance(at(39)) == []
    [silence] = w.advance(at(60))
    assert (silence.state, silence.value, silence.changed_at) == ("firing", 0.0, at(25 + 10 + 5))
    back = w.apply([rollup([cell(61, 5)], 61)], at(61)) + w.advance(at(67))
    assert back == [], "resolves only after resolve_seconds"
    busy = w.apply([rollup([cell(s, 5) for s in (70, 75)], 76)], at(76))
    assert told(busy) == [("r", "resolved", {})]


def test_a_rollup_that_comes_twice_counts_once() -> None:
    w = watch(rule("calls_per_minute", "5"))
    same = rollup([cell(0, 4)], 0, partition=0, offset=7)
    assert w.apply([same], at(0)) == []
    assert w.apply([same], at(1)) == []
    assert w.doubled == 1
    assert told(w.apply([rollup([cell(1, 2)], 1, partition=0, offset=8)], at(1))) == [("r", "firing", {})]


def test_an_old_day_is_judged_by_its_own_time_and_only_once() -> None:
    """A replay: a thousand seconds of events come at once; the incident in their middle has come and gone."""
    w = watch(rule())
    cells = [cell(s, 2, errors=2 if 400 <= s < 500 else 0) for s in range(1000)]
    alerts = w.apply([rollup(cells, 86_400)], at(86_400))
    assert told(alerts) == [("r", "firing", {}), ("r", "resolved", {})]
    assert at(430) <= alerts[0].started_at <= at(432)
    assert w.advance(at(90_000)) == []


def test_an_event_from_the_future_does_not_stop_the_clock_for_others() -> None:
    w = watch(rule("calls_per_minute", "5"))
    assert w.apply([rollup([cell(100_000, 1)], 0)], at(0)) == []
    assert told(w.apply([rollup([cell(1, 5)], 1)], at(1))) == [("r", "firing", {})]


def test_too_late_for_the_window_is_left_out_and_counted() -> None:
    w = watch(rule("calls_per_minute", "5"))
    w.apply([rollup([cell(100)], 100)], at(100))
    assert w.apply([rollup([cell(40, 50)], 100)], at(100)) == []
    assert w.late == 50
    assert told(w.apply([rollup([cell(41, 50)], 100)], at(100))) == [("r", "firing", {})]


def test_more_groups_than_allowed_are_watched_together() -> None:
    w = watch(rule(by=["user_id"]), max_groups=2)
    cells = [cell(0, 1, {"user_id": user}, errors=1) for user in ("a", "b", "c", "d")]
    assert told(w.apply([rollup(cells, 0)], at(0))) == [
        ("r", "firing", {"user_id": OTHER}),
        ("r", "firing", {"user_id": "a"}),
        ("r", "firing", {"user_id": "b"}),
    ]
    assert len(w.advance(at(1000))) == 3
    assert told(w.apply([rollup([cell(1000, 1, {"user_id": "e"}, errors=1)], 1000)], at(1000))) == [
        ("r", "firing", {"user_id": "e"})
    ], "groups without data are forgotten, and make room"


def test_an_alert_of_a_rule_that_is_gone_is_resolved() -> None:
    [alert] = watch(rule()).apply([rollup([cell(0, 1, errors=1)], 0)], at(0))
    w = watch(rule(name="other"))
    w.learn(alert)
    assert told(w.start(at(5))) == [("r", "resolved", {})]


cells_strategy = st.builds(
    lambda second, calls, errors, feature: cell(
        second, calls, {"feature": feature}, errors=min(errors, calls), cost=Decimal(calls) / 100
    ),
    st.integers(0, 4),
    st.integers(1, 5),
    st.integers(0, 5),
    st.sampled_from(["a", "b"]),
)
RULES = (
    rule(name="rate", by=["feature"], minimum_calls=3, window_seconds=20),
    rule("cost_per_minute", "0.6", name="cost", window_seconds=10),
)


@settings(derandomize=True, max_examples=100, deadline=None)
@given(
    cells=st.lists(cells_strategy, min_size=1, max_size=12),
    data=st.data(),
)
def test_split_merge_and_order_within_the_watermark_end_in_the_same_alerts(
    cells: list[Cell], data: st.DataObject
) -> None:
    """Invariant 5: whatever was told on the way, once the watermark has passed the same alerts are open."""
    together = watch(*RULES)
    together.apply([rollup(cells, 5)], at(5))
    apart = watch(*RULES)
    shuffled = data.draw(st.permutations([part for c in cells for part in _halves(c)]))
    while shuffled:
        size = data.draw(st.integers(1, len(shuffled)))
        apart.apply([rollup(shuffled[:size], 5)], at(5))
        shuffled = shuffled[size:]
    # What held only while half of the data was there has its ten seconds to resolve; nothing new may follow.
    for w in (together, apart):
        w.advance(at(15))
    assert _open(together) == _open(apart)
    for second in (16, 20, 25, 30, 60):
        assert told(together.advance(at(second))) == told(apart.advance(at(second)))


@settings(derandomize=True, max_examples=100, deadline=None)
@given(cells=st.lists(cells_strategy, min_size=1, max_size=12), data=st.data())
def test_rollups_taken_together_are_told_the_same_in_any_order(cells: list[Cell], data: st.DataObject) -> None:
    shuffled = data.draw(st.permutations([part for c in cells for part in _halves(c)]))
    at_most = data.draw(st.integers(1, 3))
    pieces = [rollup(shuffled[i : i + at_most], 5) for i in range(0, len(shuffled), at_most)]
    assert watch(*RULES).apply(pieces, at(5)) == watch(*RULES).apply([rollup(cells, 5)], at(5))


def _halves(whole: Cell) -> list[Cell]:
    """The same counts in up to two cells."""
    if whole.calls < 2:
        return [whole]
    one = Cell(second=whole.second, dimensions=whole.dimensions, calls=1, errors=min(1, whole.errors))
    return [
        one,
        Cell(
            second=whole.second,
            dimensions=whole.dimensions,
            calls=whole.calls - 1,
            errors=whole.errors - one.errors,
            cost=whole.cost,
        ),
    ]


def _open(w: Watch) -> set[tuple[str, str]]:
    return {(a.rule, a.dimensions.get("feature", "")) for a in w.open_alerts()}


stream = st.lists(
    st.tuples(st.integers(0, 20), st.integers(1, 5), st.integers(0, 5), st.sampled_from(["a", "b"])),
    min_size=1,
    max_size=30,
)


@settings(derandomize=True, max_examples=150, deadline=None)
@given(steps=stream, kill=st.integers(0, 30), said_last=st.booleans())
def test_a_restart_at_any_point_tells_the_same(
    steps: list[tuple[int, int, int, str]], kill: int, said_last: bool
) -> None:
    """Invariants 2 and 5: kill -9 and a new detector; nothing is told twice, nothing is forgotten."""
    rollups: list[Rollup] = []
    now = 0
    for offset, (pause, calls, errors, feature) in enumerate(steps):
        now += pause
        part = cell(now, calls, {"feature": feature}, errors=min(errors, calls), cost=Decimal(calls) / 100)
        rollups.append(rollup([part], now, partition=0, offset=offset))
    undisturbed = watch(*RULES)
    expected: list[Alert] = []
    for one in rollups:
        expected += _live(undisturbed, one)
    expected += undisturbed.advance(at(now + 500))

    first = watch(*RULES)
    said: list[Alert] = []
    for number, one in enumerate(rollups[:kill], 1):
        changes = _live(first, one)
        # Or killed between deciding and telling.
        if said_last or number < min(kill, len(rollups)):
            said += changes
    second = watch(*RULES)
    restarted = rollups[min(kill, len(rollups)) - 1].published_at if kill else at(0)
    for alert in said:
        second.learn(alert)
    _catch_up(second, rollups[:kill], restarted, said)
    for one in rollups[kill:]:
        said += _live(second, one)
    said += second.advance(at(now + 500))
    assert [(a.event_id, a.value) for a in said] == [(a.event_id, a.value) for a in expected]


def _live(w: Watch, one: Rollup) -> list[Alert]:
    return w.advance(one.published_at) + w.apply([one], one.published_at)


def _catch_up(w: Watch, rollups: list[Rollup], now: datetime, said: list[Alert]) -> None:
    """As the detector's process does it."""
    judge_from = at((now - at(0)).total_seconds() - w.grace)
    fill_from = at((judge_from - at(0)).total_seconds() - w.span)
    recent: list[Rollup] = []
    for one in rollups:
        if one.published_at >= judge_from:
            recent.append(one)
        elif one.published_at >= fill_from:
            w.fill(one)
    said += w.start(judge_from)
    for one in recent:
        said += _live(w, one)
