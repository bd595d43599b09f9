"""What an application records, as the broker would get it."""

import asyncio
import subprocess
import sys
import threading
import uuid
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest

import nilometer.producers as producers
from nilometer.producers import Nilometer, Usage
from nilometer.producers.testing import FakeClock, FakeIds, MemoryTransport
from nilometer.schemas.settings import ProducerSettings, Settings


class Recording:
    """A client over fakes, and what it recorded."""

    def __init__(self, settings: Settings) -> None:
        self.transport = MemoryTransport()
        self.clock = FakeClock()
        self.nm = Nilometer(settings, transport=self.transport, clock=self.clock, ids=FakeIds())

    @property
    def spans(self) -> dict[str, Any]:
        assert self.transport.stats().dropped == {}
        return {span.name: span for span in self.transport.spans}


@pytest.fixture
def recording(settings: Settings) -> Recording:
    producer = ProducerSettings(service="desk", project="care")
    return Recording(settings.model_copy(update={"environment": "prod", "producer": producer}))


def test_the_public_surface() -> None:
    assert producers.__all__ == [
        "Call", "Nilometer", "Retrieval", "Sender", "Span", "Stats", "Tool", "Trace", "Transport", "Usage",
    ]  # fmt: skip
    assert all(hasattr(producers, name) for name in producers.__all__)


def test_an_application_imports_nothing_heavy() -> None:
    heavy = {"spacy", "presidio_analyzer", "duckdb", "faust", "genai_prices", "pyarrow", "numpy", "airflow"}
    code = f"import nilometer.producers, sys; sys.exit(', '.join({heavy!r} & set(sys.modules)) or 0)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_a_trace_with_a_call_and_a_tool(recording: Recording) -> None:
    nm, clock = recording.nm, recording.clock
    with nm.trace("answer-ticket", user_id="u-17", feature="support", session_id="s-9", tier="gold") as trace:
        clock.advance(1)
        messages = [{"role": "user", "content": "hi"}]
        with trace.call(provider="openai", model="gpt-4o", input_messages=messages, temperature=0.2) as call:
            messages.append({"role": "user", "content": "later"})
            clock.advance(2)
            call.respond("hello")
        with trace.tool("lookup_order", arguments='{"order": 1}', call_id="c1") as tool:
            clock.advance(0.5)
            tool.respond({"status": "sent"})
    root, chat, lookup = (recording.spans[n] for n in ("answer-ticket", "chat gpt-4o", "execute_tool lookup_order"))
    assert {s.trace_id for s in (root, chat, lookup)} == {trace.id}
    assert root.parent_span_id is None
    assert chat.parent_span_id == lookup.parent_span_id == root.span_id
    for span in (root, chat, lookup):
        assert (span.user_id, span.session_id, span.feature) == ("u-17", "s-9", "support")
        assert (span.environment, span.service, span.project, span.status) == ("prod", "desk", "care", "ok")
    assert (root.ended_at - root.started_at).total_seconds() == 3.5
    assert (chat.started_at - root.started_at).total_seconds() == 1
    assert (chat.ended_at - chat.started_at).total_seconds() == 2
    assert root.attributes == {"tier": "gold"}
    assert (chat.operation, chat.provider, chat.request_model) == ("chat", "openai", "gpt-4o")
    assert chat.parameters == {"temperature": 0.2}
    assert chat.input_messages == [{"role": "user", "parts": [{"type": "text", "content": "hi"}]}]
    assert chat.output_messages == [{"role": "assistant", "parts": [{"type": "text", "content": "hello"}]}]
    assert chat.usage is None
    assert (lookup.operation, lookup.tool_name, lookup.tool_call_id) == ("execute_tool", "lookup_order", "c1")
    assert (lookup.tool_arguments, lookup.tool_result) == ({"order": 1}, {"status": "sent"})


def test_what_is_nested_finds_its_parent(recording: Recording) -> None:
    nm = recording.nm
    with nm.trace("root") as trace, trace.agent("planner"):
        with nm.trace("sub"), nm.tool("outer"):
            with trace.retrieval("where", top_k=3) as search:
                search.respond([{"id": 1}])
            with nm.call(model="m"):
                pass
        with trace.span("format", operation="custom", kind=1):
            pass
    spans = recording.spans
    parent = {s.span_id: s.name for s in spans.values()}
    assert {name: parent.get(span.parent_span_id or "") for name, span in spans.items()} == {
        "root": None,
        "invoke_agent planner": "root",
        "sub": "invoke_agent planner",
        "execute_tool outer": "sub",
        "retrieval": "execute_tool outer",
        "chat m": "execute_tool outer",
        "format": "invoke_agent planner",
    }
    assert len({s.trace_id for s in spans.values()}) == 1
    assert spans["chat m"].agent_name == "planner"
    assert (spans["retrieval"].retrieval_top_k, spans["retrieval"].retrieval_documents) == (3, [{"id": 1}])
    assert nm.innermost() is None


