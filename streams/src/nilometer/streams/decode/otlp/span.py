"""An OTLP span to a RawSpan: dialects first, then what is the same for all."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

from nilometer.schemas.span import RawSpan
from nilometer.streams.decode.otlp.dialects import DIALECTS
from nilometer.streams.decode.otlp.dialects.genai import set_finish_reason
from nilometer.streams.decode.otlp.draft import Draft, usage_of
from nilometer.streams.decode.otlp.records import OtlpError, OtlpSpan

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_KINDS = ("unspecified", "internal", "server", "client", "producer", "consumer")
_MAX_NS = 2**63
_CLIENTS = (
    # Names of client classes and libraries, most particular first.
    (re.compile(r"azure", re.IGNORECASE), "azure"),
    (re.compile(r"bedrock", re.IGNORECASE), "aws.bedrock"),
    (re.compile(r"vertex", re.IGNORECASE), "gcp.vertex_ai"),
    (re.compile(r"openai", re.IGNORECASE), "openai"),
    (re.compile(r"anthropic", re.IGNORECASE), "anthropic"),
    (re.compile(r"mistral", re.IGNORECASE), "mistral_ai"),
    (re.compile(r"gemini|google", re.IGNORECASE), "gcp.gemini"),
    (re.compile(r"cohere", re.IGNORECASE), "cohere"),
    (re.compile(r"ollama", re.IGNORECASE), "ollama"),
    (re.compile(r"groq", re.IGNORECASE), "groq"),
)
_MODELS = (
    (re.compile(r"(gpt-|chatgpt-|o[1345](-|$)|text-embedding-(ada|3-))"), "openai"),
    (re.compile(r"claude-"), "anthropic"),
    (re.compile(r"gemini-"), "gcp.gemini"),
)

_EMBEDDING = re.compile(r"\bembed(ding)?s?\b", re.IGNORECASE)
_CODE = re.compile(r"Error code: ([45]\d\d)\b")
"""How OpenAI's and Anthropic's clients, and those made like them, speak of an error."""


def raw_span(span: OtlpSpan) -> RawSpan:
    """Raises OtlpError of a span without a time."""
    draft = Draft(span)
    started_at = moment(span.start_ns)
    if started_at is None:
        raise OtlpError("missing_time", "startTimeUnixNano is missing or out of range")
    for dialect in DIALECTS:
        try:
            dialect(draft)
        except (TypeError, ValueError, KeyError, IndexError, AttributeError):
            # A value of a form that nobody has thought of: the call was made all the same, and says so.
            draft.notes["nilometer.not_understood"] = dialect.__module__.rpartition(".")[2]
    _embeddings(draft)
    _finish(draft)
    started_at = moment(draft.started_ns) or started_at
    _status(draft)
    _provider(draft)
    if not any(draft.usage.values()):
        # Some send zeros for a call that failed, or for a stream that they did not count: nothing was counted.
        draft.usage = {}
    if draft.usage.get("input_tokens") == 0:
        # Nobody answers to nothing: LangChain's streams of Anthropic's models are not counted on this side.
        del draft.usage["input_tokens"]
    service = span.resource.get("service.name")
    draft.set("service", service if isinstance(service, str) else None)
    return RawSpan(
        trace_id=span.trace_id,
        span_id=span.span_id,
        parent_span_id=span.parent_span_id if span.parent_span_id != span.span_id else None,
        name=span.name,
        started_at=started_at,
        ended_at=moment(span.end_ns),
        scope=span.scope.name or None,
        usage=usage_of(draft.usage) if draft.is_call else None,
        attributes=_attributes(draft),
        **{name: _clean(name, value) for name, value in draft.fields.items()},
    )


def moment(ns: int) -> datetime | None:
    """A time in UTC to the microsecond; None of 0. Raises OtlpError where there is no such time."""
    if ns == 0:
        return None
    if not 0 < ns < _MAX_NS:
        raise OtlpError("clock", "a time is beyond the year 2262")
    return _EPOCH + timedelta(microseconds=ns // 1000)


def shared_attributes(span: Any) -> dict[str, Any]:
    """What a record has of its resource and scope that no field says."""
    found: dict[str, Any] = {f"resource.{k}": v for k, v in span.resource.items() if k != "service.name"}
    if span.scope.version:
        found["otel.scope.version"] = span.scope.version
    if span.scope.schema_url:
        found["otel.schema_url"] = span.scope.schema_url
    found |= {f"otel.scope.{k}": v for k, v in span.scope.attributes.items()}
    return found


def _embeddings(draft: Draft) -> None:
    """Where all requests go through one method, their instrumentations take embeddings for completions."""
    model = str(draft.fields.get("response_model") or draft.fields.get("request_model") or "")
    if draft.fields.get("operation") in ("chat", "text_completion") and _EMBEDDING.search(model):
        draft.fields["operation"] = "embeddings"
        draft.notes["nilometer.operation_source"] = "model"


def _finish(draft: Draft) -> None:
    """Why it ended, where only the last message says so."""
    said = draft.fields.get("output_messages")
    if draft.is_call and said and "finish_reason" not in draft.fields:
        set_finish_reason(draft, said[-1].get("finish_reason"))


def _status(draft: Draft) -> None:
    """Failed calls: some carry only `error.type`, others a status and an exception event."""
    span = draft.span
    exception = next((e.attributes for e in reversed(span.events) if e.name == "exception"), {})
    kind = draft.get("error.type")
    failed = span.status_code == 2 or isinstance(kind, str)
    if exception and draft.is_call and not any(draft.usage.values()) and "response_id" not in draft.fields:
        failed = True
    answered = draft.get("http.response.status_code")
    if draft.is_call and isinstance(answered, int) and answered >= 400:
        # Spans that clients make of their own requests, and do not mark.
        failed = True
        draft.set("error_type", kind if isinstance(kind, str) else str(answered))
    if not failed and draft.fields.get("status") != "error":
        return
    draft.set("status", "error")
    draft.fields["status"] = "error"
    if isinstance(kind, str):
        draft.text("error_type", "error.type")
    if isinstance(exception.get("exception.type"), str):
        draft.set("error_type", exception["exception.type"])
    message = exception.get("exception.message")
    draft.set("error_message", message if isinstance(message, str) else None)
    draft.set("error_message", span.status_message)
    named = re.match(r"[A-Za-z_][\w.]{0,80}(?=[:(])", span.status_message)
    if named and named[0].endswith(("Error", "Exception", "Timeout")):
        draft.set("error_type", named[0])
    coded = _CODE.search(draft.fields.get("error_message") or "")
    draft.set("error_type", coded[1] if coded else None)


def _provider(draft: Draft) -> None:
    """Whose model it was, where no attribute says so: by the client's name, else by the model's; and a note of that."""
    if not draft.is_call or "provider" in draft.fields:
        return
    for pattern, provider in _CLIENTS:
        if pattern.search(draft.span.name) or pattern.search(draft.span.scope.name):
            draft.set("provider", provider)
            draft.notes["nilometer.provider_source"] = "client"
            return
    model = str(draft.fields.get("response_model") or draft.fields.get("request_model") or "")
    for pattern, provider in _MODELS:
        if pattern.match(model):
            draft.set("provider", provider)
            draft.notes["nilometer.provider_source"] = "model"
            return


def _attributes(draft: Draft) -> dict[str, Any]:
    span = draft.span
    found = draft.attributes | shared_attributes(span) | draft.notes
    if 0 < span.kind < len(_KINDS):
        found["otel.span_kind"] = _KINDS[span.kind]
    if span.status_message and span.status_message != draft.fields.get("error_message"):
        found["otel.status_description"] = span.status_message
    if span.trace_state:
        found["otel.trace_state"] = span.trace_state
    if draft.events:
        found["events"] = [_event(e.name, e.time_ns, e.attributes) for e in draft.events]
    if span.links:
        found["links"] = [
            {"trace_id": x.trace_id, "span_id": x.span_id, **({"attributes": x.attributes} if x.attributes else {})}
            for x in span.links
        ]
    return found


def _event(name: str, time_ns: int, attributes: dict[str, Any]) -> dict[str, Any]:
    at = moment(time_ns) if time_ns < _MAX_NS else None
    found: dict[str, Any] = {"name": name}
    if at is not None:
        found["time"] = at.isoformat()
    return found | ({"attributes": attributes} if attributes else {})


def _clean(name: str, value: Any) -> Any:
    return str(value) if name in _TEXT_FIELDS and not isinstance(value, str) else value


_TEXT_FIELDS = frozenset({"agent_name", "user_id", "session_id", "request_model", "tool_name", "retrieval_query"})
