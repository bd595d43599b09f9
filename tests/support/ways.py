"""Every way in that OTLP has, each a function that sends one request: HTTP, gRPC, and the Collector's topics."""

import gzip
import zlib
from collections.abc import Callable, Mapping
from contextlib import closing

import grpc
import httpx
import zstandard
from confluent_kafka import Producer
from google.protobuf.message import Message
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.logs.v1.logs_service_pb2_grpc import LogsServiceStub
from opentelemetry.proto.collector.trace.v1.trace_service_pb2_grpc import TraceServiceStub

from nilometer.schemas.settings import CollectorSettings
from tests.support.otlp_json import as_json

PACKED: dict[str, Callable[[bytes], bytes]] = {
    "identity": bytes,
    "gzip": gzip.compress,
    "deflate": zlib.compress,
    "zstd": zstandard.ZstdCompressor().compress,
}
Way = Callable[[Message], None]


def ways(http: str, rpc: str, servers: str, collector: CollectorSettings) -> Mapping[str, Way]:
    """Name → what sends a request that way and returns once it is acknowledged; `http` with, `rpc` without scheme."""

    def over_http(packed: str, json: bool) -> Way:
        def send(request: Message) -> None:
            path = "/v1/logs" if _is_logs(request) else "/v1/traces"
            body = as_json(request) if json else request.SerializeToString()
            headers = {
                "content-type": "application/json" if json else "application/x-protobuf",
                "content-encoding": packed,
            }
            answer = httpx.post(http + path, content=PACKED[packed](body), headers=headers, trust_env=False, timeout=30)
            assert answer.status_code == 200, answer.text
            assert answer.content in (b"", b"{}"), "nothing was left out"

        return send

    def over_grpc(compression: grpc.Compression) -> Way:
        def send(request: Message) -> None:
            with closing(grpc.insecure_channel(rpc)) as channel:
                stub = LogsServiceStub(channel) if _is_logs(request) else TraceServiceStub(channel)
                answer = stub.Export(request, compression=compression, timeout=30)
                assert not answer.HasField("partial_success"), "nothing was left out"

        return send

    def over_kafka(json: bool, codec: str) -> Way:
        def send(request: Message) -> None:
            producer = Producer({"bootstrap.servers": servers, "compression.type": codec, "linger.ms": 0})
            topic = collector.logs_topic if _is_logs(request) else collector.traces_topic
            producer.produce(topic or "", as_json(request) if json else request.SerializeToString())
            assert producer.flush(30) == 0

        return send

    return {
        **{f"HTTP protobuf, {packed}": over_http(packed, False) for packed in PACKED},
        "HTTP JSON": over_http("identity", True),
        "HTTP JSON, gzip": over_http("gzip", True),
        "gRPC": over_grpc(grpc.Compression.NoCompression),
        "gRPC, gzip": over_grpc(grpc.Compression.Gzip),
        "Kafka, otlp_proto": over_kafka(False, "none"),
        "Kafka, otlp_json": over_kafka(True, "zstd"),
    }


def _is_logs(request: Message) -> bool:
    return isinstance(request, ExportLogsServiceRequest)
