"""OTLP protobuf: ExportTraceServiceRequest and ExportLogsServiceRequest to neutral records."""

import base64
from collections.abc import Iterator, Sequence
from typing import Any

from google.protobuf.message import DecodeError
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1 import common_pb2
from opentelemetry.proto.logs.v1 import logs_pb2
from opentelemetry.proto.trace.v1 import trace_pb2

from nilometer.streams.decode.otlp import records
from nilometer.streams.decode.otlp.records import (
    Attributes,
    Budget,
    OtlpError,
    OtlpEvent,
    OtlpLink,
    OtlpLog,
    OtlpSpan,
    Read,
    Scope,
)


def read_traces(body: bytes) -> Iterator[Read]:
    """The spans of a body. Raises OtlpError where it is no ExportTraceServiceRequest."""
    request = ExportTraceServiceRequest()
    _parse(request, body)
    for group in request.resource_spans:
        resource = _shared(group.resource.attributes)
        for scoped in group.scope_spans:
            scope = _scope(scoped.scope, scoped.schema_url or group.schema_url)
            for span in scoped.spans:
                yield Read(
                    _tried_span(span, resource, scope), lambda g=group, s=scoped, one=span: _span_alone(g, s, one)
                )


def read_logs(body: bytes) -> Iterator[Read]:
    """The log records of a body. Raises OtlpError where it is no ExportLogsServiceRequest."""
    request = ExportLogsServiceRequest()
    _parse(request, body)
    for group in request.resource_logs:
        resource = _shared(group.resource.attributes)
        for scoped in group.scope_logs:
            scope = _scope(scoped.scope, scoped.schema_url or group.schema_url)
            for log in scoped.log_records:
                yield Read(_tried_log(log, resource, scope), lambda g=group, s=scoped, one=log: _log_alone(g, s, one))


def _parse(request: ExportTraceServiceRequest | ExportLogsServiceRequest, body: bytes) -> None:
    try:
        request.ParseFromString(body)
    except (DecodeError, RecursionError):
        raise OtlpError("malformed_otlp", f"not an {type(request).__name__} in protobuf") from None


def _tried_span(
    span: trace_pb2.Span, resource: Attributes | OtlpError, scope: Scope | OtlpError
) -> OtlpSpan | OtlpError:
    try:
        return _span(span, _good(resource), _good(scope))
    except OtlpError as error:
        return error


def _tried_log(
    log: logs_pb2.LogRecord, resource: Attributes | OtlpError, scope: Scope | OtlpError
) -> OtlpLog | OtlpError:
    try:
        return _log(log, _good(resource), _good(scope))
    except OtlpError as error:
        return error


def _span(span: trace_pb2.Span, resource: Attributes, scope: Scope) -> OtlpSpan:
    budget = Budget()
    return OtlpSpan(
        resource=resource,
        scope=scope,
        trace_id=records.trace_id(span.trace_id),
        span_id=records.span_id(span.span_id),
        parent_span_id=records.parent_id(span.parent_span_id),
        name=span.name,
        kind=int(span.kind),
        start_ns=span.start_time_unix_nano,
        end_ns=span.end_time_unix_nano,
        attributes=_attributes(span.attributes, budget),
        events=[OtlpEvent(e.name, e.time_unix_nano, _attributes(e.attributes, budget)) for e in span.events],
        links=[OtlpLink(x.trace_id.hex(), x.span_id.hex(), _attributes(x.attributes, budget)) for x in span.links],
        status_code=int(span.status.code),
        status_message=span.status.message,
        trace_state=span.trace_state,
    )


def _log(log: logs_pb2.LogRecord, resource: Attributes, scope: Scope) -> OtlpLog:
    if not log.trace_id or not log.span_id:
        raise OtlpError("no_span", "a log record that names no span")
    budget = Budget()
    return OtlpLog(
        resource=resource,
        scope=scope,
        trace_id=records.trace_id(log.trace_id),
        span_id=records.span_id(log.span_id),
        time_ns=log.time_unix_nano or log.observed_time_unix_nano,
        event_name=log.event_name,
        severity=log.severity_text,
        body=_value(log.body, budget, 0),
        attributes=_attributes(log.attributes, budget),
    )


def _good(value: Any) -> Any:
    if isinstance(value, OtlpError):
        raise value
    return value


def _shared(attributes: Sequence[common_pb2.KeyValue]) -> Attributes | OtlpError:
    try:
        return _attributes(attributes, Budget())
    except OtlpError as error:
        return error


def _scope(scope: common_pb2.InstrumentationScope, schema_url: str) -> Scope | OtlpError:
    attributes = _shared(scope.attributes)
    return attributes if isinstance(attributes, OtlpError) else Scope(scope.name, scope.version, attributes, schema_url)


def _attributes(pairs: Sequence[common_pb2.KeyValue], budget: Budget, depth: int = 0) -> Attributes:
    budget.spend(len(pairs))
    return {pair.key: _value(pair.value, budget, depth + 1) for pair in pairs}


def _value(value: common_pb2.AnyValue, budget: Budget, depth: int) -> Any:
    records.check_depth(depth)
    match value.WhichOneof("value"):
        case "string_value":
            return value.string_value
        case "int_value":
            return value.int_value
        case "bool_value":
            return value.bool_value
        case "double_value":
            return records.number(value.double_value)
        case "array_value":
            items = value.array_value.values
            budget.spend(len(items))
            return [_value(item, budget, depth + 1) for item in items]
        case "kvlist_value":
            return _attributes(value.kvlist_value.values, budget, depth)
        case "bytes_value":
            return base64.b64encode(value.bytes_value).decode()
        case _:
            return None


def _span_alone(group: trace_pb2.ResourceSpans, scoped: trace_pb2.ScopeSpans, span: trace_pb2.Span) -> bytes:
    inner = trace_pb2.ScopeSpans(scope=scoped.scope, schema_url=scoped.schema_url, spans=[span])
    outer = trace_pb2.ResourceSpans(resource=group.resource, schema_url=group.schema_url, scope_spans=[inner])
    return ExportTraceServiceRequest(resource_spans=[outer]).SerializeToString(deterministic=True)


def _log_alone(group: logs_pb2.ResourceLogs, scoped: logs_pb2.ScopeLogs, log: logs_pb2.LogRecord) -> bytes:
    inner = logs_pb2.ScopeLogs(scope=scoped.scope, schema_url=scoped.schema_url, log_records=[log])
    outer = logs_pb2.ResourceLogs(resource=group.resource, schema_url=group.schema_url, scope_logs=[inner])
    return ExportLogsServiceRequest(resource_logs=[outer]).SerializeToString(deterministic=True)
