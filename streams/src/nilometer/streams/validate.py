"""Validate: raw events that make sense, in UTC, stamped with their environment.

Usage that contradicts itself (more cached tokens than input tokens) passes: the call was made, and pricing says
`inconsistent_usage`. Free-form integers beyond 64 bits become their decimal text, so that no reader loses digits.
"""

import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from math import isfinite
from typing import Any, cast

import msgspec

from nilometer.schemas.detail import RawSpanDetail
from nilometer.schemas.event import RawEvent
from nilometer.schemas.feedback import RawFeedback
from nilometer.schemas.score import RawScore
from nilometer.schemas.span import RawSpan, Usage
from nilometer.streams.items import Refusal, Sourced
from nilometer.streams.steps import Context, Result, each

MAX_DEPTH = 64
"""How deeply free-form values may nest."""
MAX_TOKENS = 1_000_000_000
"""Of one call, and a thousand times what any model takes: more is a unit mistaken, not a call."""
MAX_COUNT = 2**63 - 1

_TRACE_ID = re.compile(r"(?!0{32})[0-9a-f]{32}")
_SPAN_ID = re.compile(r"(?!0{16})[0-9a-f]{16}")
_FREE = ("parameters", "input_messages", "output_messages", "tool_definitions", "tool_arguments", "tool_result")
_FREE_FIELDS = {
    RawSpan: (*_FREE, "retrieval_documents", "attributes"),
    RawFeedback: ("attributes",),
    RawScore: ("attributes",),
    RawSpanDetail: ("input_messages", "output_messages", "tool_definitions", "attributes"),
}
_NAMES = {
    RawSpan: (
        *("name", "operation", "error_type", "service", "project", "feature", "user_id", "session_id", "agent_name"),
        *("provider", "request_model", "response_model", "response_id", "finish_reason", "output_type"),
        *("prompt_name", "prompt_version", "tool_name", "tool_type", "tool_call_id", "scope"),
    ),
    RawFeedback: ("feedback_id", "service", "user_id"),
    RawScore: ("name", "evaluator", "label"),
    RawSpanDetail: ("detail_id", "name", "scope"),
}
_REQUIRED = {
    RawSpan: (),
    RawFeedback: ("feedback_id",),
    RawScore: ("name", "evaluator"),
    RawSpanDetail: ("detail_id", "name"),
}
_NUMBERS = {
    RawSpan: (("time_to_first_token_ms", True), ("retrieval_top_k", True)),
    RawFeedback: (("rating", False),),
    RawScore: (("value", False),),
    RawSpanDetail: (("position", True),),
}


class _Invalid(Exception):
    def __init__(self, error_type: str, message: str) -> None:
        self.refusal = Refusal(error_type, message)


def validate(batch: Sequence[Sourced[RawEvent]], ctx: Context) -> Result[RawEvent]:
    """Refuses what cannot be true; see the module for what is mended instead."""
    return each("validate", _validate, batch, ctx)


def _validate(event: RawEvent, ctx: Context) -> RawEvent | Refusal:
    try:
        _check_ids(event)
        _check_environment(event.environment, ctx.environment)
        _check_names(event, ctx.validation.max_name_length)
        _check_numbers(event)
        times = _times(event, ctx)
        values = _free_values(event)
    except _Invalid as invalid:
        return invalid.refusal
    return msgspec.structs.replace(event, environment=ctx.environment, **times, **values)


def _check_ids(event: RawEvent) -> None:
    if not _TRACE_ID.fullmatch(event.trace_id):
        raise _Invalid("bad_id", "$.trace_id: must be 32 lower-case hexadecimal digits, not all 0")
    ids = [("span_id", event.span_id)]
    if isinstance(event, RawSpan):
        ids.append(("parent_span_id", event.parent_span_id))
        if event.parent_span_id == event.span_id:
            raise _Invalid("bad_id", "$.parent_span_id: a span cannot be its own parent")
    for name, value in ids:
        if value is not None and not _SPAN_ID.fullmatch(value):
            raise _Invalid("bad_id", f"$.{name}: must be 16 lower-case hexadecimal digits, not all 0")


