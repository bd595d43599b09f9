"""Evaluation and finished traces: neither early nor waiting for ever; what arrives late is scored again."""

from datetime import datetime, timedelta
from typing import Any

import msgspec
import pytest

from nilometer.evaluation import runs
from nilometer.evaluation.scorers import Rule
from nilometer.evaluation.subjects import Finding, Trace
from nilometer.schemas.detail import SpanDetail
from nilometer.schemas.ids import event_id
from nilometer.schemas.settings import Settings, TraceSettings
from nilometer.warehouse.writer import Writer
from tests.support.lake import rows
from tests.support.traffic import START, priced, say, span_id, trace_id, write

ROOT = priced(1, 0)
CALL = priced(1, 1, output_messages=say("Done."), finish_reason="stop")
LATE = priced(1, 2, output_messages=[{"role": "assistant", "parts": [{"type": "tool_call", "name": "f"}]}])


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def run_at(settings: Settings, seconds: float, **more: Any) -> tuple[int, int]:
    """Traces scored and traces waited for by a run at that time."""
    result = runs.run(settings, now=lambda: at(seconds), **more)
    return result.traces, result.open_traces


def outcomes(settings: Settings) -> list[str]:
    found = rows(settings, "SELECT label FROM score_changes WHERE name = 'trace_outcome' ORDER BY created_at")
    return [row["label"] for row in found]


def test_a_trace_is_scored_once_it_is_quiet_and_only_once(settings: Settings) -> None:
    write(settings, [CALL], at=at(0))
    assert run_at(settings, 8) == (0, 1)
    write(settings, [ROOT], at=at(9))
    assert run_at(settings, 12) == (0, 1)
    assert run_at(settings, 18.9) == (0, 1)
    assert outcomes(settings) == []
    assert run_at(settings, 19) == (1, 0)
    assert outcomes(settings) == ["answered"]
    assert run_at(settings, 25) == (0, 0)
    assert run_at(settings, 10_000) == (0, 0)


def test_a_root_that_never_comes_is_not_waited_for_for_ever(settings: Settings) -> None:
    write(settings, [CALL])
    assert run_at(settings, 299) == (0, 1)
    assert run_at(settings, 300) == (1, 0)


def test_a_root_that_has_not_ended_is_waited_for_longer(settings: Settings) -> None:
    running = priced(1, 0, ended_at=None, scope="some.instrumentation")
    write(settings, [running, CALL])
    assert run_at(settings, 11) == (0, 1)
    assert run_at(settings, 301) == (1, 0)


def test_a_late_span_opens_its_trace_again_and_its_result_replaces_the_old_one(settings: Settings) -> None:
    write(settings, [ROOT, CALL])
    assert run_at(settings, 60) == (1, 0)
    write(settings, [LATE], at=at(100))
    assert run_at(settings, 105) == (0, 1)
    assert outcomes(settings) == ["answered"]
    assert run_at(settings, 110) == (1, 0)
    assert outcomes(settings) == ["answered", "unfinished"]
    assert [row["label"] for row in rows(settings, "SELECT label FROM scores WHERE name = 'trace_outcome'")] == [
        "unfinished"
    ]


def test_a_trace_that_never_ends_is_scored_all_the_same(settings: Settings) -> None:
    for minute in range(0, 64, 4):
        write(settings, [priced(1, minute + 1, output_messages=say("and on"))], at=at(60 * minute))
    assert run_at(settings, 3_599) == (0, 1)
    assert run_at(settings, 3_601) == (1, 0)
    write(settings, [priced(1, 90)], at=at(3_602))
    assert run_at(settings, 3_603) == (1, 0)


def test_what_a_file_brought_is_scored_at_once(settings: Settings) -> None:
    with Writer(settings, clock=None) as writer:
        writer.write([CALL])
    assert run_at(settings, -(10**9)) == (1, 0)


def test_messages_that_logs_bring_late_are_scored_too(settings: Settings) -> None:
    call = msgspec.structs.replace(CALL, output_messages=None)
    write(settings, [ROOT, call])
    assert run_at(settings, 60) == (1, 0)
    empty = "SELECT label FROM scores WHERE name = 'empty_output'"
    assert rows(settings, empty) == [{"label": "not_recorded"}]
    detail = SpanDetail(
        event_id=event_id("span_detail", trace_id(1), "d"),
        detail_id="d",
        trace_id=trace_id(1),
        span_id=span_id(1),
        created_at=START,
        position=1,
        name="gen_ai.client.inference.operation.details",
        output_messages=say("Done."),
    )
    write(settings, [detail], at=at(100))
    assert run_at(settings, 105) == (0, 1)
    assert run_at(settings, 111) == (1, 0)
    assert rows(settings, empty) == [{"label": "not_empty"}]


@pytest.mark.parametrize("rule", [TraceSettings(quiet_seconds=1), TraceSettings(timeout_seconds=1, quiet_seconds=1)])
def test_what_was_open_under_other_settings_is_not_forgotten(settings: Settings, rule: TraceSettings) -> None:
    write(settings, [ROOT, CALL])
    assert run_at(settings, 9) == (0, 1)
    changed = settings.model_copy(update={"traces": rule})
    assert run_at(changed, 9.5) == (1, 0)
    assert run_at(changed, 60) == (0, 0)


def test_a_run_killed_before_it_left_word_is_done_again_with_nothing_twice(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(settings, [ROOT, CALL])
    assert run_at(settings, 5) == (0, 1)
    with monkeypatch.context() as patch:

        def killed(*_: object) -> None:
            raise KeyboardInterrupt

        # Between the scores and the word that they are written, where no signal can be aimed at.
        patch.setattr("nilometer.evaluation.cursors.advanced", killed)
        with pytest.raises(KeyboardInterrupt):
            run_at(settings, 20)
    before = rows(settings, "FROM score_changes ORDER BY event_id")
    assert before
    assert run_at(settings, 30) == (1, 0)
    assert rows(settings, "FROM score_changes ORDER BY event_id") == before
    assert run_at(settings, 40) == (0, 0)


def test_a_scorer_that_failed_sees_what_became_finished_meanwhile(settings: Settings) -> None:
    def broken(trace: Trace) -> Finding | None:
        raise LookupError(trace.trace_id)

    write(settings, [ROOT, CALL])
    assert run_at(settings, 5) == (0, 1)
    failing = (Rule("mood", "1", "higher", broken),)
    assert run_at(settings, 20, trace_scorers=failing) == (1, 0)
    mended = Rule[Trace]("mood", "1", "higher", lambda trace: Finding(value=1.0, label="good", explanation="mended"))
    assert run_at(settings, 30, trace_scorers=(mended,)) == (1, 0)
    assert rows(settings, "SELECT label FROM scores WHERE name = 'mood'") == [{"label": "good"}]


def test_a_span_that_records_a_call_again_is_not_scored_again(settings: Settings) -> None:
    twice = [priced(1, n, scope=scope, response_id="r", output_messages=say("x")) for n, scope in ((1, "a"), (2, "b"))]
    inner = msgspec.structs.replace(twice[1], started_at=twice[0].started_at)
    write(settings, [ROOT, twice[0], inner])
    runs.run(settings)
    assert rows(settings, "SELECT count(*) AS n FROM scores WHERE name = 'empty_output'") == [{"n": 1}]
