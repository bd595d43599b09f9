"""What is sent on says the same: decoded again, as another Nilometer would, it is the same spans."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from nilometer.schemas.detail import SpanDetail
from nilometer.schemas.event import Event
from nilometer.schemas.span import PricedSpan, Usage
from nilometer.streams.forward.encode import logs, traces
from tests.decode import otlp
from tests.decode.test_captures import CLIENTS
from tests.support.traffic import ask, priced, say

CHANGED = {"event_id", "attributes", "masked", "mask_version", "environment", "time_to_first_token_ms"}
"""What the second masks and counts anew, or what is a float in between."""
OF_OURS = ("nilometer.", "resource.deployment.environment.name", "session.id", "user.id", "gen_ai.user.id")


def again(events: Sequence[Event]) -> list[Event]:
    """Sent on, and decoded."""
    spans = [event for event in events if isinstance(event, PricedSpan)]
    details = [event for event in events if isinstance(event, SpanDetail)]
    found = otlp.run(traces(spans))
    assert found.dead == []
    said = otlp.run(logs(details), signal="logs")
    assert said.dead == []
    return found.events + said.events


def fields(event: Event, but: set[str] = CHANGED) -> dict[str, Any]:
    return {name: getattr(event, name) for name in event.__struct_fields__ if name not in but}


@pytest.mark.real_data
@pytest.mark.parametrize("client", CLIENTS)
def test_captures(shared_data: Path, client: str) -> None:
    file = shared_data / "otlp" / f"{client}.pb"
    first = otlp.run(file.read_bytes()).events
    beside = file.with_suffix(".logs.pb")
    if beside.is_file():
        first += otlp.run(beside.read_bytes(), signal="logs").events
    second = {event.event_id: event for event in again(first)}
    spans = [event for event in first if isinstance(event, PricedSpan)]
    assert spans
    for span in spans:
        found = second[span.event_id]
        assert isinstance(found, PricedSpan)
        assert fields(found) == fields(span), span.name
        assert found.time_to_first_token_ms == pytest.approx(span.time_to_first_token_ms)
        more = {k: v for k, v in found.attributes.items() if not k.startswith(OF_OURS)}
        assert more == {k: v for k, v in span.attributes.items() if not k.startswith(OF_OURS)}, span.name
    # Their ids are keyed by what is in them, so by us and by the other: position and all else stay.
    but = CHANGED | {"detail_id"}
    details = [fields(event, but) for event in first if isinstance(event, SpanDetail)]
    assert [fields(event, but) for event in second.values() if isinstance(event, SpanDetail)] == details


def test_a_span_with_all_that_a_span_has() -> None:
    """As our own SDK sends it: without a scope."""
    at = datetime(2026, 3, 2, 8, 0, 0, 123_456, tzinfo=UTC)
    span = priced(
        parent_span_id="ab" * 8,
        name="chat gpt-4o",
        started_at=at,
        ended_at=at + timedelta(microseconds=1_500_001),
        status="error",
        error_type="RateLimitError",
        error_message="slow down",
        service="shop",
        project="checkout",
        feature="support",
        user_id="u-1",
        session_id="s-1",
        agent_name="helper",
        provider="openai",
        request_model="gpt-4o",
        response_model="gpt-4o-2024-08-06",
        response_id="chatcmpl-1",
        finish_reason="stop",
        time_to_first_token_ms=125.0,
        parameters={"temperature": 0.2, "stop_sequences": ["a", "b"], "response_format": {"type": "json_object"}},
        output_type="json",
        input_messages=[
            {"role": "system", "parts": [{"type": "text", "content": "be kind"}]},
            {"role": "user", "parts": [{"type": "text", "content": "Ünïcode 🌊 [1]"}]},
        ],
        output_messages=say("{}") + ask("lookup", {"order": 1, "deep": [{"a": None}]}),
        tool_definitions=[{"type": "function", "function": {"name": "lookup"}}],
        usage=Usage(
            input_tokens=100, output_tokens=20, cache_read_tokens=60, cache_write_tokens=10, reasoning_tokens=5
        ),
        prompt_name="greeting",
        prompt_version="3",
        attributes={"own": 1, "flag": True, "ratio": 0.5, "nested": {"a": [1, None, {"b": "c"}]}, "events": "a text"},
        masked={"PERSON": 2},
        cost=Decimal("0.000123"),
        currency="USD",
        price_version="p/1",
    )
    [found] = again([span])
    assert isinstance(found, PricedSpan)
    # Priced anew, by whoever decodes it.
    but = CHANGED | {"cost", "currency", "price_version"}
    assert fields(found, but) == fields(span, but)
    assert {name: found.attributes[name] for name in span.attributes} == span.attributes


def test_a_tool_and_a_retrieval() -> None:
    tool = priced(
        parent_span_id=None,
        operation="execute_tool",
        tool_name="lookup",
        tool_type="function",
        tool_call_id="c1",
        tool_arguments={"order": "A-1"},
        tool_result="sent on Monday",
    )
    search = priced(
        n=2,
        parent_span_id=None,
        operation="retrieval",
        retrieval_query="orders",
        retrieval_documents=[{"id": "1", "content": "text", "score": 0.5}],
        retrieval_top_k=3,
    )
    for found, span in zip(again([tool, search]), [tool, search], strict=True):
        assert fields(found) == fields(span)


def test_what_goes_out_has_the_conventions_names() -> None:
    span = priced(
        service="shop",
        environment="prod",
        scope="opentelemetry.instrumentation.openai",
        input_messages=say("hello"),
        usage=Usage(input_tokens=3),
        cost=Decimal("0.5"),
        currency="USD",
        masked={"PERSON": 1},
        attributes={
            "resource.host.name": "h",
            "otel.scope.version": "1.2",
            "otel.scope.tier": "gold",
            "otel.schema_url": "https://example.com/1",
            "otel.span_kind": "client",
            "otel.trace_state": "a=1",
            "own": "kept",
            "events": [{"name": "note", "time": "2026-03-02T08:00:01+00:00", "attributes": {"k": 1}}],
            "links": [{"trace_id": "ab" * 16, "span_id": "cd" * 8, "attributes": {"why": "retry"}}],
        },
    )
    [resource] = ExportTraceServiceRequest.FromString(traces([span], {"wandb.project": "p"})).resource_spans
    at_resource = {a.key: a.value.string_value for a in resource.resource.attributes}
    assert at_resource == {
        "service.name": "shop",
        "deployment.environment.name": "prod",
        "host.name": "h",
        "wandb.project": "p",
    }
    [scope] = resource.scope_spans
    assert (scope.scope.name, scope.scope.version) == ("opentelemetry.instrumentation.openai", "1.2")
    assert (scope.schema_url, scope.scope.attributes[0].key) == ("https://example.com/1", "tier")
    [sent] = scope.spans
    assert (sent.kind, sent.trace_state) == (3, "a=1")
    assert (sent.events[0].name, sent.events[0].time_unix_nano) == ("note", 1_772_438_401_000_000_000)
    assert (sent.links[0].trace_id.hex(), sent.links[0].attributes[0].key) == ("ab" * 16, "why")
    found = {a.key: a.value for a in sent.attributes}
    assert msgspec.json.decode(found["gen_ai.input.messages"].string_value) == say("hello")
    assert found["gen_ai.usage.input_tokens"].int_value == 3
    assert found["nilometer.cost.total"].double_value == 0.5
    assert found["nilometer.masked.PERSON"].int_value == 1
    assert found["own"].string_value == "kept"
    assert not [name for name in found if name.startswith(("resource.", "otel."))]


def test_spans_of_one_resource_and_scope_go_together() -> None:
    spans = [priced(n=n, service=("a", "b")[n % 2], scope="s") for n in range(6)]
    request = ExportTraceServiceRequest.FromString(traces(spans))
    assert [len(r.scope_spans[0].spans) for r in request.resource_spans] == [3, 3]


def test_what_was_corrected_once_is_not_corrected_again() -> None:
    """OpenLLMetry's Anthropic instrumentation counts one token too many where it streams."""
    attributes = {
        "gen_ai.operation.name": "chat",
        "gen_ai.request.model": "claude-sonnet-4-5",
        "gen_ai.is_streaming": True,
        "gen_ai.usage.output_tokens": 11,
    }
    body = otlp.traces(otlp.span(1, attributes), scope="opentelemetry.instrumentation.anthropic")
    first = otlp.only(body)
    [second] = again([first])
    assert isinstance(second, PricedSpan)
    assert first.usage is not None
    assert first.usage.output_tokens == 10
    assert second.usage == first.usage
