"""Bodies: protobuf and JSON say the same, one bad record is one dead letter, and nothing makes the reader raise."""

import base64
import json
from pathlib import Path
from typing import Any

import pytest
from google.protobuf.json_format import MessageToDict
from hypothesis import example, given, settings
from hypothesis import strategies as st
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from nilometer.schemas import wire
from nilometer.streams import chain
from nilometer.streams.deadletters import reopen
from tests.decode.otlp import logs, run, span, traces
from tests.support.chain import ENVIRONMENT, context, key_ring
from tests.support.chain import opened as original

CHAT = {
    "gen_ai.operation.name": "chat",
    "gen_ai.request.model": "gpt-4o",
    "nested": [{"a": [1, 2.5, True, "x"]}, 2**60],
}
MANY = settings(max_examples=150, deadline=None, derandomize=True)


def as_json(body: bytes, signal: str, *, base64_ids: bool = False) -> bytes:
    """A protobuf body by OTLP's JSON rules: like protobuf's, but for ids in hexadecimal."""
    kind: Any = ExportTraceServiceRequest if signal == "traces" else ExportLogsServiceRequest
    value = MessageToDict(kind.FromString(body))

    def hexadecimal(node: Any) -> Any:
        if isinstance(node, list):
            return [hexadecimal(item) for item in node]
        if not isinstance(node, dict):
            return node
        ids = {"traceId", "spanId", "parentSpanId"}
        return {k: base64.b64decode(v).hex() if k in ids else hexadecimal(v) for k, v in node.items()}

    return json.dumps(value if base64_ids else hexadecimal(value)).encode()


@pytest.mark.parametrize("base64_ids", [True, False])
def test_json_says_the_same_as_protobuf(base64_ids: bool) -> None:
    body = traces(span(1, CHAT), span(2, CHAT, parent=1, events=[("e", {"b": b"\x01"})]))
    one, other = run(body), run(as_json(body, "traces", base64_ids=base64_ids), "traces", wire.OTLP_JSON)
    assert len(one.events) == 2
    assert one.events == other.events


def test_json_logs_say_the_same_as_protobuf() -> None:
    body = logs(1, ("gen_ai.user.message", {"content": "hi"}, {"a": 1}))
    assert run(body, "logs").events == run(as_json(body, "logs"), "logs", wire.OTLP_JSON).events != []


@pytest.mark.real_data
def test_captures_as_json_give_the_same_events(shared_data: Path) -> None:
    for file in sorted((shared_data / "otlp").glob("*.pb")):
        if ".metrics" in file.name:
            continue
        signal = "logs" if ".logs" in file.name else "traces"
        one = run(file.read_bytes(), signal)
        other = run(as_json(file.read_bytes(), signal), signal, wire.OTLP_JSON)
        assert one.dead == other.dead == []
        assert one.events == other.events != []


def test_one_bad_span_is_one_dead_letter_and_the_rest_flows() -> None:
    short, timeless, good = span(1, {"secret": "s3cret"}), span(2, {}), span(3, CHAT)
    short.trace_id = b"\x01\x02"
    timeless.start_time_unix_nano = 0
    backwards = span(4, {}, lasts=-5)
    outcome = run(traces(short, timeless, good, backwards))
    assert [s.source.index for s in outcome.sourced] == [2]
    assert [(d.source.index, d.step, d.error_type) for d in outcome.dead] == [
        (0, "decode", "bad_id"),
        (1, "decode", "missing_time"),
        (3, "validate", "clock"),
    ]
    assert "s3cret" not in "".join(d.message for d in outcome.dead)
    # It keeps that span alone, as OTLP, and can be tried again.
    kept = ExportTraceServiceRequest.FromString(original(outcome.dead[0]))
    assert [s.trace_id for g in kept.resource_spans for c in g.scope_spans for s in c.spans] == [b"\x01\x02"]
    again = chain.run([reopen(outcome.dead[0], key_ring(), ENVIRONMENT)], context())
    assert [(d.error_type, d.attempts) for d in again.dead] == [("bad_id", 2)]


def test_a_log_record_without_a_span_is_a_dead_letter_that_stays_a_log_record() -> None:
    (letter,) = run(logs(0, ("gen_ai.choice", {"message": {}}, {})), "logs").dead
    assert letter.error_type == "no_span"
    (again,) = chain.run([reopen(letter, key_ring(), ENVIRONMENT)], context()).dead
    assert again.error_type == "no_span"


