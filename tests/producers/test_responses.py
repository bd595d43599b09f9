"""Raw provider responses, whole and streamed."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from genai_prices import extract_usage
from pydantic import BaseModel

from nilometer.producers import Nilometer, Usage
from nilometer.producers.messages import to_messages
from nilometer.producers.responses import understand
from nilometer.producers.testing import FakeClock, MemoryTransport
from nilometer.producers.usage import usage_of
from nilometer.schemas.settings import Settings

CHAT: dict[str, Any] = {
    "id": "chatcmpl-1",
    "object": "chat.completion",
    "model": "gpt-4o-2024-08-06",
    "choices": [
        {
            "index": 0,
            "finish_reason": "tool_calls",
            "message": {
                "role": "assistant",
                "content": "One moment.",
                "tool_calls": [
                    {"id": "c1", "type": "function", "function": {"name": "look", "arguments": '{"order": 7}'}}
                ],
            },
        }
    ],
    "usage": {
        "prompt_tokens": 100,
        "completion_tokens": 20,
        "total_tokens": 120,
        "prompt_tokens_details": {"cached_tokens": 64},
        "completion_tokens_details": {"reasoning_tokens": 5},
    },
}
RESPONSES: dict[str, Any] = {
    "id": "resp_1",
    "object": "response",
    "status": "completed",
    "model": "gpt-5",
    "output": [
        {"type": "reasoning", "id": "r", "summary": [{"type": "summary_text", "text": "hm"}]},
        {"type": "function_call", "call_id": "c1", "name": "look", "arguments": '{"order": 7}'},
        {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "One moment."}]},
    ],
    "usage": {
        "input_tokens": 100,
        "output_tokens": 20,
        "total_tokens": 120,
        "input_tokens_details": {"cached_tokens": 64},
        "output_tokens_details": {"reasoning_tokens": 5},
    },
}
ANTHROPIC: dict[str, Any] = {
    "id": "msg_1",
    "type": "message",
    "role": "assistant",
    "model": "claude-sonnet-4-5",
    "stop_reason": "tool_use",
    "content": [
        {"type": "text", "text": "One moment."},
        {"type": "tool_use", "id": "c1", "name": "look", "input": {"order": 7}},
    ],
    "usage": {
        "input_tokens": 30,
        "cache_read_input_tokens": 64,
        "cache_creation_input_tokens": 6,
        "output_tokens": 20,
    },
}
TEXT = {"type": "text", "content": "One moment."}
CALL = {"type": "tool_call", "id": "c1", "name": "look", "arguments": {"order": 7}}


class Model(BaseModel):
    """A client's object: fields of its own, more than it declares."""

    model_config = {"extra": "allow"}


class Dumped:
    def __init__(self, body: dict[str, Any]) -> None:
        self._body = body

    def model_dump(self) -> dict[str, Any]:
        return self._body


@pytest.mark.parametrize("wrap", [dict, Model.model_validate, Dumped], ids=["dict", "pydantic", "model_dump"])
@pytest.mark.parametrize(
    ("body", "identity", "reason", "parts"),
    [
        (CHAT, ("chatcmpl-1", "gpt-4o-2024-08-06"), "tool_calls", [TEXT, CALL]),
        (RESPONSES, ("resp_1", "gpt-5"), "completed", [{"type": "reasoning", "content": "hm"}, CALL, TEXT]),
        (ANTHROPIC, ("msg_1", "claude-sonnet-4-5"), "tool_use", [TEXT, CALL]),
    ],
    ids=["chat", "responses", "anthropic"],
)
def test_responses_are_understood(wrap: Any, body: Any, identity: Any, reason: str, parts: Any) -> None:
    found = understand(wrap(body))
    assert (found.response_id, found.model) == identity
    assert found.finish_reason == reason
    assert found.messages == [{"role": "assistant", "parts": parts, "finish_reason": reason}]
    assert found.usage is not None
    assert (found.usage.input_tokens, found.usage.output_tokens) == (100, 20)
    assert found.usage.cache_read_tokens == 64


