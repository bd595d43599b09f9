"""The broker goes away, the gateway is killed: what was acknowledged is on `raw`, and nobody is told 200 for less."""

import concurrent.futures
import signal
import ssl
import subprocess
import threading
from pathlib import Path
from typing import Any

import grpc
import httpx
import pytest
from google.rpc.error_details_pb2 import RetryInfo
from google.rpc.status_pb2 import Status
from opentelemetry.proto.collector.trace.v1 import trace_service_pb2_grpc
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from nilometer.producers.gateway.door import Door
from nilometer.producers.gateway.refusals import Kind, RefusedError
from tests.support.gateway import PROTOBUF, Raw, Running, gateway, trace_id, traces
from tests.support.kafka import wait_for
from tests.support.tansu import Tansu, tansu

SMALL = {"buffer_bytes": str(1 << 20), "acknowledge_seconds": "2", "retry_after_seconds": "3", "drain_seconds": "5"}
BODY = traces(4, text="x" * 100_000).SerializeToString()


def post(running: Running, body: bytes) -> httpx.Response:
    with running.client() as client:
        return client.post("/v1/traces", content=body, headers=PROTOBUF)


def ids(bodies: list[tuple[bytes, dict[str, str]]]) -> list[bytes]:
    return [
        span.trace_id
        for body, _ in bodies
        for resource in ExportTraceServiceRequest.FromString(body).resource_spans
        for scope in resource.scope_spans
        for span in scope.spans
    ]


def test_a_broker_that_is_away_is_429_then_503_and_comes_back(tmp_path: Path) -> None:
    with Tansu(tmp_path) as broker, gateway(broker.settings, sets=SMALL) as running:
        assert post(running, BODY).status_code == 200
        broker.pause()
        with concurrent.futures.ThreadPoolExecutor(6) as pool:
            answers = [f.result() for f in [pool.submit(post, running, BODY) for _ in range(6)]]
        codes = sorted(answer.status_code for answer in answers)
        # Two fit into the buffer, and are told 503 once the broker has not answered for as long as it lasts.
        assert codes == [429, 429, 429, 429, 503, 503]
        for answer in answers:
            assert answer.headers["retry-after"] == "3"
            [detail] = Status.FromString(answer.content).details
            info = RetryInfo()
            assert detail.Unpack(info)
            assert info.retry_delay.seconds == 3
        with running.client() as client:
            assert client.get("/readyz").status_code == 503
            assert client.get("/healthz").status_code == 200
        with grpc.insecure_channel(running.grpc.removeprefix("http://")) as channel:
            with pytest.raises(grpc.RpcError) as raised:
                trace_service_pb2_grpc.TraceServiceStub(channel).Export(traces(), timeout=20)
            error: object = raised.value
            assert isinstance(error, grpc.Call)
            assert error.code() is grpc.StatusCode.UNAVAILABLE
            metadata: Any = error.trailing_metadata()
            details = dict(metadata)["grpc-status-details-bin"]
            assert isinstance(details, bytes)
            assert "RetryInfo" in Status.FromString(details).details[0].type_url
        broker.resume()
        wait_for(lambda: post(running, traces(1, first=50).SerializeToString()).status_code == 200, "200 again", 20)
        with Raw(broker.settings) as raw:
            assert trace_id(50) in ids(raw.rest())


def test_while_the_broker_is_away_only_one_request_tries(tmp_path: Path) -> None:
    with Tansu(tmp_path) as broker, gateway(broker.settings, sets=SMALL) as running:
        broker.pause()
        assert post(running, traces().SerializeToString()).status_code == 503
        with concurrent.futures.ThreadPoolExecutor(5) as pool:
            answers = [f.result() for f in [pool.submit(post, running, traces().SerializeToString()) for _ in range(5)]]
        assert [answer.status_code for answer in answers] == [503] * 5
        quick = [answer for answer in answers if answer.elapsed.total_seconds() < 1.5]
        assert len(quick) == 4
        broker.resume()


