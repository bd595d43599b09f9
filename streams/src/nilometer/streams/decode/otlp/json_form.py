"""OTLP JSON: the same requests as JSON objects, by its own rules: ids in hexadecimal, 64-bit integers as strings or
numbers, names in camelCase, unknown names ignored. Ids in base64, as plain protobuf JSON has them, are understood too.
"""

import base64
import binascii
import re
from collections.abc import Callable, Iterator
from typing import Any, cast

import msgspec

from nilometer.streams.decode.otlp import records
from nilometer.streams.decode.otlp.records import (
    Attributes,
    Budget,
    OtlpError,
    OtlpEvent,
    OtlpLink,
    OtlpLog,
    OtlpRecord,
    OtlpSpan,
    Read,
    Scope,
)

_HEX = re.compile(r"(?:[0-9a-fA-F]{2})*")
_BASE64_LENGTHS = {24: 16, 12: 8}
_KINDS = ("UNSPECIFIED", "INTERNAL", "SERVER", "CLIENT", "PRODUCER", "CONSUMER")
_STATUSES = ("UNSET", "OK", "ERROR")
_MAX_INT = 2**64

Json = dict[str, Any]


def read_traces(body: bytes) -> Iterator[Read]:
    """The spans of a body. Raises OtlpError where it is no ExportTraceServiceRequest."""
    return _read(body, ("resourceSpans", "scopeSpans", "spans"), _span)


def read_logs(body: bytes) -> Iterator[Read]:
    """The log records of a body. Raises OtlpError where it is no ExportLogsServiceRequest."""
    return _read(body, ("resourceLogs", "scopeLogs", "logRecords"), _log)


def parse(body: bytes) -> Json:
    """The object of a body. Raises OtlpError."""
    try:
        value = msgspec.json.decode(body)
    except RecursionError:
        raise OtlpError("too_deep", "values are nested too deeply") from None
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise OtlpError("malformed_json", "the body is not JSON") from None
    return _object(value, "the body")


def _read(
    body: bytes, names: tuple[str, str, str], make: Callable[[Json, Attributes, Scope], OtlpRecord]
) -> Iterator[Read]:
    groups, scopes, items = names
    request = parse(body)
    if groups not in request and request:
        raise OtlpError("malformed_otlp", f"the body has no {groups}")
    for group in _objects(request, groups):
        for scoped in _objects(group, scopes):
            shared = _shared(group, scoped)
            for item in _list(scoped, items):
                result = _tried(make, item, shared)
                yield Read(result, lambda g=group, s=scoped, i=item: _alone(g, s, i, names))


def _tried(
    make: Callable[[Json, Attributes, Scope], OtlpRecord], item: Any, shared: tuple[Attributes, Scope] | OtlpError
) -> OtlpRecord | OtlpError:
    if isinstance(shared, OtlpError):
        return shared
    try:
        return make(_object(item, "a record"), *shared)
    except OtlpError as error:
        return error


def _shared(group: Json, scoped: Json) -> tuple[Attributes, Scope] | OtlpError:
    try:
        resource = _attributes(_sub(group, "resource"), Budget())
        scope = _sub(scoped, "scope")
        url = _text(scoped, "schemaUrl") or _text(group, "schemaUrl")
        return resource, Scope(_text(scope, "name"), _text(scope, "version"), _attributes(scope, Budget()), url)
    except OtlpError as error:
        return error


def _alone(group: Json, scoped: Json, item: Any, names: tuple[str, str, str]) -> bytes:
    groups, scopes, items = names
    inner = {**{k: v for k, v in scoped.items() if k != items}, items: [item]}
    outer = {**{k: v for k, v in group.items() if k != scopes}, scopes: [inner]}
    return msgspec.json.encode({groups: [outer]})


def _span(span: Json, resource: Attributes, scope: Scope) -> OtlpSpan:
    budget = Budget()
    status = _sub(span, "status")
    return OtlpSpan(
        resource=resource,
        scope=scope,
        trace_id=records.trace_id(_id(span, "traceId")),
        span_id=records.span_id(_id(span, "spanId")),
        parent_span_id=records.parent_id(_id(span, "parentSpanId")),
        name=_text(span, "name"),
        kind=_enum(span, "kind", "SPAN_KIND_", _KINDS),
        start_ns=_time(span, "startTimeUnixNano"),
        end_ns=_time(span, "endTimeUnixNano"),
        attributes=_attributes(span, budget),
        events=[
            OtlpEvent(_text(e, "name"), _time(e, "timeUnixNano"), _attributes(e, budget))
            for e in _objects(span, "events")
        ],
        links=[
            OtlpLink(_id(x, "traceId").hex(), _id(x, "spanId").hex(), _attributes(x, budget))
            for x in _objects(span, "links")
        ],
        status_code=_enum(status, "code", "STATUS_CODE_", _STATUSES),
        status_message=_text(status, "message"),
        trace_state=_text(span, "traceState"),
    )


