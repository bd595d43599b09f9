"""Deprecated forms of OpenTelemetry GenAI, and of what preceded it: `gen_ai.prompt`, `gen_ai.prompt.N.*`, `llm.*`, and
one span event for each message. What the current names have said already is not read again.
"""

from typing import Any

from nilometer.schemas.span import Message
from nilometer.streams.decode.otlp.dialects.genai import OPERATIONS, looks_like_call
from nilometer.streams.decode.otlp.dialects.genai import read as read_current
from nilometer.streams.decode.otlp.draft import Draft, loosely
from nilometer.streams.decode.otlp.messages import messages
from nilometer.streams.decode.otlp.records import OtlpEvent

INPUT_EVENTS = {
    "gen_ai.system.message": "system",
    "gen_ai.developer.message": "system",
    "gen_ai.user.message": "user",
    "gen_ai.assistant.message": "assistant",
    "gen_ai.tool.message": "tool",
    "gen_ai.prompt": "user",
    "gen_ai.content.prompt": "user",
}
"""Event → the role of the message that it is."""
OUTPUT_EVENTS = frozenset({"gen_ai.choice", "gen_ai.completion", "gen_ai.content.completion"})
DETAILS = "gen_ai.client.inference.operation.details"
_CONTENT = ("gen_ai.event.content", "gen_ai.prompt", "gen_ai.completion", "content", "message", "body")
_META = frozenset({"gen_ai.system", "gen_ai.provider.name", "event.name", *_CONTENT})


def read(draft: Draft) -> None:
    if "operation" not in draft.fields:
        kind = draft.get("llm.request.type")
        if isinstance(kind, str) and kind.lower() in {"chat", "completion", "embedding", "rerank"}:
            draft.set("operation", OPERATIONS.get(kind.lower(), kind.lower()))
            draft.attributes.pop("llm.request.type", None)
            read_current(draft)
        elif looks_like_call(draft):
            draft.set("operation", "chat")
            read_current(draft)
    if draft.is_call:
        draft.count("input_tokens", "llm.usage.prompt_tokens")
        draft.count("output_tokens", "llm.usage.completion_tokens")
        draft.count("cache_read_tokens", "llm.usage.cache_read_input_tokens")
        draft.count("cache_write_tokens", "llm.usage.cache_creation_input_tokens")
        draft.text("request_model", "llm.request.model")
        draft.text("response_model", "llm.response.model")
    _flattened(draft)
    _whole(draft)
    _events(draft)


def event_messages(
    name: str, body: Any, attributes: dict[str, Any]
) -> tuple[list[Message] | None, list[Message] | None]:
    """Input and output messages of one event, of a span or in a log record."""
    content = _body(body, attributes)
    if name in OUTPUT_EVENTS:
        return None, messages(content, "assistant")
    return messages(content, INPUT_EVENTS[name]), None


def _body(body: Any, attributes: dict[str, Any]) -> Any:
    if body is not None and body != "":
        given = loosely(body)
        return given | {k: v for k, v in attributes.items() if k == "role"} if isinstance(given, dict) else given
    for name in ("gen_ai.event.content", "gen_ai.prompt", "gen_ai.completion"):
        if attributes.get(name) is not None:
            return loosely(attributes[name])
    fields = {
        k: loosely(v) if k != "content" else v for k, v in attributes.items() if k not in _META - {"content", "message"}
    }
    if isinstance(fields.get("message"), str):
        fields["content"] = fields.pop("message")
    return fields


def _flattened(draft: Draft) -> None:
    """`gen_ai.prompt.0.role` and its kin, as OpenLLMetry sent them for years."""
    for field, role, prefixes in (
        ("input_messages", "user", ("gen_ai.prompt.", "llm.prompts.")),
        ("output_messages", "assistant", ("gen_ai.completion.", "llm.completions.")),
    ):
        for prefix in prefixes:
            if field in draft.fields or not any(_is_indexed(name, prefix) for name in draft.attributes):
                continue
            found = draft.take_prefix(prefix)
            items = found if isinstance(found, list) else [found]
            draft.set(field, messages([_renamed(item) for item in items], role))
    if "tool_definitions" not in draft.fields and "llm.request.functions.0.name" in draft.attributes:
        found = draft.take_prefix("llm.request.functions.")
        items = found if isinstance(found, list) else [found]
        draft.set("tool_definitions", [_definition(item) for item in items])


def _is_indexed(name: str, prefix: str) -> bool:
    return name.startswith(prefix) and name[len(prefix) :].split(".")[0].isdigit()


def _renamed(item: Any) -> Any:
    """`function_call` and tool calls without `function` are called by other names here than in OpenAI's messages."""
    if not isinstance(item, dict):
        return item
    calls = item.get("tool_calls")
    if isinstance(calls, dict):
        item = item | {"tool_calls": [calls]}
    return item


def _definition(item: Any) -> Any:
    if isinstance(item, dict) and "parameters" in item:
        return item | {"parameters": loosely(item["parameters"])}
    return item


def _whole(draft: Draft) -> None:
    """`gen_ai.prompt` and `gen_ai.completion` as one JSON text, or as plain text."""
    for field, role, name in (
        ("input_messages", "user", "gen_ai.prompt"),
        ("output_messages", "assistant", "gen_ai.completion"),
    ):
        if field not in draft.fields and draft.get(name) is not None:
            draft.set(field, messages(draft.take(name), role))


def _events(draft: Draft) -> None:
    """Span events: one for each message, or one with all."""
    given: list[Message] = []
    answered: list[Message] = []
    rest: list[OtlpEvent] = []
    if draft.fields.get("operation") == "execute_tool":
        _tool_events(draft)
    for event in draft.events:
        if event.name == DETAILS:
            _details(draft, event)
        elif event.name in INPUT_EVENTS and "input_messages" not in draft.fields:
            given += event_messages(event.name, None, event.attributes)[0] or []
        elif event.name in OUTPUT_EVENTS and "output_messages" not in draft.fields:
            answered += event_messages(event.name, None, event.attributes)[1] or []
        else:
            rest.append(event)
    draft.events = rest
    draft.set("input_messages", given or None)
    draft.set("output_messages", answered or None)


def _tool_events(draft: Draft) -> None:
    """Strands: a tool's arguments and its result, as if they were messages."""
    for name, field, key in (
        ("gen_ai.tool.message", "tool_arguments", "content"),
        ("gen_ai.choice", "tool_result", "message"),
    ):
        event = next((e for e in draft.events if e.name == name and e.attributes.get(key) is not None), None)
        if event is not None:
            draft.set(field, loosely(event.attributes[key]))
            draft.events = [other for other in draft.events if other is not event]


def _details(draft: Draft, event: OtlpEvent) -> None:
    """The event that has the span's content: its attributes are read as if they were the span's."""
    for name, value in event.attributes.items():
        if name not in draft.span.attributes:
            draft.span.attributes[name] = value
            draft.attributes[name] = value
    read_current(draft)