@pytest.mark.parametrize(
    ("usage", "provider", "flavor"),
    [
        (CHAT["usage"], "openai", "chat"),
        (RESPONSES["usage"], "openai", "responses"),
        (ANTHROPIC["usage"], "anthropic", "default"),
        ({"prompt_tokens": 8, "total_tokens": 8}, "openai", "embeddings"),
        ({"input_tokens": 5, "output_tokens": 2}, "anthropic", "default"),
    ],
)
def test_usage_agrees_with_genai_prices(usage: Any, provider: str, flavor: str) -> None:
    """But for what is not reported: that is 0 there and None here."""
    theirs = extract_usage({"usage": usage}, provider_id=provider, api_flavor=flavor).usage
    ours = usage_of({"usage": usage})
    assert ours is not None
    for name, other in (
        ("input_tokens", "input_tokens"),
        ("output_tokens", "output_tokens"),
        ("cache_read_tokens", "cache_read_tokens"),
        ("cache_write_tokens", "cache_write_tokens"),
        ("reasoning_tokens", "output_reasoning_tokens"),
    ):
        assert (getattr(ours, name) or 0) == (getattr(theirs, other, None) or 0), name


def test_invariant_4_usage_that_is_not_reported_is_unknown_not_zero() -> None:
    assert usage_of({"usage": {"prompt_tokens": 5, "completion_tokens": None}}) == Usage(input_tokens=5)
    assert usage_of({"usage": {"cost": 3}}) is None
    assert usage_of({}) is None
    assert usage_of({"usage": {"input_tokens": True, "output_tokens": -1}}) is None
    assert understand("text").usage is None


def test_proxies_that_speak_both_ways_are_not_counted_twice() -> None:
    usage = {"prompt_tokens": 100, "completion_tokens": 1, "cache_read_input_tokens": 64}
    assert usage_of({"usage": usage}) == Usage(input_tokens=100, output_tokens=1, cache_read_tokens=64)


def test_other_shapes() -> None:
    assert understand({"text": "a", "finish_reason": "stop", "model": "m"}).messages[0]["parts"][0]["content"] == "a"
    assert understand({"role": "assistant", "content": "a"}).messages == [
        {"role": "assistant", "parts": [{"type": "text", "content": "a"}]}
    ]
    choices = [{"text": "a", "finish_reason": "length"}, {"text": "b"}]
    completion = understand({"choices": choices})
    assert [m["parts"][0]["content"] for m in completion.messages] == ["a", "b"]
    assert completion.finish_reason == "length"
    incomplete = RESPONSES | {"incomplete_details": {"reason": "max_output_tokens"}}
    assert understand(incomplete).finish_reason == "max_output_tokens"


def test_messages_of_both_providers() -> None:
    image = {"type": "image_url", "image_url": {"url": "data:image/png;base64,QUJD"}}
    linked = {"type": "image_url", "image_url": {"url": "https://example.com/a.png"}}
    messages = [
        {"role": "system", "content": "be kind"},
        {"role": "user", "name": "ann", "content": [{"type": "text", "text": "see"}, image, linked]},
        {"role": "assistant", "content": None, "tool_calls": CHAT["choices"][0]["message"]["tool_calls"]},
        {"role": "tool", "tool_call_id": "c1", "content": "sent"},
        {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "c2", "content": "found"}]},
        {"type": "function_call_output", "call_id": "c3", "output": "ok"},
        {"role": "assistant", "content": [{"type": "thinking", "thinking": "hm", "signature": "s"}]},
        {"role": "user", "parts": [{"type": "text", "content": "already so"}]},
    ]
    assert to_messages(messages) == [
        {"role": "system", "parts": [{"type": "text", "content": "be kind"}]},
        {
            "role": "user",
            "parts": [
                {"type": "text", "content": "see"},
                {"type": "blob", "modality": "image", "mime_type": "image/png", "size": 3},
                {"type": "uri", "modality": "image", "uri": "https://example.com/a.png"},
            ],
            "name": "ann",
        },
        {"role": "assistant", "parts": [CALL]},
        {"role": "tool", "parts": [{"type": "tool_call_response", "id": "c1", "response": "sent"}]},
        {"role": "user", "parts": [{"type": "tool_call_response", "id": "c2", "response": "found"}]},
        {"role": "tool", "parts": [{"type": "tool_call_response", "id": "c3", "response": "ok"}]},
        {"role": "assistant", "parts": [{"type": "reasoning", "content": "hm"}]},
        {"role": "user", "parts": [{"type": "text", "content": "already so"}]},
    ]
    assert to_messages("hi") == [{"role": "user", "parts": [{"type": "text", "content": "hi"}]}]


