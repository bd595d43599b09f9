"""Token counts out of raw provider shapes, by OpenTelemetry's rule: input includes what was cached.

The names decide, not the provider:

    prompt_tokens, completion_tokens            OpenAI chat: input includes cached tokens
    input_tokens, input_tokens_details          OpenAI responses, LangChain: the same
    cache_(read|creation)_input_tokens          Anthropic: input excludes cached tokens, so they are added
    prompt_token_count, thoughts_token_count    Gemini: output excludes thoughts, so they are added
    input, output, input_cached_tokens …        Langfuse: parts that do not overlap, unless `total` says otherwise
"""

from collections.abc import Mapping
from typing import Any, cast

from nilometer.streams.decode.otlp.draft import whole


def raw_usage(usage: Mapping[str, Any]) -> dict[str, int]:
    """The parts of `Usage` that a raw usage object tells. What it does not tell is not there."""
    if "input" in usage or "output" in usage:
        found = _parts_of_langfuse(usage)
    elif "prompt_token_count" in usage or "candidates_token_count" in usage or "promptTokenCount" in usage:
        found = _gemini(usage)
    else:
        found = _openai_or_anthropic(usage)
    return {name: value for name, value in found.items() if value is not None}


def _openai_or_anthropic(usage: Mapping[str, Any]) -> dict[str, int | None]:
    inputs = _sub(usage, "prompt_tokens_details", "input_tokens_details", "input_token_details")
    outputs = _sub(usage, "completion_tokens_details", "output_tokens_details", "output_token_details")
    outside_read = _first(usage, "cache_read_input_tokens")
    outside_write = _first(usage, "cache_creation_input_tokens")
    taken = _first(usage, "prompt_tokens", "input_tokens")
    if taken is not None and "prompt_tokens" not in usage:
        taken += (outside_read or 0) + (outside_write or 0)
    return {
        "input_tokens": taken,
        "output_tokens": _first(usage, "completion_tokens", "output_tokens"),
        "cache_read_tokens": _either(outside_read, _first(inputs, "cached_tokens", "cache_read")),
        "cache_write_tokens": _either(
            outside_write, _first(inputs, "cache_write_tokens", "cache_creation_tokens", "cache_creation")
        ),
        "reasoning_tokens": _first(outputs, "reasoning_tokens", "reasoning"),
    }


def _gemini(usage: Mapping[str, Any]) -> dict[str, int | None]:
    thoughts = _first(usage, "thoughts_token_count", "thoughtsTokenCount")
    answer = _first(usage, "candidates_token_count", "candidatesTokenCount")
    return {
        "input_tokens": _first(usage, "prompt_token_count", "promptTokenCount"),
        "output_tokens": None if answer is None else answer + (thoughts or 0),
        "cache_read_tokens": _first(usage, "cached_content_token_count", "cachedContentTokenCount"),
        "reasoning_tokens": thoughts,
    }


def _parts_of_langfuse(usage: Mapping[str, Any]) -> dict[str, int | None]:
    read = _first(usage, "input_cached_tokens", "input_cache_read", "cache_read_input_tokens", "input_cached")
    write = _first(usage, "input_cache_creation", "cache_creation_input_tokens", "input_cache_write_tokens")
    reasoning = _first(usage, "output_reasoning_tokens", "output_reasoning", "reasoning_tokens")
    taken, given = _first(usage, "input", "input_tokens"), _first(usage, "output", "output_tokens")
    total = _first(usage, "total", "total_tokens")
    if total is None or total != (taken or 0) + (given or 0):
        taken = None if taken is None else taken + _sum(usage, "input_", read, write)
        given = None if given is None else given + _sum(usage, "output_", reasoning)
    return {
        "input_tokens": taken,
        "output_tokens": given,
        "cache_read_tokens": read,
        "cache_write_tokens": write,
        "reasoning_tokens": reasoning,
    }


def _sum(usage: Mapping[str, Any], prefix: str, *named: int | None) -> int:
    """Parts that lie beside `input` or `output`: those with a name of ours, and audio."""
    return sum(count or 0 for count in named) + sum(
        whole(usage.get(prefix + name)) or 0 for name in ("audio", "audio_tokens")
    )


def _sub(usage: Mapping[str, Any], *names: str) -> Mapping[str, Any]:
    for name in names:
        value = usage.get(name)
        if isinstance(value, dict):
            return cast("dict[str, Any]", value)
    return {}


def _first(usage: Mapping[str, Any], *names: str) -> int | None:
    for name in names:
        value = whole(usage.get(name))
        if value is not None:
            return value
    return None


def _either(one: int | None, other: int | None) -> int | None:
    return other if one is None else one
