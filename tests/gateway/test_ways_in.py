"""What is sent in any form and encoding is on `raw`, sealed, once, byte for byte, when the sender hears 200."""

import base64
import gzip
import json
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import grpc
import httpx
import msgspec
import pytest
from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter as GrpcExporter
from opentelemetry.exporter.otlp.proto.http import Compression
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter as HttpExporter
from opentelemetry.proto.collector.logs.v1 import logs_service_pb2_grpc
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceRequest,
    ExportMetricsServiceResponse,
)
from opentelemetry.proto.collector.trace.v1 import trace_service_pb2_grpc
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor, SpanExporter, SpanExportResult

from nilometer.schemas import wire
from nilometer.schemas.event import RawEvent
from tests.support.gateway import ENCODERS, JSON, PROTOBUF, Raw, Running, gateway, json_traces, logs, traces
from tests.support.tansu import tansu

EVENT: dict[str, Any] = {
    "type": "span",
    "trace_id": "0af7651916cd43dd8448eb211c80319c",
    "span_id": "b7ad6b7169203331",
    "name": "chat",
    "started_at": "2026-01-31T12:00:00Z",
}
FEEDBACK: dict[str, Any] = {
    "feedback_id": "f1",
    "trace_id": "0af7651916cd43dd8448eb211c80319c",
    "created_at": "2026-01-31T12:00:00Z",
    "thumbs": "up",
}
DECODER: msgspec.json.Decoder[Any] = msgspec.json.Decoder(RawEvent)  # pyright: ignore[reportArgumentType]


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with tansu(tmp_path_factory.mktemp("broker")) as settings, gateway(settings) as started:
        yield started


@pytest.fixture
def client(running: Running) -> Iterator[httpx.Client]:
    with running.client() as opened:
        yield opened


@pytest.fixture(scope="module")
def raw(running: Running) -> Iterator[Raw]:
    with Raw(running.settings) as reader:
        yield reader


@pytest.mark.parametrize("encoding", ENCODERS)
@pytest.mark.parametrize("path", ["/v1/traces", "/api/public/otel/v1/traces"])
def test_protobuf_arrives_as_it_came(client: httpx.Client, raw: Raw, path: str, encoding: str) -> None:
    body = traces(3, text=secrets.token_hex(8)).SerializeToString()
    headers = PROTOBUF | {"content-encoding": encoding}
    answer = client.post(path, content=ENCODERS[encoding](body), headers=headers)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/x-protobuf"
    assert ExportTraceServiceResponse.FromString(answer.content) == ExportTraceServiceResponse()
    [(got, sealed)] = raw.next()
    assert got == body
    assert sealed["content-type"] == wire.OTLP_PROTOBUF
    assert sealed["nilometer-signal"] == "traces"
    assert "nilometer-project" not in sealed


def test_json_arrives_as_it_came(client: httpx.Client, raw: Raw) -> None:
    body = json.dumps(json_traces(2) | {"unknown": {"to": "us"}}, indent=1).encode()
    answer = client.post("/v1/traces", content=gzip.compress(body), headers=JSON | {"content-encoding": "gzip"})
    assert (answer.status_code, answer.json()) == (200, {})
    [(got, sealed)] = raw.next()
    assert got == body
    assert sealed["content-type"] == wire.OTLP_JSON


def test_logs(client: httpx.Client, raw: Raw) -> None:
    body = logs(2).SerializeToString()
    assert client.post("/v1/logs", content=body, headers=PROTOBUF).status_code == 200
    [(got, sealed)] = raw.next()
    assert got == body
    assert sealed["nilometer-signal"] == "logs"


def test_metrics_are_counted_and_not_kept(client: httpx.Client) -> None:
    request = ExportMetricsServiceRequest()
    metric = request.resource_metrics.add().scope_metrics.add().metrics.add(name="tokens")
    for value in (1, 2):
        metric.sum.data_points.add(as_int=value)
    answer = client.post("/v1/metrics", content=request.SerializeToString(), headers=PROTOBUF)
    assert answer.status_code == 200
    partial = ExportMetricsServiceResponse.FromString(answer.content).partial_success
    assert partial.rejected_data_points == 2
    assert "not kept" in partial.error_message
    document = {"resourceMetrics": [{"scopeMetrics": [{"metrics": [{"gauge": {"dataPoints": [{"asInt": "1"}]}}]}]}]}
    said = client.post("/v1/metrics", json=document).json()
    assert said["partialSuccess"]["rejectedDataPoints"] == "1"


