"""Events as Arrow tables, column by column: one table of the lake each."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import ROUND_HALF_EVEN, Context, Decimal
from operator import attrgetter
from typing import Any

import msgspec
import pyarrow as pa

from nilometer.schemas.alert import Alert
from nilometer.schemas.audit import AuditEntry
from nilometer.schemas.deadletter import DeadLetter
from nilometer.schemas.detail import SpanDetail
from nilometer.schemas.event import Event
from nilometer.schemas.feedback import MaskedFeedback
from nilometer.schemas.score import Score
from nilometer.schemas.span import PricedSpan, Usage
from nilometer.warehouse import published

Row = Event | published.Published | Alert | DeadLetter | AuditEntry
Columns = Mapping[str, tuple[pa.DataType, Callable[[Any], object]]]

TEXT = pa.string()
INTEGER = pa.int64()
NUMBER = pa.float64()
TIME = pa.timestamp("us", tz="UTC")
MONEY = pa.decimal128(38, 18)
CENT = Decimal(1).scaleb(-18)
"""The smallest amount that is kept: 10⁻¹⁸ of the currency. What is finer is rounded half to even."""

_PRECISION = Context(prec=38)
_NO_USAGE = Usage()


def money(value: Decimal | None) -> Decimal | None:
    """An amount as the lake keeps it. Raises ValueError of what is no number, or from 10²⁰ on."""
    if value is None:
        return None
    if not value.is_finite() or value.copy_abs() >= 10**20:
        raise ValueError("not an amount that DECIMAL(38, 18) holds")
    return value.quantize(CENT, rounding=ROUND_HALF_EVEN, context=_PRECISION)


def _same(kind: pa.DataType, *names: str) -> dict[str, tuple[pa.DataType, Callable[[Any], object]]]:
    return {name: (kind, attrgetter(name)) for name in names}


def _json(*names: str) -> dict[str, tuple[pa.DataType, Callable[[Any], object]]]:
    def column(name: str) -> Callable[[Any], object]:
        get = attrgetter(name)

        return lambda row: published.text(get(row))

    return {name: (TEXT, column(name)) for name in names}


def _usage(span: PricedSpan) -> Usage:
    return span.usage or _NO_USAGE


SPANS: Columns = {
    **_same(TEXT, "event_id", "trace_id", "span_id", "parent_span_id", "name", "operation", "status", "error_type"),
    **_same(TEXT, "error_message", "environment", "service", "project", "feature", "user_id", "session_id"),
    **_same(TEXT, "agent_name", "provider", "request_model", "response_model", "response_id", "finish_reason"),
    **_same(TEXT, "output_type", "prompt_name", "prompt_version", "tool_name", "tool_type", "tool_call_id"),
    **_same(TEXT, "retrieval_query", "mask_version", "scope", "currency", "price_version", "unpriced_reason"),
    **_same(TIME, "started_at", "ended_at"),
    **_same(NUMBER, "time_to_first_token_ms"),
    **_same(INTEGER, "retrieval_top_k"),
    **_json("parameters", "input_messages", "output_messages", "tool_definitions", "tool_arguments", "tool_result"),
    **_json("retrieval_documents", "attributes", "masked"),
    "input_tokens": (INTEGER, lambda span: _usage(span).input_tokens),
    "output_tokens": (INTEGER, lambda span: _usage(span).output_tokens),
    "cache_read_tokens": (INTEGER, lambda span: _usage(span).cache_read_tokens),
    "cache_write_tokens": (INTEGER, lambda span: _usage(span).cache_write_tokens),
    "reasoning_tokens": (INTEGER, lambda span: _usage(span).reasoning_tokens),
    "usage_source": (TEXT, lambda span: span.usage.source if span.usage else None),
    "cost": (MONEY, lambda span: money(span.cost)),
}

FEEDBACK: Columns = {
    **_same(TEXT, "event_id", "feedback_id", "trace_id", "span_id", "thumbs", "comment", "correction"),
    **_same(TEXT, "environment", "service", "user_id", "mask_version"),
    **_same(TIME, "created_at"),
    **_same(NUMBER, "rating"),
    **_json("attributes", "masked"),
}

SCORES: Columns = {
    **_same(TEXT, "event_id", "trace_id", "span_id", "name", "evaluator", "label", "explanation"),
    **_same(TEXT, "environment", "mask_version"),
    **_same(TIME, "created_at"),
    **_same(NUMBER, "value"),
    **_json("attributes", "masked"),
}

SPAN_DETAILS: Columns = {
    **_same(TEXT, "event_id", "detail_id", "trace_id", "span_id", "name", "scope", "environment", "mask_version"),
    **_same(TIME, "created_at"),
    **_same(INTEGER, "position"),
    **_json("input_messages", "output_messages", "tool_definitions", "attributes", "masked"),
}

ALERTS: Columns = {
    **_same(TEXT, "event_id", "alert_id", "rule", "state", "severity", "metric", "environment", "summary"),
    **_same(TEXT, "runbook_url"),
    **_same(TIME, "started_at", "changed_at", "detected_at"),
    **_same(NUMBER, "value", "threshold"),
    **_same(INTEGER, "window_seconds"),
    **_json("dimensions"),
}

DEAD_LETTERS: Columns = {
    **_same(TEXT, "event_id", "step", "error_type", "message", "environment"),
    **_same(TIME, "failed_at"),
    **_same(pa.binary(), "original"),
    **_same(INTEGER, "attempts"),
    **_json("headers"),
    "source": (TEXT, attrgetter("source.source")),
    "partition": (INTEGER, attrgetter("source.partition")),
    "offset": (INTEGER, attrgetter("source.offset")),
    "index": (INTEGER, attrgetter("source.index")),
}

AUDIT: Columns = {
    **_same(TEXT, "event_id", "actor", "action", "target", "outcome", "environment"),
    **_json("details"),
    "happened_at": (TIME, attrgetter("at")),
}

TABLES: dict[str, tuple[type, Columns, str]] = {
    "spans": (PricedSpan, SPANS, "started_at"),
    "feedback": (MaskedFeedback, FEEDBACK, "created_at"),
    "scores": (Score, SCORES, "created_at"),
    "span_details": (SpanDetail, SPAN_DETAILS, "created_at"),
    "alerts": (Alert, ALERTS, "changed_at"),
    "dead_letters": (DeadLetter, DEAD_LETTERS, "failed_at"),
    "audit": (AuditEntry, AUDIT, "happened_at"),
}
"""For each table of the schema `store`: what its rows are, its columns, and the column that says when."""
_TABLE_OF: dict[type, str] = {
    one: table for table, (kind, _, _) in TABLES.items() for one in (kind, published.KINDS.get(kind, kind))
}


def by_table(rows: Iterable[Row]) -> dict[str, list[Any]]:
    """The rows for each table, the first of each event id only. Raises TypeError of anything else."""
    found: dict[str, dict[str, Any]] = {}
    for row in rows:
        table = _TABLE_OF.get(type(row))
        if table is None:
            raise TypeError(f"{type(row).__name__} is nothing that the warehouse keeps")
        found.setdefault(table, {}).setdefault(row.event_id, row)
    return {table: list(unique.values()) for table, unique in found.items()}


def arrow(table: str, rows: Sequence[Any]) -> pa.Table:
    """Rows of one table as Arrow. Raises ValueError where one holds what the table cannot (see `storable`)."""
    _, columns, _ = TABLES[table]
    try:
        return pa.table({name: pa.array([get(row) for row in rows], kind) for name, (kind, get) in columns.items()})
    except (pa.ArrowException, OverflowError, TypeError, UnicodeError, msgspec.EncodeError) as error:
        raise ValueError(f"a row of {table} cannot be stored: {type(error).__name__}") from None


def storable(table: str, rows: Sequence[Any]) -> tuple[list[Any], list[Any]]:
    """Rows that can be stored, and those that cannot: integers beyond 64 bits, amounts beyond DECIMAL, broken text."""
    good: list[Any] = []
    bad: list[Any] = []
    for row in rows:
        try:
            arrow(table, [row])
        except ValueError:
            bad.append(row)
        else:
            good.append(row)
    return good, bad
