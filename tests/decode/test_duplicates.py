"""One call is one row, whatever records it, in whatever order and batches its records come."""

import itertools
from typing import Any

import pytest

from nilometer.schemas.settings import Settings
from nilometer.schemas.span import PricedSpan
from nilometer.streams.decode.otlp.body import MAX_RECORDS
from nilometer.streams.rollup import new_calls
from nilometer.warehouse.writer import Writer
from tests.decode.otlp import TRACE, failed, logs, run, span, traces
from tests.support.lake import rows, value

CHAT: dict[str, Any] = {
    "gen_ai.operation.name": "chat",
    "gen_ai.provider.name": "openai",
    "gen_ai.request.model": "gpt-4o",
}
COUNTED = CHAT | {"gen_ai.usage.input_tokens": 10, "gen_ai.usage.output_tokens": 5}
ANSWERED = COUNTED | {"gen_ai.response.id": "chatcmpl-1"}
OTHER_TRACE = bytes(range(2, 18))
Batch = tuple[bytes, str]


def stored(settings: Settings, *batches: Batch) -> None:
    with Writer(settings) as writer:
        for body, signal in batches:
            outcome = run(body, signal)
            assert outcome.dead == []
            writer.write(outcome.events)


def calls(settings: Settings) -> list[int]:
    return [int(row["span_id"], 16) for row in rows(settings, "SELECT span_id FROM calls ORDER BY span_id")]


def marks(settings: Settings) -> dict[int, tuple[int, str]]:
    found = rows(
        settings,
        """
        SELECT d.span_id, o.span_id AS original, d.duplicate_reason
        FROM spans d JOIN spans o ON o.event_id = d.duplicate_of
        """,
    )
    return {int(row["span_id"], 16): (int(row["original"], 16), row["duplicate_reason"]) for row in found}


def separately(*parts: tuple[str, Any]) -> list[Batch]:
    return [(traces(one, scope=scope), "traces") for scope, one in parts]


TWO_CLIENTS = separately(
    ("com.anthropic.sdk.python", span(2, ANSWERED, parent=1, at=1, lasts=50)),
    ("opentelemetry.instrumentation.genai.anthropic", span(1, ANSWERED | {"gen_ai.response.finish_reasons": ["stop"]})),
)


@pytest.mark.parametrize("batches", list(itertools.permutations(TWO_CLIENTS)))
def test_two_instrumentations_of_one_client_are_one_call(settings: Settings, batches: list[Batch]) -> None:
    """Hazard 1."""
    stored(settings, *batches)
    assert calls(settings) == [1]
    assert marks(settings) == {2: (1, "same_response_id")}
    assert value(settings, "SELECT sum(input_tokens) FROM traces") == 10
    assert value(settings, "SELECT count(*) FROM costs") == 1
    assert value(settings, "SELECT calls FROM traces") == 1


def test_the_same_answer_in_another_trace_is_the_same_call(settings: Settings) -> None:
    """Hazard 1, as under OpenLLMetry."""
    stored(
        settings,
        *separately(("a", span(1, ANSWERED)), ("b", span(2, ANSWERED, at=1, lasts=50, trace=OTHER_TRACE))),
    )
    assert calls(settings) == [1]


def test_an_id_that_comes_again_later_is_another_call(settings: Settings) -> None:
    """Ollama draws its ids from a thousand."""
    stored(
        settings,
        *separately(("a", span(1, ANSWERED)), ("a", span(2, ANSWERED, at=60_000)), ("a", span(3, COUNTED, at=60_000))),
    )
    assert calls(settings) == [1, 2, 3]


def test_a_failed_call_in_a_wrapper_is_one_call(settings: Settings) -> None:
    inner = span(2, CHAT | {"error.type": "server_error"}, parent=1, status=failed())
    outer = span(1, CHAT | {"error.type": "OverloadedError"}, status=failed("m"))
    stored(settings, *separately(("a", inner), ("b", outer)))
    assert calls(settings) == [1]
    assert marks(settings) == {2: (1, "nested")}


def test_of_nested_llm_spans_the_one_with_tokens_counts(settings: Settings) -> None:
    """Hazard 6: LlamaIndex nests two for one call; OpenInference's spans are INTERNAL."""
    llm = {"openinference.span.kind": "LLM", "llm.model_name": "gpt-4o"}
    counted = llm | {"llm.token_count.prompt": 7, "llm.token_count.completion": 3}
    spans = [
        span(1, llm | {"session.id": "s"}),
        span(2, {"openinference.span.kind": "CHAIN"}, parent=1),
        span(3, counted, parent=2),
        span(4, llm, at=500),
        span(5, counted, parent=4, at=500),
    ]
    stored(settings, (traces(*spans), "traces"))
    assert calls(settings) == [3, 5]
    assert value(settings, "SELECT sum(input_tokens) FROM calls") == 14
    # What only the wrapper knew is not lost.
    assert value(settings, "SELECT session_id FROM calls ORDER BY span_id LIMIT 1") == "s"


