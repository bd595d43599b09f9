"""Reading output messages: text, tool calls, and whether there is anything at all."""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from nilometer.schemas.span import Message

SILENT_PARTS = frozenset({"reasoning", "thinking"})
"""Parts that the user of a model does not get to see."""


class ToolCall(NamedTuple):
    """A tool call as a model asked for it."""

    name: str
    arguments: Any
    """A JSON value, or JSON text, as the provider gave it."""


def parts(messages: Sequence[Message] | None) -> Iterator[dict[str, Any]]:
    """All parts of all messages that are objects; `{"content": "text"}` counts as one text part."""
    for message in messages or ():
        found = message.get("parts")
        if found is None and isinstance(message.get("content"), str):
            yield {"type": "text", "content": message["content"]}
        if isinstance(found, list):
            yield from (part for part in found if isinstance(part, dict))


def text(messages: Sequence[Message] | None) -> str:
    """The text parts, joined."""
    return "".join(
        part["content"]
        for part in parts(messages)
        if part.get("type") == "text" and isinstance(part.get("content"), str)
    )


def texts(messages: Sequence[Message] | None) -> list[str]:
    """The text of each message that has any: of several choices each stands alone."""
    return [found for message in messages or () if (found := text([message])).strip()]


def tool_calls(messages: Sequence[Message] | None) -> list[ToolCall]:
    return [
        ToolCall(str(part.get("name") or ""), part.get("arguments"))
        for part in parts(messages)
        if part.get("type") == "tool_call"
    ]


def is_empty(messages: Sequence[Message] | None) -> bool:
    """No text but white space, no tool call, no other part that a user would get."""
    for part in parts(messages):
        kind = part.get("type")
        if kind == "text":
            if str(part.get("content") or "").strip():
                return False
        elif kind not in SILENT_PARTS:
            return False
    return True
