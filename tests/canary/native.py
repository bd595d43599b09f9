"""Native events with a canary in every field, as lines or bodies of JSON."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from nilometer.schemas.detail import RawSpanDetail
from nilometer.schemas.feedback import RawFeedback
from nilometer.schemas.score import RawScore
from nilometer.schemas.span import RawSpan
from tests.canary.planter import Planter

START = datetime(2026, 6, 1, 9, tzinfo=UTC)
PLAIN = frozenset(
    {
        *("trace_id", "span_id", "parent_span_id", "started_at", "ended_at", "created_at", "status", "usage"),
        *("time_to_first_token_ms", "retrieval_top_k", "thumbs", "rating", "value", "environment"),
    }
)
"""Fields of a form that lets no text in: another form is refused (see `malformed`)."""


class Ids:
    """Trace and span ids that no other ingress gives."""

    def __init__(self, salt: int) -> None:
        self._salt, self._count = salt, 0

    def trace(self) -> str:
        self._count += 1
        return f"{self._salt:08x}{self._count:024x}"


def _at(seconds: int = 0) -> str:
    return (START + timedelta(seconds=seconds)).isoformat()


def span(planter: Planter, ids: Ids) -> dict[str, Any]:
    """A call with everything that a span can hold."""
    trace = ids.trace()
    made: dict[str, Any] = {
        "type": "span",
        "trace_id": trace,
        "span_id": trace[-16:],
        "started_at": _at(),
        "ended_at": _at(1),
        "operation": "chat",
        "provider": planter.bare("provider"),
        "usage": {"input_tokens": 100, "output_tokens": 10},
        "status": "error",
        "error_message": planter.stack_trace("error_message"),
        "input_messages": planter.messages("input_messages"),
        "output_messages": planter.messages("output_messages"),
        "tool_definitions": [
            {
                "name": planter.bare("tool_definitions name"),
                "description": planter.said("tool_definitions"),
                "parameters": {"properties": planter.map("tool_definitions properties")},
            }
        ],
        "tool_arguments": planter.anything("tool_arguments"),
        "tool_result": planter.json_text("tool_result"),
        "retrieval_query": planter.said("retrieval_query"),
        "retrieval_documents": [
            {
                "id": planter.bare("retrieval_documents id"),
                "content": planter.said("retrieval_documents"),
                "metadata": planter.keyed("retrieval_documents"),
            }
        ],
        "parameters": {
            "stop": [planter.said("parameters")],
            "user": planter.bare("parameters user"),
            "logit_bias": {planter.as_key("parameters key"): -100},
        },
        "attributes": planter.anything("attributes"),
        "user_id": planter.bare("user_id"),
        "session_id": planter.bare("session_id"),
        "response_id": planter.bare("response_id"),
    }
    for name in RawSpan.__struct_fields__:
        if name not in made and name not in PLAIN:
            made[name] = planter.said(name)
    return _sent(planter, made)


def detail(planter: Planter, ids: Ids) -> dict[str, Any]:
    """What a log record becomes; native lines may hold it, too."""
    trace = ids.trace()
    made: dict[str, Any] = {
        "type": "span_detail",
        "detail_id": planter.bare("detail_id"),
        "trace_id": trace,
        "span_id": trace[-16:],
        "created_at": _at(),
        "position": 1,
        "name": planter.said("detail name"),
        "scope": planter.bare("detail scope"),
        "input_messages": planter.messages("detail input_messages"),
        "output_messages": [
            {"role": "assistant", "parts": [{"type": "text", "content": planter.said("detail output")}]}
        ],
        "tool_definitions": [{"name": "f", "description": planter.said("detail tool_definitions")}],
        "attributes": planter.map("detail attributes"),
    }
    assert set(made) | PLAIN >= set(RawSpanDetail.__struct_fields__)
    return _sent(planter, made)


def feedback(planter: Planter, ids: Ids) -> dict[str, Any]:
    made: dict[str, Any] = {
        "type": "feedback",
        "trace_id": ids.trace(),
        "created_at": _at(),
        "thumbs": "down",
        "feedback_id": planter.bare("feedback_id"),
        "comment": planter.said("comment"),
        "correction": planter.json_text("correction"),
        "user_id": planter.bare("user_id"),
        "service": planter.said("service"),
        "attributes": planter.anything("feedback attributes"),
    }
    assert set(made) | PLAIN >= set(RawFeedback.__struct_fields__)
    return _sent(planter, made)


def score(planter: Planter, ids: Ids) -> dict[str, Any]:
    made: dict[str, Any] = {
        "type": "score",
        "trace_id": ids.trace(),
        "created_at": _at(),
        "value": 0.5,
        "name": planter.said("score name"),
        "evaluator": planter.said("evaluator"),
        "label": planter.said("label"),
        "explanation": planter.said("explanation"),
        "attributes": planter.keyed("score attributes"),
    }
    assert set(made) | PLAIN >= set(RawScore.__struct_fields__)
    return _sent(planter, made)


def _sent(planter: Planter, made: dict[str, Any]) -> dict[str, Any]:
    planter.arrive.setdefault(planter.ingress, set()).add(made["trace_id"])
    return made


def _inner(text: str) -> bytes:
    return json.dumps(text)[1:-1].encode()


def malformed(planter: Planter, ids: Ids) -> list[bytes]:
    """Lines that are no events, each with a canary where it is wrong."""
    good: dict[str, Any] = {"type": "span", "trace_id": ids.trace(), "span_id": "00000000000000aa", "name": "x"}
    good["started_at"] = _at()

    def line(**more: Any) -> bytes:
        return json.dumps(good | more).encode()

    said, bare = planter.said, planter.bare
    twice = json.dumps(said("malformed: key twice, later value")).encode()
    deep = "[" * 2_000 + json.dumps(said("malformed: too deep")) + "]" * 2_000
    return [
        b'{"type": "span", "name": ' + json.dumps(said("malformed: cut off")).encode(),
        line(name=said("malformed: bad UTF-8")).replace(b"x", b"\xff") + b"\xfe\xff",
        json.dumps(said("malformed: no object")).encode(),
        said("malformed: no JSON").replace("\n", " ").encode(),
        line(type=bare("malformed: type")),
        line(trace_id=bare("malformed: trace_id")),
        line(span_id=bare("malformed: span_id")),
        line(status=bare("malformed: status")),
        line(started_at=bare("malformed: started_at")),
        line(usage=said("malformed: usage")),
        line(usage={bare("malformed: usage key"): 1}),
        line(**{bare("malformed: unknown field"): 1}),
        line(name={"x": said("malformed: name")}),
        line(environment=bare("malformed: environment")),
        line(name=said("malformed: too long") * 40),
        line(**{said("malformed: unknown field, a sentence"): said("malformed: its value")}),
        line(parent_span_id=said("malformed: parent_span_id")),
        line(ended_at=said("malformed: ended_at")),
        line(time_to_first_token_ms=bare("malformed: time_to_first_token_ms")),
        line(retrieval_documents=[said("malformed: document")]),
        line(attributes={"x": "REPLACE"}).replace(b"REPLACE", b"\\ud800 " + _inner(said("malformed: lone surrogate"))),
        line(name="x\x00y", error_message=said("malformed: NUL in a name")),
        line(attributes={said("malformed: key twice"): 1})[:-1] + b', "attributes": {"a": ' + twice + b"}}",
        line(usage={"input_tokens": said("malformed: usage value")}),
        line(usage={"input_tokens": -1}, error_message=said("malformed: negative tokens")),
        line(ended_at="2020-01-01T00:00:00Z", error_message=said("malformed: ends before it starts")),
        line(attributes={"x": 10**400, "y": said("malformed: a number of 400 digits")}),
        line(attributes={"y": said("malformed: NaN")})[:-1] + b', "parameters": {"t": NaN}}',
        line(attributes=said("malformed: attributes")),
        line(input_messages={said("malformed: messages"): 1}),
        line(attributes={"x": json.loads('"x"')})[:-1] + b', "tool_result": ' + deep.encode() + b"}",
        line(started_at="1999-01-01T00:00:00Z", error_message=said("malformed: too old")),
    ]
