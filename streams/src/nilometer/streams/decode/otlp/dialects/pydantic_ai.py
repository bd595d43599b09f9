"""Pydantic AI: OpenTelemetry's names, and lists of events or messages in one JSON attribute."""

from typing import Any, cast

from nilometer.schemas.span import Message
from nilometer.streams.decode.otlp.dialects.genai_deprecated import INPUT_EVENTS, OUTPUT_EVENTS, event_messages
from nilometer.streams.decode.otlp.draft import Draft, loosely, parsed
from nilometer.streams.decode.otlp.messages import messages

_SCOPES = ("pydantic-ai", "pydantic_ai", "logfire")


def read(draft: Draft) -> None:
    if not draft.span.scope.name.startswith(_SCOPES):
        return
    operation = draft.get("gen_ai.operation.name")
    if operation is None and draft.get("agent_name") is not None:
        # Before it followed the conventions: `agent run`.
        draft.set("operation", "invoke_agent")
    elif operation is None and draft.get("gen_ai.tool.name") is not None:
        draft.set("operation", "execute_tool")
    draft.text("agent_name", "agent_name")
    draft.text("request_model", "model_name")
    _events(draft, "events", both=True)
    _events(draft, "all_messages_events", both=False)
    if draft.get("pydantic_ai.all_messages") is not None:
        draft.set("input_messages", messages(draft.take("pydantic_ai.all_messages")))
    if operation == "invoke_agent" and draft.get("final_result") is not None:
        draft.set("output_messages", messages(str(draft.get("final_result")), "assistant"))
    if draft.get("tool_arguments") is not None:
        draft.set("tool_arguments", loosely(draft.take("tool_arguments")))
    if draft.get("tool_response") is not None:
        draft.set("tool_result", loosely(draft.take("tool_response")))


def _events(draft: Draft, name: str, *, both: bool) -> None:
    """A list of the deprecated events, as JSON: what was said, and what was answered."""
    events = parsed(draft.get(name))
    if not isinstance(events, list):
        return
    given: list[Message] = []
    answered: list[Message] = []
    for event in cast("list[Any]", events):
        if not isinstance(event, dict):
            return
        fields = cast("dict[str, Any]", dict(event))
        kind = str(fields.pop("event.name", ""))
        fields = {k: v for k, v in fields.items() if not k.startswith("gen_ai.")}
        if kind in OUTPUT_EVENTS:
            answered += event_messages(kind, fields, {})[1] or []
        elif kind in INPUT_EVENTS:
            given += event_messages(kind, fields, {})[0] or []
        else:
            return
    while both and not answered and given and given[-1].get("role") == "assistant":
        # Logfire has the answer among the messages.
        answered.insert(0, given.pop())
    draft.set("input_messages", given or None)
    if both:
        draft.set("output_messages", answered or None)
    draft.attributes.pop(name, None)
