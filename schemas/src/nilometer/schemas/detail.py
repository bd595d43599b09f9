"""Span details: what arrived about a span apart from it, such as a log record that holds its messages."""

from datetime import datetime
from typing import Any

import msgspec

from nilometer.schemas.ids import event_id
from nilometer.schemas.span import Message


class SpanDetailFields(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What every stage of a span detail has. It belongs to the span of its two ids, whichever comes first."""

    detail_id: str
    """The same for the same record, however often it is sent."""
    trace_id: str
    span_id: str
    created_at: datetime
    position: int
    """Orders the details of one span: Unix time in nanoseconds."""
    name: str
    """The event's name, e.g. `gen_ai.client.inference.operation.details` or `gen_ai.user.message`."""
    scope: str | None = None
    environment: str | None = None
    input_messages: list[Message] | None = None
    output_messages: list[Message] | None = None
    tool_definitions: list[Any] | None = None
    attributes: dict[str, Any] = {}
    """Everything else that the record holds, under the name it came with."""


class RawSpanDetail(
    SpanDetailFields, frozen=True, kw_only=True, tag_field="type", tag="span_detail", forbid_unknown_fields=True
):
    """A span detail as it came in: unmasked."""

    @property
    def event_id(self) -> str:
        return event_id("span_detail", self.trace_id, self.span_id, self.detail_id)


class SpanDetail(SpanDetailFields, frozen=True, kw_only=True, tag_field="type", tag="span_detail"):
    """A span detail whose texts have been masked."""

    event_id: str
    masked: dict[str, int] = {}
    mask_version: str = ""
