"""Price: what calls cost, from their usage and the price book of genai-prices.

Unknown is never zero: a call without a known price has no cost, and `unpriced_reason` says why. A span that is no call
has neither. Estimated usage is priced, too; `usage.source` says that it was.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any

import genai_prices
from genai_prices.data import providers as _PROVIDERS
from genai_prices.types import ModelInfo, ModelPrice, Provider

from nilometer.schemas.event import Event, MaskedEvent
from nilometer.schemas.span import MaskedSpan, PricedSpan, Usage
from nilometer.streams import rates
from nilometer.streams.items import Sourced
from nilometer.streams.steps import Context, Result

CURRENCY = "USD"
PRICE_VERSION = f"genai-prices/{genai_prices.__version__}"

_BY_ID: dict[str, Provider] = {provider.id: provider for provider in _PROVIDERS}
_ALIASES = {
    # genai-prices would take any name that contains `openai` for OpenAI, so names are spelled out here instead.
    "amazon-bedrock": "aws",
    "amazon_bedrock": "aws",
    "aws.bedrock": "aws",
    "aws_bedrock": "aws",
    "bedrock": "aws",
    "azure.ai.inference": "azure",
    "azure.ai.openai": "azure",
    "az.ai.inference": "azure",
    "az.ai.openai": "azure",
    "azure_openai": "azure",
    "fireworks_ai": "fireworks",
    "gcp.gemini": "google",
    "gcp.gen_ai": "google",
    "gcp.vertex_ai": "google",
    "gemini": "google",
    "google_genai": "google",
    "google_vertexai": "google",
    "vertex_ai": "google",
    "vertexai": "google",
    "mistral_ai": "mistral",
    "mistralai": "mistral",
    "moonshot_ai": "moonshotai",
    "moonshot": "moonshotai",
    "together_ai": "together",
    "together-ai": "together",
    "togetherai": "together",
    "voyage": "voyageai",
    "voyage_ai": "voyageai",
    "xai": "x-ai",
    "x_ai": "x-ai",
}
_TIERS = ("openai.response.service_tier", "gen_ai.openai.response.service_tier")
_FIELDS = MaskedSpan.__struct_fields__


@dataclass(frozen=True, slots=True)
class Cost:
    """What a call cost, or why that is not known."""

    amount: Decimal | None = None
    unpriced_reason: str | None = None


def price(batch: Sequence[Sourced[MaskedEvent]], _ctx: Context) -> Result[Event]:
    """Adds its cost to each call. No event is refused here: a call without a price is a call."""
    return [Sourced(_price(s.item), s.source, s.original, s.attempts) for s in batch], []


def _price(event: MaskedEvent) -> Event:
    if not isinstance(event, MaskedSpan):
        return event
    fields: dict[str, Any] = {name: getattr(event, name) for name in _FIELDS}
    if not event.is_call:
        return PricedSpan(**fields)
    cost = cost_of(event)
    known: dict[str, Any] = {"currency": CURRENCY, "price_version": PRICE_VERSION} if cost.amount is not None else {}
    return PricedSpan(**fields, cost=cost.amount, unpriced_reason=cost.unpriced_reason, **known)


def cost_of(span: MaskedSpan) -> Cost:
    """What a call cost when it was made. Reasons: no_usage, incomplete_usage, inconsistent_usage, no_provider,
    unknown_provider, no_model, unknown_model, no_price, price_error."""
    usage = _usable(span)
    if isinstance(usage, str):
        return Cost(unpriced_reason=usage)
    try:
        found = find_model(span.provider, span.response_model, span.request_model)
        if isinstance(found, str):
            return Cost(unpriced_reason=found)
        return _calculate(found, usage, span.started_at, _context(span))
    except Exception:
        # The book contradicts itself or the library does: the call goes on, and says that it has no price.
        return Cost(unpriced_reason="price_error")


def _usable(span: MaskedSpan) -> Usage | str:
    """The usage of a call, or why it has no price."""
    usage = span.usage
    if usage is None or (usage.input_tokens is None and usage.output_tokens is None):
        return "no_usage"
    # Embeddings have no output; of everything else both counts are needed, for the missing one is not 0.
    if usage.input_tokens is None or (usage.output_tokens is None and span.operation != "embeddings"):
        return "incomplete_usage"
    cached = (usage.cache_read_tokens or 0) + (usage.cache_write_tokens or 0)
    if cached > usage.input_tokens or (usage.reasoning_tokens or 0) > (usage.output_tokens or 0):
        return "inconsistent_usage"
    return usage


@lru_cache(maxsize=4096)
def find_model(
    provider: str | None, response_model: str | None, request_model: str | None
) -> tuple[Provider, ModelInfo] | str:
    """Provider and model in the price book, or why there is none. The model that answered goes before the one asked."""
    if not provider:
        return "no_provider"
    models = [model.strip() for model in (response_model, request_model) if model]
    if not models:
        return "no_model"
    reason = "unknown_provider"
    for model in models:
        known, name = _find_provider(provider.strip().lower(), model)
        if known is None:
            continue
        if info := known.find_model(name, all_providers=_PROVIDERS):
            return known, info
        reason = "unknown_model"
    return reason


def _find_provider(name: str, model: str) -> tuple[Provider | None, str]:
    """The provider of a name, and the model as it calls it. LiteLLM says the real provider in front of the model."""
    if name == "litellm" and "/" in model:
        name, model = model.lower().split("/", 1)
    return _BY_ID.get(_ALIASES.get(name, name)), model


def _context(span: MaskedSpan) -> dict[str, str]:
    """What selects a variant of the price: the service tier, where the call names one."""
    for tier in (*(span.attributes.get(name) for name in _TIERS), (span.parameters or {}).get("service_tier")):
        if isinstance(tier, str):
            return {"service_tier": tier}
    return {}


def _calculate(found: tuple[Provider, ModelInfo], usage: Usage, at: datetime, context: dict[str, str]) -> Cost:
    counts = rates.counts_of(usage)
    amount, model_price = rates.ask(*found, at, counts, context) if context else rates.total(*found, at, counts)
    return Cost(amount) if _covers(model_price, usage) else Cost(unpriced_reason="no_price")


def _covers(price: ModelPrice, usage: Usage) -> bool:
    """Whether the book knows a price for all that was used: the library counts what it does not know as free."""
    return not (
        (usage.input_tokens and price.input_mtok is None)
        or (usage.output_tokens and price.output_mtok is None)
        # Knows no price at all, not even of a request.
        or not any(value is not None for value in vars(price).values())
    )
