"""What comes in and is no event: bodies, heads and lines that are wrong, and records that nobody has sealed."""

import contextlib
import json
import socket
from base64 import b64encode

import grpc
import zstandard
from confluent_kafka import Producer

from nilometer.schemas import wire
from nilometer.schemas.broker import client_config
from nilometer.schemas.keys import load_sealing_key
from nilometer.schemas.topics import topic_name
from tests.canary import native, otlp
from tests.canary.native import Ids
from tests.canary.planter import Planter
from tests.canary.site import Site

UNSEALED = "raw, unsealed"
HEADERS = (
    *("user-agent", "cookie", "referer", "baggage", "traceparent", "tracestate", "x-forwarded-for", "from"),
    *("accept-language", "x-request-id", "origin", "x-langfuse-public-key", "x-user"),
)


def headers(planter: Planter, where: str) -> dict[str, str]:
    """Headers that a client may send, and nobody needs."""
    return {name: planter.header(f"{where} header {name}") for name in HEADERS}


def otlp_malformed(site: Site, planter: Planter, ids: Ids) -> None:
    bodies, torn = otlp.malformed(planter, ids), otlp.cut_off(planter, ids)
    metadata = (("authorization", f"Bearer {planter.header('gRPC metadata')}"), ("who", planter.header("gRPC who")))
    broken, torn_call = planter.said("gRPC body").encode(), otlp.cut_off(planter, ids)
    path = f"/{planter.header('gRPC path').replace('/', '_').replace(' ', '_')}/Export"
    for body in bodies:
        site.post("/v1/traces", body, "application/json")
        site.post("/v1/logs", body, "application/json")
    for body in [*bodies, *torn]:
        site.post("/v1/traces", body, "application/x-protobuf")
    agent = (("grpc.primary_user_agent", planter.header("gRPC user agent").replace(" ", "_")),)
    with grpc.insecure_channel(site.grpc.removeprefix("http://"), options=agent) as channel:
        export = "/opentelemetry.proto.collector.trace.v1.TraceService/Export"
        ours = (("x-api-key", site.key),)
        calls = [(export, broken, metadata), (export, broken, ours), (path, b"", ours)]
        for target, body, sent in [*calls, *((export, body, ours) for body in torn_call)]:
            with contextlib.suppress(grpc.RpcError):
                channel.unary_unary(target)(body, timeout=60, metadata=sent)


def requests_malformed(site: Site, planter: Planter, ids: Ids) -> None:
    """Credentials, paths, methods, encodings, and lines that are no HTTP."""
    pairs = [f"{planter.header('Basic user')}:{planter.header('Basic password')}" for _ in range(2)]
    wrong = [
        {"x-api-key": planter.header("x-api-key")},
        {"x-api-key": f"nlm_{'0' * 16}_{'A' * 43}{planter.header('x-api-key behind a key')}"},
        {"authorization": f"Bearer {planter.header('Bearer')}", "x-api-key": ""},
        {"authorization": f"{planter.header('scheme').replace(' ', '')} x", "x-api-key": ""},
        {"authorization": f"Basic {b64encode(pairs[0].encode()).decode()}", "x-api-key": ""},
        {"authorization": f"Basic pk-lf-{pairs[1]}", "x-api-key": ""},
        {"content-encoding": planter.header("content-encoding")},
        {"content-type": f"application/json; charset={planter.header('charset')}"},
        {"content-type": planter.header("content-type")},
        {"host": planter.header("host")},
        {"accept": planter.header("accept")},
        headers(planter, "malformed"),
    ]
    query, ingestion = planter.url("URL"), json.dumps({"batch": planter.anything("Langfuse ingestion")}).encode()
    method = planter.take("method", own_form=True, line=True).text.replace(" ", "").replace(":", "").replace("@", "")
    packed = zstandard.ZstdCompressor().compress(planter.said("packed twice").encode())
    said = [planter.said("no HTTP").encode() for _ in range(2)]
    lines = [
        said[0] + b"\r\n\r\n",
        b"GET /?" + planter.header("request line").encode() + b" HTTP/9.9\r\n\r\n",
        b"POST /v1/traces HTTP/1.1\r\nhost: x\r\ncontent-length: "
        + planter.header("content-length").encode()
        + b"\r\n\r\n",
        b"POST /v1/traces HTTP/1.1\r\nhost: x\r\n" + said[1] + b"\r\n\r\n",
        b"POST /v1/traces HTTP/1.1\r\nhost: x\r\nx: "
        + planter.header("long head").encode()
        + b"y" * 100_000
        + b"\r\n\r\n",
        b"POST /v1/traces HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\nzz" + said[0] + b"\r\n",
        b"\x16\x03\x01" + planter.header("TLS to a plain port").encode(),
    ]
    for given in wrong:
        site.post("/v1/traces", b"{}", "application/json", given)
        site.post("/api/public/otel/v1/traces", b"{}", "application/json", given)
        site.post("/metrics", b"", "text/plain", given, method="GET")
    site.post(f"/{query}", b"", "application/json")
    site.post(f"/v1/traces?{query}", b"\xff", "text/plain")
    site.post(f"/v1/events?{query}", b"\xff", "application/json")
    site.post("/api/public/ingestion", ingestion, "application/json")
    site.post("/v1/traces", b"", "application/json", method=method)
    for encoding in ("gzip", "deflate", "zstd"):
        site.post("/v1/traces", packed[: len(packed) - 3], "application/json", {"content-encoding": encoding})
        site.post("/v1/traces", said[0], "application/json", {"content-encoding": encoding})
    for line in lines:
        for place in (site.http, site.grpc):
            _send(site, place, line)


