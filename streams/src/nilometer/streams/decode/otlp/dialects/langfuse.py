"""Langfuse's SDK: `langfuse.observation.*`, JSON in attributes, and usage in raw provider shapes."""

from datetime import datetime
from typing import Any

from nilometer.streams.decode.otlp.dialects.genai import set_finish_reason
from nilometer.streams.decode.otlp.draft import Draft, first, loosely, parsed, parsed_object
from nilometer.streams.decode.otlp.messages import messages
from nilometer.streams.decode.otlp.usage import raw_usage

_PREFIX = "langfuse.observation."
_TYPES = {
    "generation": "chat",
    "embedding": "embeddings",
    "agent": "invoke_agent",
    "tool": "execute_tool",
    "retriever": "retrieval",
}


def read(draft: Draft) -> None:
    kind = draft.get(_PREFIX + "type")
    if not isinstance(kind, str):
        if not any(name.startswith(_PREFIX) for name in draft.span.attributes):
            return
        kind = "generation" if draft.get(_PREFIX + "model.name") is not None else ""
    draft.set("operation", _TYPES.get(kind.lower()))
    draft.text("user_id", "langfuse.user.id", "user.id")
    draft.text("session_id", "langfuse.session.id", "session.id")
    for field in ("user_id", "session_id"):
        # What its LangChain handler is told, of a call that has no chain around it.
        told = _told(draft, f"{_PREFIX}metadata.langfuse_{field}")
        draft.set(field, told if isinstance(told, str) else None)
    draft.text("prompt_name", _PREFIX + "prompt.name")
    version = draft.get(_PREFIX + "prompt.version")
    if isinstance(version, str | int):
        draft.set("prompt_version", str(version))
        draft.attributes.pop(_PREFIX + "prompt.version", None)
    if str(draft.get(_PREFIX + "level")).upper() == "ERROR":
        draft.set("status", "error")
        draft.text("error_message", _PREFIX + "status_message")
    match draft.fields.get("operation"):
        case "chat" | "embeddings":
            _call(draft)
        case "execute_tool":
            draft.set("tool_name", draft.span.name)
            _move(draft, "tool_arguments", "input")
            _move(draft, "tool_result", "output")
        case "invoke_agent":
            draft.set("agent_name", draft.span.name)
        case "retrieval":
            _retrieval(draft)
        case _:
            pass


def _call(draft: Draft) -> None:
    # One attribute names the model; whether it is the one that was asked for or that answered is not said.
    model = draft.take(_PREFIX + "model.name")
    draft.set("request_model", model if isinstance(model, str) else None)
    parameters = parsed_object(draft.get(_PREFIX + "model.parameters"))
    if parameters:
        draft.take(_PREFIX + "model.parameters")
        # The SDK writes "Infinity" for a limit that was not given.
        draft.set(
            "parameters", {k: v for k, v in parameters.items() if v not in ("Infinity", "NOT_GIVEN", "inf")} or None
        )
    usage = parsed_object(draft.get(_PREFIX + "usage_details"))
    for part, count in raw_usage(usage).items():
        draft.usage.setdefault(part, count)
    started = draft.get(_PREFIX + "completion_start_time")
    wait = _milliseconds_after(started, draft.span.start_ns)
    if wait is not None:
        draft.set("time_to_first_token_ms", wait)
        draft.attributes.pop(_PREFIX + "completion_start_time", None)
    set_finish_reason(draft, _told(draft, _PREFIX + "metadata.finish_reason"), _PREFIX + "metadata.finish_reason")
    given = parsed(draft.get(_PREFIX + "input"))
    if isinstance(given, dict) and isinstance(given.get("tools"), list):
        draft.set("tool_definitions", given["tools"])
    draft.set("input_messages", messages(draft.take(_PREFIX + "input")))
    draft.set("output_messages", messages(draft.take(_PREFIX + "output"), "assistant"))


def _told(draft: Draft, name: str) -> Any:
    """A value of the metadata: as JSON since version 4, as it was before."""
    value = draft.get(name)
    return first((parsed(value), value))


def _retrieval(draft: Draft) -> None:
    query = draft.get(_PREFIX + "input")
    if isinstance(query, str):
        inner = loosely(query)
        asked = inner.get("query") if isinstance(inner, dict) else parsed(query)
        draft.set("retrieval_query", asked if isinstance(asked, str) else query)
        draft.attributes.pop(_PREFIX + "input", None)
    documents = parsed(draft.get(_PREFIX + "output"))
    if isinstance(documents, list):
        draft.set("retrieval_documents", documents)
        draft.attributes.pop(_PREFIX + "output", None)


def _move(draft: Draft, field: str, name: str) -> None:
    if draft.get(_PREFIX + name) is not None:
        draft.set(field, loosely(draft.take(_PREFIX + name)))


def _milliseconds_after(value: Any, start_ns: int) -> float | None:
    text = parsed(value) if isinstance(value, str) and value[:1] == '"' else value
    if not isinstance(text, str):
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    if moment.tzinfo is None:
        return None
    wait = moment.timestamp() * 1000 - start_ns / 1e6
    return wait if 0 <= wait < 86_400_000 else None
