"""Messages of any dialect as OpenTelemetry has them: `{"role", "parts": [...], "name"?, "finish_reason"?}`.

Content comes as a JSON string or as native values, as OpenAI's, Anthropic's, LangChain's or OpenTelemetry's messages.
Nothing is lost: a part of an unknown kind is kept as it is, other keys of a message stay in it.
"""

from collections.abc import Iterable
from typing import Any, cast

from nilometer.schemas.span import Message
from nilometer.streams.decode.otlp.draft import loosely, parsed

Part = dict[str, Any]

_MESSAGE = frozenset({"role", "parts"})
_TEXT = frozenset({"type", "content"})
_STANDARD = ("user", "assistant", "tool", "system")
_ROLES = {"human": "user", "ai": "assistant", "model": "assistant", "AIMessageChunk": "assistant"}
_RESPONSES = frozenset({"tool", "function"})
_KNOWN = frozenset(
    {"role", "content", "parts", "tool_calls", "tool_call_id", "name", "finish_reason", "type", "function_call", "data"}
    | {"reasoning_content", "refusal", "id", "index"}
)


def messages(value: Any, role: str = "user") -> list[Message] | None:
    """All messages of a value; a plain text is one message of `role`. None where there is nothing."""
    value = _opened(value)
    if value is None or value in ("", [], {}):
        return None
    if isinstance(value, list):
        found = cast("list[Any]", value)
        if len(found) == 1 and isinstance(found[0], list):
            # LangChain's list of prompts, of which there is one.
            return messages(found[0], role)
        if found and all(_is_part(item) for item in found):
            return [{"role": role, "parts": [part(item) for item in found]}]
        return [message(item, role) for item in found]
    if isinstance(value, dict):
        inner = cast("dict[str, Any]", value)
        for name in ("messages", "choices", "generations", "input"):
            if isinstance(inner.get(name), list) and "role" not in inner:
                return messages(inner[name], role)
        return [message(inner, role)]
    return [text_message(str(value), role)]


def text_message(text: str, role: str) -> Message:
    return {"role": role, "parts": [{"type": "text", "content": text}]}


def system_messages(value: Any) -> list[Message]:
    """System instructions that stand beside the messages."""
    value = _opened(value)
    if not value:
        return []
    return [{"role": "system", "parts": _content(value)}]


def message(value: Any, role: str = "user") -> Message:
    """One message of whatever form."""
    if type(value) is dict and value.keys() == _MESSAGE and value["role"] in _STANDARD:
        parts = cast("dict[str, Any]", value)["parts"]
        if type(parts) is list:
            # As OpenTelemetry has it, which most are: nothing to look for.
            return {"role": value["role"], "parts": [part(item) for item in cast("list[Any]", parts)]}
    value = loosely(value)
    if isinstance(value, list):
        # LangChain sends one list of messages for each prompt of a batch.
        inner = cast("list[Any]", value)
        return message(inner[0], role) if len(inner) == 1 else {"role": role, "parts": [part(item) for item in inner]}
    if not isinstance(value, dict):
        return text_message("" if value is None else str(value), role)
    given = cast("dict[str, Any]", value)
    if given.get("type") == "constructor" and isinstance(given.get("kwargs"), dict):
        # LangChain's own form of its objects.
        return message(given["kwargs"], role)
    if isinstance(given.get("message"), dict):
        outer = {k: v for k, v in given.items() if k in ("finish_reason", "index")}
        return message(given["message"] | outer, role)
    if isinstance(given.get("data"), dict) and "content" in given["data"]:
        return message({"role": given.get("type")} | given["data"], role)
    said = (
        given.get("role")
        or (given.get("type") if str(given.get("type")) in _ROLES else None)
        or _role_of_item(given)
        or role
    )
    found: Message = {"role": _ROLES.get(str(said), str(said))}
    if isinstance(given.get("parts"), list):
        found["parts"] = [part(item) for item in given["parts"]]
    else:
        found["parts"] = list(_parts(given, found["role"]))
    for name in ("name", "finish_reason"):
        if isinstance(given.get(name), str) and given[name] and not _is_item(given):
            found[name] = given[name]
    if not _is_item(given):
        found |= {k: v for k, v in given.items() if k not in _KNOWN and v is not None}
    return found


def tool_call(identity: Any, name: Any, arguments: Any) -> Part:
    """Arguments that come as JSON text are taken apart; text that is no JSON stays as it is."""
    return {"type": "tool_call", "id": identity, "name": name, "arguments": loosely(arguments)}


