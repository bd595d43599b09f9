"""One trace of very many spans, deep or wide, harms nobody: it is stored, counted and reported in bounded memory.

From OTLP bodies through chain, writer, views, evaluation and report. NILOMETER_CHAOS=full: 200,000 spans, not 5,500.
"""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from nilometer.evaluation import backlog, runs
from nilometer.schemas.settings import Settings, WarehouseSettings
from nilometer.warehouse import reports
from nilometer.warehouse.catalog import Catalog
from nilometer.warehouse.writer import Writer
from tests.decode.otlp import run, span, traces
from tests.support.lake import rows, value
from tests.support.traffic import START

SPANS = 200_000 if os.environ.get("NILOMETER_CHAOS") == "full" else 5_500
A_BODY = 500
OTHER_TRACE = bytes(range(2, 18))
CHAT: dict[str, Any] = {
    "gen_ai.operation.name": "chat",
    "gen_ai.provider.name": "openai",
    "gen_ai.usage.input_tokens": 2,
}
AGENT: dict[str, Any] = {"gen_ai.operation.name": "invoke_agent"}

SHAPES: dict[str, tuple[Callable[[int], int], Callable[[int], dict[str, Any]], int]] = {
    # Who is the parent of span n, what it is, and how many calls there are.
    "a chain of agents and calls": (lambda n: n - 1, lambda n: CHAT if n % 2 else AGENT, SPANS // 2),
    "a wrapper around all calls": (lambda n: 0, lambda _: CHAT, SPANS - 1),
    "an agent with all calls": (lambda n: 0, lambda n: CHAT if n else AGENT, SPANS - 1),
}


@pytest.mark.parametrize("shape", SHAPES)
def test_a_trace_of_very_many_spans(tmp_path: Path, shape: str) -> None:
    parent, kind, calls = SHAPES[shape]
    settings = Settings(home=tmp_path / "home", warehouse=WarehouseSettings(memory_limit="512MB"))
    with Writer(settings, clock=lambda: START) as writer:
        for first in range(0, SPANS, A_BODY):
            spans = [
                span(n + 1, kind(n), parent=parent(n) + 1 if n else None, at=n % 1_000)
                for n in range(first, min(first + A_BODY, SPANS))
            ]
            outcome = run(traces(*spans))
            assert outcome.dead == []
            writer.write(outcome.events)
        writer.write(run(traces(span(1, AGENT, trace=OTHER_TRACE), span(2, CHAT, parent=1, trace=OTHER_TRACE))).events)
    small, large = rows(settings, "SELECT spans, calls, input_tokens, state, root_name FROM traces ORDER BY spans")
    assert large == {
        "spans": SPANS,
        "calls": calls,
        "input_tokens": 2 * calls,
        "state": "complete",
        "root_name": "chat",
    }
    assert small["calls"] == 1
    assert value(settings, "SELECT count(*) FROM costs") == calls + 1
    result = runs.run(settings)
    assert (result.traces, result.skipped_traces) == (1, int(SPANS > backlog.MAX_TRACE_SPANS))
    report = reports.run(settings)
    assert (report.calls, report.traces) == (calls + 1, 2)


def test_calls_within_calls_as_deep_as_can_be(tmp_path: Path) -> None:
    """No query climbs without end; marks and the rule agree."""
    settings = Settings(home=tmp_path / "home", warehouse=WarehouseSettings(memory_limit="512MB"))
    with Writer(settings, clock=lambda: START) as writer:
        for first in range(0, SPANS, A_BODY):
            spans = [span(n + 1, CHAT, parent=n or None) for n in range(first, min(first + A_BODY, SPANS))]
            writer.write(run(traces(*spans)).events)
    with Catalog(settings).connect(read_only=True) as connection:
        said = [
            connection.execute(f"FROM {view} ORDER BY ALL").fetchall()
            for view in ("main.duplicates", "store.duplicates_by_rule")
        ]
    assert said[0] == said[1]
    assert value(settings, "SELECT spans FROM traces") == SPANS
