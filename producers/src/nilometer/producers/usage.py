"""Token usage out of raw provider responses, by OpenTelemetry's rule: input includes what was cached.

Which provider answered says little about the shape, for many speak OpenAI's; the names of the counts decide:

    prompt_tokens, completion_tokens      OpenAI chat and its likes: input includes cached tokens
    input_tokens, input_tokens_details    OpenAI responses: the same
    cache_(read|creation)_input_tokens    Anthropic: input excludes cached tokens, so they are added

What is not reported is None. (genai-prices' extract_usage gives 0 there, and takes a second to load its price list in
the application's thread; the tests compare with it.)
"""

from collections.abc import Mapping
from typing import Any

from nilometer.producers.plain import as_mapping
from nilometer.schemas.span import Usage


def usage_of(response: Any) -> Usage | None:
    """The usage that a response reports under `usage`; None where it reports none that we understand."""
    body = as_mapping(response)
    usage = as_mapping(body.get("usage")) if body is not None else None
    if not usage:
        return None
    input_details = as_mapping(usage.get("prompt_tokens_details") or usage.get("input_tokens_details")) or {}
    output_details = as_mapping(usage.get("completion_tokens_details") or usage.get("output_tokens_details")) or {}
    read = _first(input_details, "cached_tokens")
    read = _first(usage, "cache_read_input_tokens", "prompt_cache_hit_tokens", "cache_read_tokens", default=read)
    write = _first(input_details, "cache_write_tokens", "cache_creation_tokens")
    write = _first(usage, "cache_creation_input_tokens", "cache_write_tokens", default=write)
    taken = _first(usage, "prompt_tokens", "input_tokens")
    if taken is not None and "prompt_tokens" not in usage and usage.keys() & _ANTHROPIC:
        taken += (read or 0) + (write or 0)
    found = Usage(
        input_tokens=taken,
        output_tokens=_first(usage, "completion_tokens", "output_tokens"),
        cache_read_tokens=read,
        cache_write_tokens=write,
        reasoning_tokens=_first(usage, "reasoning_tokens", default=_first(output_details, "reasoning_tokens")),
        source="estimated" if usage.get("source") == "estimated" else "reported",
    )
    return None if found == Usage(source=found.source) else found


_ANTHROPIC = frozenset({"cache_read_input_tokens", "cache_creation_input_tokens"})


def _first(values: Mapping[str, Any], *names: str, default: int | None = None) -> int | None:
    """The first of the names that holds a count."""
    for name in names:
        value = values.get(name)
        if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
            return value
    return default