def events_malformed(site: Site, planter: Planter, ids: Ids) -> None:
    lines = native.malformed(planter, ids)
    kinds = planter.bare("malformed: CloudEvents type"), planter.bare("malformed: CloudEvents specversion")
    content_type = planter.bare("malformed: datacontenttype")
    binary = {"ce-specversion": "1.0", "ce-type": "dev.nilometer.span.v1"}
    strange = {
        "ce-specversion": planter.header("malformed: ce-specversion"),
        "ce-type": planter.header("malformed: ce-type"),
    }
    for line in lines:
        site.post("/v1/events", line, "application/json", binary)
        site.post("/v1/feedback", line, "application/json")
        site.post("/v1/events", line, "application/cloudevents+json")
        site.post("/v1/events", b"[" + line + b"]", "application/cloudevents-batch+json")
    good = {"specversion": "1.0", "type": "dev.nilometer.span.v1", "id": "1", "source": "x", "data": {}}
    for more in ({"specversion": kinds[1]}, {"type": kinds[0]}, {"datacontenttype": content_type}):
        site.post("/v1/events", json.dumps(good | more).encode(), "application/cloudevents+json")
    site.post("/v1/events", b"{}", "application/json", strange)


def unsealed(site: Site, planter: Planter, ids: Ids) -> None:
    """Records on `raw` of somebody who did not seal them, or did and says odd things beside. Sealed or not: what
    becomes of them is."""
    lines = [json.dumps(native.feedback(planter, ids)).encode() for _ in range(3)]
    planter.arrive.pop(planter.ingress, None)
    request = otlp.traces(planter, ids).SerializeToString()
    planter.arrive.pop(planter.ingress, None)
    key = load_sealing_key(site.settings)
    environment = site.settings.environment
    claims: list[tuple[str, str | bytes | None]] = [
        ("nilometer-seal", b"hpke-1"),
        ("nilometer-key", key.key_id.encode()),
        ("content-type", wire.NATIVE.encode()),
        ("content-encoding", b"zstd"),
    ]
    other: list[tuple[str, str | bytes | None]] = [
        (name, b"0" * 16 if name == "nilometer-key" else value) for name, value in claims
    ]
    sealed = wire.seal(
        json.dumps(native.feedback(planter, ids)).encode() + b"\n",
        wire.NATIVE,
        key,
        environment,
        extra={
            wire.PROJECT_HEADER: planter.bare("header nilometer-project"),
            wire.SIGNAL_HEADER: planter.bare("header nilometer-signal"),
            "nilometer-attempts": planter.bare("header nilometer-attempts"),
            planter.header("name of a header"): planter.said("value of a header"),
        },
    )
    odd = wire.seal(
        planter.said("sealed, of an odd content type").encode(), planter.header("content-type"), key, environment
    )
    spoilt = wire.seal(planter.said("sealed, and spoilt").encode(), wire.NATIVE, key, environment)
    producer = Producer(client_config(site.settings))
    topic = topic_name(environment, "raw")
    producer.produce(topic, lines[0], key=planter.bare("record's key").encode())
    producer.produce(topic, lines[1], headers=claims)
    producer.produce(topic, b"\xff" + lines[2], headers=claims)
    producer.produce(topic, request, headers=claims)
    producer.produce(topic, b"\xff" * 40 + request, headers=other)
    for name in claims:
        told = planter.said(f"header {name[0]}").encode()
        producer.produce(topic, b"x", headers=[(n, told if n == name[0] else v) for n, v in claims])
    for message in (sealed, odd):
        producer.produce(topic, message.value, headers=list(message.headers))
    producer.produce(topic, spoilt.value[:-5], headers=list(spoilt.headers))
    assert producer.flush(60) == 0


def _send(site: Site, place: str, data: bytes) -> None:
    """Bytes to a port, and what it says to them."""
    host, _, port = place.removeprefix("http://").rpartition(":")
    with contextlib.suppress(OSError), socket.create_connection((host, int(port)), timeout=10) as connection:
        connection.settimeout(2)
        connection.sendall(data)
        connection.shutdown(socket.SHUT_WR)
        while answer := connection.recv(65_536):
            site.said.append(("answers to no HTTP", answer))
