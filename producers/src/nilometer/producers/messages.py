"""Messages as OpenTelemetry has them, out of what providers take and give.

OpenAI chat messages, items of OpenAI's responses API and Anthropic messages become

    {"role": str, "parts": [part, …], "name"?: str}

with parts of the types text, reasoning, tool_call (id, name, arguments), tool_call_response (id, response), uri and
blob. Bytes of images, audio and files are not recorded: a blob says its kind and size. A part of an unknown type is
kept as it is. Nothing here raises on strange input.
"""

import contextlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, cast

import msgspec

from nilometer.producers.plain import as_mapping
from nilometer.schemas.span import Message

Part = dict[str, Any]

_TEXTS = frozenset({"text", "input_text", "output_text", "summary_text"})
_SPEAKERS = ("user", "assistant", "system")
_MODALITIES = {"image": "image", "image_url": "image", "input_image": "image", "input_audio": "audio"}


def to_messages(value: Any) -> list[Message]:
    """All messages of a call's input: a text, one message, or a sequence of messages and items."""
    if value is None:
        return []
    if isinstance(value, str):
        return [{"role": "user", "parts": [text_part(value)]}]
    mapping = as_mapping(value)
    if mapping is not None:
        return [to_message(mapping)]
    if isinstance(value, Iterable):
        return [to_message(item) for item in cast("Iterable[Any]", value)]
    return [to_message(value)]


def to_message(value: Any) -> Message:
    """One message. What is none becomes a text of the user."""
    if isinstance(value, str):
        return {"role": "user", "parts": [text_part(value)]}
    message = as_mapping(value)
    if message is None:
        return {"role": "user", "parts": [{"type": type(value).__name__}]}
    if isinstance(message.get("parts"), list):
        return dict(message)
    if len(message) == 2 and message.get("role") in _SPEAKERS and isinstance(message.get("content"), str):
        # Most messages, and every one of them again and again in the calls that follow.
        return {"role": message["role"], "parts": [text_part(message["content"])]}
    role = str(message.get("role") or _role_of_item(message))
    found: Message = {"role": role, "parts": list(_parts(message, role))}
    if role not in ("tool", "function") and isinstance(message.get("name"), str) and "role" in message:
        found["name"] = message["name"]
    return found


def system_messages(value: Any) -> list[Message]:
    """System instructions that stand beside the messages, as Anthropic and the responses API take them."""
    if not value:
        return []
    content = [value] if isinstance(value, str) or as_mapping(value) is not None else value
    return [{"role": "system", "parts": list(_content(content))}]


def tool_calls(message: Message) -> list[Part]:
    return [part for part in message["parts"] if part.get("type") == "tool_call"]


def text_part(text: str) -> Part:
    return {"type": "text", "content": text}


def tool_call_part(identity: Any, name: Any, arguments: Any) -> Part:
    """Arguments that come as JSON text are taken apart; text that is no JSON stays as it is."""
    if isinstance(arguments, str):
        with contextlib.suppress(msgspec.DecodeError, UnicodeError, RecursionError):
            arguments = msgspec.json.decode(arguments) if arguments else {}
    return {"type": "tool_call", "id": identity, "name": name, "arguments": arguments}


def _role_of_item(item: Mapping[str, Any]) -> str:
    """Items of the responses API without a role belong to one side or the other."""
    kind = item.get("type")
    if isinstance(kind, str) and kind.endswith("_output"):
        return "tool"
    return "assistant" if kind in ("function_call", "reasoning") else "user"


def _parts(message: Mapping[str, Any], role: str) -> Iterable[Part]:
    if message.get("type") not in (None, "message"):
        yield part_of(message)
        return
    content = message.get("content")
    if role in ("tool", "function"):
        response = content if isinstance(content, str) or content is None else list(_content(content))
        yield {"type": "tool_call_response", "id": message.get("tool_call_id"), "response": response}
        return
    reasoning = message.get("reasoning_content")
    if isinstance(reasoning, str) and reasoning:
        yield {"type": "reasoning", "content": reasoning}
    yield from _content(content)
    refusal = message.get("refusal")
    if isinstance(refusal, str) and refusal:
        yield {"type": "refusal", "content": refusal}
    calls = message.get("tool_calls")
    for call in cast("Sequence[Any]", calls) if isinstance(calls, list | tuple) else ():
        yield part_of(call)
    legacy = as_mapping(message.get("function_call"))
    if legacy is not None:
        yield tool_call_part(None, legacy.get("name"), legacy.get("arguments"))


def _content(content: Any) -> Iterable[Part]:
    if content is None:
        return
    if isinstance(content, str):
        yield text_part(content)
    elif isinstance(content, Iterable) and as_mapping(content) is None:
        for item in cast("Iterable[Any]", content):
            yield part_of(item)
    else:
        yield part_of(content)


def part_of(value: Any) -> Part:
    """One part of a message, of whichever provider."""
    if isinstance(value, str):
        return text_part(value)
    part = as_mapping(value)
    if part is None:
        return {"type": type(value).__name__}
    kind = part.get("type")
    function = as_mapping(part.get("function"))
    if function is not None:
        return tool_call_part(part.get("id"), function.get("name"), function.get("arguments"))
    if kind in _TEXTS and isinstance(part.get("text"), str):
        return text_part(part["text"])
    if kind == "tool_use":
        return tool_call_part(part.get("id"), part.get("name"), part.get("input"))
    if kind == "tool_result":
        return _response(part.get("tool_use_id"), part.get("content"))
    if kind == "function_call":
        return tool_call_part(part.get("call_id"), part.get("name"), part.get("arguments"))
    if kind == "function_call_output":
        return _response(part.get("call_id"), part.get("output"))
    if kind == "refusal":
        return {"type": "refusal", "content": part.get("refusal")}
    if kind == "thinking":
        return {"type": "reasoning", "content": part.get("thinking")}
    if kind == "reasoning" and "content" not in part:
        return {"type": "reasoning", "content": _joined(part.get("summary"))}
    return _media(part) or dict(part)


def _response(identity: Any, content: Any) -> Part:
    response = content if isinstance(content, str) or content is None else list(_content(content))
    return {"type": "tool_call_response", "id": identity, "response": response}


def _joined(parts: Any) -> str:
    return "\n".join(str(p["content"]) for p in _content(parts) if isinstance(p.get("content"), str))


def _media(part: Mapping[str, Any]) -> Part | None:
    """Images, audio and files: where they are, or how large; never their bytes."""
    kind = part.get("type")
    if kind not in _MODALITIES and kind not in ("document", "file", "input_file"):
        return None
    modality = _MODALITIES.get(str(kind), "file")
    inner = as_mapping(part.get(str(kind))) or as_mapping(part.get("source")) or part
    url = inner.get("url") or part.get("image_url")
    data = inner.get("data") or inner.get("file_data")
    mime = inner.get("media_type") or inner.get("format")
    if isinstance(url, str) and not url.startswith("data:"):
        return {"type": "uri", "modality": modality, "uri": url}
    if isinstance(inner.get("file_id"), str):
        return {"type": "file", "modality": modality, "file_id": inner["file_id"]}
    if isinstance(url, str):
        mime, _, data = url.removeprefix("data:").partition(",")
        mime = mime.split(";")[0]
    blob: Part = {"type": "blob", "modality": modality}
    if isinstance(mime, str) and mime:
        blob["mime_type"] = mime
    if isinstance(data, str | bytes):
        blob["size"] = len(data) * 3 // 4 if isinstance(data, str) else len(data)
    return blob
