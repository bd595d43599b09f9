"""A gateway process of a test's own, on the embedded broker, and bodies to send to it."""

import contextlib
import gzip
import json
import os
import signal
import subprocess
import sys
import time
import zlib
from collections.abc import Generator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import httpx
import zstandard
from confluent_kafka import Consumer, TopicPartition
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from nilometer.producers.gateway.otlp import Taken
from nilometer.schemas import wire
from nilometer.schemas.broker import consumer_config
from nilometer.schemas.keys import ensure_keys, load_key_ring
from nilometer.schemas.settings import Settings
from nilometer.schemas.topics import topic_name
from tests.support.kafka import wait_for


def bodies_of(taken: Taken) -> list[bytes]:
    return [piece.body for piece in taken.pieces]


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


class Raw:
    """Reads the topic `raw` on from where it was, and opens what is there."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._ring = load_key_ring(settings)
        self._consumer = Consumer(consumer_config(settings, f"raw-{os.getpid()}"))
        topic = topic_name(settings.environment, "raw")
        self._consumer.assign([TopicPartition(topic, p, 0) for p in range(settings.topics.partitions)])

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._consumer.close()

    def next(self, count: int = 1, timeout: float = 20) -> list[tuple[bytes, dict[str, str]]]:
        """Bodies and headers of the next records by the broker's time: `count` of them, and none must follow."""
        found = self._take(count, timeout)
        return found + self._take(1, 0.1)

    def rest(self, quiet: float = 2) -> list[tuple[bytes, dict[str, str]]]:
        """All that is there, until nothing came for `quiet` seconds."""
        found: list[tuple[bytes, dict[str, str]]] = []
        while more := self._take(500, quiet):
            found += more
        return found

    def _take(self, count: int, timeout: float) -> list[tuple[bytes, dict[str, str]]]:
        end = time.monotonic() + timeout
        found: list[Any] = []
        while len(found) < count and time.monotonic() < end:
            found += [m for m in self._consumer.consume(count - len(found), 0.05) if m.error() is None]
        found.sort(key=lambda m: m.timestamp()[1])
        out: list[tuple[bytes, dict[str, str]]] = []
        for message in found:
            headers = wire.header_map(message.headers())
            body, _ = wire.unseal(message.value(), headers, self._ring, self._settings.environment)
            out.append((body, headers))
        return out


@contextlib.contextmanager
def gateway(
    settings: Settings,
    *arguments: str,
    sets: Mapping[str, str] | None = None,
    ready: bool = True,
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
        "NILOMETER_KEYS__DIRECTORY": str(settings.keys_directory()),
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