@pytest.mark.parametrize(
    ("body", "content_type", "error_type"),
    [
        (b"\xff\xff\xff", wire.OTLP_PROTOBUF, "malformed_otlp"),
        (b"{", wire.OTLP_JSON, "malformed_json"),
        (b"[]", wire.OTLP_JSON, "wrong_type"),
        (b'{"resourceMetrics": []}', wire.OTLP_JSON, "malformed_otlp"),
        (b'{"resourceSpans": 5}', wire.OTLP_JSON, "wrong_type"),
        (b'{"resourceSpans": [{"scopeSpans": [5]}]}', wire.OTLP_JSON, "wrong_type"),
        (b'{"resourceSpans":' + b"[" * 100_000, wire.OTLP_JSON, "too_deep"),
    ],
)
def test_a_broken_body_is_one_dead_letter(body: bytes, content_type: str, error_type: str) -> None:
    outcome = run(body, "traces", content_type)
    assert outcome.events == []
    assert [(d.step, d.error_type, d.source.index) for d in outcome.dead] == [("decode", error_type, None)]


def test_limits_are_of_one_span_not_of_its_neighbours() -> None:
    deep: Any = "x"
    for _ in range(33):
        deep = [deep]
    many = {f"a{i}": i for i in range(20_001)}
    body = traces(span(1, {"deep": deep}), span(2, many), span(3, CHAT))
    outcome = run(body)
    assert [d.error_type for d in outcome.dead] == ["too_deep", "too_many_attributes"]
    assert len(outcome.events) == 1


def test_numbers_that_json_has_not_are_text() -> None:
    outcome = run(traces(span(1, {"a": float("nan"), "b": float("-inf")})))
    (event,) = outcome.events
    assert (event.attributes["a"], event.attributes["b"]) == ("NaN", "-Infinity")


def seeds() -> list[bytes]:
    folder = Path(__file__).resolve().parents[3] / "shared" / "data" / "otlp"
    real = [file.read_bytes()[:20_000] for file in sorted(folder.glob("*.pb"))] if folder.is_dir() else []
    return [traces(span(1, CHAT)), logs(1, ("gen_ai.choice", {"message": {}}, {})), *real]


SEEDS = seeds()


@MANY
@given(
    st.sampled_from(SEEDS),
    st.lists(st.tuples(st.integers(0, 20_000), st.integers(0, 255)), max_size=8),
    st.sampled_from(["traces", "logs"]),
)
def test_mutated_bodies_end_as_events_or_dead_letters(body: bytes, flips: list[tuple[int, int]], signal: str) -> None:
    changed = bytearray(body)
    for place, value in flips:
        changed[place % len(changed)] = value
    outcome = run(bytes(changed), signal)
    assert not [d for d in outcome.dead if d.error_type == "internal"]


NAMES = st.sampled_from(
    [
        *("gen_ai.operation.name", "gen_ai.prompt", "gen_ai.prompt.0.content", "gen_ai.completion.0.tool_calls.0.name"),
        *("gen_ai.input.messages", "gen_ai.output.messages", "gen_ai.system_instructions", "gen_ai.tool.definitions"),
        *("gen_ai.response.finish_reasons", "gen_ai.usage.input_tokens", "gen_ai.response.time_to_first_chunk"),
        *("openinference.span.kind", "llm.input_messages.0.message.content", "llm.input_messages.x", "output.value"),
        *("llm.input_messages.0.message.contents.0.message_content.type", "llm.tools.0", "metadata", "db.system"),
        *("retrieval.documents.0", "langfuse.observation.type", "langfuse.observation.usage_details", "error.type"),
        *("langfuse.observation.completion_start_time", "langfuse.observation.input", "langfuse.observation.output"),
        *("traceloop.span.kind", "traceloop.entity.input", "ai.operationId", "events", "all_messages_events"),
        *("ai.prompt.messages", "ai.response.toolCalls", "gen_ai.is_streaming", "llm.invocation_parameters"),
    ]
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.text(max_size=5) | st.sampled_from(["role", "content", "user"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["role", "content", "parts", "type", "message", "data", "tool_calls"]), inner)
    ),
    max_leaves=8,
)
VALUES = (
    st.sampled_from(["chat", "LLM", "generation", "TOOL", "tool", "RETRIEVER", "chroma", "ai.toolCall", "embeddings"])
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats()
    | JSON
    | JSON.map(json.dumps)
)


@MANY
@given(
    st.dictionaries(NAMES, VALUES, max_size=10),
    st.sampled_from(["pydantic-ai", "opentelemetry.instrumentation.anthropic", "autogen-core"]),
    st.dictionaries(st.sampled_from(["content", "message", "role", "gen_ai.event.content"]), VALUES, max_size=3),
)
@example({"gen_ai.prompt.99999999999999999999.role": "x", "gen_ai.prompt.0": 1, "gen_ai.prompt.0.role": 2}, "x", {})
def test_any_attributes_of_any_dialect_make_an_event(attributes: Any, scope: str, event: Any) -> None:
    events = [(name, event) for name in ("gen_ai.choice", "gen_ai.tool.message", "db.query.result")]
    outcome = run(traces(span(1, attributes, events=events), scope=scope))
    assert not [d for d in outcome.dead if d.error_type == "internal"]
    assert len(outcome.events) + len(outcome.dead) == 1
    # The net below the dialects has caught nothing.
    assert not [e for e in outcome.events if "nilometer.not_understood" in e.attributes]
