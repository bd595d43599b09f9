"""What is sent in any form and encoding is on `raw`, sealed, once, byte for byte, when the sender hears 200."""

import json
from collections.abc import Iterator
from typing import Any

import grpc
import httpx
import pytest
from opentelemetry.proto.collector.logs.v1 import logs_service_pb2_grpc
from opentelemetry.proto.collector.trace.v1 import trace_service_pb2_grpc
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse

from nilometer.schemas import wire
from nilometer.schemas.keys import load_key_ring
from tests.support.gateway import ENCODERS, JSON, PROTOBUF, Running, gateway, json_traces, logs, traces
from tests.support.tansu import consume, tansu


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with tansu(tmp_path_factory.mktemp("broker")) as settings, gateway(settings) as started:
        yield started


@pytest.fixture
def client(running: Running) -> Iterator[httpx.Client]:
    with running.client() as opened:
        yield opened


def on_raw(running: Running, count: int) -> list[tuple[bytes, dict[str, str]]]:
    """Bodies and headers, by the time that the broker gave them."""
    settings = running.settings
    ring = load_key_ring(settings)
    found = sorted(consume(settings, "raw", count + 1, timeout=3), key=lambda record: record.timestamp_ms)
    return [(wire.unseal(r.value, r.headers, ring, settings.environment)[0], r.headers) for r in found]


@pytest.fixture
def arrived(running: Running) -> Any:
    """What came since the test began."""
    before = len(on_raw(running, 0))

    def get(count: int) -> list[tuple[bytes, dict[str, str]]]:
        return on_raw(running, before + count)[before:]

    return get


def test_protobuf_arrives_as_it_came(client: httpx.Client, arrived: Any) -> None:
    body = traces(3).SerializeToString()
    answer = client.post("/v1/traces", content=body, headers=PROTOBUF)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/x-protobuf"
    assert ExportTraceServiceResponse.FromString(answer.content) == ExportTraceServiceResponse()
    [(got, headers)] = arrived(1)
    assert got == body
    assert headers["content-type"] == wire.OTLP_PROTOBUF
    assert headers["nilometer-signal"] == "traces"
