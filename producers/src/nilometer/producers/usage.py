"""Token usage out of raw provider responses, by OpenTelemetry's rule: input includes what was cached.

Which provider answered says little about the shape (many speak OpenAI's), so the shape decides. genai-prices knows
where each shape keeps its counts, and that Anthropic's input excludes cached tokens.
"""

from collections.abc import Mapping
from typing import Any

from nilometer.producers.plain import as_mapping
from nilometer.schemas.span import Usage


def usage_of(response: Any) -> Usage | None:
    """The usage that a response reports under `usage`; None where it reports none that we understand."""
    body = as_mapping(response)
    usage = as_mapping(body.get("usage")) if body is not None else None
    if body is None or not usage:
        return None
    return _extract(body, usage) or _native(usage)


def _shape(usage: Mapping[str, Any]) -> tuple[str, str] | None:
    """Provider and API flavor, in genai-prices' words, that keep their counts like this."""
    if "completion_tokens" in usage:
        return "openai", "chat"
    if "prompt_tokens" in usage:
        return "openai", "embeddings"
    if usage.get("cache_read_input_tokens") is not None or usage.get("cache_creation_input_tokens") is not None:
        return "anthropic", "default"
    if "input_tokens_details" in usage or "total_tokens" in usage:
        return "openai", "responses"
    return None


def _extract(body: Mapping[str, Any], usage: Mapping[str, Any]) -> Usage | None:
    # Its price list takes time to import, and applications that report no usage never need it.
    from genai_prices import extract_usage

    shape = _shape(usage)
    if shape is None:
        return None
    provider, flavor = shape
    try:
        # Without the model: an unknown one is no reason to know no usage.
        found = extract_usage({"usage": _without_none(usage)}, provider_id=provider, api_flavor=flavor).usage
    except (ValueError, LookupError, TypeError):
        return None
    return Usage(
        input_tokens=_count(found.input_tokens),
        output_tokens=_count(found.output_tokens),
        cache_read_tokens=_count(found.cache_read_tokens),
        cache_write_tokens=_count(found.cache_write_tokens),
        reasoning_tokens=_count(getattr(found, "output_reasoning_tokens", None)),
    )


def _native(usage: Mapping[str, Any]) -> Usage | None:
    """Counts under our own names, e.g. Anthropic's without a cache, or a dict of the application's own."""
    counts = {name: _count(usage.get(name)) for name in _NATIVE}
    if all(count is None for count in counts.values()):
        return None
    return Usage(**counts, source="estimated" if usage.get("source") == "estimated" else "reported")


_NATIVE = ("input_tokens", "output_tokens", "cache_read_tokens", "cache_write_tokens", "reasoning_tokens")


def _without_none(usage: Mapping[str, Any]) -> dict[str, Any]:
    """Clients fill in None for what the provider left out."""
    return {
        name: _without_none(value) if isinstance(value, Mapping) else value
        for name, value in usage.items()
        if value is not None
    }


def _count(value: Any) -> int | None:
    return int(value) if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None