class Load(threading.Thread):
    """Sends requests of ten spans one after the other, and remembers what was acknowledged."""

    def __init__(self, running: Running, first: int) -> None:
        super().__init__(daemon=True)
        self._running = running
        self._first = first
        self.acknowledged: list[bytes] = []

    def run(self) -> None:
        with self._running.client() as client:
            for first in range(self._first, self._first + 100_000, 10):
                try:
                    answer = client.post(
                        "/v1/traces", content=traces(10, first=first).SerializeToString(), headers=PROTOBUF
                    )
                except httpx.TransportError:
                    return
                if answer.status_code == 200:
                    self.acknowledged += [trace_id(number) for number in range(first, first + 10)]


def test_kill_9_under_load_loses_nothing_that_was_acknowledged(tmp_path: Path) -> None:
    acknowledged: set[bytes] = set()
    with tansu(tmp_path) as settings:
        for turn in range(3):
            with gateway(settings) as running:
                loads = [Load(running, (turn * 4 + n) * 1_000_000) for n in range(4)]
                for load in loads:
                    load.start()
                wait_for(lambda: all(len(load.acknowledged) >= 200 for load in loads), "load", 30)  # noqa: B023
                running.kill()
                for load in loads:
                    load.join(30)
                    acknowledged.update(load.acknowledged)
        with Raw(settings) as raw:
            assert acknowledged <= set(ids(raw.rest()))
    assert len(acknowledged) >= 2_400


def test_sigterm_answers_what_is_at_hand_and_takes_no_more(tmp_path: Path) -> None:
    with Tansu(tmp_path) as broker, gateway(broker.settings) as running:
        broker.pause()
        with concurrent.futures.ThreadPoolExecutor(1) as pool:
            waiting = pool.submit(post, running, traces().SerializeToString())
            with running.client() as client:
                wait_for(lambda: "buffer_bytes 0.0" not in client.get("/metrics").text, "the request", 10)
            running.process.send_signal(signal.SIGTERM)
            ready = running.settings.run_directory() / "gateway.ready"
            wait_for(lambda: not ready.exists(), "its end", 10)
            broker.resume()
            assert waiting.result().status_code == 200
        assert running.process.wait(20) == 0
        with Raw(broker.settings) as raw:
            assert ids(raw.rest()) == [trace_id(0)]


def test_tls(tmp_path: Path) -> None:
    certificate, key = tmp_path / "tls.crt", tmp_path / "tls.key"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
         "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1",
         "-keyout", str(key), "-out", str(certificate)],
        check=True,
        capture_output=True,
    )  # fmt: skip
    sets = {"tls_certificate_file": str(certificate), "tls_key_file": str(key)}
    with tansu(tmp_path / "broker") as settings, gateway(settings, sets=sets) as running:
        assert running.http.startswith("https://")
        answer = httpx.post(
            f"{running.http}/v1/traces",
            content=traces().SerializeToString(),
            headers=PROTOBUF,
            verify=ssl.create_default_context(cafile=certificate),
            trust_env=False,
        )
        assert answer.status_code == 200
        credentials = grpc.ssl_channel_credentials(certificate.read_bytes())
        with grpc.secure_channel(running.grpc.removeprefix("https://"), credentials) as channel:
            trace_service_pb2_grpc.TraceServiceStub(channel).Export(traces(), timeout=20)
        assert running.end() == 0


def test_a_broker_that_comes_later_is_waited_for(tmp_path: Path) -> None:
    broker = Tansu(tmp_path)
    with broker:
        settings = broker.settings
    with gateway(settings, ready=False) as running:
        wait_for(lambda: "waiting: " in running.said(), "its word", 20)
        assert not (settings.run_directory() / "gateway.ready").exists()
        assert running.end() == 0


def test_the_door_counts_what_is_inside() -> None:
    door = Door(2, 100)
    with door.enter() as first:
        first.grow(500)
        with door.enter() as second:
            with pytest.raises(RefusedError, match="buffer_bytes") as refused:
                second.grow(1)
            assert refused.value.kind is Kind.full
            with pytest.raises(RefusedError, match="max_requests"), door.enter():
                pass
    assert (door.size, door.requests) == (0, 0)
    door.closed = True
    with pytest.raises(RefusedError, match="end") as ending, door.enter():
        pass
    assert ending.value.kind is Kind.unavailable
