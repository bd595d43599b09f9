"""Rows for a lake, and what tests ask of one."""

import hashlib
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec

from nilometer.schemas.alert import Alert, AlertState
from nilometer.schemas.audit import AuditEntry
from nilometer.schemas.deadletter import Coordinates, DeadLetter, dead_letter_id
from nilometer.schemas.feedback import MaskedFeedback
from nilometer.schemas.ids import event_id
from nilometer.schemas.score import Score, score_id
from nilometer.schemas.settings import Settings
from nilometer.schemas.span import PricedSpan, Usage
from nilometer.warehouse.sql import query

START = datetime(2026, 3, 1, 12, 0, 0, 250_000, tzinfo=UTC)


def lake_settings(directory: Path, **sections: Any) -> Settings:
    return Settings(home=directory / "home", **sections)


def trace_of(number: int) -> str:
    """Ten spans share a trace."""
    return f"{number // 10 + 1:032x}"


def span(number: int, **fields: Any) -> PricedSpan:
    """The `number`th span: a call with all that a call has, a second after the one before."""
    trace, own = trace_of(number), f"{number + 1:016x}"
    started = START + timedelta(seconds=number)
    base = PricedSpan(
        event_id=event_id("span", trace, own),
        trace_id=trace,
        span_id=own,
        parent_span_id=None if number % 10 == 0 else f"{number // 10 * 10 + 1:016x}",
        name="chat gpt-4o",
        operation="chat",
        started_at=started,
        ended_at=started + timedelta(milliseconds=500, microseconds=125),
        environment="dev",
        service="support",
        feature="tickets",
        user_id="u1",
        session_id="s1",
        provider="openai",
        request_model="gpt-4o",
        response_model="gpt-4o-2024-08-06",
        finish_reason="stop",
        parameters={"temperature": 0.2},
        input_messages=[{"role": "user", "parts": [{"type": "text", "content": f"question {number}"}]}],
        output_messages=[{"role": "assistant", "parts": [{"type": "text", "content": "answer"}]}],
        usage=Usage(input_tokens=100 + number, output_tokens=7, cache_read_tokens=3),
        attributes={"number": number},
        masked={"PERSON": 1},
        mask_version="m1",
        cost=Decimal("0.000001234567890123"),
        currency="USD",
        price_version="p1",
    )
    return msgspec.structs.replace(base, **fields)


def feedback(number: int) -> MaskedFeedback:
    own = f"f{number}"
    return MaskedFeedback(
        event_id=event_id("feedback", trace_of(number), own),
        feedback_id=own,
        trace_id=trace_of(number),
        created_at=START + timedelta(seconds=number),
        thumbs="down",
        comment="not what I asked for",
    )


def score(number: int) -> Score:
    trace = trace_of(number)
    return Score(
        event_id=score_id(trace, None, "empty", "test/1"),
        trace_id=trace,
        name="empty",
        evaluator="test/1",
        created_at=START + timedelta(seconds=number),
        value=0.0,
    )


def alert(name: str, state: AlertState, seconds: int) -> Alert:
    at = START + timedelta(seconds=seconds)
    return Alert(
        event_id=event_id("alert", name, state),
        alert_id=name,
        rule="slow",
        state=state,
        severity="warning",
        metric="latency_ms",
        value=1.5,
        threshold=1.0,
        window_seconds=60,
        dimensions={"feature": "tickets"},
        environment="dev",
        started_at=START,
        changed_at=at,
        detected_at=at + timedelta(seconds=1),
    )


def dead_letter(number: int) -> DeadLetter:
    source = Coordinates(source="nilometer.dev.raw", partition=1, offset=number)
    return DeadLetter(
        event_id=dead_letter_id(source, "", "validate"),
        step="validate",
        error_type="clock",
        message="$.started_at: too early",
        source=source,
        environment="dev",
        failed_at=START + timedelta(seconds=number),
        original=b"\x00sealed\xff",
        headers={"nilometer-key": "k"},
    )


def audit(number: int) -> AuditEntry:
    return AuditEntry(
        event_id=event_id("audit", str(number)),
        at=START + timedelta(seconds=number),
        actor="tester",
        action="topics.create",
        target="nilometer.dev.raw",
        details={"partitions": "4"},
    )


def rows(settings: Settings, sql: str) -> list[dict[str, Any]]:
    return query(settings, sql).to_pylist()


def value(settings: Settings, sql: str) -> Any:
    """The one value of a query of one row and one column."""
    ((found,),) = (row.values() for row in rows(settings, sql))
    return found


def fingerprint(settings: Settings, *views: str) -> str:
    """A hash over all rows of views, in the order of their ids: the same rows have the same one."""
    digest = hashlib.sha256()
    for view in views or ("calls", "spans"):
        for row in rows(settings, f"FROM {view} ORDER BY event_id"):
            digest.update(repr(row).encode())
    return digest.hexdigest()
