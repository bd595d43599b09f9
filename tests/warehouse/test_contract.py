"""What analysts rely on: the views' columns, their comments, their meaning."""

import contextlib
from decimal import Decimal
from importlib import resources
from pathlib import Path

import polars
import pyarrow as pa
import pytest

from nilometer.schemas.span import CALL_OPERATIONS, Usage
from nilometer.warehouse import ledger
from nilometer.warehouse.catalog import Catalog, WarehouseError
from nilometer.warehouse.sql import query
from nilometer.warehouse.writer import Writer
from tests.support.lake import START, alert, audit, dead_letter, feedback, lake_settings, rows, score, span, value

CALLS = """event_id, trace_id, span_id, parent_span_id, started_at, ended_at, latency_ms, environment, service,
project, feature, user_id, session_id, agent_name, operation, provider, request_model, response_model, response_id,
status, error_type, finish_reason, parameters, input_messages, output_messages, input_tokens, output_tokens,
cache_read_tokens, cache_write_tokens, reasoning_tokens, usage_source, cost, currency, price_version, unpriced_reason,
prompt_name, prompt_version"""
VIEWS = {
    "calls",
    "spans",
    "tool_calls",
    "retrievals",
    "agents",
    "traces",
    "feedback",
    "score_changes",
    "scores",
    "alerts",
} | {
    "alert_changes",
    "duplicates",
    "trace_states",
    "secrets",
    "span_details",
    "dead_letters",
    "costs",
    "cost_entries",
    "audit",
    "columns",
}


def test_calls_has_the_columns_of_the_contract_in_order(tmp_path: Path) -> None:
    names = query(lake_settings(tmp_path), "FROM calls").column_names
    assert names == [name.strip() for name in CALLS.replace("\n", " ").split(",")]


def test_every_column_of_every_view_has_a_comment(tmp_path: Path) -> None:
    settings = lake_settings(tmp_path)
    found = rows(
        settings,
        "SELECT table_name, column_name, comment FROM duckdb_columns() WHERE database_name = 'memory'",
    )
    assert {row["table_name"] for row in found} == VIEWS
    assert [row for row in found if not row["comment"]] == []
    assert value(
        settings, "SELECT count(*) FROM duckdb_views() WHERE database_name = 'memory' AND comment IS NULL"
    ) == (value(settings, "SELECT count(*) FROM duckdb_views() WHERE database_name = 'memory' AND internal"))
    # For whoever attaches the lake without us.
    assert rows(settings, "FROM columns WHERE comment IS NULL") == []
    lacking = """
        FROM duckdb_columns() SEMI JOIN duckdb_tables() USING (database_name, schema_name, table_name)
        WHERE database_name = 'lake' AND schema_name = 'store' AND comment IS NULL
    """
    assert rows(settings, lacking) == []


def test_the_lake_can_be_read_without_us(tmp_path: Path) -> None:
    settings = lake_settings(tmp_path)
    with Writer(settings) as writer:
        writer.write([span(n) for n in range(30)])
    with contextlib.closing(Catalog(settings).connect(read_only=True)) as connection:
        connection.execute("USE memory")
        assert connection.execute("SELECT count(*) FROM lake.calls").fetchone() == (30,)
    (file,) = Catalog(settings).data_path.glob("store/spans/*.parquet")
    frame = polars.read_parquet(file)
    assert frame.height == 30
    assert frame["cost"].sum() == Decimal("0.000001234567890123") * 30
    assert frame["trace_id"].is_sorted()


def test_a_call_comes_back_as_it_went_in(tmp_path: Path) -> None:
    settings = lake_settings(tmp_path)
    given = span(3, usage=Usage(input_tokens=5, source="estimated"), response_id="r", prompt_name="p")
    with Writer(settings) as writer:
        writer.write([given])
    (row,) = rows(settings, "FROM calls")
    assert row["started_at"] == given.started_at
    assert row["latency_ms"] == 500.125
    assert row["status"] == "ok"
    assert (row["input_tokens"], row["output_tokens"], row["usage_source"]) == (5, None, "estimated")
    assert row["cost"] == given.cost
    (text,) = rows(settings, "SELECT input_messages->0->'parts'->0->>'content' AS text FROM calls")
    assert text == {"text": "question 3"}
    assert value(settings, "SELECT date_trunc('hour', started_at) FROM calls") == START.replace(minute=0, microsecond=0)


def test_the_operations_of_views_are_those_of_the_schema() -> None:
    views = resources.files("nilometer.warehouse") / "views"
    listed = (
        "(" + ", ".join(f"'{name}'" for name in ("chat", "generate_content", "text_completion", "embeddings")) + ")"
    )
    assert {name.strip("() '") for name in listed.split(",")} == CALL_OPERATIONS
    for view in ("02_calls.sql", "06_traces.sql", "11_costs.sql"):
        assert listed in (views / view).read_text(encoding="utf-8")


def test_kinds_of_spans_have_their_views(tmp_path: Path) -> None:
    settings = lake_settings(tmp_path)
    kinds = ["chat", "embeddings", "execute_tool", "retrieval", "invoke_agent", None]
    with Writer(settings) as writer:
        writer.write([span(n, operation=kind) for n, kind in enumerate(kinds)])
    counts = {
        view: value(settings, f"SELECT count(*) FROM {view}")  # noqa: S608
        for view in ("spans", "calls", "tool_calls", "retrievals", "agents", "traces")
    }
    assert counts == {"spans": 6, "calls": 2, "tool_calls": 1, "retrievals": 1, "agents": 1, "traces": 1}


