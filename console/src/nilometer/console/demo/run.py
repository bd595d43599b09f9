"""The demo from beginning to end."""

import time
from collections.abc import Callable, Generator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nilometer.console.demo import setup, truth
from nilometer.console.demo.truth import Check
from nilometer.console.errors import StartError
from nilometer.console.simulate.play import Played, Player, ScenarioClock, play_broken
from nilometer.console.simulate.scenario import INCIDENT_CALLS, Scenario
from nilometer.console.stack import Stack
from nilometer.producers import Nilometer
from nilometer.schemas.settings import Settings

if TYPE_CHECKING:
    import duckdb

ARRIVAL_SECONDS = 120.0
ALERT_SECONDS = 30.0
POLL_SECONDS = 0.1
Step = Callable[[str, float | None], Callable[[float], None]]
"""Begins a step of so many units on the progress display; what it returns is told how many are done."""


@dataclass
class Result:
    """What the demo saw."""

    home: Path
    settings: Settings
    checks: list[Check] = field(default_factory=list[Check])
    costs: list[tuple[Any, ...]] = field(default_factory=list[tuple[Any, ...]])
    masked: dict[str, int] = field(default_factory=dict[str, int])
    alerts: list[tuple[Any, ...]] = field(default_factory=list[tuple[Any, ...]])
    scores: dict[str, int] = field(default_factory=dict[str, int])
    report: Path | None = None
    alert_seconds: float | None = None
    """From the end of the call that broke the rule to the detector's alert."""
    arrival_seconds: float = 0
    """From the first event of the history to the last one in the warehouse."""
    events: int = 0
    seconds: float = 0

    @property
    def passed(self) -> bool:
        return bool(self.checks) and not any(check.problems for check in self.checks)


@contextmanager
def demo(
    user: Settings, given_home: Path | None, *, calls: int, seed: int, step: Step, say: Callable[[str], None]
) -> Generator[tuple[Result, Stack]]:
    """Runs everything and gives what it saw; the stack runs on until the block is left. Raises NilometerError."""
    began = time.monotonic()
    home = setup.make_home(given_home)
    settings, config = setup.make_settings(user, home)
    scenario = Scenario(seed, max(calls - INCIDENT_CALLS, 1), datetime.now(UTC))
    result = Result(home, settings)
    done = step("starting broker, worker, loader, detector and notifier", None)
    stack = Stack(settings, gateway=False, config=config, base_environment=setup.clean_environment(), say=say)
    with stack:
        stack.wait_ready()
        done(1)
        _traffic(stack, scenario, result, step)
        result.seconds = time.monotonic() - began
        yield result, stack


def _traffic(stack: Stack, scenario: Scenario, result: Result, step: Step) -> None:
    from nilometer.warehouse.catalog import Catalog

    settings = stack.connected
    clock = ScenarioClock()
    with (
        Nilometer(settings, clock=clock) as client,
        closing(Catalog(settings).reader()) as connection,
    ):
        player = Player(client, clock)
        played = player.played
        began = time.monotonic()
        done = step("a day of support conversations", sum(len(c.calls()) for c in scenario.history))
        player.history(scenario.history, done)
        play_broken(settings, scenario.people[0].name, played)
        _flush(client)
        _wait_rows(stack, connection, played, step, "masked, priced and in the warehouse")
        result.arrival_seconds = time.monotonic() - began
        done = step("an incident: a provider fails", INCIDENT_CALLS)
        player.incident(scenario.incident(), setup.RULES[0].minimum_calls, done)
        _flush(client)
        _wait_alert(stack, connection, step)
        _wait_rows(stack, connection, played, step, "all of it in the warehouse")
        result.events = played.events + played.others["feedback"]
        _wait_finished(stack, connection, step)
        _look(connection, played, result)
    _jobs(settings, result, step)
    # A new connection: the scores are there now, and every file has been written.
    with closing(Catalog(settings).reader()) as connection:
        done = step("comparing with the truth", None)
        result.checks = truth.examine(connection, played, scenario.planted(), result.home)
        done(1)


def _flush(client: Nilometer) -> None:
    if not client.flush(60) or client.stats().dropped:
        raise StartError(f"the SDK could not deliver everything: {client.stats().dropped or 'the broker is slow'}")


def _wait_rows(stack: Stack, connection: "duckdb.DuckDBPyConnection", played: Played, step: Step, what: str) -> None:
    """Until as many rows are there as were sent, dead letters included; a while longer than that is given up."""
    wanted = played.events + played.others["feedback"] + played.dead.total()
    done = step(what, wanted)
    seen, end = 0, time.monotonic() + ARRIVAL_SECONDS
    while time.monotonic() < end:
        stack.step()
        row = connection.execute(
            "SELECT (SELECT count(*) FROM spans) + (SELECT count(*) FROM feedback) "
            "+ (SELECT count(*) FROM dead_letters)"
        ).fetchall()[0]
        done(row[0] - seen)
        seen = row[0]
        if seen >= wanted:
            return
        time.sleep(POLL_SECONDS)
    # The checks will say which rows are missing.


def _wait_alert(stack: Stack, connection: "duckdb.DuckDBPyConnection", step: Step) -> None:
    done = step("the alert", 1)
    end = time.monotonic() + ALERT_SECONDS
    while time.monotonic() < end:
        stack.step()
        if connection.execute("SELECT count(*) FROM alerts WHERE rule = ?", [setup.RULE]).fetchall()[0][0]:
            done(1)
            return
        time.sleep(POLL_SECONDS)


def _wait_finished(stack: Stack, connection: "duckdb.DuckDBPyConnection", step: Step) -> None:
    """Until no trace is open: only finished ones are evaluated."""
    done = step("its traces finished", 1)
    end = time.monotonic() + setup.TRACES.quiet_seconds + ARRIVAL_SECONDS
    while time.monotonic() < end:
        stack.step()
        if not connection.execute("SELECT count(*) FROM traces WHERE state = 'open'").fetchall()[0][0]:
            break
        time.sleep(POLL_SECONDS)
    done(1)


def _look(connection: "duckdb.DuckDBPyConnection", played: Played, result: Result) -> None:
    result.costs = connection.execute(
        "SELECT feature, request_model, count(*), count(*) FILTER (status = 'error'), sum(input_tokens), "
        "sum(output_tokens), sum(cost), count(*) FILTER (cost IS NULL AND status = 'ok') "
        "FROM calls GROUP BY feature, request_model ORDER BY sum(cost) DESC NULLS LAST, feature"
    ).fetchall()
    result.masked = truth.masked_kinds(connection)
    result.alerts = connection.execute(
        "SELECT rule, dimensions, severity, value, threshold, started_at, detected_at FROM alerts ORDER BY detected_at"
    ).fetchall()
    fired = [row[6] for row in result.alerts if row[0] == setup.RULE]
    if fired and played.broken_at is not None:
        result.alert_seconds = (fired[0] - played.broken_at).total_seconds()


def _jobs(settings: Settings, result: Result, step: Step) -> None:
    from nilometer.evaluation import runs
    from nilometer.warehouse import reports

    done = step("evaluation", None)
    result.scores = dict(runs.run(settings).scores)
    done(1)
    done = step("report", None)
    report = reports.run(settings)
    result.report = Path(report.path)
    done(1)