def _log(log: Json, resource: Attributes, scope: Scope) -> OtlpLog:
    trace, span = _id(log, "traceId"), _id(log, "spanId")
    if not trace or not span:
        raise OtlpError("no_span", "a log record that names no span")
    budget = Budget()
    return OtlpLog(
        resource=resource,
        scope=scope,
        trace_id=records.trace_id(trace),
        span_id=records.span_id(span),
        time_ns=_time(log, "timeUnixNano") or _time(log, "observedTimeUnixNano"),
        event_name=_text(log, "eventName"),
        severity=_text(log, "severityText"),
        body=_value(log.get("body"), budget, 0),
        attributes=_attributes(log, budget),
    )


def _attributes(holder: Json, budget: Budget, name: str = "attributes", depth: int = 0) -> Attributes:
    pairs = _objects(holder, name)
    budget.spend(len(pairs))
    return {_text(pair, "key"): _value(pair.get("value"), budget, depth + 1) for pair in pairs}


def _value(value: Any, budget: Budget, depth: int) -> Any:
    records.check_depth(depth)
    if value is None:
        return None
    for kind, content in _object(value, "an attribute's value").items():
        match kind:
            case "stringValue":
                return _typed(content, str, "stringValue")
            case "boolValue":
                return _typed(content, bool, "boolValue")
            case "intValue":
                return _integer(content, "intValue")
            case "doubleValue":
                return _double(content)
            case "bytesValue":
                return _typed(content, str, "bytesValue")
            case "arrayValue":
                items = _list(_object(content, "arrayValue"), "values")
                budget.spend(len(items))
                return [_value(item, budget, depth + 1) for item in items]
            case "kvlistValue":
                return _attributes(_object(content, "kvlistValue"), budget, "values", depth)
            case _:
                continue
    return None


def _id(holder: Json, name: str) -> bytes:
    text = _text(holder, name)
    if _HEX.fullmatch(text):
        return bytes.fromhex(text)
    try:
        value = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        value = b""
    if len(value) != _BASE64_LENGTHS.get(len(text)):
        raise OtlpError("bad_id", f"{name}: neither hexadecimal nor base64 of an id")
    return value


def _time(holder: Json, name: str) -> int:
    value = _integer(holder.get(name, 0) or 0, name)
    if not 0 <= value < _MAX_INT:
        raise OtlpError("wrong_type", f"{name}: must be nanoseconds in 64 bits")
    return value


def _integer(value: Any, name: str) -> int:
    if isinstance(value, str) and re.fullmatch(r"-?[0-9]{1,20}", value, re.ASCII):
        return int(value)
    if isinstance(value, float) and value.is_integer() and abs(value) < _MAX_INT:
        return int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        raise OtlpError("wrong_type", f"{name}: must be an integer")
    return value


def _double(value: Any) -> float | str:
    if isinstance(value, str):
        try:
            value = float(value)
        except ValueError:
            raise OtlpError("wrong_type", "doubleValue: must be a number") from None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise OtlpError("wrong_type", "doubleValue: must be a number")
    try:
        return records.number(float(value))
    except OverflowError:
        return "Infinity"


def _enum(holder: Json, name: str, prefix: str, names: tuple[str, ...]) -> int:
    value = holder.get(name, 0)
    if isinstance(value, str) and value.removeprefix(prefix) in names:
        return names.index(value.removeprefix(prefix))
    if isinstance(value, bool) or not isinstance(value, int):
        raise OtlpError("wrong_type", f"{name}: must be an integer")
    return value


def _text(holder: Json, name: str) -> str:
    value = holder.get(name)
    return "" if value is None else _typed(value, str, name)


def _typed(value: Any, kind: type, name: str) -> Any:
    if not isinstance(value, kind):
        raise OtlpError("wrong_type", f"{name}: must be {kind.__name__}")
    return value


def _sub(holder: Json, name: str) -> Json:
    value = holder.get(name)
    return {} if value is None else _object(value, name)


def _object(value: Any, name: str) -> Json:
    if not isinstance(value, dict):
        raise OtlpError("wrong_type", f"{name}: must be an object")
    return cast("Json", value)


def _list(holder: Json, name: str) -> list[Any]:
    value = holder.get(name)
    return [] if value is None else _typed(value, list, name)


def _objects(holder: Json, name: str) -> list[Json]:
    return [_object(item, name) for item in _list(holder, name)]