def test_what_is_not_known_is_null_and_counted_never_zero(tmp_path: Path) -> None:
    """Invariant 4."""
    settings = lake_settings(tmp_path)
    unknown = {"cost": None, "currency": None, "price_version": None, "unpriced_reason": "unknown_model", "usage": None}
    with Writer(settings) as writer:
        writer.write([span(1), span(2, **unknown), span(12, **unknown, ended_at=None)])
    first, second = rows(settings, "FROM traces ORDER BY trace_id")
    assert (first["cost"], first["calls"], first["unpriced_calls"]) == (Decimal("0.000001234567890123"), 2, 1)
    assert (first["input_tokens"], first["calls_without_tokens"]) == (101, 1)
    assert (second["cost"], second["currency"], second["unpriced_calls"]) == (None, None, 1)
    assert (second["input_tokens"], second["output_tokens"]) == (None, None)
    assert (second["ended_at"], second["latency_ms"], second["root_name"], second["status"]) == (None,) * 4
    assert rows(settings, "SELECT cost, unpriced_reason, usage_source FROM calls WHERE cost IS NULL LIMIT 1") == [
        {"cost": None, "unpriced_reason": "unknown_model", "usage_source": None}
    ]


def test_a_trace_tells_what_its_spans_say(tmp_path: Path) -> None:
    settings = lake_settings(tmp_path)
    root = span(0, operation="invoke_agent", name="agent", cost=None, currency=None, price_version=None, usage=None)
    with Writer(settings) as writer:
        writer.write([span(2, status="error"), span(1), root, span(3, operation="execute_tool", cost=None, usage=None)])
    (trace,) = rows(settings, "FROM traces")
    assert (trace["root_name"], trace["status"], trace["errors"]) == ("agent", "ok", 1)
    assert (trace["spans"], trace["calls"], trace["tool_calls"]) == (4, 2, 1)
    assert (trace["started_at"], trace["latency_ms"]) == (root.started_at, 3500.125)
    assert (trace["input_tokens"], trace["output_tokens"]) == (203, 14)
    assert trace["cost"] == Decimal("0.000002469135780246")
    assert trace["unpriced_calls"] == 0


def test_alerts_are_the_latest_state(tmp_path: Path) -> None:
    settings = lake_settings(tmp_path)
    with Writer(settings) as writer:
        writer.write(alerts=[alert("a", "firing", 1), alert("b", "firing", 2)])
        writer.write(alerts=[alert("a", "resolved", 1)])
    found = rows(settings, "SELECT alert_id, state FROM alerts ORDER BY 1")
    assert found == [{"alert_id": "a", "state": "resolved"}, {"alert_id": "b", "state": "firing"}]
    assert value(settings, "SELECT count(*) FROM alert_changes") == 3


def test_every_kind_of_row_is_kept(tmp_path: Path) -> None:
    settings = lake_settings(tmp_path)
    with Writer(settings) as writer:
        written = writer.write(
            [span(1), feedback(1), score(1)],
            alerts=[alert("a", "firing", 1)],
            dead_letters=[dead_letter(1)],
            audits=[audit(1)],
        )
    assert written.rows == 6
    (letter,) = rows(settings, "FROM dead_letters")
    assert (letter["original"], letter["source"], letter["offset"]) == (b"\x00sealed\xff", "nilometer.dev.raw", 1)
    assert letter["original_bytes"] == 8
    assert value(settings, "SELECT thumbs FROM feedback") == "down"
    assert value(settings, "SELECT value FROM scores") == 0.0
    assert value(settings, "SELECT details->>'partitions' FROM audit") == "4"


def test_costs_are_a_ledger(tmp_path: Path) -> None:
    """Re-pricing appends; what was paid is the sum, to the last digit. Doing it again books nothing."""
    settings = lake_settings(tmp_path)
    unpriced = span(2, cost=None, currency=None, price_version=None, unpriced_reason="unknown_model")
    with Writer(settings) as writer:
        writer.write([span(1), unpriced])

    def correction(number: int, amount: str, currency: str = "USD") -> ledger.Correction:
        return ledger.Correction(
            event_id=span(number).event_id,
            started_at=span(number).started_at,
            amount=Decimal(amount),
            currency=currency,
            price_version="p2",
            reason="new price book",
            booked_at=START,
        )

    given = [correction(1, "-0.000000000000000001"), correction(2, "12345678901234567890.000000000000000001")]
    assert ledger.append(settings, given) == 2
    assert ledger.append(settings, given) == 0
    found = rows(settings, "SELECT cost, price_version, unpriced_reason FROM calls ORDER BY started_at")
    assert [str(row["cost"]) for row in found] == ["0.000001234567890122", "12345678901234567890.000000000000000001"]
    assert [row["price_version"] for row in found] == ["p2", "p2"]
    assert found[1]["unpriced_reason"] is None
    same = "SELECT c.cost = k.cost AND c.price_version = k.price_version AND c.currency = k.currency AS same"
    assert rows(settings, f"{same} FROM calls c JOIN costs k USING (event_id)") == [{"same": True}] * 2
    assert value(settings, "SELECT count(*) FROM cost_entries") == 4
    with pytest.raises(WarehouseError, match="currency"):
        ledger.append(settings, [correction(1, "1", "EUR")])
    with pytest.raises(WarehouseError, match="not in the warehouse"):
        ledger.append(settings, [correction(9, "1")])


def test_results_are_arrow_with_exact_decimals(tmp_path: Path) -> None:
    table = query(lake_settings(tmp_path), "SELECT cost FROM calls")
    assert table.schema.field("cost").type == pa.decimal128(38, 18)