def test_without_a_trace_a_call_is_a_trace_of_its_own(recording: Recording) -> None:
    with recording.nm.call(model="a"), recording.nm.call(model="b"):
        pass
    a, b = recording.spans["chat a"], recording.spans["chat b"]
    assert a.parent_span_id is None
    assert b.parent_span_id == a.span_id


def test_trace_context_comes_in_and_goes_out(recording: Recording) -> None:
    caller = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    with recording.nm.trace("served", traceparent=caller) as trace:
        with trace.tool("remote") as tool:
            assert tool.headers() == {"traceparent": f"00-{trace.id}-{tool.span_id}-01"}
        assert trace.traceparent.endswith(f"-{trace.span_id}-01")
    served = recording.spans["served"]
    assert (served.trace_id, served.parent_span_id) == ("0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331")


@pytest.mark.parametrize(
    "header",
    ["", "junk", "00-" + "0" * 32 + "-b7ad6b7169203331-01", "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
     "00-0af7651916cd43dd8448eb211c80319c-" + "0" * 16 + "-01"],
)  # fmt: skip
def test_a_header_that_is_not_valid_starts_a_new_trace(recording: Recording, header: str) -> None:
    with recording.nm.trace("served", traceparent=header):
        pass
    assert recording.spans["served"].parent_span_id is None


def test_exceptions_are_recorded_and_pass_through(recording: Recording) -> None:
    class RateLimitError(Exception):
        pass

    with pytest.raises(RateLimitError), recording.nm.trace("t") as trace, trace.call(model="m"):
        raise RateLimitError("slow down")
    for span in recording.spans.values():
        assert (span.status, span.error_type, span.error_message) == ("error", "RateLimitError", "slow down")


def test_failures_without_an_exception(recording: Recording) -> None:
    with recording.nm.trace("t") as trace:
        trace.fail("timeout", "gave up")
    assert (recording.spans["t"].status, recording.spans["t"].error_type) == ("error", "timeout")


class Hostile:
    """An object that resists."""

    def __str__(self) -> str:
        raise ValueError

    __repr__ = __str__

    def model_dump(self) -> dict[str, Any]:
        raise ValueError


def cycle() -> list[Any]:
    found: list[Any] = []
    found += [found, found, {"again": found}]
    return found


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (object(), "<object>"),
        (Hostile(), "<Hostile>"),
        ({"at": threading.Lock()}, {"at": "<lock>"}),
        ({(1, 2): 3}, {"<tuple>": 3}),
        ("half \ud800", "half ?"),
        (float("nan"), None),
        (b"abc", "YWJj"),
        (uuid.UUID(int=1), "00000000-0000-0000-0000-000000000001"),
        (10**40, 10**40),
    ],
)
def test_values_that_json_does_not_have_are_shown_safely(recording: Recording, value: Any, shown: Any) -> None:
    with recording.nm.tool("t", arguments={"value": value}) as tool:
        tool.respond(value)
    span = recording.spans["execute_tool t"]
    assert span.tool_result == shown
    assert span.tool_arguments == {"value": shown}


def test_cycles_end(recording: Recording) -> None:
    with recording.nm.tool("t") as tool:
        tool.respond(cycle())
    assert "<list>" in str(recording.spans["execute_tool t"].tool_result)


@pytest.mark.parametrize("reply", [None, 3, object(), Hostile(), [], {"choices": 3}, {"choices": [None]}, {"usage": 7}])
def test_replies_that_are_not_understood_break_nothing(recording: Recording, reply: Any) -> None:
    with recording.nm.call(model="m", input_messages=reply, tools=[reply], response_format=reply) as call:
        call.respond(reply)
    assert "chat m" in recording.spans


def test_ids_may_be_numbers(recording: Recording) -> None:
    with recording.nm.trace("t", user_id=17, session_id=uuid.UUID(int=2)):  # pyright: ignore[reportArgumentType]
        pass
    assert recording.spans["t"].user_id == "17"
    assert recording.spans["t"].session_id == str(uuid.UUID(int=2))


def record_secrets(nm: Nilometer) -> None:
    with nm.trace("t") as trace:
        with trace.call(model="m", input_messages="SECRET", system="SECRET", tools=[{"a": "SECRET"}]) as call:
            call.respond({"text": "SECRET", "usage": {"input_tokens": 3}})
        with trace.tool("t", arguments={"a": "SECRET"}) as tool:
            tool.respond("SECRET")
        with trace.retrieval("SECRET") as search:
            search.respond(["SECRET"])
        nm.feedback(trace_id=trace.id, thumbs="up", comment="SECRET", correction="SECRET")
        raise ValueError("SECRET")


def test_contents_can_be_left_out(settings: Settings) -> None:
    producer = ProducerSettings(record_content=False)
    recording = Recording(settings.model_copy(update={"producer": producer}))
    with pytest.raises(ValueError, match="SECRET"):
        record_secrets(recording.nm)
    assert "SECRET" not in str(recording.transport.events)
    assert len(recording.transport.events) == 5
    assert recording.spans["chat m"].usage == Usage(input_tokens=3)


