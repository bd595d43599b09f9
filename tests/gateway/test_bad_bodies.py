"""Bodies that cannot be: each has its answer, in OTLP's form, without quoting; and the gateway lives on."""

import contextlib
import gzip
import json
import random
import socket
import time
import zlib
from collections.abc import Iterator
from typing import Any

import grpc
import httpx
import pytest
import zstandard
from google.rpc.status_pb2 import Status
from opentelemetry.proto.collector.trace.v1 import trace_service_pb2_grpc
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse

from nilometer.producers.gateway.inflate import Limits, inflate
from nilometer.producers.gateway.refusals import Kind, RefusedError
from tests.support.gateway import ENCODERS, JSON, PROTOBUF, Running, gateway, json_traces, traces
from tests.support.tansu import tansu

SECRET = "Sophia Novak"
RETRY = "google.rpc.RetryInfo"
LIMITS = {
    "max_body_bytes": "2000000",
    "max_decompressed_bytes": "8000000",
    "max_spans": "1000",
    "max_attribute_bytes": "100000",
    "max_depth": "8",
    "header_seconds": "1",
    "body_seconds": "1",
}
GOOD = traces(2).SerializeToString()


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with tansu(tmp_path_factory.mktemp("broker")) as settings, gateway(settings, sets=LIMITS) as started:
        yield started
        assert started.process.poll() is None
        assert SECRET not in started.said()


@pytest.fixture
def client(running: Running) -> Iterator[httpx.Client]:
    with running.client() as opened:
        yield opened
        assert opened.get("/healthz").status_code == 200


def nested(depth: int) -> dict[str, Any]:
    value: dict[str, Any] = {"stringValue": SECRET}
    for _ in range(depth):
        value = {"arrayValue": {"values": [value]}}
    return json_traces(attributes=[{"key": "deep", "value": value}])


def zeros(name: str, size: int = 64 << 20) -> bytes:
    if name == "zstd":
        return zstandard.ZstdCompressor().compress(bytes(size))
    if name == "zstd-unsized":
        packer = zstandard.ZstdCompressor(write_content_size=False).compressobj()
        return packer.compress(bytes(size)) + packer.flush()
    return gzip.compress(bytes(size)) if name == "gzip" else zlib.compress(bytes(size))


def overlong() -> bytes:
    return traces(1, text=SECRET).SerializeToString().replace(SECRET.encode(), b"\xc0\xff" + SECRET.encode()[2:])


PROTOBUF_BODIES: dict[str, tuple[bytes, int]] = {
    "random": (random.Random(1).randbytes(500), 400),
    "truncated": (traces(2, text=SECRET).SerializeToString()[:-5], 400),
    "not UTF-8": (overlong(), 400),
    "something else": (b"\x12\x03abc", 400),
    "text": (SECRET.encode(), 400),
    "too many spans": (traces(1_001, text="").SerializeToString(), 413),
    "too large": (bytes(2_000_001), 413),
    "empty": (b"", 200),
}
JSON_BODIES: dict[str, tuple[bytes, int]] = {
    "not JSON": (b'{"resourceSpans": [' + SECRET.encode(), 400),
    "not UTF-8": (json.dumps(json_traces(name=SECRET)).encode().replace(b"Novak", b"\xff\xfe"), 400),
    "wrong types": (json.dumps(json_traces(name={"x": SECRET})).encode(), 400),
    "a list": (b"[]", 400),
    "other names": (b'{"resource_spans": [{}]}', 400),
    "very deep": (b"[" * 500_000, 400),
    "deep unknown": (b'{"x":' * 100_000 + b"1" + b"}" * 100_000, 400),
    "too deep a value": (json.dumps(nested(9)).encode(), 400),
    "deep enough": (json.dumps(nested(7)).encode(), 200),
    "much too deep a value": (json.dumps(nested(300)).encode(), 400),
    "no ids": (json.dumps(json_traces(traceId="", spanId="")).encode(), 400),
    "empty": (b"{}", 200),
    "null": (b'{"resourceSpans": null}', 400),
}


