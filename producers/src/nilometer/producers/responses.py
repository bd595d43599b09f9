"""Raw provider responses as what a span keeps of them.

Understood: OpenAI chat completions, text completions, embeddings and responses, Anthropic messages, a message of
either, a text, and dicts of the application's own with the names of `Response`; as dicts or as their clients' objects.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from nilometer.producers.messages import part_of, text_part, to_message
from nilometer.producers.plain import as_mapping
from nilometer.producers.usage import usage_of
from nilometer.schemas.span import Message, Usage


@dataclass
class Response:
    """What a response says."""

    messages: list[Message] = field(default_factory=list[Message])
    """One for each choice."""
    model: str | None = None
    response_id: str | None = None
    finish_reason: str | None = None
    """Of the first choice, in the provider's own words."""
    usage: Usage | None = None


def understand(reply: Any) -> Response:
    """A response of whichever shape. What is not understood stays empty."""
    if isinstance(reply, str):
        return Response([{"role": "assistant", "parts": [text_part(reply)]}])
    body = as_mapping(reply)
    if body is None:
        return Response()
    found = Response(model=_text(body, "model"), response_id=_text(body, "id", "response_id"), usage=usage_of(body))
    choices, output = body.get("choices"), body.get("output")
    if isinstance(choices, list | tuple):
        _read_choices(found, cast("Sequence[Any]", choices))
    elif isinstance(output, list | tuple) and "role" not in body:
        _read_output(found, body, cast("Sequence[Any]", output))
    elif "content" in body or "tool_calls" in body or "parts" in body:
        found.messages = [to_message({"role": "assistant"} | dict(body) | {"type": None})]
        found.finish_reason = _text(body, "stop_reason", "finish_reason")
    elif isinstance(body.get("text"), str):
        found.messages = [{"role": "assistant", "parts": [text_part(body["text"])]}]
        found.finish_reason = _text(body, "finish_reason")
    for message in found.messages:
        if found.finish_reason and "finish_reason" not in message:
            message["finish_reason"] = found.finish_reason
    return found


def _read_choices(found: Response, choices: Sequence[Any]) -> None:
    for index, item in enumerate(choices):
        choice = as_mapping(item) or {}
        message = choice.get("message")
        if message is not None:
            converted = to_message({"role": "assistant"} | dict(as_mapping(message) or {}))
        else:
            converted = {"role": "assistant", "parts": [text_part(str(choice.get("text") or ""))]}
        reason = _text(choice, "finish_reason")
        if reason:
            converted["finish_reason"] = reason
        found.messages.append(converted)
        if index == 0:
            found.finish_reason = reason


def _read_output(found: Response, body: Mapping[str, Any], output: Sequence[Any]) -> None:
    """The responses API: items of one turn, each a message, a tool call, reasoning, …"""
    parts: list[dict[str, Any]] = []
    for value in output:
        item = as_mapping(value)
        if item is not None and item.get("type") == "message":
            parts += to_message(item)["parts"]
        else:
            parts.append(part_of(value))
    found.messages = [{"role": "assistant", "parts": parts}]
    details = as_mapping(body.get("incomplete_details"))
    found.finish_reason = (_text(details, "reason") if details else None) or _text(body, "status")


def _text(values: Mapping[str, Any], *names: str) -> str | None:
    for name in names:
        value = values.get(name)
        if isinstance(value, str) and value:
            return value
    return None
