"""OpenAI's API: chat completions, completions, responses, embeddings; also what Groq and Mistral make of it."""

import base64
import json
import re
import struct
import time
from collections.abc import Iterable, Iterator
from typing import Any

from tests.support.models.answer import Answer, Ask, Json, answer, embedding

_TOLD = re.compile(r"'function': {'name': '(\w+)'")
SSE = "text/event-stream"
_DATED = {"gpt-4o-mini": "gpt-4o-mini-2024-07-18", "gpt-4o": "gpt-4o-2024-08-06"}


def text_of(content: Any) -> str:
    if isinstance(content, list):
        return " ".join(text_of(part.get("text") or part.get("content")) for part in content if isinstance(part, dict))
    return content if isinstance(content, str) else ""


def ask_of(body: Json) -> Ask:
    messages = [m for m in body.get("messages", []) if isinstance(m, dict)]
    tools = [t.get("function", t) for t in body.get("tools") or []]
    tools += body.get("functions") or []
    called = [c["function"]["name"] for m in messages for c in m.get("tool_calls") or [] if c.get("function")]
    # Smolagents tells of its calls in words.
    called += [name for m in messages for name in _TOLD.findall(text_of(m.get("content")))]
    wanted = body.get("response_format") or {}
    choice = body.get("tool_choice")
    forced = choice.get("function", choice).get("name") if isinstance(choice, dict) else None
    if choice in ("required", "any") and len(tools) == 1:
        forced = tools[0]["name"]
    return Ask(
        model=str(body.get("model") or "gpt-4o-mini"),
        asked=next((text_of(m.get("content")) for m in reversed(messages) if m.get("role") == "user"), ""),
        stream=bool(body.get("stream")),
        tools=[(t["name"], t.get("parameters") or {}) for t in tools if "name" in t],
        called=called,
        schema=(wanted.get("json_schema") or {}).get("schema", {}) if wanted.get("type") == "json_schema" else None,
        forced=forced,
        system=" ".join(text_of(m.get("content")) for m in messages if m.get("role") in ("system", "developer")),
    )


def chat(path: str, body: Json) -> tuple[Json, Any, Iterable[bytes], str]:
    ask = ask_of(body)
    found = answer(ask)
    model, identity = _DATED.get(ask.model, ask.model), f"chatcmpl-{found.number:08}"
    usage = chat_usage(found)
    finish = "tool_calls" if found.calls else "stop"
    groq = path.startswith("/openai/")
    mistral = ask.model.startswith(("mistral", "open-mi", "codestral"))
    counted = not ask.stream or groq or mistral or bool((body.get("stream_options") or {}).get("include_usage"))
    truth = truth_of(ask, found, model, identity, finish, usage if counted else None)
    head = {"id": identity, "created": int(time.time()), "model": model, "system_fingerprint": "fp_1"}
    if ask.stream:
        return truth, None, _chat_chunks(head, found, finish, usage if counted else None, groq), SSE
    said: Json = {"role": "assistant", "content": found.text or None, "refusal": None, "annotations": []}
    if found.calls:
        said["tool_calls"] = _calls(found)
    choices = [{"index": 0, "message": said, "finish_reason": finish, "logprobs": None}]
    tail = {"x_groq": {"id": "req_1"}} if groq else {}
    return (
        truth,
        head | {"object": "chat.completion", "choices": choices, "usage": usage} | tail,
        (),
        "application/json",
    )


def truth_of(ask: Ask, found: Answer, model: str, identity: str | None, finish: str, usage: Json | None) -> Json:
    return {
        "model": model,
        "requested": ask.model,
        "response_id": identity,
        "stream": ask.stream,
        "stream_usage_sent": usage is not None,
        "finish": finish,
        "usage": usage,
        "asked": ask.asked,
        "said": found.said,
    }


def chat_usage(found: Answer) -> Json:
    return {
        "prompt_tokens": found.taken,
        "completion_tokens": found.given,
        "total_tokens": found.taken + found.given,
        "prompt_tokens_details": {"cached_tokens": found.cached, "audio_tokens": 0},
        "completion_tokens_details": {
            "reasoning_tokens": found.reasoning,
            "audio_tokens": 0,
            "accepted_prediction_tokens": 0,
            "rejected_prediction_tokens": 0,
        },
    }


