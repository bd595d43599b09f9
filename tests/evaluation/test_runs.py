"""Runs over a real warehouse: incremental, repeatable, and open to judges that come later."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from nilometer.evaluation import backlog, runs
from nilometer.evaluation.scorers import SPAN_SCORERS, Better, Findings, Rule
from nilometer.evaluation.subjects import Finding, Span, Trace
from nilometer.schemas.settings import Settings
from nilometer.warehouse.sql import query
from tests.support.traffic import START, ask, priced, say, span_id, trace_id, traffic, write

NOW = datetime(2026, 3, 3, tzinfo=UTC)
ANSWERED = [priced(1, 0), priced(1, 1, output_messages=say("Done."), finish_reason="stop")]


def rows(settings: Settings, sql: str) -> list[dict[str, Any]]:
    return query(settings, sql).to_pylist()


def scores(settings: Settings) -> list[dict[str, Any]]:
    return rows(settings, "SELECT * FROM scores ORDER BY trace_id, span_id, name, evaluator, created_at")


def test_an_empty_warehouse_gives_nothing(settings: Settings) -> None:
    assert runs.run(settings) == runs.RunResult()


def test_scores_are_rows_with_computed_ids(settings: Settings) -> None:
    write(settings, ANSWERED)
    result = runs.run(settings, now=lambda: NOW)
    assert result == runs.RunResult(
        traces=1, spans=2, scores={"empty_output": 1, "refusal": 1, "trace_outcome": 1}, failed={}
    )
    found = scores(settings)
    assert [(r["name"], r["span_id"], r["value"], r["label"]) for r in found] == [
        ("empty_output", span_id(1), 0.0, "not_empty"),
        ("refusal", span_id(1), 0.0, "none"),
        ("trace_outcome", None, 1.0, "answered"),
    ]
    assert {r["evaluator"] for r in found} == {f"nilometer.rules.{r['name']}/1" for r in found}
    assert {(r["created_at"], r["environment"]) for r in found} == {(NOW, "dev")}


def test_running_twice_adds_nothing_even_when_the_run_forgot_where_it_was(settings: Settings) -> None:
    write(settings, traffic(traces=30))
    first = runs.run(settings)
    before = scores(settings)
    assert sum(first.scores.values()) == len(before) > 30
    again = runs.run(settings)
    assert (again.traces, again.scores) == (0, {})
    since = runs.run(settings, since=START - timedelta(days=1))
    assert (since.traces, since.scores) == (30, {})
    assert scores(settings) == before


def test_only_what_is_new_is_looked_at(settings: Settings) -> None:
    write(settings, ANSWERED)
    runs.run(settings)
    write(settings, [priced(2, 1, parent_span_id=None, output_messages=say("hi"))])
    result = runs.run(settings)
    assert (result.traces, result.spans) == (1, 1)


def test_a_late_span_makes_its_trace_come_again(settings: Settings) -> None:
    late = priced(1, 2, output_messages=ask("lookup", {}))
    write(settings, ANSWERED)
    runs.run(settings, now=lambda: NOW)
    write(settings, [late])
    result = runs.run(settings, now=lambda: NOW + timedelta(hours=1))
    assert result.scores == {"empty_output": 1, "trace_outcome": 1}
    outcome = rows(settings, "SELECT label FROM score_changes WHERE name = 'trace_outcome' ORDER BY created_at")
    assert [r["label"] for r in outcome] == ["answered", "unfinished"]
    assert rows(settings, "SELECT label FROM scores WHERE name = 'trace_outcome'") == [{"label": "unfinished"}]
    assert runs.run(settings, since=START).scores == {}


def test_a_late_span_that_changes_no_result_adds_no_row(settings: Settings) -> None:
    write(settings, ANSWERED)
    runs.run(settings)
    write(settings, [priced(1, 2, output_messages=say("And more."))])
    assert runs.run(settings).scores == {"empty_output": 1, "refusal": 1}


def test_a_new_version_scores_everything_anew_beside_the_old(settings: Settings) -> None:
    write(settings, ANSWERED)
    runs.run(settings)
    stricter = Rule[Span]("refusal", "2", "lower", lambda span: Finding(value=1.0, label="x", explanation="y"))
    result = runs.run(settings, span_scorers=(*SPAN_SCORERS, stricter))
    assert result.scores == {"refusal": 2}
    evaluators = {r["evaluator"] for r in rows(settings, "SELECT evaluator FROM scores WHERE name = 'refusal'")}
    assert evaluators == {"nilometer.rules.refusal/1", "nilometer.rules.refusal/2"}


class Judge:
    """What a later model-based judge looks like: it is asked for a batch and answers when it can."""

    name = "helpfulness"
    better: Better = "higher"
    evaluator = "acme.judge/3"

    async def score(self, subjects: Sequence[Trace], /) -> Findings:
        spent = {"judge.model": "gpt-4o", "judge.cost": "0.0021", "judge.currency": "USD"}
        return [
            Finding(value=0.75, label="helpful", explanation="It answers.", attributes=spent)
            if subject.spans[-1].output_messages
            else None
            for subject in subjects
        ]


def test_a_judge_that_answers_later_fits_in(settings: Settings) -> None:
    write(settings, ANSWERED)
    result = runs.run(settings, span_scorers=(), trace_scorers=(Judge(),))
    assert result.scores == {"helpfulness": 1}
    (row,) = scores(settings)
    assert (row["evaluator"], row["value"], row["explanation"]) == ("acme.judge/3", 0.75, "It answers.")
    assert '"judge.cost":"0.0021"' in row["attributes"]


def test_a_scorer_that_fails_stops_nobody_and_is_asked_again(settings: Settings) -> None:
    def broken(span: Span) -> Finding | None:
        raise LookupError(span.span_id)

    write(settings, ANSWERED)
    result = runs.run(settings, span_scorers=(Rule("broken", "1", "higher", broken), *SPAN_SCORERS))
    assert result.failed == {"nilometer.rules.broken/1": "LookupError"}
    assert not result.passed
    assert result.scores["refusal"] == 1
    mended = Rule[Span]("broken", "1", "higher", lambda span: Finding(value=1.0, label="ok", explanation="mended"))
    again = runs.run(settings, span_scorers=(mended, *SPAN_SCORERS))
    assert again.scores == {"broken": 2}


def test_many_rounds_and_batches_see_every_trace_once(settings: Settings, monkeypatch: Any) -> None:
    monkeypatch.setattr(backlog, "ROUND_SPANS", 50)
    monkeypatch.setattr(backlog, "BATCH_TRACES", 4)
    monkeypatch.setattr(backlog, "MAX_TRACE_SPANS", 60)
    spans = traffic(traces=40)
    huge = [priced(999, n, started_at=START + timedelta(seconds=n)) for n in range(61)]
    write(settings, spans + huge)
    result = runs.run(settings)
    assert (result.traces, result.spans, result.skipped_traces) == (40, len(spans), 1)
    assert result.scores["trace_outcome"] == 40
    assert rows(settings, f"SELECT * FROM scores WHERE trace_id = '{trace_id(999)}'") == []  # noqa: S608
