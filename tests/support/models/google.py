"""Gemini: generateContent, streamGenerateContent, embedContent; output excludes thoughts."""

import re
from collections.abc import Iterable
from typing import Any

from tests.support.models.answer import Ask, Json, answer, embedding
from tests.support.models.openai import SSE, pieces, sse, truth_of


def generate(path: str, body: Json) -> tuple[Json, Any, Iterable[bytes], str]:
    contents = body.get("contents") or []
    parts = [(c.get("role", "user"), p) for c in contents for p in c.get("parts") or []]
    texts = [p["text"] for role, p in parts if role == "user" and p.get("text")]
    declared = [d for t in body.get("tools") or [] for d in t.get("functionDeclarations") or []]
    config = body.get("generationConfig") or {}
    schema = config.get("responseJsonSchema") or config.get("responseSchema")
    stream = ":stream" in path
    ask = Ask(
        model=re.sub(r".*/models/([^:]+):.*", r"\1", path),
        asked=texts[-1] if texts else "",
        stream=stream,
        tools=[(d["name"], _schema(d)) for d in declared],
        called=[p["functionCall"]["name"] for _, p in parts if "functionCall" in p],
        schema=schema,
    )
    found = answer(ask)
    identity = f"gemini-{found.number:08}"
    usage = {
        "promptTokenCount": found.taken,
        "candidatesTokenCount": found.given - found.reasoning,
        "thoughtsTokenCount": found.reasoning,
        "cachedContentTokenCount": found.cached,
        "totalTokenCount": found.taken + found.given,
    }
    truth = truth_of(ask, found, ask.model, identity, "STOP", usage)
    called = [{"functionCall": {"name": c.name, "args": c.arguments}} for c in found.calls]
    said: list[Json] = called or [{"text": p} for p in (pieces(found.text) if stream else [found.text])]

    def chunk(parts: list[Json], last: bool) -> Json:
        candidate: Json = {"content": {"role": "model", "parts": parts}, "index": 0}
        if last:
            candidate["finishReason"] = "STOP"
        counted = usage if last else {k: v for k, v in usage.items() if k in ("promptTokenCount", "totalTokenCount")}
        return {
            "candidates": [candidate],
            "usageMetadata": counted,
            "modelVersion": ask.model,
            "responseId": identity,
        }

    if stream:
        return truth, None, [sse(chunk([p], i == len(said) - 1)) for i, p in enumerate(said)], SSE
    return truth, chunk(said, True), (), "application/json"


def _schema(declared: Json) -> Json:
    return next(
        (declared[n] for n in ("parametersJsonSchema", "parameters_json_schema", "parameters") if declared.get(n)), {}
    )


def embed(path: str, body: Json) -> tuple[Json, Any, Iterable[bytes], str]:
    model = re.sub(r".*/models/([^:]+):.*", r"\1", path)
    requests = body.get("requests") or [body]
    texts = [p.get("text", "") for r in requests for p in (r.get("content") or {}).get("parts") or []]
    asked = texts[0] if texts else ""
    answer(Ask(model=model, asked=asked))
    truth = {"model": model, "response_id": None, "stream": False, "usage": {}, "asked": asked}
    vectors = [{"values": embedding(text)} for text in texts]
    return truth, {"embeddings": vectors} if "batch" in path else {"embedding": vectors[0]}, (), "application/json"


ROUTES = ((r"/models/[^/]+:(stream)?[gG]enerateContent$", generate), (r":(batchEmbedContents|embedContent)$", embed))