@pytest.mark.parametrize("compression", grpc.Compression)
def test_grpc(running: Running, raw: Raw, compression: grpc.Compression) -> None:
    with grpc.insecure_channel(running.grpc.removeprefix("http://")) as channel:
        spans = traces(2, text=secrets.token_hex(8))
        trace_service_pb2_grpc.TraceServiceStub(channel).Export(spans, compression=compression, timeout=20)
        records = logs(2)
        logs_service_pb2_grpc.LogsServiceStub(channel).Export(records, compression=compression, timeout=20)
    [(got, sealed), (also, other)] = raw.next(2)
    assert (got, sealed["nilometer-signal"]) == (spans.SerializeToString(), "traces")
    assert (also, other["nilometer-signal"]) == (records.SerializeToString(), "logs")


class Watched(SpanExporter):
    """Remembers what an exporter said of each batch."""

    def __init__(self, exporter: SpanExporter) -> None:
        self._exporter = exporter
        self.results: list[SpanExportResult] = []

    def export(self, spans: Any) -> SpanExportResult:
        self.results.append(self._exporter.export(spans))
        return self.results[-1]

    def shutdown(self) -> None:
        self._exporter.shutdown()


@pytest.mark.parametrize("kind", ["http", "http-gzip", "http-deflate", "grpc", "grpc-gzip"])
def test_opentelemetrys_own_exporters(running: Running, raw: Raw, kind: str) -> None:
    transport, _, compression = kind.partition("-")
    if transport == "http":
        inner: SpanExporter = HttpExporter(
            f"{running.http}/v1/traces", compression=Compression(compression or "none"), timeout=20
        )
    else:
        packed = grpc.Compression.Gzip if compression else grpc.Compression.NoCompression
        inner = GrpcExporter(running.grpc, insecure=True, compression=packed, timeout=20)
    exporter = Watched(inner)
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    with provider.get_tracer("tests").start_as_current_span(f"chat {kind}") as span:
        span.set_attribute("gen_ai.operation.name", "chat")
    provider.shutdown()
    assert exporter.results == [SpanExportResult.SUCCESS]
    [(got, _)] = raw.next()
    [sent] = ExportTraceServiceRequest.FromString(got).resource_spans[0].scope_spans[0].spans
    assert sent.name == f"chat {kind}"


@pytest.mark.parametrize("mode", ["binary", "structured", "batch"])
def test_cloudevents(client: httpx.Client, raw: Raw, mode: str) -> None:
    context = {"specversion": "1.0", "id": "1", "source": "/tests", "type": "dev.nilometer.span.v1"}
    event = context | {"datacontenttype": "application/json", "data": EVENT}
    if mode == "binary":
        headers = JSON | {f"ce-{name}": value for name, value in context.items()}
        body = json.dumps(EVENT, indent=2)
    elif mode == "structured":
        headers, body = {"content-type": "application/cloudevents+json; charset=UTF-8"}, json.dumps(event)
    else:
        headers, body = {"content-type": "application/cloudevents-batch+json"}, json.dumps([event, event])
    answer = client.post("/v1/events", content=body, headers=headers)
    count = 2 if mode == "batch" else 1
    assert (answer.status_code, answer.json()) == (200, {"accepted": count})
    [(got, sealed)] = raw.next()
    assert [DECODER.decode(line) for line in got.splitlines()] == [DECODER.decode(json.dumps(EVENT))] * count
    assert sealed["content-type"] == wire.NATIVE


