"""When a trace is finished, in SQL: by when its rows arrived, its root, and what the time is now."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from nilometer.schemas.settings import Settings, TraceSettings
from nilometer.schemas.span import PricedSpan
from nilometer.warehouse import reports
from nilometer.warehouse.catalog import Catalog
from nilometer.warehouse.writer import Writer
from tests.support.lake import rows
from tests.support.traffic import priced, say

HOUR = 3_600.0
ROOT, CALL = priced(1, 0), priced(1, 1, output_messages=say("hi"))
RUNNING = priced(1, 0, ended_at=None, scope="some.instrumentation")
IMPORTED = priced(1, 0, ended_at=None)


def write(settings: Settings, *spans: PricedSpan, ago: float | None) -> None:
    """Writes spans that arrived so many seconds ago; None: a file brought them."""
    arrived = None if ago is None else datetime.now(UTC) - timedelta(seconds=ago)
    with Writer(settings, clock=None if arrived is None else lambda: arrived) as writer:
        writer.write(spans)


def trace(settings: Settings) -> dict[str, Any]:
    (found,) = rows(settings, "FROM traces")
    return found


# Margins of an hour, for a test that stands still is a slow machine and no bug.
LONG = TraceSettings(quiet_seconds=HOUR, timeout_seconds=12 * HOUR, max_open_seconds=24 * HOUR)


@pytest.mark.parametrize(
    ("spans", "ago", "state"),
    [
        ([ROOT, CALL], 0, "open"),
        ([ROOT, CALL], 2 * HOUR, "complete"),
        ([CALL], 2 * HOUR, "open"),
        ([CALL], 13 * HOUR, "timed_out"),
        ([RUNNING, CALL], 2 * HOUR, "open"),
        ([RUNNING, CALL], 13 * HOUR, "timed_out"),
        ([IMPORTED, CALL], 2 * HOUR, "complete"),
        ([CALL], None, "complete"),
        ([RUNNING], None, "complete"),
    ],
)
def test_a_trace_is_open_complete_or_timed_out(
    settings: Settings, spans: list[PricedSpan], ago: float | None, state: str
) -> None:
    here = settings.model_copy(update={"traces": LONG})
    write(here, *spans, ago=ago)
    found = trace(here)
    assert found["state"] == state
    assert (found["completed_at"] is not None) == (state != "open" and ago is not None)
    assert (found["late_spans"], found["reopenings"]) == (0, 0)
    rootless_and_open = spans == [CALL] and state == "open"
    first = spans[0]
    assert found["root_span_id"] == (None if rootless_and_open else first.span_id)
    assert found["root_name"] == (None if rootless_and_open else first.name)


def test_late_spans_open_a_trace_again(settings: Settings) -> None:
    here = settings.model_copy(update={"traces": LONG})
    write(here, ROOT, CALL, ago=20 * HOUR)
    write(here, priced(1, 2), priced(1, 3), ago=18 * HOUR)
    write(here, priced(1, 4), ago=0)
    found = trace(here)
    assert (found["state"], found["late_spans"], found["reopenings"]) == ("open", 3, 2)
    write(here, CALL, ROOT, ago=0)
    assert trace(here) == found


def test_what_arrives_all_the_time_is_not_waited_for_for_ever(settings: Settings) -> None:
    here = settings.model_copy(update={"traces": TraceSettings(quiet_seconds=HOUR, max_open_seconds=2 * HOUR)})
    for ago in (2.5, 1.75, 1, 0.25):
        write(here, priced(1, int(ago * 4)), *([ROOT] if ago == 2.5 else []), ago=ago * HOUR)
    found = trace(here)
    assert (found["state"], found["reopenings"]) == ("timed_out", 0)


def test_a_late_span_of_a_trace_from_a_file_opens_it(settings: Settings) -> None:
    write(settings, ROOT, CALL, ago=None)
    write(settings, priced(1, 2), ago=0)
    found = trace(settings)
    assert (found["state"], found["late_spans"], found["reopenings"]) == ("open", 1, 1)


def test_when_rows_arrived_makes_no_row_different(settings: Settings, tmp_path: Any) -> None:
    """Invariant 5: the same rows live and backfilled."""
    other = Settings(home=tmp_path / "other")
    write(settings, ROOT, CALL, ago=0)
    write(other, ROOT, CALL, ago=None)
    assert rows(settings, "FROM spans ORDER BY event_id") == rows(other, "FROM spans ORDER BY event_id")


def test_whoever_reads_without_us_has_the_default_settings(settings: Settings) -> None:
    write(settings, ROOT, ago=HOUR)
    write(settings, priced(2, 1), ago=HOUR)
    query = "SELECT state, completes_at - last_arrival FROM trace_states ORDER BY trace_id"
    with Catalog(settings.model_copy(update={"traces": LONG})).connect(read_only=True) as connection:
        waits = [timedelta(hours=1), timedelta(hours=12)]
        assert [wait for _, wait in connection.execute(query).fetchall()] == waits
        for name in TraceSettings.model_fields:
            connection.execute(f"RESET VARIABLE traces_{name}")
        default = TraceSettings()
        assert connection.execute(query).fetchall() == [
            ("complete", timedelta(seconds=default.quiet_seconds)),
            ("timed_out", timedelta(seconds=default.timeout_seconds)),
        ]


def test_the_report_says_what_is_not_finished(settings: Settings) -> None:
    write(settings, CALL, ago=HOUR)
    write(settings, priced(2, 1), ago=0)
    page = reports.run(settings).path.read_text(encoding="utf-8")
    assert "1 trace not finished yet" in page
    assert "1 trace timed out" in page
