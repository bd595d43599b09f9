"""What each dialect says of a call, in bodies that show one thing each. Nothing is dropped."""

import json
from typing import Any

import pytest

from nilometer.schemas.detail import SpanDetail
from nilometer.schemas.score import Score
from nilometer.schemas.span import Usage
from tests.decode.otlp import failed, logs, only, run, span, traces

CHAT = {"gen_ai.operation.name": "chat", "gen_ai.provider.name": "openai", "gen_ai.request.model": "gpt-4o"}
HI: dict[str, Any] = {"role": "user", "parts": [{"type": "text", "content": "hi"}]}
HELLO: dict[str, Any] = {"role": "assistant", "parts": [{"type": "text", "content": "hello"}]}


def test_current_names_as_json_text_and_as_native_values() -> None:
    content = {
        "gen_ai.system_instructions": [{"type": "text", "content": "be brief"}],
        "gen_ai.input.messages": [HI],
        "gen_ai.output.messages": [HELLO | {"finish_reason": "stop"}],
    }
    native = only(traces(span(1, CHAT | content)))
    text = only(traces(span(1, CHAT | {name: json.dumps(value) for name, value in content.items()})))
    assert native == text
    assert native.input_messages is not None
    assert [m["role"] for m in native.input_messages] == ["system", "user"]
    assert native.output_messages == [HELLO | {"finish_reason": "stop"}]


@pytest.mark.parametrize(
    ("attributes", "events"),
    [
        ({"gen_ai.prompt": json.dumps([{"role": "user", "content": "hi"}]), "gen_ai.completion": "hello"}, []),
        ({"gen_ai.prompt.0.role": "user", "gen_ai.prompt.0.content": "hi", "gen_ai.completion.0.content": "hello"}, []),
        ({}, [("gen_ai.user.message", {"content": "hi"}), ("gen_ai.choice", {"message": '{"content": "hello"}'})]),
        (
            {},
            [
                ("gen_ai.user.message", {"gen_ai.event.content": '{"role": "user", "content": "hi"}'}),
                ("gen_ai.choice", {"gen_ai.event.content": '{"message": {"content": "hello"}, "index": 0}'}),
            ],
        ),
        (
            {},
            [
                ("gen_ai.content.prompt", {"gen_ai.prompt": '[{"role": "user", "content": "hi"}]'}),
                ("gen_ai.content.completion", {"gen_ai.completion": '[{"role": "assistant", "content": "hello"}]'}),
            ],
        ),
        (
            {},
            [
                (
                    "gen_ai.client.inference.operation.details",
                    {"gen_ai.input.messages": json.dumps([HI]), "gen_ai.output.messages": json.dumps([HELLO])},
                )
            ],
        ),
    ],
)
def test_deprecated_forms_of_content_say_the_same(attributes: dict[str, Any], events: list[Any]) -> None:
    event = only(traces(span(1, CHAT | attributes, events=events)))
    assert (event.input_messages, event.output_messages) == ([HI], [HELLO])
    assert "events" not in event.attributes


def test_deprecated_counts_and_names_are_the_same_numbers() -> None:
    event = only(
        traces(
            span(
                1,
                {
                    "gen_ai.system": "anthropic",
                    "llm.request.type": "chat",
                    "gen_ai.request.model": "claude-sonnet-4-5",
                    "gen_ai.usage.prompt_tokens": 50,
                    "gen_ai.usage.completion_tokens": 9,
                    "gen_ai.usage.cache_read_input_tokens": 22,
                    "gen_ai.usage.cache_creation.input_tokens": 11,
                },
            )
        )
    )
    assert (event.operation, event.provider) == ("chat", "anthropic")
    assert event.usage == Usage(input_tokens=50, output_tokens=9, cache_read_tokens=22, cache_write_tokens=11)
    assert event.cost is not None


def test_tool_calls_in_flattened_attributes_are_parts() -> None:
    prefix = "gen_ai.completion.0.tool_calls.0."
    event = only(
        traces(
            span(1, CHAT | {prefix + "id": "c1", prefix + "name": "f", prefix + "arguments": '{"x": 1}'}),
        )
    )
    assert event.output_messages == [
        {"role": "assistant", "parts": [{"type": "tool_call", "id": "c1", "name": "f", "arguments": {"x": 1}}]}
    ]


@pytest.mark.parametrize(
    ("kind", "operation"),
    [
        ("LLM", "chat"),
        ("EMBEDDING", "embeddings"),
        ("TOOL", "execute_tool"),
        ("AGENT", "invoke_agent"),
        ("RETRIEVER", "retrieval"),
        ("RERANKER", "rerank"),
        ("CHAIN", None),
        ("GUARDRAIL", None),
    ],
)
def test_openinference_kinds(kind: str, operation: str | None) -> None:
    event = only(traces(span(1, {"openinference.span.kind": kind})))
    assert event.operation == operation
    assert event.attributes["openinference.span.kind"] == kind