def _calls(found: Answer) -> list[Json]:
    return [
        {"id": c.id, "type": "function", "function": {"name": c.name, "arguments": json.dumps(c.arguments)}}
        for c in found.calls
    ]


def _chat_chunks(head: Json, found: Answer, finish: str, usage: Json | None, groq: bool) -> Iterator[bytes]:
    def chunk(delta: Json, finish: str | None = None, **more: Any) -> bytes:
        choices = [{"index": 0, "delta": delta, "finish_reason": finish, "logprobs": None}]
        return sse(head | {"object": "chat.completion.chunk", "choices": choices} | more)

    yield chunk({"role": "assistant", "content": None if found.calls else ""})
    for index, call in enumerate(_calls(found)):
        arguments = call["function"]["arguments"]
        start = call["function"] | {"arguments": ""}
        yield chunk({"tool_calls": [call | {"index": index, "function": start}]})
        for piece in pieces(arguments):
            yield chunk({"tool_calls": [{"index": index, "function": {"arguments": piece}}]})
    for piece in pieces(found.text):
        yield chunk({"content": piece})
    if groq:
        yield chunk({}, finish, x_groq={"id": "req_1", "usage": usage})
    elif "mistral" in head["model"]:
        yield chunk({"content": ""}, finish, usage=usage)
    else:
        yield chunk({}, finish)
        if usage is not None:
            yield sse(head | {"object": "chat.completion.chunk", "choices": [], "usage": usage})
    yield b"data: [DONE]\n\n"


def sse(value: Any, event: str | None = None) -> bytes:
    name = f"event: {event}\n" if event else ""
    return f"{name}data: {json.dumps(value)}\n\n".encode()


