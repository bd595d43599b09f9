"""Neutral OTLP records: what protobuf and JSON both become, with attributes as Python values."""

from collections.abc import Callable
from dataclasses import dataclass, field
from math import isfinite, isnan
from typing import Any

MAX_DEPTH = 32
"""How deeply attribute values may nest: masking and validation go on to 64 levels, and JSON in strings adds some."""
MAX_ATTRIBUTES = 20_000
"""Of one span with its events. Flattened conversations have thousands, the SDKs' own limit is 128."""

Attributes = dict[str, Any]


class OtlpError(Exception):
    """A record or a body that is none. The message holds places and types, never values."""

    def __init__(self, error_type: str, message: str) -> None:
        super().__init__(message)
        self.error_type = error_type


@dataclass(frozen=True, slots=True)
class Scope:
    """Which instrumentation made a record."""

    name: str = ""
    version: str = ""
    attributes: Attributes = field(default_factory=dict[str, Any])
    schema_url: str = ""


@dataclass(frozen=True, slots=True)
class OtlpEvent:
    """Something that happened within a span."""

    name: str
    time_ns: int
    attributes: Attributes


@dataclass(frozen=True, slots=True)
class OtlpLink:
    """Another span that a span points to; ids in lower-case hexadecimal."""

    trace_id: str
    span_id: str
    attributes: Attributes


@dataclass(frozen=True, slots=True, kw_only=True)
class OtlpSpan:
    """A span. Ids are lower-case hexadecimal, times Unix nanoseconds, 0 where unknown."""

    resource: Attributes
    scope: Scope
    trace_id: str
    span_id: str
    parent_span_id: str | None
    name: str
    kind: int
    start_ns: int
    end_ns: int
    attributes: Attributes
    events: list[OtlpEvent] = field(default_factory=list[OtlpEvent])
    links: list[OtlpLink] = field(default_factory=list[OtlpLink])
    status_code: int = 0
    """0 unset, 1 ok, 2 error."""
    status_message: str = ""
    trace_state: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class OtlpLog:
    """A log record that names its span."""

    resource: Attributes
    scope: Scope
    trace_id: str
    span_id: str
    time_ns: int
    event_name: str
    severity: str
    body: Any
    attributes: Attributes


OtlpRecord = OtlpSpan | OtlpLog


@dataclass(frozen=True, slots=True)
class Read:
    """One record of a body: read, or why it cannot be; and that record alone as a body of the same kind."""

    result: OtlpRecord | OtlpError
    alone: Callable[[], bytes]


class Budget:
    """How many attributes one record may still have."""

    def __init__(self) -> None:
        self._left = MAX_ATTRIBUTES

    def spend(self, count: int) -> None:
        """Raises OtlpError where there are more than MAX_ATTRIBUTES."""
        self._left -= count
        if self._left < 0:
            raise OtlpError("too_many_attributes", f"more than {MAX_ATTRIBUTES} attributes")


def check_depth(depth: int) -> None:
    """Raises OtlpError below MAX_DEPTH levels."""
    if depth > MAX_DEPTH:
        raise OtlpError("too_deep", f"an attribute nests more than {MAX_DEPTH} deep")


def trace_id(value: bytes) -> str:
    """Raises OtlpError of what is no trace id."""
    if len(value) != 16 or not any(value):
        raise OtlpError("bad_id", f"the trace id has {len(value)} bytes; it must have 16, not all 0")
    return value.hex()


def span_id(value: bytes) -> str:
    """Raises OtlpError of what is no span id."""
    if len(value) != 8 or not any(value):
        raise OtlpError("bad_id", f"the span id has {len(value)} bytes; it must have 8, not all 0")
    return value.hex()


def parent_id(value: bytes) -> str | None:
    """None where there is no parent: empty, or all 0. Raises OtlpError of what is no span id."""
    return span_id(value) if any(value) else None


def number(value: float) -> float | str:
    """A number as JSON can hold it."""
    if isfinite(value):
        return value
    return "NaN" if isnan(value) else ("Infinity" if value > 0 else "-Infinity")