def test_openinference_retrieval_has_its_documents() -> None:
    event = only(
        traces(
            span(
                1,
                {
                    "openinference.span.kind": "RETRIEVER",
                    "input.value": "Paris",
                    "retrieval.documents.1.document.content": "two",
                    "retrieval.documents.0.document.content": "one",
                    "retrieval.documents.0.document.score": 0.5,
                    "retrieval.documents.0.document.metadata": '{"source": "a"}',
                },
            )
        )
    )
    assert event.retrieval_query == "Paris"
    assert event.retrieval_documents == [
        {"content": "one", "score": 0.5, "metadata": {"source": "a"}},
        {"content": "two"},
    ]


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (
            {"input_tokens": 17, "cache_creation_input_tokens": 11, "cache_read_input_tokens": 22, "output_tokens": 9},
            Usage(input_tokens=50, output_tokens=9, cache_read_tokens=22, cache_write_tokens=11),
        ),
        (
            {"prompt_tokens": 25, "completion_tokens": 9, "prompt_tokens_details": {"cached_tokens": 12}},
            Usage(input_tokens=25, output_tokens=9, cache_read_tokens=12),
        ),
        (
            {"input_tokens": 5, "input_tokens_details": {"cached_tokens": 2}, "output_tokens": 9},
            Usage(input_tokens=5, output_tokens=9, cache_read_tokens=2),
        ),
        (
            {"input": 13, "output": 9, "input_cached_tokens": 12},
            Usage(input_tokens=25, output_tokens=9, cache_read_tokens=12),
        ),
        (
            {"input": 25, "output": 9, "total": 34, "input_cached_tokens": 12},
            Usage(input_tokens=25, output_tokens=9, cache_read_tokens=12),
        ),
        (
            {"prompt_token_count": 5, "candidates_token_count": 6, "thoughts_token_count": 3},
            Usage(input_tokens=5, output_tokens=9, reasoning_tokens=3),
        ),
    ],
)
def test_langfuse_usage_in_raw_provider_shapes_includes_the_cache_once(raw: dict[str, Any], expected: Usage) -> None:
    """Hazard 3."""
    event = only(
        traces(
            span(
                1,
                {
                    "langfuse.observation.type": "generation",
                    "langfuse.observation.model.name": "gpt-4o",
                    "langfuse.observation.usage_details": json.dumps(raw),
                    "langfuse.observation.model.parameters": '{"temperature": 1, "max_tokens": "Infinity"}',
                    "langfuse.observation.input": '[{"role": "user", "content": "hi"}]',
                    "langfuse.observation.output": '{"role": "assistant", "content": "hello"}',
                    "user.id": "u",
                    "session.id": "s",
                },
            ),
            scope="langfuse-sdk",
        )
    )
    assert event.usage == expected
    assert (event.operation, event.user_id, event.session_id, event.provider) == ("chat", "u", "s", "openai")
    assert (event.input_messages, event.output_messages) == ([HI], [HELLO])
    assert event.parameters == {"temperature": 1}
    assert event.attributes["nilometer.provider_source"] == "model"


def test_agent_totals_are_not_usage() -> None:
    """Hazard 2, in both spellings that Pydantic AI has had."""
    agent = {"gen_ai.operation.name": "invoke_agent", "gen_ai.agent.name": "a"}
    for name in ("gen_ai.aggregated_usage.input_tokens", "gen_ai.usage.input_tokens"):
        event = only(traces(span(1, agent | {name: 109}), scope="pydantic-ai"))
        assert event.usage is None
        assert event.attributes[name] == 109


def test_openllmetry_counts_one_token_too_many_where_anthropic_streams() -> None:
    """Hazard 4: corrected, and said."""
    usage = {"gen_ai.usage.input_tokens": 47, "gen_ai.usage.output_tokens": 33, "gen_ai.provider.name": "anthropic"}
    scope = "opentelemetry.instrumentation.anthropic"
    streamed = only(traces(span(1, CHAT | usage | {"gen_ai.is_streaming": True}), scope=scope))
    assert streamed.usage == Usage(input_tokens=47, output_tokens=32)
    assert streamed.attributes["nilometer.corrected.output_tokens"] == 33
    for other in (
        only(traces(span(1, CHAT | usage | {"gen_ai.is_streaming": False}), scope=scope)),
        only(traces(span(1, CHAT | usage | {"gen_ai.is_streaming": True}), scope=scope.replace("anthropic", "openai"))),
    ):
        assert other.usage == Usage(input_tokens=47, output_tokens=33)


