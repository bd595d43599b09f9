"""Prices: the same as genai-prices', and NULL with a reason wherever that library would guess."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import genai_prices
import pytest
from genai_prices.data import providers
from genai_prices.types import ModelInfo, ModelPrice, Provider
from hypothesis import given, settings
from hypothesis import strategies as st

from nilometer.schemas.deadletter import Coordinates
from nilometer.schemas.feedback import MaskedFeedback
from nilometer.schemas.span import MaskedSpan, PricedSpan, Usage
from nilometer.streams import chain, rates
from nilometer.streams.items import Sourced
from nilometer.streams.price import PRICE_VERSION, price
from tests.support.chain import NOW, SPAN, TRACE, context, line, record

USED = Usage(input_tokens=12_000, output_tokens=345, cache_read_tokens=2_000)


def call(**fields: Any) -> MaskedSpan:
    values: dict[str, Any] = {
        "trace_id": TRACE,
        "span_id": SPAN,
        "event_id": "e" * 32,
        "name": "n",
        "started_at": NOW,
        "operation": "chat",
        "provider": "openai",
        "request_model": "gpt-4o",
        "usage": USED,
    }
    return MaskedSpan(**values | fields)


def priced(**fields: Any) -> PricedSpan:
    ok, dead = price([Sourced(call(**fields), Coordinates(source="test"))], context())
    assert dead == []
    (span,) = (sourced.item for sourced in ok)
    assert isinstance(span, PricedSpan)
    return span


def reference(model: str, provider: str, at: datetime, **tokens: int | None) -> Decimal:
    usage = genai_prices.Usage(**tokens)
    return genai_prices.calc_price(usage, model, provider_id=provider, genai_request_timestamp=at).total_price


@pytest.mark.parametrize(
    ("name", "book", "model"),
    [
        ("openai", "openai", "gpt-4o"),
        ("OpenAI", "openai", "gpt-4o-2024-08-06"),
        ("azure.ai.openai", "azure", "gpt-4o"),
        ("azure.ai.inference", "azure", "gpt-4o"),
        ("anthropic", "anthropic", "claude-sonnet-4-5"),
        ("aws.bedrock", "aws", "anthropic.claude-3-5-sonnet-20240620-v1:0"),
        ("gcp.gen_ai", "google", "gemini-2.5-pro"),
        ("gcp.vertex_ai", "google", "claude-sonnet-4-5"),
        ("x_ai", "x-ai", "grok-4-0709"),
        ("mistral_ai", "mistral", "mistral-large-latest"),
    ],
)
def test_a_call_costs_what_the_price_book_says(name: str, book: str, model: str) -> None:
    span = priced(provider=name, request_model=model)
    tokens = {"input_tokens": 12_000, "output_tokens": 345, "cache_read_tokens": 2_000}
    assert span.cost == reference(model, book, NOW, **tokens) > 0
    assert (span.currency, span.price_version, span.unpriced_reason) == ("USD", PRICE_VERSION, None)
    assert genai_prices.__version__ in PRICE_VERSION


def test_the_whole_price_book_agrees_and_what_it_leaves_open_is_not_free() -> None:
    models, open_prices = 0, 0
    for provider in providers:
        for model in provider.models:
            models += 1
            usage = Usage(input_tokens=1_000, output_tokens=100)
            span = priced(provider=provider.id, request_model=model.id, usage=usage)
            if span.cost is None:
                open_prices += 1
                assert span.unpriced_reason in {"no_price", "unknown_model"}
                continue
            assert span.cost == reference(model.id, provider.id, NOW, input_tokens=1_000, output_tokens=100)
    # Embeddings and speech have no price of output tokens; some of GitHub's and the free ones have none at all.
    assert 0 < open_prices < models / 5


def _sums() -> st.SearchStrategy[rates.Counts]:
    """Token counts that a call can have: what is cached is a part of the input, reasoning of the output."""

    def parts(whole: tuple[int, int]) -> st.SearchStrategy[rates.Counts]:
        given, said = whole
        read = st.none() | st.integers(0, given // 2)
        return st.tuples(
            st.just(given), st.none() | st.just(said), read, read, st.none() | st.integers(0, said)
        ).filter(lambda counts: counts[1] is not None or not counts[4])

    sizes = st.sampled_from([0, 1, 999, 200_001, 1_000_000]) | st.integers(0, 2_000_000)
    return st.tuples(sizes, sizes).flatmap(parts)


@given(
    st.sampled_from([(provider, model) for provider in providers for model in provider.models]),
    st.integers(0, 3 * 366 * 24).map(lambda hours: datetime(2024, 1, 1, tzinfo=UTC) + timedelta(hours=hours)),
    _sums(),
)
@settings(max_examples=400)
def test_rates_give_what_the_library_gives_digit_for_digit(
    found: tuple[Provider, ModelInfo], at: datetime, counts: rates.Counts
) -> None:
    assert _said(lambda: rates.total(*found, at, counts)) == _said(lambda: rates.ask(*found, at, counts))


def _said(ask: Callable[[], tuple[Decimal, ModelPrice]]) -> str:
    try:
        return str(ask()[0])
    except ValueError as error:
        return str(error)


def test_the_price_is_that_of_the_day() -> None:
    """DeepSeek is cheaper at night, o3 was dearer before 2025-06-10."""
    days = [datetime(2025, 6, 9, 12, tzinfo=UTC), datetime(2025, 6, 11, 12, tzinfo=UTC)]
    costs = [priced(request_model="o3", started_at=day).cost for day in days]
    tokens = {"input_tokens": 12_000, "output_tokens": 345, "cache_read_tokens": 2_000}
    assert costs == [reference("o3", "openai", day, **tokens) for day in days]
    assert costs[0] != costs[1]
    hours = [datetime(2025, 7, 1, tzinfo=UTC) + timedelta(hours=hour) for hour in range(24)]
    spans = [priced(provider="deepseek", request_model="deepseek-chat", started_at=hour) for hour in hours]
    assert [s.cost for s in spans] == [reference("deepseek-chat", "deepseek", hour, **tokens) for hour in hours]
    assert len({s.cost for s in spans}) == 2


def test_the_model_that_answered_goes_before_the_one_asked_for() -> None:
    assert priced(response_model="gpt-4o-mini").cost == priced(request_model="gpt-4o-mini").cost
    assert priced(response_model="deployment-7").cost == priced().cost


def test_a_service_tier_has_its_own_price() -> None:
    usual = priced(request_model="gpt-5").cost
    flex = priced(request_model="gpt-5", parameters={"service_tier": "flex"}).cost
    answered = priced(
        request_model="gpt-5",
        parameters={"service_tier": "auto"},
        attributes={"openai.response.service_tier": "flex"},
    ).cost
    assert usual is not None
    assert flex is not None
    assert answered == flex < usual


def test_litellm_names_the_provider_in_the_model() -> None:
    assert priced(provider="litellm", request_model="openai/gpt-4o").cost == priced().cost
    assert priced(provider="litellm", request_model="gpt-4o").unpriced_reason == "unknown_provider"


def test_embeddings_need_no_output_tokens() -> None:
    span = priced(operation="embeddings", request_model="text-embedding-3-small", usage=Usage(input_tokens=1_000))
    assert span.cost == reference("text-embedding-3-small", "openai", NOW, input_tokens=1_000) > 0


def test_estimated_usage_is_priced_and_stays_marked() -> None:
    span = priced(usage=Usage(input_tokens=10, output_tokens=10, source="estimated"))
    assert span.cost is not None
    assert span.usage is not None
    assert span.usage.source == "estimated"


@pytest.mark.parametrize(
    ("reason", "fields"),
    [
        ("no_usage", {"usage": None}),
        ("no_usage", {"usage": None, "status": "error", "error_type": "timeout"}),
        ("no_usage", {"usage": Usage()}),
        ("incomplete_usage", {"usage": Usage(input_tokens=10)}),
        ("incomplete_usage", {"usage": Usage(output_tokens=10)}),
        ("inconsistent_usage", {"usage": Usage(input_tokens=10, output_tokens=1, cache_read_tokens=11)}),
        (
            "inconsistent_usage",
            {"usage": Usage(input_tokens=10, output_tokens=1, cache_read_tokens=6, cache_write_tokens=6)},
        ),
        ("inconsistent_usage", {"usage": Usage(input_tokens=10, output_tokens=1, reasoning_tokens=2)}),
        ("no_provider", {"provider": None}),
        ("unknown_provider", {"provider": "ibm.watsonx.ai"}),
        # A server of one's own that speaks OpenAI's protocol does not have OpenAI's prices.
        ("unknown_provider", {"provider": "my-openai-compatible"}),
        ("no_model", {"request_model": None}),
        ("unknown_model", {"request_model": "gpt-99-imaginary"}),
        ("no_price", {"provider": "github-copilot"}),
    ],
)
def test_unknown_is_never_zero(reason: str, fields: dict[str, Any]) -> None:
    """Invariant 4."""
    span = priced(**fields)
    assert (span.cost, span.currency, span.price_version, span.unpriced_reason) == (None, None, None, reason)


def test_what_is_no_call_has_neither_cost_nor_reason() -> None:
    span = priced(operation="execute_tool", usage=None)
    assert (span.cost, span.unpriced_reason) == (None, None)
    feedback = MaskedFeedback(trace_id=TRACE, feedback_id="f", created_at=NOW, event_id="e" * 32)
    ok, _ = price([Sourced(feedback, Coordinates(source="test"))], context())
    assert [s.item for s in ok] == [feedback]


def test_contradictory_usage_comes_out_as_it_came_in() -> None:
    usage: dict[str, Any] = {"input_tokens": 5, "output_tokens": 1, "cache_read_tokens": 50}
    (event,) = chain.run([record([line(operation="chat", usage=usage)])], context()).events
    assert isinstance(event, PricedSpan)
    assert event.usage == Usage(**usage)
    assert event.unpriced_reason == "inconsistent_usage"