def test_a_bad_event_of_a_batch_is_named_and_the_rest_is_taken(client: httpx.Client, raw: Raw) -> None:
    def event(**data: Any) -> dict[str, Any]:
        return {"specversion": "1.0", "id": "1", "source": "/t", "type": "dev.nilometer.span.v1", "data": EVENT | data}

    batch = [event(), event(started_at="SECRET"), event(type="feedback"), event() | {"type": "com.other"}]
    headers = {"content-type": "application/cloudevents-batch+json"}
    answer = client.post("/v1/events", content=json.dumps(batch), headers=headers)
    said = answer.json()
    assert (answer.status_code, said["accepted"], said["rejected"]) == (200, 1, 3)
    assert "event 1: wrong at $.started_at" in said["message"]
    assert "SECRET" not in answer.text
    [(got, _)] = raw.next()
    assert len(got.splitlines()) == 1


def test_feedback(client: httpx.Client, raw: Raw) -> None:
    assert client.post("/v1/feedback", json=FEEDBACK).json() == {"accepted": 1}
    assert client.post("/v1/feedback", json=[FEEDBACK, FEEDBACK | {"feedback_id": "f2"}]).json() == {"accepted": 2}
    bodies = [got for got, _ in raw.next(2)]
    found = [DECODER.decode(line).feedback_id for body in bodies for line in body.splitlines()]
    assert sorted(found) == ["f1", "f1", "f2"]


def test_a_body_too_large_for_one_record_is_cut(client: httpx.Client, raw: Raw) -> None:
    request = traces(60, text="x" * 200_000)
    request.MergeFrom(traces(2, first=60))
    body = request.SerializeToString()
    assert client.post("/v1/traces", content=body, headers=PROTOBUF).status_code == 200
    bodies = [got for got, _ in raw.rest()]
    merged = ExportTraceServiceRequest()
    for got in bodies:
        merged.MergeFrom(ExportTraceServiceRequest.FromString(got))
    assert len(bodies) > 5
    assert all(r.resource.attributes for r in merged.resource_spans)
    spans = {s.span_id: s for r in merged.resource_spans for o in r.scope_spans for s in o.spans}
    assert spans == {s.span_id: s for r in request.resource_spans for o in r.scope_spans for s in o.spans}


def test_without_keys_only_localhost_is_answered(client: httpx.Client, running: Running) -> None:
    assert not running.require_key
    answer = client.post("/v1/traces", content=b"", headers=PROTOBUF | {"host": "evil.example"})
    assert answer.status_code == 421


def test_health_metrics_and_openapi(client: httpx.Client) -> None:
    assert client.get("/healthz").status_code == 200
    assert client.get("/readyz").text == "ready\n"
    assert 'nilometer_gateway_items_total{outcome="accepted",signal="traces"}' in client.get("/metrics").text
    paths = client.get("/openapi.json").json()["paths"]
    for path, methods in paths.items():
        for method in methods:
            assert client.request(method, path).status_code not in (404, 405, 500), path
        assert client.delete(path).status_code == 405
    assert client.get("/other").status_code == 404


def test_what_two_gateways_do_about_one_port(running: Running, tmp_path: Path) -> None:
    port = running.http.rpartition(":")[2]
    grpc_port = running.grpc.rpartition(":")[2]
    settings = running.settings.model_copy(update={"home": tmp_path / "other"})
    taken = {"http_port": port, "grpc_port": grpc_port}
    with gateway(settings, "--free-ports", sets=taken) as second:
        assert second.http != running.http
        assert second.grpc != running.grpc
        assert f"port {port} is taken; HTTP listens on" in second.said()
        assert second.end() == 0
    with gateway(settings, sets=taken, ready=False) as third:
        assert third.process.wait(30) == 1
        assert "is taken" in third.said()


def test_basic_needs_no_key_where_none_is_needed(client: httpx.Client, raw: Raw) -> None:
    """Langfuse's SDKs always send one."""
    basic = base64.b64encode(b"pk-lf-x:sk-lf-y").decode()
    body = traces().SerializeToString()
    headers = PROTOBUF | {"authorization": f"Basic {basic}"}
    assert client.post("/api/public/otel/v1/traces", content=body, headers=headers).status_code == 200
    assert len(raw.next()) == 1