def delta(**delta: Any) -> dict[str, Any]:
    return {"id": "chatcmpl-1", "model": "gpt-4o-2024-08-06", "choices": [{"index": 0, "delta": delta}]}


def piece(**call: Any) -> dict[str, Any]:
    return delta(tool_calls=[{"index": 0} | call])


CHAT_CHUNKS = [
    delta(role="assistant", content="One "),
    delta(content="moment."),
    piece(id="c1", type="function", function={"name": "look", "arguments": ""}),
    piece(function={"arguments": '{"order"'}),
    piece(function={"arguments": ": 7}"}),
    {"id": "chatcmpl-1", "choices": [{"index": 0, "delta": {}, "finish_reason": "tool_calls"}]},
    {"id": "chatcmpl-1", "choices": [], "usage": CHAT["usage"]},
]
RESPONSES_CHUNKS: list[dict[str, Any]] = [
    {"type": "response.created", "response": {"id": "resp_1", "output": []}},
    {"type": "response.output_text.delta", "delta": "One"},
    {"type": "response.completed", "response": RESPONSES},
]
ANTHROPIC_CHUNKS: list[dict[str, Any]] = [
    {"type": "message_start", "message": ANTHROPIC | {"content": [], "stop_reason": None}},
    {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
    {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "One moment."}},
    {"type": "content_block_start", "index": 1, "content_block": {"type": "tool_use", "id": "c1", "name": "look"}},
    {"type": "content_block_delta", "index": 1, "delta": {"type": "input_json_delta", "partial_json": '{"order"'}},
    {"type": "content_block_delta", "index": 1, "delta": {"type": "input_json_delta", "partial_json": ": 7}"}},
    {"type": "message_delta", "delta": {"stop_reason": "tool_use"}, "usage": {"output_tokens": 20}},
    {"type": "message_stop"},
]


@pytest.mark.parametrize("asynchronous", [False, True])
@pytest.mark.parametrize(
    ("chunks", "whole"),
    [(CHAT_CHUNKS, CHAT), (RESPONSES_CHUNKS, RESPONSES), (ANTHROPIC_CHUNKS, ANTHROPIC)],
    ids=["chat", "responses", "anthropic"],
)
def test_a_stream_is_recorded_as_the_whole_would_be(
    settings: Settings, chunks: list[Any], whole: Any, asynchronous: bool
) -> None:
    transport, clock = MemoryTransport(), FakeClock()
    nm = Nilometer(settings, transport=transport, clock=clock)

    async def arriving() -> AsyncIterator[Any]:
        for chunk in chunks:
            yield chunk

    async def read(call: Any) -> list[Any]:
        return [chunk async for chunk in call.respond_astream(arriving())]

    with nm.call(model="m") as call:
        clock.advance(0.5)
        assert (asyncio.run(read(call)) if asynchronous else list(call.respond_stream(chunks))) == chunks
    with nm.call(model="m") as call:
        call.respond(whole)
    streamed, at_once = transport.spans
    assert streamed.time_to_first_token_ms == 500
    for name in ("output_messages", "usage", "finish_reason", "response_id", "response_model"):
        assert getattr(streamed, name) == getattr(at_once, name), name


def test_a_reader_that_stops_early_records_what_it_saw(settings: Settings) -> None:
    transport = MemoryTransport()
    with Nilometer(settings, transport=transport).call(model="m") as call:
        for _ in call.respond_stream(["One ", "moment."]):
            break
    messages = transport.spans[0].output_messages
    # The generator ends when it is collected: at the latest with the span.
    assert messages is None or messages[0]["parts"][0]["content"] == "One "
