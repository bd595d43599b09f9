"""Anthropic's messages: input excludes what was cached; streamed usage begins with one token of output."""

import json
from collections.abc import Iterable, Iterator
from typing import Any

from tests.support.models.answer import Answer, Ask, Json, answer
from tests.support.models.openai import SSE, pieces, sse, text_of, truth_of


def ask_of(body: Json, model: str | None = None) -> Ask:
    messages = [m for m in body.get("messages", []) if isinstance(m, dict)]
    parts = [p for m in messages for p in (m["content"] if isinstance(m.get("content"), list) else [])]
    choice = body.get("tool_choice") or {}
    texts = [text_of(m.get("content")) for m in messages if m.get("role") == "user"]
    wanted = ((body.get("output_config") or {}).get("format")) or body.get("output_format") or {}
    return Ask(
        model=model or str(body.get("model")),
        asked=next((text for text in reversed(texts) if text.strip()), ""),
        stream=bool(body.get("stream")),
        tools=[(t["name"], t.get("input_schema") or {}) for t in body.get("tools") or [] if "name" in t],
        called=[p["name"] for p in parts if p.get("type") == "tool_use"],
        forced=choice.get("name"),
        schema=wanted.get("schema"),
        system=text_of(body.get("system")),
    )


def usage_of(found: Answer) -> Json:
    return {
        "input_tokens": found.taken - found.cached - found.written,
        "cache_creation_input_tokens": found.written,
        "cache_read_input_tokens": found.cached,
        "cache_creation": {"ephemeral_5m_input_tokens": found.written, "ephemeral_1h_input_tokens": 0},
        "output_tokens": found.given,
        "service_tier": "standard",
    }


def messages(path: str, body: Json, model: str | None = None) -> tuple[Json, Any, Iterable[bytes], str]:
    ask = ask_of(body, model)
    found = answer(ask)
    identity, usage = f"msg_{found.number:08}", usage_of(found)
    finish = "tool_use" if found.calls else "end_turn"
    truth = truth_of(ask, found, ask.model, identity, finish, usage)
    content: list[Json] = [{"type": "text", "text": found.text}] if found.text else []
    content += [{"type": "tool_use", "id": f"toolu_{c.id}", "name": c.name, "input": c.arguments} for c in found.calls]
    whole = {
        "id": identity,
        "type": "message",
        "role": "assistant",
        "model": ask.model,
        "content": content,
        "stop_reason": finish,
        "stop_sequence": None,
        "usage": usage,
    }
    if ask.stream:
        return truth, None, _events(whole), SSE
    return truth, whole, (), "application/json"


def _events(whole: Json) -> Iterator[bytes]:
    usage = whole["usage"]
    begun = whole | {"content": [], "stop_reason": None, "usage": usage | {"output_tokens": 1}}
    yield sse({"type": "message_start", "message": begun}, "message_start")
    yield sse({"type": "ping"}, "ping")
    for index, block in enumerate(whole["content"]):
        where = {"index": index}
        if block["type"] == "text":
            start, deltas = block | {"text": ""}, [{"type": "text_delta", "text": p} for p in pieces(block["text"])]
        else:
            start = block | {"input": {}}
            deltas = [{"type": "input_json_delta", "partial_json": p} for p in pieces(json.dumps(block["input"]))]
        yield sse({"type": "content_block_start", **where, "content_block": start}, "content_block_start")
        for delta in deltas:
            yield sse({"type": "content_block_delta", **where, "delta": delta}, "content_block_delta")
        yield sse({"type": "content_block_stop", **where}, "content_block_stop")
    delta = {"stop_reason": whole["stop_reason"], "stop_sequence": None}
    last = {"output_tokens": usage["output_tokens"]}
    yield sse({"type": "message_delta", "delta": delta, "usage": last}, "message_delta")
    yield sse({"type": "message_stop"}, "message_stop")


def count_tokens(path: str, body: Json) -> tuple[Json, Any, Iterable[bytes], str]:
    return {}, {"input_tokens": 10}, (), "application/json"


ROUTES = ((r"/v1/messages/count_tokens$", count_tokens), (r"/v1/messages$", messages))
