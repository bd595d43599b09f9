"""What an application does with the SDK, with a canary wherever it may hand over a value."""

import contextlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import msgspec

from nilometer.producers import Nilometer
from nilometer.schemas.event import RawEvent
from nilometer.schemas.settings import Settings
from tests.canary import native
from tests.canary.native import Ids
from tests.canary.planter import Planter


@dataclass
class Order:
    """An object of the application's own."""

    note: str

    def model_dump(self) -> dict[str, Any]:
        return {"note": self.note}


def _fails(text: str, **_: Any) -> None:
    raise ValueError(text)


class Opaque:
    def __init__(self, text: str) -> None:
        self.text = text

    def __repr__(self) -> str:
        return f"Opaque({self.text})"

    def __str__(self) -> str:
        raise RuntimeError(self.text)


def send(settings: Settings, events: Iterable[dict[str, Any]]) -> None:
    """Events that are made already."""
    with Nilometer(settings) as nm:
        for event in events:
            nm.record(msgspec.convert(event, RawEvent))
        assert nm.flush(60), nm.stats()


def use(settings: Settings, planter: Planter, ids: Ids) -> None:
    with Nilometer(settings) as nm:
        record(nm, planter, ids)
        assert nm.flush(60), nm.stats()


def record(nm: Nilometer, planter: Planter, ids: Ids) -> None:
    """One request with all that can happen in it; a trace that the application sees fail."""
    said, bare = planter.said, planter.bare
    reply = {
        "id": bare("reply id"),
        "model": bare("reply model"),
        "usage": {"prompt_tokens": 9, "completion_tokens": 2},
    }
    called = [{"id": "c1", "function": {"name": "f", "arguments": planter.json_text("reply tool arguments")}}]
    answer = {"role": "assistant", "content": said("reply content"), "tool_calls": called}
    with (
        contextlib.suppress(ValueError),
        nm.trace(
            said("trace name"),
            user_id=bare("trace user_id"),
            session_id=bare("trace session_id"),
            feature=said("trace feature"),
            project=said("trace project"),
            agent_name=said("trace agent_name"),
            **planter.anything("trace attributes"),
        ) as trace,
    ):
        planter.arrive.setdefault(planter.ingress, set()).add(trace.id)
        with trace.call(
            provider=bare("call provider"),
            model=bare("call model"),
            system=said("call system"),
            tools=[{"type": "function", "function": {"name": "f", "description": said("call tools")}}],
            input_messages=[
                {"role": "user", "content": said("call message")},
                {"role": "user", "content": [{"type": "text", "text": piece} for piece in planter.cut("call parts")]},
                {"role": "tool", "tool_call_id": "c1", "content": planter.json_text("call tool message")},
                {
                    "role": "user",
                    "content": [{"type": "image_url", "image_url": {"url": planter.data_url("call image")}}],
                },
                {
                    "role": "user",
                    "content": [{"type": "input_audio", "input_audio": {"data": planter.base64("call audio")}}],
                },
                {
                    "role": "user",
                    "content": [{"type": "file", "file": {"filename": planter.file_name("call file name")}}],
                },
            ],
            prompt_name=said("call prompt_name"),
            user=bare("call user"),
            stop=[said("call stop")],
        ) as call:
            call.respond(reply | {"choices": [{"message": answer, "finish_reason": bare("reply finish_reason")}]})
        with trace.call(provider="openai", model="gpt-4o", input_messages=[]) as call:
            pieces = [{"choices": [{"delta": {"content": piece}}]} for piece in planter.chunks("streamed reply")]
            assert len(list(call.respond_stream(pieces))) == len(pieces)
        with trace.tool(
            said("tool name"), arguments=planter.anything("tool arguments"), call_id=bare("call_id")
        ) as tool:
            tool.respond(
                {
                    "object": Order(said("tool result object")),
                    "opaque": Opaque(said("tool result opaque")),
                    "bytes": said("tool result bytes").encode(),
                    "error": ValueError(said("tool result error")),
                    "set": {said("tool result set")},
                }
            )
        decorated = trace.tool(bare("decorated tool name"))(_fails)
        with contextlib.suppress(ValueError):
            decorated(said("argument of a function"), **{planter.as_key("argument's name"): said("named argument")})
        with trace.agent(said("agent name"), **planter.map("agent attributes")):
            trace.set(**{planter.dotted_key("trace set"): 1})
        with trace.call(provider=bare("bad call provider"), model=bare("bad call model")) as call:
            call.respond({"choices": said("reply of another form"), "usage": said("usage of another form")})
        with trace.call(
            provider="openai", model="gpt-4o", input_messages=[{said("message of another form"): 1}]
        ) as call:
            call.respond(ValueError(said("reply that is an error")))
        with nm.trace("called", traceparent=said("traceparent")):
            pass
        with trace.retrieval(said("retrieval query"), name=said("retrieval name")) as retrieval:
            retrieval.respond([{"content": said("document"), "metadata": planter.keyed("document metadata")}])
        with trace.span(said("span name"), operation=said("span operation"), zz=said("span attribute")) as span:
            span.set(**{"more": planter.anything("span set"), planter.as_key("span set key"): Opaque(said("opaque"))})
            span.fail(bare("fail error_type"), said("fail message"))
        nm.feedback(
            trace_id=trace.id,
            comment=said("feedback comment"),
            correction=said("feedback correction"),
            user_id=bare("feedback user_id"),
            feedback_id=bare("feedback feedback_id"),
            **planter.anything("feedback attributes"),
        )
        with trace.call(provider="openai", model="gpt-4o", input_messages=Opaque(said("call opaque messages"))):
            raise ValueError(said("exception"))
    makers: tuple[tuple[Callable[[Planter, Ids], dict[str, Any]], Any], ...] = (
        (native.span, RawEvent),
        (native.feedback, RawEvent),
        (native.score, RawEvent),
    )
    for make, kind in makers:
        nm.record(msgspec.convert(make(planter, ids), kind))
    nm.feedback(trace_id=bare("feedback trace_id"), comment=said("feedback of no trace"))
