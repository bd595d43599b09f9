"""Reading bodies without a server: cutting, rejecting, and whatever bytes may come."""

import json
import random
import resource
from collections import Counter
from typing import Any

import pytest
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from nilometer.producers.gateway import events, openapi, otlp
from nilometer.producers.gateway.http import NATIVE_PATHS, OTLP_PATHS, PAGES
from nilometer.producers.gateway.inflate import Limits, inflate
from nilometer.producers.gateway.refusals import Kind, RefusedError
from nilometer.producers.gateway.signals import LOGS, SIGNALS, TRACES
from nilometer.schemas.settings import MEBIBYTE, Settings
from tests.support.gateway import ENCODERS, bodies_of, json_traces, logs, traces


def spans(body: bytes) -> list[Any]:
    request = ExportTraceServiceRequest.FromString(body)
    return [s for r in request.resource_spans for o in r.scope_spans for s in o.spans]


def test_many_spans_are_cut_and_stay_under_their_resource_and_scope(settings: Settings) -> None:
    request = traces(3_000, text="")
    other = traces(1_500, first=3_000, text="")
    other.resource_spans[0].resource.attributes[0].value.string_value = "other"
    request.MergeFrom(other)
    taken = otlp.take(TRACES, request.SerializeToString(), settings, json=False)
    assert (taken.accepted, taken.rejected) == (4_500, 0)
    assert [len(spans(body)) for body in bodies_of(taken)] == [512] * 8 + [404]
    got: dict[str, int] = {}
    for body in bodies_of(taken):
        for part in ExportTraceServiceRequest.FromString(body).resource_spans:
            assert part.scope_spans[0].scope.name == "tests"
            service = part.resource.attributes[0].value.string_value
            got[service] = got.get(service, 0) + len(part.scope_spans[0].spans)
    assert got == {"shop": 3_000, "other": 1_500}


def test_json_is_cut_with_all_that_we_do_not_know(settings: Settings) -> None:
    document = json_traces(2_500, unknown={"to": ["us"]})
    document["resourceSpans"][0]["schemaUrl"] = "urn:x"
    taken = otlp.take(TRACES, json.dumps(document).encode(), settings, json=True)
    parts = [json.loads(body) for body in bodies_of(taken)]
    assert all(part["resourceSpans"][0]["schemaUrl"] == "urn:x" for part in parts)
    assert all(part["resourceSpans"][0]["scopeSpans"][0]["scope"] == {"name": "tests"} for part in parts)
    got = [s for part in parts for s in part["resourceSpans"][0]["scopeSpans"][0]["spans"]]
    assert got == document["resourceSpans"][0]["scopeSpans"][0]["spans"]


def test_log_records_are_cut(settings: Settings) -> None:
    taken = otlp.take(LOGS, logs(2_001).SerializeToString(), settings, json=False)
    counts = [
        len(ExportLogsServiceRequest.FromString(body).resource_logs[0].scope_logs[0].log_records)
        for body in bodies_of(taken)
    ]
    assert counts == [512] * 3 + [465]


def test_a_span_larger_than_a_message_is_rejected_and_the_rest_is_taken(settings: Settings) -> None:
    request = traces(3)
    for number in range(5):
        attribute = request.resource_spans[0].scope_spans[0].spans[1].attributes.add()
        attribute.key, attribute.value.string_value = f"large.{number}", "x" * (2 * MEBIBYTE)
    taken = otlp.take(TRACES, request.SerializeToString(), settings, json=False)
    assert (taken.accepted, taken.rejected) == (2, 1)
    assert "topics.max_message_bytes" in taken.message
    assert [span.span_id[-1] for body in bodies_of(taken) for span in spans(body)] == [1, 3]


def test_base64_ids_in_json_are_taken(settings: Settings) -> None:
    document = json_traces(traceId="Cvdl+RYc1D3YRI6yHIAxnA==", spanId="t61rcWkgMzE=")
    assert otlp.take(TRACES, json.dumps(document).encode(), settings, json=True).accepted == 1


def test_events_are_cut_to_what_a_record_may_hold(settings: Settings) -> None:
    one = {"feedback_id": "f", "trace_id": "a" * 32, "created_at": "2026-01-31T12:00:00Z"}
    taken = events.take(json.dumps([one] * 1_001).encode(), events.Form("feedback"), settings, None)
    assert [body.count(b"\n") for body in bodies_of(taken)] == [500, 500, 1]


def test_the_document_names_every_path() -> None:
    document = openapi.document()
    assert set(document["paths"]) == {*OTLP_PATHS, *NATIVE_PATHS, *PAGES}
    operations = [operation for methods in document["paths"].values() for operation in methods.values()]
    names = [operation["operationId"] for operation in operations]
    assert len(set(names)) == len(names)
    text = json.dumps(document)
    for name in document["components"]["schemas"]:
        assert f"#/components/schemas/{name}" in text


@pytest.mark.parametrize("seed", range(4))
def test_any_bytes_have_a_defined_answer(settings: Settings, seed: int) -> None:
    """Mutated, spliced and random bodies in all forms; nothing but RefusedError, and memory does not grow for good."""
    rng = random.Random(seed)
    good = [traces(3).SerializeToString(), json.dumps(json_traces(3)).encode(), logs(3).SerializeToString()]
    limits = Limits(MEBIBYTE, 50)
    encodings = list(ENCODERS)
    answers: Counter[Any] = Counter()
    before = 0
    for number in range(2_500):
        if number == 500:
            before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        encoding = rng.choice(encodings)
        which = rng.randrange(3)
        body = ENCODERS[encoding](mutated(rng, good[which]))
        if rng.random() < 0.3:
            body = mutated(rng, body)
        json_said = (which == 1) != (rng.random() < 0.1)
        signal = (LOGS if which == 2 else TRACES) if rng.random() < 0.8 else rng.choice(SIGNALS)
        try:
            plain = inflate(body, encoding, limits)
            assert len(plain) <= 2 * MEBIBYTE
            taken = otlp.take(signal, plain, settings, json=json_said)
            answers["taken"] += bool(taken.accepted)
        except RefusedError as refused:
            answers[refused.kind] += 1
        for mode in ("binary", "structured", "batch", "feedback"):
            try:
                events.take(
                    body, events.Form(mode, {"specversion": "1.0", "type": "dev.nilometer.span.v1"}), settings, None
                )
            except RefusedError as refused:
                answers[refused.kind] += 1
    grown_kib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert grown_kib < 64 * 1024
    assert answers["taken"] > 50
    assert set(answers) <= {"taken", Kind.bad_body, Kind.too_large}


def mutated(rng: random.Random, body: bytes) -> bytes:
    out = bytearray(body)
    for _ in range(rng.randint(0, 6)):
        place = rng.randrange(len(out) + 1)
        match rng.randrange(4):
            case 0:
                out[place:place] = rng.randbytes(rng.randint(1, 20))
            case 1:
                del out[place : place + rng.randint(1, 50)]
            case 2:
                out[place:place] = out[: rng.randint(1, 200)]
            case _:
                if place < len(out):
                    out[place] = rng.randrange(256)
    return bytes(out)