@pytest.mark.parametrize("sent", ["tool_call", "tool_calls", "tool_use"])
def test_finish_reasons_have_one_spelling(sent: str) -> None:
    """Hazard 5."""
    event = only(traces(span(1, CHAT | {"gen_ai.response.finish_reasons": [sent]})))
    assert event.finish_reason == "tool_calls"
    assert (sent == "tool_calls") == ("gen_ai.response.finish_reasons" not in event.attributes)


@pytest.mark.parametrize(
    ("attributes", "status", "events", "kind"),
    [
        ({"error.type": "RateLimitError"}, None, [], "RateLimitError"),
        ({}, failed("RateLimitError: Error code: 429"), [], "RateLimitError"),
        (
            {},
            failed(),
            [("exception", {"exception.type": "openai.APIError", "exception.message": "m"})],
            "openai.APIError",
        ),
        ({}, None, [("exception", {"exception.type": "openai.APIError"})], "openai.APIError"),
        ({"gen_ai.usage.input_tokens": 0, "gen_ai.usage.output_tokens": 0}, failed(), [], None),
    ],
)
def test_a_failed_call_is_a_call_without_tokens(
    attributes: dict[str, Any], status: Any, events: list[Any], kind: str | None
) -> None:
    """Hazard 8."""
    event = only(traces(span(1, CHAT | attributes, status=status, events=events)))
    assert (event.is_call, event.status, event.error_type, event.usage) == (True, "error", kind, None)


def test_messaging_of_autogen_is_no_call_and_a_framework_is_no_provider() -> None:
    """Hazard 7."""
    noise = only(traces(span(1, {"messaging.operation": "publish"}), scope="autogen SingleThreadedAgentRuntime"))
    assert noise.operation is None
    agent = only(
        traces(span(1, {"gen_ai.operation.name": "invoke_agent", "gen_ai.system": "autogen"}), scope="autogen-core")
    )
    assert (agent.provider, agent.attributes["gen_ai.system"]) == (None, "autogen")


@pytest.mark.parametrize(
    ("name", "attributes", "top_k"),
    [
        ("chroma.query", {"db.system": "chroma", "db.operation": "query", "db.chroma.query.n_results": 3}, 3),
        ("qdrant.search", {"db.system": "Qdrant", "qdrant.search.limit": 3}, 3),
        ("pinecone.query", {"db.system": "Pinecone", "db.vector.query.top_k": 3}, 3),
        ("db.weaviate.query.get", {"db.system": "weaviate"}, None),
    ],
)
def test_a_query_of_a_vector_store_is_a_retrieval(name: str, attributes: dict[str, Any], top_k: int | None) -> None:
    result = {"db.query.result.id": "1", "db.query.result.document": "Paris", "db.query.result.metadata": '{"s": "a"}'}
    event = only(traces(span(1, attributes, name=name, events=[("db.query.result", result)])))
    assert (event.operation, event.retrieval_top_k) == ("retrieval", top_k)
    assert event.retrieval_documents == [{"id": "1", "content": "Paris", "metadata": {"s": "a"}}]


def test_an_upsert_is_no_retrieval() -> None:
    assert only(traces(span(1, {"db.system": "chroma", "db.operation": "add"}, name="chroma.add"))).operation is None


def test_what_no_dialect_claims_stays() -> None:
    event = only(
        traces(
            span(1, CHAT | {"my.own": [1, {"x": b"\x00"}]}, events=[("my.event", {"a": 1})]),
            resource={"service.name": "app", "k8s.pod.name": "p"},
        )
    )
    assert event.attributes["my.own"] == [1, {"x": "AA=="}]
    assert event.attributes["resource.k8s.pod.name"] == "p"
    assert event.attributes["events"][0]["attributes"] == {"a": 1}
    assert (event.service, event.scope) == ("app", "test.scope")


def test_log_records_are_details_of_their_span_and_evaluations_are_scores() -> None:
    body = logs(
        1,
        ("gen_ai.user.message", {"content": "hi"}, {"gen_ai.system": "openai"}),
        ("gen_ai.choice", {"index": 0, "finish_reason": "stop", "message": {"content": "hello"}}, {}),
        ("gen_ai.evaluation.result", None, {"gen_ai.evaluation.name": "n", "gen_ai.evaluation.score.value": 1}),
        ("my.event", "text", {"a": 1}),
    )
    said, answered, score, other = run(body, "logs").events
    assert isinstance(said, SpanDetail)
    assert said.input_messages == [HI]
    assert isinstance(answered, SpanDetail)
    assert answered.output_messages == [HELLO | {"finish_reason": "stop"}]
    assert isinstance(score, Score)
    assert (score.name, score.value, score.evaluator) == ("n", 1.0, "test.scope")
    assert isinstance(other, SpanDetail)
    assert other.attributes["body"] == "text"
    assert len({said.event_id, answered.event_id, other.event_id}) == 3
