"""Quality: good rows pass, each planted fault is found with its event id, and nothing else is told or written."""

import socket
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest

from nilometer.schemas.settings import Settings
from nilometer.schemas.span import Usage
from nilometer.warehouse import quality
from nilometer.warehouse.quality_result import Check, QualityResult
from tests.support.traffic import START, dead_letters, priced, say, span_id, traffic, write

NOW = START + timedelta(hours=49)


def check(result: QualityResult, suite: str, subject: str, expectation: str = "") -> Check:
    (found,) = (c for c in result.checks if (c.suite, c.subject) == (suite, subject) and expectation in c.expectation)
    return found


@pytest.fixture(autouse=True)
def _nobody_is_called(monkeypatch: pytest.MonkeyPatch) -> None:  # pyright: ignore[reportUnusedFunction]
    def refuse(*_args: Any) -> None:
        raise AssertionError("a connection was opened")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)


def test_good_rows_pass(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "cwd").mkdir()
    monkeypatch.chdir(tmp_path / "cwd")
    spans = traffic()
    write(settings, spans)
    result = quality.run(settings, now=NOW)
    assert result.passed, result.summary()
    assert result.rows["spans"] == len(spans)
    assert result.rows["calls"] == sum(span.is_call for span in spans)
    assert list((tmp_path / "cwd").iterdir()) == []
    kept = Path(result.path)
    assert kept.parent == settings.home / "quality" / "dev"
    assert msgspec.json.decode(kept.read_bytes(), type=QualityResult) == result
    assert quality.latest(settings) == result


def test_an_empty_warehouse_passes_with_a_warning(settings: Settings) -> None:
    assert quality.latest(settings) is None
    result = quality.run(settings, now=NOW)
    assert result.passed
    assert not check(result, "flow", "hours_since_newest_span", "not_be_null").success
    assert {c.rows for c in result.checks if c.suite != "flow"} == {0}


USAGE = Usage(input_tokens=10, output_tokens=5)
PRICE: dict[str, Any] = {"cost": Decimal("0.01"), "currency": "USD", "price_version": "v1", "usage": USAGE}


FAULTS: list[tuple[str, str, str, dict[str, Any]]] = [
    ("calls", "latency_ms", "", {"ended_at": START - timedelta(days=1)}),
    ("calls", "input_tokens", "", {"usage": Usage(input_tokens=-1, output_tokens=5)}),
    ("calls", "input_tokens, cached_tokens", "", {"usage": Usage(input_tokens=10, cache_read_tokens=11)}),
    ("calls", "output_tokens, reasoning_tokens", "", {"usage": Usage(output_tokens=10, reasoning_tokens=11)}),
    ("calls", "cost", "", {"cost": Decimal("-0.01")}),
    ("calls", "cost_known_or_explained", "", {"cost": None}),
    ("calls", "cost_has_currency_and_version", "", {"currency": None}),
    ("calls", "usage_source", "", {"usage": Usage(input_tokens=1, source="guessed")}),  # pyright: ignore
    ("spans", "status", "", {"status": "fine"}),
    ("spans", "span_id", "regex", {"span_id": "NOT-HEX"}),
    ("spans", "age_seconds", "between", {"started_at": datetime(2099, 1, 1, tzinfo=UTC), "ended_at": None}),
    ("spans", "not_own_parent", "", {"parent_span_id": span_id(12)}),
]


def test_each_fault_is_an_error_with_the_event_that_has_it(settings: Settings) -> None:
    bad = [priced(1, n, **(PRICE | fields)) for n, (*_, fields) in enumerate(FAULTS, 1)]
    write(settings, [priced(1, 100, **PRICE), *bad])
    result = quality.run(settings, now=NOW)
    assert not result.passed
    for span, (suite, subject, expectation, _) in zip(bad, FAULTS, strict=True):
        found = check(result, suite, subject, expectation)
        assert (found.success, found.severity, found.sample) == (False, "error", [span.event_id]), subject
        assert subject in result.summary()
    assert len(result.errors) == len(FAULTS)


def test_what_may_be_true_is_a_warning(settings: Settings) -> None:
    orphan = priced(2, 1, parent_span_id=span_id(77), unpriced_reason="unknown_model")
    write(settings, [priced(1, 0), orphan], dead_letters=dead_letters())
    result = quality.run(settings, now=START + timedelta(hours=30))
    assert result.passed
    warned = {f"{c.suite}.{c.subject}" for c in result.warnings}
    assert {
        "spans.parent_arrived",
        "calls.provider",
        "calls.priced",
        "flow.hours_since_newest_span",
    } <= warned
    assert check(result, "spans", "parent_arrived").sample == [orphan.event_id]
    soon = quality.run(settings, now=START + timedelta(hours=1))
    assert not check(soon, "flow", "dead_letter_share").success


def test_volume_is_compared_with_the_day_before(settings: Settings) -> None:
    many = [priced(n, 1, started_at=START + timedelta(minutes=n), ended_at=None, **PRICE) for n in range(1, 121)]
    few = [
        priced(500 + n, 1, started_at=START + timedelta(days=1, minutes=n), ended_at=None, **PRICE)
        for n in range(1, 31)
    ]
    write(settings, many + few)
    result = quality.run(settings, now=START + timedelta(days=1, hours=6))
    found = check(result, "flow", "calls_against_day_before")
    assert (found.success, found.severity) == (False, "warning")
    quiet = quality.run(settings, now=START + timedelta(days=2, hours=6))
    assert check(quiet, "flow", "calls_against_day_before").rows == 0


def test_only_what_started_since_then_is_checked(settings: Settings) -> None:
    old = priced(1, 1, started_at=START - timedelta(days=9), **(PRICE | {"cost": Decimal(-1)}))
    write(settings, [old, priced(2, 0), priced(2, 1, **PRICE)])
    assert not quality.run(settings, now=NOW).passed
    result = quality.run(settings, since=START, now=NOW)
    assert result.passed
    assert result.rows["calls"] == 1


def test_many_frames_add_up(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quality, "FRAME_VECTORS", 1)
    spans = [priced(n, 0, started_at=START + timedelta(seconds=n)) for n in range(1, 5_001)]
    bad = [priced(n, 1, **(PRICE | {"status": "fine"})) for n in (1, 3_000)]
    write(settings, [*spans, *bad])
    result = quality.run(settings, now=NOW)
    found = check(result, "spans", "status")
    assert (found.rows, found.unexpected) == (5_002, 2)
    assert sorted(found.sample) == sorted(span.event_id for span in bad)


def test_results_hold_no_contents(settings: Settings) -> None:
    write(settings, [priced(1, 1, status="SECRET", output_messages=say("SECRET"), request_model="SECRET")])
    result = quality.run(settings, now=NOW)
    assert not result.passed
    assert "SECRET" not in Path(result.path).read_text()
    assert "SECRET" not in result.summary()
