"""Builders of what is scored."""

from datetime import UTC, datetime, timedelta
from typing import Any

from nilometer.evaluation.subjects import Span, Trace

START = datetime(2026, 1, 1, tzinfo=UTC)
TRACE = "0" * 31 + "1"


def say(text: str) -> list[dict[str, Any]]:
    return [{"role": "assistant", "parts": [{"type": "text", "content": text}]}]


def ask(*calls: tuple[str, Any]) -> list[dict[str, Any]]:
    return [{"role": "assistant", "parts": [{"type": "tool_call", "name": n, "arguments": a} for n, a in calls]}]


def span(n: int = 1, **fields: Any) -> Span:
    """Span n of the trace, n seconds after its start; an LLM call under the root unless told otherwise."""
    values: dict[str, Any] = {
        "event_id": f"{n:032x}",
        "trace_id": TRACE,
        "span_id": f"{n:016x}",
        "parent_span_id": f"{0:016x}",
        "started_at": START + timedelta(seconds=n),
        "operation": "chat",
    }
    return Span(**values | fields)


def root(**fields: Any) -> Span:
    return span(0, **{"operation": "invoke_agent", "parent_span_id": None} | fields)


def tool(n: int, name: str, arguments: Any = None, **fields: Any) -> Span:
    return span(n, operation="execute_tool", tool_name=name, tool_arguments=arguments, **fields)


def trace(*spans: Span) -> Trace:
    return Trace(trace_id=TRACE, spans=spans)
