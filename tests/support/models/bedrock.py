"""Amazon Bedrock: Converse, ConverseStream and InvokeModel, with AWS's binary event stream."""

import json
import struct
from base64 import b64encode
from binascii import crc32
from collections.abc import Iterable, Iterator
from typing import Any

from tests.support.models import anthropic
from tests.support.models.answer import Answer, Ask, Json, answer, embedding
from tests.support.models.openai import pieces, truth_of

_STREAM = "application/vnd.amazon.eventstream"


def converse(path: str, body: Json) -> tuple[Json, Any, Iterable[bytes], str]:
    stream = path.endswith("-stream")
    blocks = [(m["role"], p) for m in body.get("messages", []) for p in m.get("content") or []]
    texts = [p["text"] for role, p in blocks if role == "user" and "text" in p]
    specs = [t["toolSpec"] for t in (body.get("toolConfig") or {}).get("tools", []) if "toolSpec" in t]
    ask = Ask(
        model=path.split("/")[2],
        asked=texts[-1] if texts else "",
        stream=stream,
        tools=[(s["name"], s["inputSchema"]["json"]) for s in specs],
        called=[p["toolUse"]["name"] for _, p in blocks if "toolUse" in p],
    )
    found = answer(ask)
    finish = "tool_use" if found.calls else "end_turn"
    usage = {
        "inputTokens": found.taken - found.cached - found.written,
        "outputTokens": found.given,
        "totalTokens": found.taken + found.given,
        "cacheReadInputTokens": found.cached,
        "cacheWriteInputTokens": found.written,
    }
    truth = truth_of(ask, found, ask.model, None, finish, usage)
    if stream:
        return truth, None, _converse_events(found, finish, usage), _STREAM
    content: list[Json] = [{"text": found.text}] if found.text else []
    content += [{"toolUse": {"toolUseId": c.id, "name": c.name, "input": c.arguments}} for c in found.calls]
    said = {"message": {"role": "assistant", "content": content}}
    return (
        truth,
        {"output": said, "stopReason": finish, "usage": usage, "metrics": {"latencyMs": 1}},
        (),
        "application/json",
    )


def _converse_events(found: Answer, finish: str, usage: Json) -> Iterator[bytes]:
    yield event("messageStart", {"role": "assistant"})
    for index, call in enumerate(found.calls):
        start = {"toolUse": {"toolUseId": call.id, "name": call.name}}
        yield event("contentBlockStart", {"start": start, "contentBlockIndex": index})
        delta = {"toolUse": {"input": json.dumps(call.arguments)}}
        yield event("contentBlockDelta", {"delta": delta, "contentBlockIndex": index})
        yield event("contentBlockStop", {"contentBlockIndex": index})
    if found.text:
        for piece in pieces(found.text):
            yield event("contentBlockDelta", {"delta": {"text": piece}, "contentBlockIndex": 0})
        yield event("contentBlockStop", {"contentBlockIndex": 0})
    yield event("messageStop", {"stopReason": finish})
    yield event("metadata", {"usage": usage, "metrics": {"latencyMs": 1}})


def event(kind: str, payload: Json) -> bytes:
    """One message of `application/vnd.amazon.eventstream`."""
    headers = b""
    for name, value in ((":event-type", kind), (":content-type", "application/json"), (":message-type", "event")):
        headers += bytes([len(name)]) + name.encode() + b"\x07" + struct.pack(">H", len(value)) + value.encode()
    body = json.dumps(payload).encode()
    prelude = struct.pack(">II", 16 + len(headers) + len(body), len(headers))
    start = prelude + struct.pack(">I", crc32(prelude)) + headers + body
    return start + struct.pack(">I", crc32(start))


def invoke(path: str, body: Json) -> tuple[Json, Any, Iterable[bytes], str]:
    model, stream = path.split("/")[2], path.endswith("-stream")
    if "embed" in model:
        found = answer(Ask(model=model, asked=str(body.get("inputText"))))
        truth: Json = {"model": model, "response_id": None, "stream": False, "asked": str(body.get("inputText"))}
        truth["usage"] = {"prompt_tokens": found.taken}
        vector = {"embedding": embedding(str(body.get("inputText"))), "inputTextTokenCount": found.taken}
        return truth, vector, (), "application/json"
    truth, whole, chunks, _ = anthropic.messages(path, body | {"stream": stream}, model)
    if not stream:
        return truth, whole, (), "application/json"
    return truth, None, (_wrapped(chunk) for chunk in chunks), _STREAM


def _wrapped(chunk: bytes) -> bytes:
    data = chunk.partition(b"data: ")[2].strip()
    return event("chunk", {"bytes": b64encode(data).decode()})


ROUTES = ((r"^/model/.+/converse(-stream)?$", converse), (r"^/model/.+/invoke(-with-response-stream)?$", invoke))
