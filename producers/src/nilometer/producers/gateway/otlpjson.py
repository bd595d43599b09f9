"""The form of OTLP's JSON, as far as the gateway looks: unknown fields are let be, as the protocol asks."""

import msgspec

Number = int | str
"""64-bit numbers are strings in proto3's JSON; many senders write numbers. Enums may be either, too."""
Real = float | str


class AnyValue(msgspec.Struct, rename="camel", frozen=True):
    string_value: str | None = None
    bool_value: bool | None = None
    int_value: Number | None = None
    double_value: Real | None = None
    array_value: "ArrayValue | None" = None
    kvlist_value: "KeyValueList | None" = None
    bytes_value: str | None = None


class ArrayValue(msgspec.Struct, frozen=True):
    values: list[AnyValue | None] | None = None


class KeyValue(msgspec.Struct, frozen=True):
    key: str = ""
    value: AnyValue | None = None


class KeyValueList(msgspec.Struct, frozen=True):
    values: list[KeyValue] | None = None


Attributes = list[KeyValue] | None


class Resource(msgspec.Struct, frozen=True):
    attributes: Attributes = None


class Scope(msgspec.Struct, frozen=True):
    name: str | None = None
    version: str | None = None
    attributes: Attributes = None


class Event(msgspec.Struct, rename="camel", frozen=True):
    time_unix_nano: Number | None = None
    name: str | None = None
    attributes: Attributes = None


class Link(msgspec.Struct, rename="camel", frozen=True):
    trace_id: str | None = None
    span_id: str | None = None
    attributes: Attributes = None


class SpanStatus(msgspec.Struct, frozen=True):
    code: Number | None = None
    message: str | None = None


class Span(msgspec.Struct, rename="camel", frozen=True):
    trace_id: str = ""
    span_id: str = ""
    parent_span_id: str | None = None
    name: str | None = None
    kind: Number | None = None
    start_time_unix_nano: Number | None = None
    end_time_unix_nano: Number | None = None
    attributes: Attributes = None
    events: list[Event] | None = None
    links: list[Link] | None = None
    status: SpanStatus | None = None


class ScopeSpans(msgspec.Struct, frozen=True):
    scope: Scope | None = None
    spans: list[Span] | None = None


class ResourceSpans(msgspec.Struct, rename="camel", frozen=True):
    resource: Resource | None = None
    scope_spans: list[ScopeSpans] | None = None


class TraceRequest(msgspec.Struct, rename="camel", frozen=True):
    resource_spans: list[ResourceSpans] | None = None


class LogRecord(msgspec.Struct, rename="camel", frozen=True):
    time_unix_nano: Number | None = None
    observed_time_unix_nano: Number | None = None
    severity_number: Number | None = None
    severity_text: str | None = None
    body: AnyValue | None = None
    attributes: Attributes = None
    trace_id: str | None = None
    span_id: str | None = None
    event_name: str | None = None


class ScopeLogs(msgspec.Struct, rename="camel", frozen=True):
    scope: Scope | None = None
    log_records: list[LogRecord] | None = None


class ResourceLogs(msgspec.Struct, rename="camel", frozen=True):
    resource: Resource | None = None
    scope_logs: list[ScopeLogs] | None = None


class LogsRequest(msgspec.Struct, rename="camel", frozen=True):
    resource_logs: list[ResourceLogs] | None = None


class Data(msgspec.Struct, rename="camel", frozen=True):
    data_points: list[msgspec.Raw] | None = None


class Metric(msgspec.Struct, rename="camel", frozen=True):
    gauge: Data | None = None
    sum: Data | None = None
    histogram: Data | None = None
    exponential_histogram: Data | None = None
    summary: Data | None = None


class ScopeMetrics(msgspec.Struct, frozen=True):
    metrics: list[Metric] | None = None


class ResourceMetrics(msgspec.Struct, rename="camel", frozen=True):
    scope_metrics: list[ScopeMetrics] | None = None


class MetricsRequest(msgspec.Struct, rename="camel", frozen=True):
    resource_metrics: list[ResourceMetrics] | None = None