def _check_environment(claimed: str | None, ours: str) -> None:
    if claimed is not None and claimed != ours:
        raise _Invalid("other_environment", f"$.environment: not {ours!r}, which this worker serves; leave it out")


def _check_names(event: RawEvent, limit: int) -> None:
    for name in _NAMES[type(event)]:
        value: str | None = getattr(event, name)
        if value is not None and len(value) > limit:
            raise _Invalid("too_long", f"$.{name}: {len(value)} characters; validation.max_name_length is {limit}")
    for name in _REQUIRED[type(event)]:
        if not getattr(event, name).strip():
            raise _Invalid("empty", f"$.{name}: must not be empty")


def _check_numbers(event: RawEvent) -> None:
    for name, counts in _NUMBERS[type(event)]:
        value: float | None = getattr(event, name)
        if value is not None and (not isfinite(value) or (counts and not 0 <= value <= MAX_COUNT)):
            raise _Invalid("out_of_range", f"$.{name}: must be finite{' and not negative' if counts else ''}")
    if isinstance(event, RawSpan) and event.usage is not None:
        for name in Usage.__struct_fields__:
            count: object = getattr(event.usage, name)
            if isinstance(count, int) and not 0 <= count <= MAX_TOKENS:
                raise _Invalid("out_of_range", f"$.usage.{name}: must be between 0 and {MAX_TOKENS}")


def _times(event: RawEvent, ctx: Context) -> dict[str, datetime | None]:
    earliest, latest = (
        _moment(ctx.validation.earliest),
        ctx.clock() + timedelta(seconds=ctx.validation.max_future_seconds),
    )
    if not isinstance(event, RawSpan):
        return {"created_at": _utc("created_at", event.created_at, earliest, latest)}
    started_at = _utc("started_at", event.started_at, earliest, latest)
    if event.ended_at is None:
        return {"started_at": started_at}
    ended_at = _utc("ended_at", event.ended_at, earliest, latest)
    if ended_at < started_at:
        raise _Invalid("clock", "$.ended_at: before $.started_at")
    return {"started_at": started_at, "ended_at": ended_at}


def _utc(name: str, value: datetime, earliest: datetime, latest: datetime) -> datetime:
    if value.tzinfo is None:
        raise _Invalid("time_zone", f"$.{name}: needs a time zone, e.g. 2026-01-31T12:00:00Z")
    # Compared before it is converted: year 1 east of Greenwich has no UTC.
    if value < earliest:
        raise _Invalid("clock", f"$.{name}: before validation.earliest ({earliest.isoformat()})")
    if value > latest:
        raise _Invalid("clock", f"$.{name}: later than now and validation.max_future_seconds")
    return value.astimezone(UTC)


@lru_cache(maxsize=16)
def _moment(text: str) -> datetime:
    value = datetime.fromisoformat(text)
    return value if value.tzinfo else value.replace(tzinfo=UTC)


def _free_values(event: RawEvent) -> dict[str, Any]:
    """The free-form fields that have to change."""
    changed: dict[str, Any] = {}
    for name in _FREE_FIELDS[type(event)]:
        value = getattr(event, name)
        if value and _has_wide_integers(name, value):
            changed[name] = _narrow(value)
    return changed


def _has_wide_integers(name: str, value: object) -> bool:
    """Whether integers do not fit 64 bits; raises _Invalid where values nest more than MAX_DEPTH deep."""
    wide = False
    level: list[object] = [value]
    for _ in range(MAX_DEPTH + 1):
        below: list[object] = []
        for item in level:
            if type(item) is dict:
                below.extend(cast("dict[str, object]", item).values())
            elif type(item) is list:
                below.extend(cast("list[object]", item))
            elif type(item) is int and not -MAX_COUNT <= item <= MAX_COUNT:
                wide = True
        if not below:
            return wide
        level = below
    raise _Invalid("too_deep", f"$.{name}: nested more than {MAX_DEPTH} deep")


def _narrow(value: object) -> object:
    if type(value) is dict:
        return {key: _narrow(item) for key, item in cast("dict[str, object]", value).items()}
    if type(value) is list:
        return [_narrow(item) for item in cast("Iterable[object]", value)]
    return str(value) if type(value) is int and not -MAX_COUNT <= value <= MAX_COUNT else value