def check_refusal(answer: httpx.Response, expected: int) -> None:
    assert answer.status_code == expected
    assert SECRET.encode() not in answer.content
    if expected == 200:
        return
    if answer.headers["content-type"] == "application/x-protobuf":
        status = Status.FromString(answer.content)
        assert status.code
        assert status.message
    else:
        assert answer.json()["code"]
        assert answer.json()["message"]


@pytest.mark.parametrize("name", PROTOBUF_BODIES)
def test_protobuf(client: httpx.Client, name: str) -> None:
    body, expected = PROTOBUF_BODIES[name]
    answer = client.post("/v1/traces", content=body, headers=PROTOBUF)
    check_refusal(answer, expected)
    assert answer.headers["content-type"] == "application/x-protobuf"


@pytest.mark.parametrize("name", JSON_BODIES)
def test_json(client: httpx.Client, name: str) -> None:
    body, expected = JSON_BODIES[name]
    check_refusal(client.post("/v1/traces", content=body, headers=JSON), expected)


@pytest.mark.parametrize("name", ["gzip", "deflate", "zstd", "zstd-unsized"])
def test_zip_bombs(client: httpx.Client, name: str) -> None:
    headers = PROTOBUF | {"content-encoding": name.partition("-")[0]}
    check_refusal(client.post("/v1/traces", content=zeros(name), headers=headers), 413)


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "zstd"])
@pytest.mark.parametrize("damage", ["truncated", "not it", "more behind", "empty"])
def test_damaged_compression(client: httpx.Client, encoding: str, damage: str) -> None:
    whole = ENCODERS[encoding](GOOD)
    bodies = {"truncated": whole[:-3], "not it": GOOD, "more behind": whole + b"more", "empty": b""}
    headers = PROTOBUF | {"content-encoding": encoding}
    expected = 200 if (encoding, damage) == ("gzip", "empty") else 400
    check_refusal(client.post("/v1/traces", content=bodies[damage], headers=headers), expected)


def test_raw_deflate_and_gzip_in_parts_are_read() -> None:
    limits = Limits(10_000, 100)
    packer = zlib.compressobj(wbits=-15)
    assert inflate(packer.compress(b"abc") + packer.flush(), "deflate", limits) == b"abc"
    assert inflate(gzip.compress(b"abc") + gzip.compress(b"def"), "gzip", limits) == b"abcdef"


def test_a_ratio_that_is_too_much_is_refused_below_the_size_limit() -> None:
    with pytest.raises(RefusedError, match="max_ratio") as refused:
        inflate(gzip.compress(bytes(2 << 20)), "gzip", Limits(64 << 20, 100))
    assert refused.value.kind is Kind.too_large
    assert len(inflate(gzip.compress(bytes(1 << 19)), "gzip", Limits(64 << 20, 100))) == 1 << 19


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"content-type": "text/plain"}, 415),
        ({}, 415),
        (PROTOBUF | {"content-encoding": "br"}, 415),
        (PROTOBUF | {"content-encoding": "gzip, gzip"}, 415),
    ],
)
def test_content_types_and_encodings(client: httpx.Client, headers: dict[str, str], expected: int) -> None:
    check_refusal(client.post("/v1/traces", content=GOOD, headers=headers), expected)
    wrong = client.post("/v1/events", content=b"{}", headers=JSON)
    check_refusal(wrong, 415)


def test_what_is_wrong_with_some_spans_is_said_and_the_rest_is_taken(client: httpx.Client) -> None:
    request = traces(3)
    spans = request.resource_spans[0].scope_spans[0].spans
    spans[0].trace_id = bytes(16)
    spans[1].attributes[0].value.string_value = SECRET * 10_000
    answer = client.post("/v1/traces", content=request.SerializeToString(), headers=PROTOBUF)
    assert answer.status_code == 200
    partial = ExportTraceServiceResponse.FromString(answer.content).partial_success
    assert partial.rejected_spans == 2
    assert "no valid trace id" in partial.error_message
    assert "gateway.max_attribute_bytes" in partial.error_message
    document = json_traces(3)
    document["resourceSpans"][0]["scopeSpans"][0]["spans"][1]["traceId"] = "xyz"
    said = client.post("/v1/traces", json=document).json()
    assert said["partialSuccess"]["rejectedSpans"] == "1"