def beside(scope: str, number: int, status: str, at: int, lasts: int, trace: bytes) -> Batch:
    """A call that has no answer's id and no parent, in a trace of its own."""
    failing = failed() if status == "error" else None
    one = span(number, CHAT | {"gen_ai.usage.input_tokens": 10}, at=at, lasts=lasts, status=failing, trace=trace)
    return traces(one, scope=scope), "traces"


@pytest.mark.parametrize("together", [True, False])
@pytest.mark.parametrize("status", ["error", "ok"])
@pytest.mark.parametrize("scope", ["com.anthropic.sdk.python", "mistralai_sdk_tracer"])
def test_what_a_client_records_by_itself_beside_an_instrumentation_is_one_call(
    settings: Settings, scope: str, status: str, together: bool
) -> None:
    """OpenLLMetry does not hand its span on: the client's own is in another trace, and a failed call has no id."""
    batches = (
        beside("a", 1, status, 0, 100, TRACE),
        beside(scope, 2, status, 1, 50, OTHER_TRACE),
        # At the same time, and of the same model: each has its own.
        beside("a", 3, status, 2, 100, bytes(range(3, 19))),
        beside(scope, 4, status, 3, 50, bytes(range(4, 20))),
    )
    one_body = (b"".join(body for body, _ in batches), "traces")
    stored(settings, *([one_body] if together else reversed(batches)))
    assert calls(settings) == [1, 3]
    assert {reason for _, reason in marks(settings).values()} == {"beside"}


def test_a_call_beside_another_that_does_not_fit_is_another(settings: Settings) -> None:
    own = "com.anthropic.sdk.python"
    stored(
        settings,
        beside("a", 1, "ok", 0, 100, TRACE),
        beside(own, 2, "error", 1, 50, OTHER_TRACE),
        beside(own, 3, "ok", 60, 100, bytes(range(3, 19))),
        beside("b", 4, "ok", 1, 50, bytes(range(4, 20))),
    )
    assert calls(settings) == [1, 2, 3, 4]


def test_a_call_below_a_stream_that_was_over_is_another(settings: Settings) -> None:
    """OpenTelemetry's Anthropic leaves the span of a stream in the context: what comes after is its child."""
    spans = [
        span(1, ANSWERED),
        span(2, ANSWERED, parent=1, at=1, lasts=50),
        span(3, CHAT | {"error.type": "x"}, parent=1, at=101, lasts=5, status=failed()),
        span(4, ANSWERED | {"gen_ai.response.id": "chatcmpl-2"}, parent=1, at=110, lasts=5),
    ]
    stored(settings, (traces(*spans), "traces"))
    assert calls(settings) == [1, 3, 4]


def test_what_wraps_its_own_second_attempt_is_that_call(settings: Settings) -> None:
    spans = [
        span(1, ANSWERED),
        span(2, CHAT | {"error.type": "x"}, parent=1, at=1, lasts=9, status=failed()),
        span(3, ANSWERED, parent=1, at=20, lasts=50),
    ]
    stored(settings, (traces(*spans), "traces"))
    assert calls(settings) == [1, 2]


def test_what_only_a_duplicate_knows_of_the_answer_is_filled_in(settings: Settings) -> None:
    """Mistral's embeddings: the client's own span has the id."""
    embeddings = CHAT | {"gen_ai.operation.name": "embeddings"}
    known = {"gen_ai.response.id": "r", "gen_ai.response.model": "gpt-4o-2024", "nilometer.feature": "search"}
    stored(
        settings,
        *separately(
            ("a", span(1, embeddings | {"gen_ai.usage.input_tokens": 3})),
            ("b", span(2, embeddings | known, parent=1, at=1, lasts=50)),
        ),
    )
    query = "SELECT span_id, response_id, response_model, feature, input_tokens FROM calls"
    assert rows(settings, query) == [
        {
            "span_id": f"{1:016x}",
            "response_id": "r",
            "response_model": "gpt-4o-2024",
            "feature": "search",
            "input_tokens": 3,
        }
    ]