def response(identity: Any, content: Any) -> Part:
    return {"type": "tool_call_response", "id": identity, "response": content}


def part(value: Any) -> Part:
    """One part of a message, of whichever provider."""
    if not isinstance(value, dict):
        return {"type": "text", "content": value if isinstance(value, str) else str(value)}
    given = cast("dict[str, Any]", value)
    kind = given.get("type")
    if kind == "text" and given.keys() == _TEXT:
        return given
    function = given.get("function")
    if isinstance(function, dict):
        inner = cast("dict[str, Any]", function)
        return tool_call(given.get("id"), inner.get("name"), inner.get("arguments"))
    match kind:
        case "text" | "input_text" | "output_text" | "summary_text" if "text" in given:
            return {"type": "text", "content": given["text"]}
        case "tool_call" if "args" in given:
            return tool_call(given.get("id"), given.get("name"), given["args"])
        case "tool_call":
            return given | {"arguments": loosely(given.get("arguments"))}
        case "tool_call_response" if "result" in given and "response" not in given:
            return {k: v for k, v in given.items() if k != "result"} | {"response": given["result"]}
        case "tool_use":
            return tool_call(given.get("id"), given.get("name"), given.get("input"))
        case "tool_result":
            return response(given.get("tool_use_id"), given.get("content"))
        case "function_call":
            return tool_call(given.get("call_id"), given.get("name"), given.get("arguments"))
        case "function_call_output":
            return response(given.get("call_id"), given.get("output"))
        case "thinking":
            return {"type": "reasoning", "content": given.get("thinking")}
        case None if isinstance(given.get("toolUse"), dict):
            inner = cast("dict[str, Any]", given["toolUse"])
            return tool_call(inner.get("toolUseId"), inner.get("name"), inner.get("input"))
        case None if isinstance(given.get("toolResult"), dict):
            inner = cast("dict[str, Any]", given["toolResult"])
            return response(inner.get("toolUseId"), inner.get("content"))
        case None if set(given) == {"text"}:
            return {"type": "text", "content": given["text"]}
        case None if "name" in given and ("arguments" in given or "args" in given):
            return tool_call(given.get("id"), given["name"], given.get("arguments", given.get("args")))
        case _:
            return dict(given)


def _parts(given: dict[str, Any], role: str) -> Iterable[Part]:
    if _is_item(given) and given.get("type") != "message":
        yield part(given)
        return
    content = given.get("content")
    if role in _RESPONSES and ("tool_call_id" in given or "id" in given):
        yield response(given.get("tool_call_id", given.get("id")), content)
        return
    for name in ("reasoning_content", "refusal"):
        if isinstance(given.get(name), str) and given[name]:
            yield {"type": name.removesuffix("_content"), "content": given[name]}
    yield from _content(content)
    calls = loosely(given.get("tool_calls"))
    if isinstance(calls, list):
        for call in cast("list[Any]", calls):
            found = part(call)
            yield found if found.get("type") == "tool_call" else {"type": "tool_call"} | found
    legacy = given.get("function_call")
    if isinstance(legacy, dict):
        yield tool_call(None, legacy.get("name"), legacy.get("arguments"))


def _content(content: Any) -> list[Part]:
    if content is None or content == "":
        return []
    if isinstance(content, str):
        inner = parsed(content) if content[:1] == "[" else None
        if not (isinstance(inner, list) and inner and all(_is_part(item) for item in cast("list[Any]", inner))):
            return [{"type": "text", "content": content}]
        content = cast("list[Any]", inner)
    if isinstance(content, list):
        return [part(item) for item in cast("list[Any]", content)]
    return [part(content)]


def _opened(value: Any) -> Any:
    """What a JSON text holds; other text as it is."""
    return loosely(value) if isinstance(value, str) and value[:1] in ("[", "{") else value


def _is_part(value: Any) -> bool:
    if not isinstance(value, dict):
        return False
    given = cast("dict[str, Any]", value)
    if "type" not in given:
        # Bedrock's parts have a key for a type.
        return len(given) == 1 and not given.keys().isdisjoint({"text", "toolUse", "toolResult"})
    return "role" not in given and str(given["type"]) not in _ROLES and not _is_item(given)


def _is_item(given: dict[str, Any]) -> bool:
    """Whether it is an item of OpenAI's responses API, which need not have a role."""
    return (
        given.get("type") in ("message", "function_call", "function_call_output", "reasoning") and "parts" not in given
    )


def _role_of_item(given: dict[str, Any]) -> str | None:
    if not _is_item(given):
        return None
    return "tool" if given["type"] == "function_call_output" else "assistant"