def test_grpc_has_the_same_answers(running: Running) -> None:
    with grpc.insecure_channel(running.grpc.removeprefix("http://")) as channel:
        export = channel.unary_unary("/opentelemetry.proto.collector.trace.v1.TraceService/Export")

        def code(body: bytes) -> grpc.StatusCode:
            with pytest.raises(grpc.RpcError) as raised:
                export(body, timeout=20)
            error: Any = raised.value
            details = dict(error.trailing_metadata() or ()).get("grpc-status-details-bin")
            assert not (details and any(RETRY in d.type_url for d in Status.FromString(details).details))
            assert SECRET not in (error.details() or "")
            return error.code()

        assert code(PROTOBUF_BODIES["random"][0]) is grpc.StatusCode.INVALID_ARGUMENT
        assert code(PROTOBUF_BODIES["not UTF-8"][0]) is grpc.StatusCode.INVALID_ARGUMENT
        assert code(PROTOBUF_BODIES["too many spans"][0]) is grpc.StatusCode.RESOURCE_EXHAUSTED
        assert code(bytes(3_000_000)) is grpc.StatusCode.RESOURCE_EXHAUSTED
        assert code(zeros("gzip")) is grpc.StatusCode.RESOURCE_EXHAUSTED
        trace_service_pb2_grpc.TraceServiceStub(channel).Export(traces(), timeout=20)


def send_slowly(running: Running, *parts: bytes) -> bytes:
    """What comes back for these parts, with a client that then says nothing more."""
    host, port = running.http.removeprefix("http://").split(":")
    got = b""
    with socket.create_connection((host, int(port)), timeout=20) as connection:
        for part in parts:
            connection.sendall(part)
        while more := connection.recv(65_536):
            got += more
    return got


HEAD = b"POST /v1/traces HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n"


def test_clients_that_stop_half_way_are_let_go(running: Running) -> None:
    assert send_slowly(running) == b""
    assert send_slowly(running, HEAD) == b""
    assert send_slowly(running, HEAD, b"content-length: 10\r\n\r\n{").startswith(b"HTTP/1.1 408 ")


def test_lengths_that_are_not_true(running: Running) -> None:
    assert send_slowly(running, HEAD, b"content-length: 1\r\n\r\n{}x\r\n\r\n").startswith(b"HTTP/1.1 400 ")
    assert b"HTTP/1.1 400 " in send_slowly(running, HEAD, b"content-length: ten\r\n\r\n{}")
    assert b"HTTP/1.1 413 " in send_slowly(running, HEAD, b"content-length: 99999999999\r\n\r\n")


def test_a_head_without_an_end(running: Running) -> None:
    began = time.monotonic()
    with contextlib.suppress(ConnectionError):
        assert send_slowly(running, HEAD, *[b"x-%d: %s\r\n" % (n, b"y" * 1_000) for n in range(500)]) == b""
    assert time.monotonic() - began < 20


def test_mutations_of_a_good_body_have_an_answer_each(client: httpx.Client) -> None:
    rng = random.Random(7)
    forms = [(GOOD, PROTOBUF), (json.dumps(json_traces(2)).encode(), JSON)]
    for number in range(300):
        body, headers = forms[number % 2]
        damaged = bytearray(body)
        for _ in range(rng.randint(1, 8)):
            damaged[rng.randrange(len(damaged))] = rng.randrange(256)
        answer = client.post("/v1/traces", content=bytes(damaged), headers=headers)
        assert answer.status_code in (200, 400)