def test_feedback(recording: Recording) -> None:
    recording.nm.feedback(
        trace_id="a" * 32, thumbs="down", comment="c", correction="d", rating=2.5, user_id="u", page="checkout"
    )
    recording.nm.feedback(trace_id="a" * 32, feedback_id="f1")
    recording.nm.feedback(trace_id="a" * 32, feedback_id="f1")
    first, again, same = recording.transport.feedback
    assert (first.thumbs, first.comment, first.correction, first.rating) == ("down", "c", "d", 2.5)
    assert (first.user_id, first.environment, first.service) == ("u", "prod", "desk")
    assert first.attributes == {"page": "checkout"}
    assert again.event_id == same.event_id != first.event_id


def test_json_is_asked_for(recording: Recording) -> None:
    with recording.nm.call(model="m", response_format={"type": "json_object"}):
        pass
    assert recording.spans["chat m"].output_type == "json"


def test_decorated_functions(recording: Recording) -> None:
    nm = recording.nm

    @nm.tool("add")
    def add(a: int, b: int = 2) -> int:
        return a + b

    @nm.call(model="m", provider="p")
    def ask(question: str) -> dict[str, Any]:
        return {"text": f"{question}!", "usage": {"output_tokens": 1}}

    @nm.trace("handle", feature="f")
    def handle() -> int:
        ask("why")
        return add(1) + add(1, b=3)

    assert handle() == 7
    assert handle() == 7
    assert add.__name__ == "add"
    spans = recording.transport.spans
    assert [s.name for s in spans] == ["chat m", "execute_tool add", "execute_tool add", "handle"] * 2
    assert len({s.trace_id for s in spans}) == 2
    assert len({s.span_id for s in spans}) == 8
    assert spans[1].tool_arguments == {"a": 1}
    assert (spans[2].tool_arguments, spans[2].tool_result) == ({"a": 1, "b": 3}, 4)
    assert spans[1].parent_span_id == spans[3].span_id
    assert spans[0].output_messages == [{"role": "assistant", "parts": [{"type": "text", "content": "why!"}]}]
    assert spans[0].feature == "f"
    with pytest.raises(TypeError):
        add()  # pyright: ignore[reportCallIssue]
    assert recording.transport.spans[-1].error_type == "TypeError"


def test_decorated_generators_and_coroutines(recording: Recording) -> None:
    nm = recording.nm

    @nm.trace("numbers")
    def numbers() -> Iterator[int]:
        with nm.tool("inner"):
            yield 1
        yield 2

    @nm.tool("fetch")
    async def fetch(key: str) -> str:
        await asyncio.sleep(0)
        return key.upper()

    @nm.trace("stream")
    async def stream() -> AsyncIterator[str]:
        yield await fetch("a")
        yield await fetch("b")

    async def main() -> list[str]:
        return [item async for item in stream()]

    assert list(numbers()) == [1, 2]
    assert asyncio.run(main()) == ["A", "B"]
    names = [s.name for s in recording.transport.spans]
    assert names == ["execute_tool inner", "numbers", "execute_tool fetch", "execute_tool fetch", "stream"]
    by_name = recording.spans
    assert by_name["execute_tool inner"].parent_span_id == by_name["numbers"].span_id
    assert by_name["execute_tool fetch"].parent_span_id == by_name["stream"].span_id
    assert by_name["execute_tool fetch"].tool_result == "B"


def test_tasks_that_run_at_once_keep_apart(recording: Recording) -> None:
    nm = recording.nm

    async def handle(number: int) -> str:
        async with nm.trace(f"t{number}", user_id=f"u{number}") as trace:
            await asyncio.sleep(0)
            async with nm.call(model=f"m{number}"):
                await asyncio.sleep(0)
            return trace.id

    async def main() -> list[str]:
        return await asyncio.gather(*(handle(n) for n in range(20)))

    ids = asyncio.run(main())
    spans = recording.spans
    for number, trace_id in enumerate(ids):
        call = spans[f"chat m{number}"]
        assert (call.trace_id, call.user_id) == (trace_id, f"u{number}")
        assert call.parent_span_id == spans[f"t{number}"].span_id


def test_another_thread_uses_the_trace_object(recording: Recording) -> None:
    with recording.nm.trace("t") as trace:

        def work() -> None:
            with trace.tool("elsewhere"):
                pass

        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
    assert recording.spans["execute_tool elsewhere"].parent_span_id == trace.span_id


def test_disabled_records_nothing(settings: Settings) -> None:
    nm = Nilometer(settings.model_copy(update={"producer": ProducerSettings(enabled=False)}))
    with nm.trace("t"):
        pass
    assert nm.stats().dropped == {"disabled": 1}
    assert nm.close()


def test_wrong_settings_do_not_break_the_application(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "nilometer.toml").write_text("environment = 'Not An Environment'")
    monkeypatch.chdir(tmp_path)
    nm = Nilometer()
    with nm.trace("t") as trace, trace.call(model="m"):
        pass
    assert nm.flush(0)
    assert nm.stats().dropped == {"misconfigured": 2}
    assert len(caplog.records) == 1
    assert "environment" in caplog.text
    assert "Not An Environment" not in caplog.text
