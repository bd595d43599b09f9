"""What is scored: spans and traces as the warehouse holds them, masked."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec

from nilometer.schemas.span import CALL_OPERATIONS, Message


class Span(msgspec.Struct, frozen=True, kw_only=True):
    """The fields of a span that scores look at; names and meaning as in `nilometer.schemas.span`."""

    event_id: str
    trace_id: str
    span_id: str
    started_at: datetime
    ended_at: datetime | None = None
    parent_span_id: str | None = None
    environment: str | None = None
    operation: str | None = None
    status: str = "ok"
    finish_reason: str | None = None
    parameters: dict[str, Any] | None = None
    output_type: str | None = None
    output_messages: list[Message] | None = None
    tool_definitions: list[Any] | None = None
    tool_name: str | None = None
    tool_call_id: str | None = None
    tool_arguments: Any = None
    duplicate_of: str | None = None
    """The event that stands for the same call; such a span is part of its trace, but not scored by itself."""

    @property
    def is_call(self) -> bool:
        return self.operation in CALL_OPERATIONS

    @property
    def is_tool(self) -> bool:
        return self.operation == "execute_tool"


class Trace(msgspec.Struct, frozen=True, kw_only=True):
    """A trace as far as it has arrived: its spans in the order in which they started."""

    trace_id: str
    spans: Sequence[Span]

    @property
    def environment(self) -> str | None:
        return self.spans[0].environment if self.spans else None


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """What a scorer says of one subject. A scorer that has nothing to say gives None instead."""

    value: float | None
    """1.0 or 0.0 for yes or no, or a grade; None where it applies but cannot be told."""
    label: str
    explanation: str
    """Made of kinds, counts and places; a judge's rationale speaks of masked text only."""
    attributes: dict[str, Any] = {}
    """Counts; of a judge also `judge.model`, `judge.input_tokens`, `judge.output_tokens`, `judge.cost` (a decimal
    string), `judge.currency`, `judge.price_version`."""