def pieces(text: str) -> list[str]:
    size = max(1, len(text) // 3)
    return [text[i : i + size] for i in range(0, len(text), size)]


def completions(path: str, body: Json) -> tuple[Json, Any, Iterable[bytes], str]:
    prompt = body.get("prompt")
    ask = Ask(model=str(body.get("model")), asked=text_of(prompt if isinstance(prompt, str) else str(prompt)))
    found = answer(ask)
    usage = {"prompt_tokens": found.taken, "completion_tokens": found.given, "total_tokens": found.taken + found.given}
    identity = f"cmpl-{found.number:08}"
    head = {"id": identity, "object": "text_completion", "created": int(time.time()), "model": ask.model}
    choices = [{"index": 0, "text": found.text, "finish_reason": "stop", "logprobs": None}]
    truth = truth_of(ask, found, ask.model, identity, "stop", usage)
    return truth, head | {"choices": choices, "usage": usage}, (), "application/json"


def embeddings(path: str, body: Json) -> tuple[Json, Any, Iterable[bytes], str]:
    given = body.get("input", body.get("inputs", ""))
    texts = given if isinstance(given, list) else [given]
    ask = Ask(model=str(body.get("model") or "text-embedding-3-small"), asked=str(texts[0]) if texts else "")
    found = answer(ask)
    usage = {"prompt_tokens": found.taken, "total_tokens": found.taken}
    vectors: list[Any] = [embedding(str(text)) for text in texts]
    if body.get("encoding_format") == "base64":
        vectors = [base64.b64encode(struct.pack("<8f", *vector)).decode() for vector in vectors]
    data = [{"object": "embedding", "index": i, "embedding": v} for i, v in enumerate(vectors)]
    truth = {"model": ask.model, "response_id": None, "stream": False, "usage": usage, "asked": ask.asked}
    answered = {"object": "list", "data": data, "model": ask.model, "usage": usage}
    if "mistral" in ask.model:
        truth["response_id"] = answered["id"] = f"emb-{found.number:08}"
    return truth, answered, (), "application/json"


def responses(path: str, body: Json) -> tuple[Json, Any, Iterable[bytes], str]:
    given = body.get("input")
    items = [{"role": "user", "content": given}] if isinstance(given, str) else given or []
    users = [text_of(i.get("content")) for i in items if isinstance(i, dict) and i.get("role") == "user"]
    wanted = ((body.get("text") or {}).get("format")) or {}
    ask = Ask(
        model=str(body.get("model")),
        asked=users[-1] if users else "",
        stream=bool(body.get("stream")),
        tools=[(t["name"], t.get("parameters") or {}) for t in body.get("tools") or [] if t.get("type") == "function"],
        called=[i["name"] for i in items if isinstance(i, dict) and i.get("type") == "function_call"],
        schema=wanted.get("schema") if wanted.get("type") == "json_schema" else None,
        system=str(body.get("instructions") or ""),
    )
    found = answer(ask)
    model, identity = _DATED.get(ask.model, ask.model), f"resp_{found.number:08}"
    usage = {
        "input_tokens": found.taken,
        "input_tokens_details": {"cached_tokens": found.cached},
        "output_tokens": found.given,
        "output_tokens_details": {"reasoning_tokens": found.reasoning},
        "total_tokens": found.taken + found.given,
    }
    finish = "tool_calls" if found.calls else "stop"
    whole = {
        "id": identity,
        "object": "response",
        "created_at": int(time.time()),
        "status": "completed",
        "error": None,
        "incomplete_details": None,
        "instructions": body.get("instructions"),
        "model": model,
        "output": _items(found),
        "parallel_tool_calls": True,
        "temperature": 1.0,
        "tool_choice": "auto",
        "tools": body.get("tools") or [],
        "top_p": 1.0,
        "text": body.get("text") or {"format": {"type": "text"}},
        "usage": usage,
        "metadata": {},
    }
    truth = truth_of(ask, found, model, identity, finish, usage)
    if ask.stream:
        return truth, None, _response_events(whole), SSE
    return truth, whole, (), "application/json"


def _items(found: Answer) -> list[Json]:
    if found.calls:
        return [
            {
                "type": "function_call",
                "id": f"fc_{found.number}",
                "call_id": call.id,
                "name": call.name,
                "arguments": json.dumps(call.arguments),
                "status": "completed",
            }
            for call in found.calls
        ]
    content = [{"type": "output_text", "text": found.text, "annotations": []}]
    said = {"type": "message", "id": f"msg_{found.number}", "role": "assistant", "status": "completed"}
    return [said | {"content": content}]


def _response_events(whole: Json) -> Iterator[bytes]:
    number = iter(range(1000))

    def event(kind: str, **more: Any) -> bytes:
        return sse({"type": kind, "sequence_number": next(number), **more}, kind)

    begun = whole | {"status": "in_progress", "output": [], "usage": None}
    yield event("response.created", response=begun)
    yield event("response.in_progress", response=begun)
    for index, item in enumerate(whole["output"]):
        where = {"output_index": index, "item_id": item["id"]}
        if item["type"] == "message":
            part = item["content"][0]
            yield event("response.output_item.added", output_index=index, item=item | {"content": []})
            empty = part | {"text": ""}
            yield event("response.content_part.added", **where, content_index=0, part=empty)
            for piece in pieces(part["text"]):
                yield event("response.output_text.delta", **where, content_index=0, delta=piece, logprobs=[])
            yield event("response.output_text.done", **where, content_index=0, text=part["text"], logprobs=[])
            yield event("response.content_part.done", **where, content_index=0, part=part)
        else:
            yield event("response.output_item.added", output_index=index, item=item | {"arguments": ""})
            yield event("response.function_call_arguments.delta", **where, delta=item["arguments"])
            yield event("response.function_call_arguments.done", **where, arguments=item["arguments"])
        yield event("response.output_item.done", output_index=index, item=item)
    yield event("response.completed", response=whole)


def models(path: str, body: Json) -> tuple[Json, Any, Iterable[bytes], str]:
    return {}, {"object": "list", "data": [{"id": "gpt-4o-mini", "object": "model"}]}, (), "application/json"


ROUTES = (
    (r"/chat/completions$", chat),
    (r"/responses$", responses),
    (r"^(/openai/deployments/[^/]+|/v1|/api/v1|)/embeddings$", embeddings),
    (r"^(/v1|)/completions$", completions),
    (r"^/v1/models$", models),
)
