"""Spans and span details as OTLP, by the names of OpenTelemetry's GenAI conventions.

What had no field of its own goes out under the name that it came with, resource attributes, scope, events and links
where they came from: who decodes it again finds the same call.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import msgspec
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, ArrayValue, InstrumentationScope, KeyValue, KeyValueList
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord
from opentelemetry.proto.resource.v1.resource_pb2 import Resource
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status

from nilometer.schemas.detail import SpanDetail
from nilometer.schemas.span import PricedSpan
from nilometer.streams.decode.otlp.dialects.genai_deprecated import INPUT_EVENTS, OUTPUT_EVENTS

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_RESOURCE = "resource."
_SCOPE = "otel.scope."
_KINDS = ("unspecified", "internal", "server", "client", "producer", "consumer")
_TEXTS = (
    ("operation", "gen_ai.operation.name"),
    ("provider", "gen_ai.provider.name"),
    ("request_model", "gen_ai.request.model"),
    ("response_model", "gen_ai.response.model"),
    ("response_id", "gen_ai.response.id"),
    ("output_type", "gen_ai.output.type"),
    ("agent_name", "gen_ai.agent.name"),
    ("session_id", "gen_ai.conversation.id"),
    ("session_id", "session.id"),
    ("user_id", "gen_ai.user.id"),
    ("user_id", "user.id"),
    ("prompt_name", "gen_ai.prompt.name"),
    ("prompt_version", "gen_ai.prompt.version"),
    ("tool_name", "gen_ai.tool.name"),
    ("tool_type", "gen_ai.tool.type"),
    ("tool_call_id", "gen_ai.tool.call.id"),
    ("retrieval_query", "gen_ai.retrieval.query.text"),
    ("retrieval_top_k", "gen_ai.retrieval.top_k"),
    ("error_type", "error.type"),
    ("project", "nilometer.project"),
    ("feature", "nilometer.feature"),
    ("currency", "nilometer.cost.currency"),
    ("price_version", "nilometer.cost.price_version"),
    ("unpriced_reason", "nilometer.cost.unpriced_reason"),
    ("mask_version", "nilometer.mask_version"),
)
"""Fields that go out as they are."""
_JSON = (
    ("input_messages", "gen_ai.input.messages"),
    ("output_messages", "gen_ai.output.messages"),
    ("tool_definitions", "gen_ai.tool.definitions"),
    ("retrieval_documents", "gen_ai.retrieval.documents"),
)
"""Fields that the conventions have as JSON text."""
_AS_SENT = frozenset({"gen_ai.response.finish_reasons"})
"""Names whose value stays as it came, where it came."""
_USAGE = (
    ("input_tokens", "gen_ai.usage.input_tokens"),
    ("output_tokens", "gen_ai.usage.output_tokens"),
    ("cache_read_tokens", "gen_ai.usage.cache_read.input_tokens"),
    ("cache_write_tokens", "gen_ai.usage.cache_write.input_tokens"),
    ("reasoning_tokens", "gen_ai.usage.reasoning.output_tokens"),
)


def traces(spans: Iterable[PricedSpan], resource: Mapping[str, str] | None = None) -> bytes:
    """An ExportTraceServiceRequest; `resource`: attributes that each resource gets."""
    request = ExportTraceServiceRequest()
    groups: dict[bytes, Any] = {}
    for span in spans:
        rest = dict(span.attributes)
        of_resource = _resource_of(span.service, span.environment, rest, resource or {})
        of_scope, schema_url = _scope_of(span.scope, rest)
        key = of_resource.SerializeToString() + b"\0" + of_scope.SerializeToString() + schema_url.encode()
        group = groups.get(key)
        if group is None:
            group = groups[key] = request.resource_spans.add(resource=of_resource).scope_spans.add(
                scope=of_scope, schema_url=schema_url
            )
        group.spans.append(_span(span, rest))
    return request.SerializeToString()


def logs(details: Iterable[SpanDetail], resource: Mapping[str, str] | None = None) -> bytes:
    """An ExportLogsServiceRequest."""
    request = ExportLogsServiceRequest()
    for detail in details:
        rest = dict(detail.attributes)
        of_resource = _resource_of(None, detail.environment, rest, resource or {})
        of_scope, schema_url = _scope_of(detail.scope, rest)
        group = request.resource_logs.add(resource=of_resource).scope_logs.add(scope=of_scope, schema_url=schema_url)
        group.log_records.append(_log(detail, rest))
    return request.SerializeToString()


def _span(span: PricedSpan, rest: dict[str, Any]) -> Span:
    events = [_event(event) for event in _taken(rest, "events", "name")]
    links = [_link(link) for link in _taken(rest, "links", "span_id")]
    kind = rest.pop("otel.span_kind", None)
    error = span.status == "error"
    message = span.error_message if error else None
    if message is None or any(event.name == "exception" for event in events):
        # The message is the exception's, then, and the status had one of its own.
        message = rest.pop("otel.status_description", message)
    own = _own_attributes(span)
    # As it was spelt: who decodes it finds the same reason.
    own = {name: value for name, value in own.items() if name not in _AS_SENT or name not in rest}
    for name in own.keys() & rest.keys():
        if rest[name] != own[name]:
            # What was sent under a name that says something else now.
            own[f"nilometer.sent.{name}"] = rest[name]
        del rest[name]
    return Span(
        trace_id=bytes.fromhex(span.trace_id),
        span_id=bytes.fromhex(span.span_id),
        parent_span_id=bytes.fromhex(span.parent_span_id or ""),
        trace_state=_text(rest.pop("otel.trace_state", None)),
        name=span.name,
        kind=Span.SpanKind.ValueType(_KINDS.index(kind) if kind in _KINDS else 0),
        start_time_unix_nano=_nanoseconds(span.started_at),
        end_time_unix_nano=0 if span.ended_at is None else _nanoseconds(span.ended_at),
        attributes=_pairs(own | rest),
        events=events,
        links=links,
        status=Status(
            # An exception that was dealt with is no failure: that must be said.
            code=Status.STATUS_CODE_ERROR if error else Status.STATUS_CODE_OK if events else Status.STATUS_CODE_UNSET,
            message=_text(message),
        ),
    )


def _own_attributes(span: PricedSpan) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for field, name in _TEXTS:
        if (value := getattr(span, field)) not in (None, ""):
            found[name] = value
    for field, name in _JSON:
        if (value := getattr(span, field)) is not None:
            found[name] = _json(value)
    for field, name in (("tool_arguments", "gen_ai.tool.call.arguments"), ("tool_result", "gen_ai.tool.call.result")):
        if (value := getattr(span, field)) is not None:
            found[name] = _json(value) if isinstance(value, dict | list) else value
    if span.finish_reason is not None:
        found["gen_ai.response.finish_reasons"] = [span.finish_reason]
    if span.time_to_first_token_ms is not None:
        found["gen_ai.response.time_to_first_chunk"] = span.time_to_first_token_ms / 1000
    for name, value in (span.parameters or {}).items():
        found[f"gen_ai.request.{name}"] = value
    if span.usage is not None:
        for field, name in _USAGE:
            if (value := getattr(span.usage, field)) is not None:
                found[name] = value
        if span.usage.source != "reported":
            found["nilometer.usage.source"] = span.usage.source
    if span.cost is not None:
        found["nilometer.cost.total"] = float(span.cost)
    for kind, count in span.masked.items():
        found[f"nilometer.masked.{kind}"] = count
    return found


def _log(detail: SpanDetail, rest: dict[str, Any]) -> LogRecord:
    attributes: dict[str, Any] = {}
    body = rest.pop("body", None)
    if detail.name in INPUT_EVENTS or detail.name in OUTPUT_EVENTS:
        body = (detail.input_messages or []) + (detail.output_messages or []) or body
    else:
        for field, name in _JSON[:3]:
            if (value := getattr(detail, field)) is not None:
                attributes[name] = _json(value)
    return LogRecord(
        trace_id=bytes.fromhex(detail.trace_id),
        span_id=bytes.fromhex(detail.span_id),
        time_unix_nano=max(detail.position, 0),
        observed_time_unix_nano=_nanoseconds(detail.created_at),
        event_name=detail.name,
        severity_text=_text(rest.pop("severity", None)),
        body=None if body is None else _any(body),
        attributes=_pairs(rest | attributes),
    )


def _resource_of(
    service: str | None, environment: str | None, rest: dict[str, Any], more: Mapping[str, str]
) -> Resource:
    """Takes what is the resource's out of `rest`."""
    found: dict[str, Any] = {} if service is None else {"service.name": service}
    for name in [name for name in rest if name.startswith(_RESOURCE)]:
        found[name.removeprefix(_RESOURCE)] = rest.pop(name)
    if environment is not None:
        found.setdefault("deployment.environment.name", environment)
    return Resource(attributes=_pairs(found | dict(more)))