def test_a_wrapper_around_two_calls_is_none(settings: Settings) -> None:
    spans = [span(1, COUNTED), span(2, ANSWERED, parent=1), span(3, COUNTED, parent=1, at=10)]
    stored(settings, (traces(*spans), "traces"))
    assert calls(settings) == [2, 3]
    assert marks(settings) == {1: (3, "wrapper")}


def test_calls_of_a_tool_below_a_call_and_of_agents_are_calls(settings: Settings) -> None:
    tool, agent = {"gen_ai.operation.name": "execute_tool"}, {"gen_ai.operation.name": "invoke_agent"}
    spans = [
        span(1, agent),
        span(2, COUNTED, parent=1),
        span(3, tool, parent=2),
        span(4, COUNTED, parent=3),
        span(5, CHAT | {"gen_ai.operation.name": "embeddings"}, parent=2),
    ]
    stored(settings, (traces(*spans), "traces"))
    assert calls(settings) == [2, 4, 5]


def test_calls_with_different_answers_are_different_calls(settings: Settings) -> None:
    spans = [span(1, ANSWERED), span(2, ANSWERED | {"gen_ai.response.id": "chatcmpl-2"}, parent=1)]
    stored(settings, (traces(*spans), "traces"))
    assert calls(settings) == [1, 2]


def test_a_tool_that_two_instrumentations_record_ran_once(settings: Settings) -> None:
    tool = {"gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": "f"}
    stored(
        settings,
        *separately(("autogen-core", span(2, tool | {"gen_ai.tool.call.id": "c"}, parent=1)), ("b", span(1, tool))),
    )
    assert value(settings, "SELECT count(*) FROM tool_calls") == 1


def test_spans_that_name_each_other_as_parents_do_not_hang_it(settings: Settings) -> None:
    stored(settings, (traces(span(1, COUNTED, parent=2), span(2, COUNTED, parent=1)), "traces"))
    assert calls(settings)


MESSAGES = (
    logs(
        1,
        ("gen_ai.system.message", {"content": "be brief"}, {}),
        ("gen_ai.user.message", {"content": "hi"}, {}),
        ("gen_ai.choice", {"message": {"role": "assistant", "content": "hello"}, "finish_reason": "stop"}, {}),
    ),
    "logs",
)
DETAILS = (
    logs(
        1,
        (
            "gen_ai.client.inference.operation.details",
            None,
            {
                "gen_ai.system_instructions": [{"type": "text", "content": "be brief"}],
                "gen_ai.input.messages": [{"role": "user", "parts": [{"type": "text", "content": "hi"}]}],
                "gen_ai.output.messages": [{"role": "assistant", "parts": [{"type": "text", "content": "hello"}]}],
            },
        ),
    ),
    "logs",
)


@pytest.mark.parametrize("records", [MESSAGES, DETAILS])
@pytest.mark.parametrize("logs_first", [True, False])
def test_log_records_join_their_span_in_any_order(settings: Settings, records: Batch, logs_first: bool) -> None:
    batches = [records, (traces(span(1, COUNTED)), "traces")]
    stored(settings, *(batches if logs_first else reversed(batches)), *batches)
    query = """
        SELECT json_extract_string(input_messages, '$[*].role') AS roles,
            json_extract_string(output_messages, '$[0].parts[0].content') AS said
        FROM calls
    """
    assert rows(settings, query) == [{"roles": ["system", "user"], "said": "hello"}]
    assert value(settings, "SELECT count(*) FROM span_details") == (3 if records is MESSAGES else 1)


@pytest.mark.parametrize(
    ("spans", "counted"),
    [
        ([span(1, ANSWERED), span(2, ANSWERED, parent=1, at=1)], {1}),
        ([span(1, ANSWERED), span(2, ANSWERED, trace=OTHER_TRACE, at=1)], {1}),
        ([span(1, ANSWERED), span(2, ANSWERED, at=60_000)], {1, 2}),
        ([span(1, CHAT), span(2, COUNTED, parent=1)], {2}),
        ([span(1, COUNTED), span(2, COUNTED)], {1, 2}),
    ],
)
def test_rollups_count_a_call_once_where_one_batch_has_its_records(spans: list[Any], counted: set[int]) -> None:
    calls = new_calls(run(traces(*spans)).events, ())
    assert {int(call.span_id, 16) for call in calls if isinstance(call, PricedSpan)} == counted


def test_more_spans_than_a_body_may_have_are_refused_as_a_whole() -> None:
    outcome = run(traces(*[span(1, {})] * (MAX_RECORDS + 1)))
    assert [letter.error_type for letter in outcome.dead] == ["too_many_events"]
