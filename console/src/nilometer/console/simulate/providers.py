"""Replies as the providers' APIs give them, and the truth about their tokens."""

import json
import random
from typing import Any

from nilometer.console.simulate.model import Json
from nilometer.schemas.span import Usage

CHARACTERS_PER_TOKEN = 4


def text_of(value: Json) -> str:
    """JSON as a tool hands it to the model."""
    return json.dumps(value, ensure_ascii=False)


def tokens_of(value: Any) -> int:
    return max(1, len(json.dumps(value, ensure_ascii=False)) // CHARACTERS_PER_TOKEN)


def identity(rng: random.Random, prefix: str) -> str:
    return f"{prefix}{rng.randrange(16**24):024x}"


def openai_chat(
    rng: random.Random, model: str, prompt: list[Json], text: str | None, tool: tuple[str, str, Json] | None = None
) -> tuple[Json, Usage]:
    """A chat completion. `tool`: call id, name and arguments. What was sent before is partly read from the cache."""
    message: Json = {"role": "assistant", "content": text}
    if tool is not None:
        call_id, name, arguments = tool
        function = {"name": name, "arguments": json.dumps(arguments)}
        message["tool_calls"] = [{"id": call_id, "type": "function", "function": function}]
    sent, got = tokens_of(prompt), tokens_of(message)
    # OpenAI caches prefixes from 1,024 tokens on, in steps of 128.
    cached = (sent // 128) * 128 if sent > 1_024 else 0
    usage: Json = {"prompt_tokens": sent, "completion_tokens": got, "total_tokens": sent + got}
    usage["prompt_tokens_details"] = {"cached_tokens": cached}
    reply: Json = {
        "id": identity(rng, "chatcmpl-"),
        "object": "chat.completion",
        "created": 1_760_000_000,
        "model": model,
        "choices": [{"index": 0, "message": message, "finish_reason": "tool_calls" if tool else "stop"}],
        "usage": usage,
    }
    return reply, Usage(input_tokens=sent, output_tokens=got, cache_read_tokens=cached)


def anthropic_message(rng: random.Random, model: str, prompt: list[Json], text: str, cached: int) -> tuple[Json, Usage]:
    """A message of Anthropic's API, whose `input_tokens` leaves out what came from the cache."""
    sent, got = tokens_of(prompt), tokens_of(text)
    reply: Json = {
        "id": identity(rng, "msg_"),
        "type": "message",
        "role": "assistant",
        "model": model,
        "content": [{"type": "text", "text": text}],
        "stop_reason": "end_turn",
        "usage": {
            "input_tokens": sent,
            "output_tokens": got,
            "cache_read_input_tokens": cached,
            "cache_creation_input_tokens": 0,
        },
    }
    return reply, Usage(input_tokens=sent + cached, output_tokens=got, cache_read_tokens=cached, cache_write_tokens=0)


def openai_embedding(rng: random.Random, model: str, text: str) -> tuple[Json, Usage]:
    sent = tokens_of(text)
    vector = [round(rng.uniform(-1, 1), 4) for _ in range(4)]
    reply: Json = {
        "object": "list",
        "model": model,
        "data": [{"object": "embedding", "index": 0, "embedding": vector}],
        "usage": {"prompt_tokens": sent, "total_tokens": sent},
    }
    return reply, Usage(input_tokens=sent)
