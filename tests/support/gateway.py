"""A gateway process of a test's own, on the embedded broker, and bodies to send to it."""

import contextlib
import gzip
import json
import os
import signal
import subprocess
import sys
import zlib
from collections.abc import Generator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import zstandard
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from nilometer.schemas.keys import ensure_keys
from nilometer.schemas.settings import Settings
from tests.support.kafka import wait_for

PROTOBUF = {"content-type": "application/x-protobuf"}
JSON = {"content-type": "application/json"}
ENCODERS = {
    "gzip": gzip.compress,
    "deflate": zlib.compress,
    "zstd": zstandard.ZstdCompressor().compress,
    "identity": bytes,
}


def trace_id(number: int) -> bytes:
    return (number + 1).to_bytes(16, "big")


def traces(count: int = 1, *, first: int = 0, text: str = "hello") -> ExportTraceServiceRequest:
    """`count` chat spans; the n-th has the trace id n + 1 and the span id n + 1."""
    request = ExportTraceServiceRequest()
    resource = request.resource_spans.add()
    name = resource.resource.attributes.add()
    name.key, name.value.string_value = "service.name", "shop"
    scope = resource.scope_spans.add()
    scope.scope.name = "tests"
    for number in range(first, first + count):
        span = scope.spans.add(
            trace_id=trace_id(number),
            span_id=(number + 1).to_bytes(8, "big"),
            name="chat gpt-4o",
            start_time_unix_nano=1_760_000_000_000_000_000 + number,
            end_time_unix_nano=1_760_000_001_000_000_000 + number,
        )
        for key, value in (("gen_ai.operation.name", "chat"), ("gen_ai.input.messages", text)):
            attribute = span.attributes.add()
            attribute.key, attribute.value.string_value = key, value
    return request


def logs(count: int = 1) -> ExportLogsServiceRequest:
    request = ExportLogsServiceRequest()
    scope = request.resource_logs.add().scope_logs.add()
    for number in range(count):
        record = scope.log_records.add(time_unix_nano=1_760_000_000_000_000_000, trace_id=trace_id(number))
        record.body.string_value = "hello"
    return request


def json_traces(count: int = 1, **more: Any) -> dict[str, Any]:
    """The same as OTLP's JSON."""
    spans = [
        {
            "traceId": trace_id(number).hex(),
            "spanId": (number + 1).to_bytes(8, "big").hex(),
            "name": "chat gpt-4o",
            "startTimeUnixNano": str(1_760_000_000_000_000_000 + number),
            "endTimeUnixNano": str(1_760_000_001_000_000_000 + number),
            "attributes": [{"key": "gen_ai.operation.name", "value": {"stringValue": "chat"}}],
            **more,
        }
        for number in range(count)
    ]
    return {"resourceSpans": [{"scopeSpans": [{"scope": {"name": "tests"}, "spans": spans}]}]}


@dataclass
class Running:
    """A gateway that is ready."""

    settings: Settings
    process: subprocess.Popen[bytes] = field(repr=False)
    log: Path
    http: str
    grpc: str
    require_key: bool

    def client(self, **options: Any) -> httpx.Client:
        return httpx.Client(base_url=self.http, timeout=30, trust_env=False, **options)

    def said(self) -> str:
        return self.log.read_text(encoding="utf-8")

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def end(self) -> int:
        """SIGTERM; the exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(30)


@contextlib.contextmanager
def gateway(
    settings: Settings, *arguments: str, sets: Mapping[str, str] | None = None, ready: bool = True
) -> Generator[Running]:
    """`sets`: settings of the section [gateway], as environment variables take them."""
    ensure_keys(settings)
    given = {f"NILOMETER_GATEWAY__{name.upper()}": value for name, value in (sets or {}).items()}
    broker = settings.broker
    environment = {
        **os.environ,
        "NILOMETER_HOME": str(settings.home),
        "NILOMETER_ENVIRONMENT": settings.environment,
        "NILOMETER_BROKER__BOOTSTRAP_SERVERS": broker.bootstrap_servers or "",
        "NILOMETER_BROKER__EMBEDDED": str(broker.embedded).lower(),
        "NILOMETER_GATEWAY__HTTP_PORT": "0",
        "NILOMETER_GATEWAY__GRPC_PORT": "0",
        **given,
    }
    log = settings.home / "gateway.log"
    with log.open("ab") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "nilometer.producers.gateway", *arguments],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
        )
    running = Running(settings, process, log, "", "", False)
    try:
        if ready:
            file = settings.run_directory() / "gateway.ready"

            def is_ready() -> bool:
                assert process.poll() is None, running.said()
                return file.exists() and file.read_text().strip() == str(process.pid)

            wait_for(is_ready, "the gateway", 30)
            where = json.loads((settings.run_directory() / "gateway.json").read_text())
            running.http, running.grpc, running.require_key = where["http"], where["grpc"], where["require_key"]
        yield running
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()
