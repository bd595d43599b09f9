"""Small OTLP bodies for tests, and what the chain makes of them."""

from collections.abc import Iterable, Mapping
from typing import Any

from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, ArrayValue, InstrumentationScope, KeyValue, KeyValueList
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord, ResourceLogs, ScopeLogs
from opentelemetry.proto.resource.v1.resource_pb2 import Resource
from opentelemetry.proto.trace.v1.trace_pb2 import ResourceSpans, ScopeSpans, Span, Status

from nilometer.schemas import wire
from nilometer.schemas.deadletter import Coordinates
from nilometer.schemas.span import PricedSpan
from nilometer.streams import chain
from tests.support.chain import context

TRACE = bytes(range(1, 17))
START = 1_795_000_000_000_000_000
"""2026-11-18, in nanoseconds."""
MILLISECOND = 1_000_000


def span_id(number: int) -> bytes:
    return number.to_bytes(8, "big")


def any_value(value: Any) -> AnyValue:
    match value:
        case None:
            return AnyValue()
        case bool():
            return AnyValue(bool_value=value)
        case int():
            return AnyValue(int_value=value)
        case float():
            return AnyValue(double_value=value)
        case str():
            return AnyValue(string_value=value)
        case bytes():
            return AnyValue(bytes_value=value)
        case list():
            return AnyValue(array_value=ArrayValue(values=[any_value(item) for item in value]))
        case _:
            return AnyValue(kvlist_value=KeyValueList(values=pairs(value)))


def pairs(attributes: Mapping[str, Any]) -> list[KeyValue]:
    return [KeyValue(key=name, value=any_value(value)) for name, value in attributes.items()]


def span(
    number: int,
    attributes: Mapping[str, Any],
    *,
    parent: int | None = None,
    name: str = "chat",
    at: int = 0,
    lasts: int = 100,
    status: Status | None = None,
    events: Iterable[tuple[str, Mapping[str, Any]]] = (),
    trace: bytes = TRACE,
) -> Span:
    """A span; `at` and `lasts` in milliseconds."""
    start = START + at * MILLISECOND
    return Span(
        trace_id=trace,
        span_id=span_id(number),
        parent_span_id=b"" if parent is None else span_id(parent),
        name=name,
        kind=Span.SpanKind.SPAN_KIND_CLIENT,
        start_time_unix_nano=start,
        end_time_unix_nano=start + lasts * MILLISECOND,
        attributes=pairs(attributes),
        status=status,
        events=[Span.Event(name=n, time_unix_nano=start + MILLISECOND, attributes=pairs(a)) for n, a in events],
    )


def failed(message: str = "") -> Status:
    return Status(code=Status.StatusCode.STATUS_CODE_ERROR, message=message)


def traces(*spans: Span, scope: str = "test.scope", resource: Mapping[str, Any] | None = None) -> bytes:
    inner = ScopeSpans(scope=InstrumentationScope(name=scope, version="1"), spans=spans)
    group = ResourceSpans(resource=Resource(attributes=pairs(resource or {"service.name": "app"})), scope_spans=[inner])
    return ExportTraceServiceRequest(resource_spans=[group]).SerializeToString()


def logs(number: int, *records: tuple[str, Any, Mapping[str, Any]], scope: str = "test.scope") -> bytes:
    """Log records of one span: event name, body, attributes; a millisecond after each other."""
    made = [
        LogRecord(
            trace_id=TRACE,
            span_id=span_id(number) if number else b"",
            time_unix_nano=START + i * MILLISECOND,
            event_name=name,
            body=any_value(body),
            attributes=pairs(attributes),
        )
        for i, (name, body, attributes) in enumerate(records)
    ]
    group = ResourceLogs(scope_logs=[ScopeLogs(scope=InstrumentationScope(name=scope), log_records=made)])
    return ExportLogsServiceRequest(resource_logs=[group]).SerializeToString()


def opened(body: bytes, signal: str = "traces", content_type: str = wire.OTLP_PROTOBUF) -> chain.Opened:
    headers = {"content-type": content_type, wire.SIGNAL_HEADER: signal}
    return chain.Opened(chain.Record(body, headers, Coordinates(source="t")), body, content_type)


def run(body: bytes, signal: str = "traces", content_type: str = wire.OTLP_PROTOBUF, **changes: Any) -> chain.Outcome:
    """What becomes of a body, unmasked. `changes`: of the context."""
    return chain.run_bodies([opened(body, signal, content_type)], context(**changes))


def only(body: bytes) -> PricedSpan:
    """The one span of a body."""
    outcome = run(body)
    assert outcome.dead == []
    (event,) = outcome.events
    assert isinstance(event, PricedSpan)
    return event
