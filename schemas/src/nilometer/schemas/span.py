"""Spans: timed operations of an LLM application, in the three stages of their life.

Names follow the OpenTelemetry GenAI semantic conventions. A span's stage is its type, so that a step in the wrong
place does not type-check:

    RawSpan ──mask──► MaskedSpan ──price──► PricedSpan ──► topic `events`

`RawSpan` is also the native ingestion format: one JSON object a line, `{"type": "span", …}`.
"""

from datetime import datetime
from decimal import Decimal
from typing import Any, Literal

import msgspec

from nilometer.schemas.ids import event_id

CALL_OPERATIONS = frozenset({"chat", "generate_content", "text_completion", "embeddings"})
"""Values of `operation` that make a span a *call*: one request to a model."""

Status = Literal["ok", "error"]
UsageSource = Literal["reported", "estimated"]
Message = dict[str, Any]
"""`{"role": str, "parts": [{"type": "text", "content": …} | {"type": "tool_call", "id", "name", "arguments"} |
{"type": "tool_call_response", "id", "response"} | …], "name"?, "finish_reason"?}`, as OpenTelemetry has it."""


class Usage(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """Tokens as the provider reported them. Unknown is None, never 0.

    `input_tokens` includes `cache_read_tokens` and `cache_write_tokens`; `output_tokens` includes `reasoning_tokens`.
    """

    input_tokens: int | None = None
    output_tokens: int | None = None
    cache_read_tokens: int | None = None
    cache_write_tokens: int | None = None
    reasoning_tokens: int | None = None
    source: UsageSource = "reported"


class SpanFields(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What every stage of a span has."""

    trace_id: str
    """32 lower-case hexadecimal digits (W3C Trace Context)."""
    span_id: str
    """16 lower-case hexadecimal digits (W3C Trace Context)."""
    name: str
    started_at: datetime
    """With a time zone; kept in UTC with microseconds."""
    ended_at: datetime | None = None
    """None where the source did not record it."""
    parent_span_id: str | None = None
    operation: str | None = None
    """`gen_ai.operation.name`: chat, embeddings, execute_tool, invoke_agent, retrieval, …"""
    status: Status = "ok"
    error_type: str | None = None
    error_message: str | None = None

    environment: str | None = None
    service: str | None = None
    project: str | None = None
    feature: str | None = None
    user_id: str | None = None
    session_id: str | None = None
    agent_name: str | None = None
    scope: str | None = None
    """Which instrumentation recorded it (OpenTelemetry's instrumentation scope); None for what our SDK sends."""

    provider: str | None = None
    request_model: str | None = None
    response_model: str | None = None
    response_id: str | None = None
    finish_reason: str | None = None
    time_to_first_token_ms: float | None = None
    parameters: dict[str, Any] | None = None
    """`gen_ai.request.*` without the prefix: temperature, max_tokens, response_format, …"""
    output_type: str | None = None
    """`gen_ai.output.type`: text, json, image, speech."""
    input_messages: list[Message] | None = None
    """System instructions come first, as messages of the role `system`."""
    output_messages: list[Message] | None = None
    tool_definitions: list[Any] | None = None
    usage: Usage | None = None
    prompt_name: str | None = None
    prompt_version: str | None = None

    tool_name: str | None = None
    tool_type: str | None = None
    tool_call_id: str | None = None
    tool_arguments: Any = None
    tool_result: Any = None

    retrieval_query: str | None = None
    retrieval_documents: list[Any] | None = None
    retrieval_top_k: int | None = None

    attributes: dict[str, Any] = {}
    """Everything that has no field of its own, under the name it came with."""

    @property
    def is_call(self) -> bool:
        return self.operation in CALL_OPERATIONS


class RawSpan(SpanFields, frozen=True, kw_only=True, tag_field="type", tag="span", forbid_unknown_fields=True):
    """A span as it came in: unmasked. It never leaves the process that opened it, unless sealed."""

    @property
    def event_id(self) -> str:
        return event_id("span", self.trace_id, self.span_id)


class MaskedSpan(SpanFields, frozen=True, kw_only=True, tag_field="type", tag="span"):
    """A span whose texts have been masked."""

    event_id: str
    masked: dict[str, int] = {}
    """How many values of each kind were masked, e.g. `{"PERSON": 2}`."""
    mask_version: str = ""
    """Which engine and policy masked it."""


class PricedSpan(MaskedSpan, frozen=True, kw_only=True, tag_field="type", tag="span"):
    """A masked span with its cost: the only stage that may be published."""

    cost: Decimal | None = None
    """In `currency`. None where unknown: `unpriced_reason` then says why. Spans that are no calls have neither."""
    currency: str | None = None
    price_version: str | None = None
    unpriced_reason: str | None = None