def _scope_of(name: str | None, rest: dict[str, Any]) -> tuple[InstrumentationScope, str]:
    version = _text(rest.pop(_SCOPE + "version", None))
    schema_url = _text(rest.pop("otel.schema_url", None))
    attributes = {key.removeprefix(_SCOPE): rest.pop(key) for key in list(rest) if key.startswith(_SCOPE)}
    return InstrumentationScope(name=name or "", version=version, attributes=_pairs(attributes)), schema_url


def _event(event: Mapping[str, Any]) -> Span.Event:
    return Span.Event(
        name=_text(event.get("name")),
        time_unix_nano=_parsed_nanoseconds(event.get("time")),
        attributes=_pairs(_object(event.get("attributes"))),
    )


def _link(link: Mapping[str, Any]) -> Span.Link:
    return Span.Link(
        trace_id=_id(link.get("trace_id")),
        span_id=_id(link.get("span_id")),
        attributes=_pairs(_object(link.get("attributes"))),
    )


def _pairs(attributes: Mapping[str, Any]) -> list[KeyValue]:
    return [KeyValue(key=name, value=_any(value)) for name, value in attributes.items()]


def _any(value: Any) -> AnyValue:
    match value:
        case None:
            return AnyValue()
        case bool():
            return AnyValue(bool_value=value)
        case int() if -(2**63) <= value < 2**63:
            return AnyValue(int_value=value)
        case float():
            return AnyValue(double_value=value)
        case list():
            return AnyValue(array_value=ArrayValue(values=[_any(item) for item in cast("list[Any]", value)]))
        case dict():
            return AnyValue(kvlist_value=KeyValueList(values=_pairs(cast("dict[str, Any]", value))))
        case _:
            return AnyValue(string_value=str(value))


def _json(value: Any) -> str:
    return msgspec.json.encode(value).decode()


def _nanoseconds(moment: datetime) -> int:
    """Exact: microseconds are whole numbers."""
    return max((moment - _EPOCH) // timedelta(microseconds=1), 0) * 1000


def _parsed_nanoseconds(text: Any) -> int:
    try:
        return _nanoseconds(datetime.fromisoformat(text))
    except (TypeError, ValueError):
        # An event of our own SDK, or one whose time was masked.
        return 0


def _id(text: Any) -> bytes:
    try:
        return bytes.fromhex(text)
    except (TypeError, ValueError):
        return b""


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _taken(rest: dict[str, Any], name: str, needed: str) -> Sequence[dict[str, Any]]:
    """The events or links that decoding has put there; an attribute of that name which is something else stays."""
    value = rest.get(name)
    if not isinstance(value, list):
        return ()
    found = cast("list[Any]", value)
    if not all(isinstance(item, dict) and needed in item for item in found):
        return ()
    del rest[name]
    return found


def _object(value: Any) -> dict[str, Any]:
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}
