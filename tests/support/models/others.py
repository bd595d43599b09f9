"""Ollama and Cohere."""

import json
from collections.abc import Iterable
from typing import Any

from tests.support.models.answer import Ask, Json, answer, embedding
from tests.support.models.openai import SSE, ask_of, pieces, sse, text_of, truth_of

_NDJSON = "application/x-ndjson"


def ollama(path: str, body: Json) -> tuple[Json, Any, Iterable[bytes], str]:
    stream = body.get("stream", True) is not False
    if path.endswith("generate"):
        ask = Ask(model=str(body.get("model")), asked=str(body.get("prompt")), stream=stream)
    else:
        # Its tool calls have no ids.
        base = ask_of(body)
        wanted = body.get("format")
        schema = wanted if isinstance(wanted, dict) else None
        ask = Ask(base.model, base.asked, stream, base.tools, base.called, schema, system=base.system)
    found = answer(ask)
    usage = {"prompt_tokens": found.taken, "completion_tokens": found.given}
    truth = truth_of(ask, found, ask.model, None, "stop", usage)
    calls = [{"function": {"name": c.name, "arguments": c.arguments}} for c in found.calls]
    end = {"done": True, "done_reason": "stop", "prompt_eval_count": found.taken, "eval_count": found.given}
    end |= {"total_duration": 5_000_000, "load_duration": 1_000_000, "prompt_eval_duration": 1, "eval_duration": 1}

    def chunk(text: str, more: Json, calls: list[Json]) -> Json:
        said: Json = {"model": ask.model, "created_at": "2026-01-01T00:00:00.000000Z"}
        if path.endswith("generate"):
            said["response"] = text
        else:
            said["message"] = {"role": "assistant", "content": text} | ({"tool_calls": calls} if calls else {})
        return said | more

    if not stream:
        return truth, chunk(found.text, end, calls), (), "application/json"
    lines = [chunk(piece, {"done": False}, []) for piece in pieces(found.text)]
    if calls:
        lines.append(chunk("", {"done": False}, calls))
    lines.append(chunk("", end, []))
    return truth, None, [json.dumps(line).encode() + b"\n" for line in lines], _NDJSON


def ollama_embed(path: str, body: Json) -> tuple[Json, Any, Iterable[bytes], str]:
    given = body.get("input", body.get("prompt", ""))
    texts = given if isinstance(given, list) else [given]
    found = answer(Ask(model=str(body.get("model")), asked=str(texts[0])))
    usage = {"prompt_tokens": found.taken}
    truth = {"model": str(body.get("model")), "response_id": None, "stream": False, "usage": usage}
    truth["asked"] = str(texts[0])
    if path.endswith("embeddings"):
        truth["usage"] = {}
        return truth, {"embedding": embedding(str(texts[0]))}, (), "application/json"
    vectors = [embedding(str(text)) for text in texts]
    whole = {"model": body.get("model"), "embeddings": vectors, "prompt_eval_count": found.taken}
    return truth, whole, (), "application/json"


def ollama_models(path: str, body: Json) -> tuple[Json, Any, Iterable[bytes], str]:
    if path.endswith("show"):
        return {}, {"capabilities": ["completion", "tools"], "model_info": {}, "details": {}}, (), "application/json"
    return {}, {"models": []}, (), "application/json"


def cohere_chat(path: str, body: Json) -> tuple[Json, Any, Iterable[bytes], str]:
    ask = ask_of(body)
    found = answer(ask)
    identity = f"cohere-{found.number:08}"
    finish = "TOOL_CALL" if found.calls else "COMPLETE"
    usage = {
        "billed_units": {"input_tokens": found.taken - 9, "output_tokens": found.given},
        "tokens": {"input_tokens": found.taken, "output_tokens": found.given},
        "cached_tokens": found.cached,
    }
    # What is billed leaves the prompt's template out; the tokens are what the model took.
    truth = truth_of(ask, found, ask.model, identity, finish, usage)
    said: Json = {"role": "assistant"}
    if found.calls:
        said["tool_calls"] = [
            {"id": c.id, "type": "function", "function": {"name": c.name, "arguments": json.dumps(c.arguments)}}
            for c in found.calls
        ]
    else:
        said["content"] = [{"type": "text", "text": found.text}]
    if not ask.stream:
        whole = {"id": identity, "finish_reason": finish, "message": said, "usage": usage}
        return truth, whole, (), "application/json"
    events: list[Json] = [
        {"type": "message-start", "id": identity, "delta": {"message": {"role": "assistant", "content": []}}},
        {"type": "content-start", "index": 0, "delta": {"message": {"content": {"type": "text", "text": ""}}}},
        *(
            {"type": "content-delta", "index": 0, "delta": {"message": {"content": {"text": piece}}}}
            for piece in pieces(found.text)
        ),
        {"type": "content-end", "index": 0},
        {"type": "message-end", "id": identity, "delta": {"finish_reason": finish, "usage": usage}},
    ]
    return truth, None, [sse(event, event["type"]) for event in events], SSE


def cohere_embed(path: str, body: Json) -> tuple[Json, Any, Iterable[bytes], str]:
    texts = body.get("texts") or [text_of(i.get("content")) for i in body.get("inputs") or []]
    found = answer(Ask(model=str(body.get("model")), asked=str(texts[0])))
    truth = {"model": str(body.get("model")), "response_id": f"cohere-{found.number:08}", "stream": False}
    truth |= {"usage": {"prompt_tokens": found.taken}, "asked": str(texts[0])}
    meta = {"api_version": {"version": "2"}, "billed_units": {"input_tokens": found.taken}}
    vectors = {"float": [embedding(str(text)) for text in texts]}
    whole = {"id": truth["response_id"], "embeddings": vectors, "texts": texts, "meta": meta}
    return truth, whole | {"response_type": "embeddings_by_type"}, (), "application/json"


def cohere_rerank(path: str, body: Json) -> tuple[Json, Any, Iterable[bytes], str]:
    results = [{"index": i, "relevance_score": 1 / (i + 1)} for i, _ in enumerate(body.get("documents") or [])]
    whole = {"id": "rerank-1", "results": results, "meta": {"billed_units": {"search_units": 1}}}
    return {}, whole, (), "application/json"


ROUTES = (
    (r"/api/(chat|generate)$", ollama),
    (r"/api/(embed|embeddings)$", ollama_embed),
    (r"/api/(tags|show)$", ollama_models),
    (r"/v2/chat$", cohere_chat),
    (r"/v[12]/embed$", cohere_embed),
    (r"/v[12]/rerank$", cohere_rerank),
)
