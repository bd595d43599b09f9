"""An OTLP log record to what it says about its span: a RawSpanDetail, or a RawScore of an evaluation."""

import hashlib
from typing import Any

import msgspec

from nilometer.schemas.detail import RawSpanDetail
from nilometer.schemas.event import RawEvent
from nilometer.schemas.score import RawScore
from nilometer.streams.decode.otlp.dialects.genai_deprecated import (
    DETAILS,
    INPUT_EVENTS,
    OUTPUT_EVENTS,
    event_messages,
)
from nilometer.streams.decode.otlp.draft import parsed
from nilometer.streams.decode.otlp.messages import messages, system_messages
from nilometer.streams.decode.otlp.records import OtlpError, OtlpLog
from nilometer.streams.decode.otlp.span import moment, shared_attributes

EVALUATION = "gen_ai.evaluation.result"
_ENCODER = msgspec.json.Encoder(order="deterministic")


def log_event(log: OtlpLog, key: bytes) -> RawEvent:
    """`key` makes ids of records that no one else can recompute from what they hold. Raises OtlpError."""
    created_at = moment(log.time_ns)
    if created_at is None:
        raise OtlpError("missing_time", "timeUnixNano is missing or out of range")
    name = log.event_name or str(log.attributes.get("event.name") or "") or "log"
    attributes = {k: v for k, v in log.attributes.items() if k != "event.name"}
    if name == EVALUATION:
        return _score(log, attributes)
    given, answered, definitions = None, None, None
    body = log.body
    if name in INPUT_EVENTS or name in OUTPUT_EVENTS:
        given, answered = event_messages(name, body, attributes)
        body = None
    elif name == DETAILS or "gen_ai.input.messages" in attributes or "gen_ai.output.messages" in attributes:
        said = messages(attributes.pop("gen_ai.input.messages", None))
        given = system_messages(attributes.pop("gen_ai.system_instructions", None)) + (said or []) or None
        answered = messages(attributes.pop("gen_ai.output.messages", None), "assistant")
        tools = parsed(attributes.get("gen_ai.tool.definitions"))
        if isinstance(tools, list):
            definitions = tools
            del attributes["gen_ai.tool.definitions"]
    if body not in (None, "", {}):
        attributes["body"] = body
    if log.severity:
        attributes["severity"] = log.severity
    service = log.resource.get("service.name")
    if service is not None:
        attributes["resource.service.name"] = service
    return RawSpanDetail(
        detail_id=_identity(log, key),
        trace_id=log.trace_id,
        span_id=log.span_id,
        created_at=created_at,
        position=log.time_ns,
        name=name,
        scope=log.scope.name or None,
        input_messages=given,
        output_messages=answered,
        tool_definitions=definitions,
        attributes=attributes | shared_attributes(log),
    )


def _identity(log: OtlpLog, key: bytes) -> str:
    content: list[Any] = [log.event_name, log.time_ns, log.scope.name, log.body, log.attributes]
    try:
        text = _ENCODER.encode(content)
    except UnicodeEncodeError:
        text = repr(content).encode("utf-8", "surrogatepass")
    return hashlib.blake2b(text, key=key[:64], digest_size=16).hexdigest()


def _score(log: OtlpLog, attributes: dict[str, Any]) -> RawScore:
    name = attributes.pop("gen_ai.evaluation.name", None)
    if not isinstance(name, str):
        raise OtlpError("missing_field", "gen_ai.evaluation.name is missing")
    value = attributes.pop("gen_ai.evaluation.score.value", None)
    label = attributes.pop("gen_ai.evaluation.score.label", None)
    explanation = attributes.pop("gen_ai.evaluation.explanation", None)
    created_at = moment(log.time_ns)
    if created_at is None:
        raise OtlpError("missing_time", "timeUnixNano is missing or out of range")
    return RawScore(
        trace_id=log.trace_id,
        span_id=log.span_id,
        name=name,
        evaluator=log.scope.name or "opentelemetry",
        created_at=created_at,
        value=float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None,
        label=None if label is None else str(label),
        explanation=None if explanation is None else str(explanation),
        attributes=attributes | shared_attributes(log),
    )
