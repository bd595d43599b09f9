"""What benchmarks send: OTLP bodies, made anew from a seed, so that every system gets the same bytes.

real      calls of real agent runs with their whole history (../shared/data), 20 a request
unique    calls of about 1 kB, no two texts alike, 100 a request
repeated  calls of about 1 kB, of 50 texts, 100 a request
"""

import hashlib
import itertools
import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from nilometer.producers import importers
from nilometer.schemas.event import RawEvent
from nilometer.schemas.span import RawSpan, Usage

TAU = Path(__file__).resolve().parents[2] / "shared" / "data" / "tau_airline_gpt4o.jsonl"
START = datetime(2026, 1, 1, tzinfo=UTC)
NAMES = ("real", "unique", "repeated")
REAL_A_REQUEST = 20
REAL_REQUESTS = 62
"""All calls of the real runs, once."""
SYNTHETIC_A_REQUEST = 100
REPEATED_TEXTS = 50
CHARACTERS_A_TOKEN = 4
VOCABULARY = (
    "the a of to in for with on at from flight ticket refund change cancel order account please help issue system "
    "update booking date payment reservation travel insurance policy customer agent request status number baggage "
    "delay weather airport gate seat upgrade member gold silver economy business passenger name would like need want"
)
WORDS = VOCABULARY.split()
PEOPLE = ("Sophia Silva", "Daniel Moore", "Mei Li", "Aarav Ahmed", "Olivia Garcia", "Noah Brown")


@dataclass(frozen=True)
class Payload:
    """Bodies of ExportTraceServiceRequest, and how many spans each has."""

    name: str
    bodies: list[bytes]
    counts: list[int]

    @property
    def spans(self) -> int:
        return sum(self.counts)

    @property
    def bytes_a_span(self) -> float:
        return sum(map(len, self.bodies)) / self.spans


def make(
    name: str, requests: int, seed: int, *, start: datetime = START, spans: int | None = None, data: Path = TAU
) -> Payload:
    """So many bodies, of `spans` spans each instead of the usual number. Another seed gives other ids and texts; the
    real runs, REAL_REQUESTS of them, keep their texts and begin anew under other ids.
    """
    if name == "real":
        groups = _runs(data, start, spans or REAL_A_REQUEST, seed)
    else:
        calls = synthetic(seed, REPEATED_TEXTS if name == "repeated" else None, start)
        groups = ((list(itertools.islice(calls, spans or SYNTHETIC_A_REQUEST)), str(seed)) for _ in itertools.count())
    taken = list(itertools.islice(groups, requests))
    return Payload(name, [otlp(some, ids) for some, ids in taken], [len(some) for some, _ in taken])


def _runs(data: Path, start: datetime, size: int, seed: int) -> Iterator[tuple[list[RawSpan], str]]:
    """Calls of the real runs in groups, without end, and what makes their ids theirs."""
    for number in itertools.count():
        calls = (event for event in tau(data, start) if isinstance(event, RawSpan) and event.is_call)
        while some := list(itertools.islice(calls, size)):
            yield some, f"{seed}/{number}"


def tau(path: Path = TAU, start: datetime = START) -> Iterator[RawEvent]:
    """The events of the file's runs: calls, each with its whole history, and tools."""
    found = importers.read(path, "openai-chat", started_at=start, provider="openai", model="gpt-4o")
    return (item.event for item in found if isinstance(item, importers.Imported))


def synthetic(seed: int, texts: int | None = None, start: datetime = START) -> Iterator[RawSpan]:
    """Calls of about 1 kB without end; one text in four holds a name and an address. `texts`: of so many."""
    rng = random.Random(seed)

    def text() -> str:
        words = [rng.choice(WORDS) for _ in range(80)]
        if rng.random() < 0.25:
            words[rng.randrange(80)] = f"{rng.choice(PEOPLE)} (user{rng.randrange(10**6)}@example.com)"
        return " ".join(words).capitalize() + f". Reference {rng.randrange(10**9)}."

    same = [text() for _ in range(texts or 0)]
    for number in itertools.count():
        yield RawSpan(
            trace_id=f"{number // 10 + 1:032x}",
            span_id=f"{number + 1:016x}",
            name="chat gpt-4o",
            operation="chat",
            provider="openai",
            request_model="gpt-4o",
            service="bench",
            started_at=start,
            ended_at=start,
            input_messages=[_message("user", same[number % len(same)] if same else text())],
            output_messages=[_message("assistant", "Done.")],
            usage=Usage(input_tokens=rng.randrange(50, 500), output_tokens=rng.randrange(1, 100)),
        )


def otlp(spans: list[RawSpan], ids: str) -> bytes:
    """Spans as an instrumentation of the GenAI conventions sends them: messages are JSON in a text attribute.

    `ids` is a part of what trace and span ids are made from.
    """
    request = ExportTraceServiceRequest()
    group = request.resource_spans.add()
    _set(group.resource.attributes, "service.name", "bench")
    scope = group.scope_spans.add()
    scope.scope.name = "opentelemetry.instrumentation.openai_v2"
    for span in spans:
        began = int(span.started_at.timestamp() * 1_000_000) * 1000
        one = scope.spans.add(
            trace_id=_id(ids, span.trace_id, 16),
            span_id=_id(ids, span.trace_id + span.span_id, 8),
            name=span.name,
            kind=3,
            start_time_unix_nano=began,
            end_time_unix_nano=began + 1_500_000_000,
        )
        said, answered = _json(span.input_messages), _json(span.output_messages)
        usage = span.usage or Usage()
        for name, value in (
            ("gen_ai.operation.name", span.operation),
            ("gen_ai.provider.name", span.provider),
            ("gen_ai.request.model", span.request_model),
            ("gen_ai.response.model", span.request_model),
            ("gen_ai.usage.input_tokens", usage.input_tokens or len(said) // CHARACTERS_A_TOKEN),
            ("gen_ai.usage.output_tokens", usage.output_tokens or len(answered) // CHARACTERS_A_TOKEN),
            ("gen_ai.input.messages", said),
            ("gen_ai.output.messages", answered),
        ):
            _set(one.attributes, name, value)
    return request.SerializeToString()


def _message(role: str, text: str) -> dict[str, Any]:
    return {"role": role, "parts": [{"type": "text", "content": text}]}


def _json(messages: object) -> str:
    return msgspec.json.encode(messages or []).decode()


def _id(ids: str, name: str, size: int) -> bytes:
    return hashlib.sha256(f"{ids}/{name}".encode()).digest()[:size]


def _set(attributes: Any, name: str, value: str | int | None) -> None:
    if value is None:
        return
    attribute = attributes.add()
    attribute.key = name
    if isinstance(value, int):
        attribute.value.int_value = value
    else:
        attribute.value.string_value = value
