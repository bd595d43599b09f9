"""Bodies that nobody meant, through a real gateway over HTTP and gRPC: a defined answer to each, no crash, no leak.

What is taken goes through the worker's chain, too. NILOMETER_CHAOS=full: 100,000 bodies.
"""

import itertools
import json
import os
import random
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import grpc
import httpx
import pytest
import zstandard
from google.protobuf import json_format

from nilometer.console.broker import resident_bytes
from nilometer.producers.gateway.signals import LOGS, TRACES
from nilometer.schemas import wire
from nilometer.schemas.deadletter import Coordinates
from nilometer.streams import chain
from tests.support.chain import context
from tests.support.gateway import ENCODERS, Running, gateway, json_traces, logs, traces
from tests.support.tansu import tansu

pytestmark = pytest.mark.timeout(1_800)

FULL = os.environ.get("NILOMETER_CHAOS") == "full"
BODIES = 100_000 if FULL else 3_000
SETTLED = BODIES // 3
"""After so many, what the process keeps for good is there."""
GROWTH = 64 << 20
LIMITS = {
    "max_body_bytes": "2000000",
    "max_decompressed_bytes": "8000000",
    "max_spans": "5000",
    "body_seconds": "5",
    # What is taken adds up in the embedded broker; its clients would wait for it to catch up.
    "buffer_bytes": "268435456",
}
HTTP_ANSWERS = {200, 400, 408, 413, 415, 429}
GRPC_ANSWERS = {
    None,
    grpc.StatusCode.INVALID_ARGUMENT,
    grpc.StatusCode.RESOURCE_EXHAUSTED,
    grpc.StatusCode.INTERNAL,
}
"""INTERNAL is grpcio's own word for a frame or compression that it cannot read."""
SHARED = Path(__file__).resolve().parents[3] / "shared" / "data" / "otlp"


@dataclass(frozen=True)
class Seed:
    """A body that is right, in both of OTLP's forms."""

    signal: str
    protobuf: bytes
    json: bytes


@dataclass(frozen=True)
class Body:
    """One request."""

    what: str
    signal: str
    content: bytes
    content_type: str
    encoding: str = "identity"


def seeds() -> list[Seed]:
    """Captures of real clients where they are there, and our own bodies."""
    found = [
        Seed("traces", traces(3).SerializeToString(), json.dumps(json_traces(3)).encode()),
        Seed("logs", logs(3).SerializeToString(), json_format.MessageToJson(logs(3)).encode()),
    ]
    for file in sorted(SHARED.glob("*.pb")) if SHARED.is_dir() else []:
        if ".metrics." not in file.name:
            signal = LOGS if file.name.endswith(".logs.pb") else TRACES
            request = signal.request.FromString(file.read_bytes())
            document = json_format.MessageToJson(request, indent=None).encode()
            found.append(Seed(signal.name, file.read_bytes(), document))
    return found


SEEDS = seeds()


def form(rng: random.Random) -> tuple[Seed, bytes, str]:
    seed = rng.choice(SEEDS)
    return (seed, seed.protobuf, wire.OTLP_PROTOBUF) if rng.random() < 0.5 else (seed, seed.json, wire.OTLP_JSON)


def mutated(rng: random.Random) -> Body:
    seed, body, content_type = form(rng)
    out = bytearray(body)
    for _ in range(rng.choice([1, 1, 1, 2, 4, 8])):
        place = rng.randrange(len(out) or 1)
        match rng.randrange(4):
            case 0:
                out[place:place] = rng.randbytes(rng.randint(1, 20))
            case 1:
                del out[place : place + rng.randint(1, 50)]
            case 2:
                out[place:place] = out[: rng.randint(1, 200)]
            case _:
                out[place : place + 1] = rng.randbytes(1)
    encoding = rng.choice(list(ENCODERS))
    return Body("mutated capture", seed.signal, ENCODERS[encoding](bytes(out)), content_type, encoding)


def random_bytes(rng: random.Random) -> Body:
    content_type = rng.choice([wire.OTLP_PROTOBUF, wire.OTLP_JSON])
    return Body("random bytes", rng.choice(["traces", "logs"]), rng.randbytes(rng.randint(0, 2_000)), content_type)


def damaged_compression(rng: random.Random) -> Body:
    seed, body, content_type = form(rng)
    encoding = rng.choice(["gzip", "deflate", "zstd"])
    out = bytearray(ENCODERS[encoding](body))
    if rng.random() < 0.5:
        del out[rng.randrange(len(out)) :]
    else:
        out[rng.randrange(len(out))] = rng.randrange(256)
    said = encoding if rng.random() < 0.7 else rng.choice(list(ENCODERS))
    return Body("damaged compression", seed.signal, bytes(out), content_type, said)


BOMBS = {name: ENCODERS[name](bytes(20_000_000)) for name in ("gzip", "deflate", "zstd")}
NESTED_BOMB = zstandard.ZstdCompressor().compress(BOMBS["zstd"] * 50)


def zip_bomb(rng: random.Random) -> Body:
    encoding = rng.choice(list(BOMBS))
    body = NESTED_BOMB if encoding == "zstd" and rng.random() < 0.5 else BOMBS[encoding]
    return Body("zip bomb", "traces", body, rng.choice([wire.OTLP_PROTOBUF, wire.OTLP_JSON]), encoding)


def varint(number: int) -> bytes:
    out = bytearray()
    while number > 127:
        out.append(number & 127 | 128)
        number >>= 7
    return bytes((*out, number))


def deep(rng: random.Random) -> Body:
    depth = rng.choice([20, 60, 150, 1_000, 20_000])
    if rng.random() < 0.5:
        value = b'{"arrayValue":{"values":[' * depth + b'{"stringValue":"x"}' + b"]}}" * depth
        span = json.dumps(json_traces(attributes=[{"key": "deep", "value": "@"}])).encode()
        return Body("deep nesting", "traces", span.replace(b'"@"', value), wire.OTLP_JSON)
    inner = b"\x0a\x01x"
    for _ in range(min(depth, 1_000)):
        # AnyValue.array_value (5) → ArrayValue.values (1)
        array = b"\x0a" + varint(len(inner)) + inner
        inner = b"\x2a" + varint(len(array)) + array
    body = inner
    # KeyValue.value, Span.attributes, ScopeSpans.spans, ResourceSpans.scope_spans, resource_spans
    for field in (2, 9, 2, 2, 1):
        body = varint(field << 3 | 2) + varint(len(body)) + body
    return Body("deep nesting", "traces", body, wire.OTLP_PROTOBUF)


def wrong_length(rng: random.Random) -> Body:
    """A field that says it is longer or shorter than it is."""
    seed = rng.choice(SEEDS)
    body = bytearray(seed.protobuf)
    for _ in range(rng.randint(1, 3)):
        place = rng.randrange(1, min(len(body), 300))
        body[place : place + 1] = varint(rng.choice([0, 1, 127, 2**14, 2**31, 2**35, 2**63]))
    return Body("wrong lengths", seed.signal, bytes(body), wire.OTLP_PROTOBUF)


def bad_utf8(rng: random.Random) -> Body:
    seed, body, content_type = form(rng)
    bad = rng.choice([b"\xff\xfe", b"\xc3\x28", b"\xed\xa0\x80", b"\xf8\x88\x80\x80\x80", b"\x00"])
    out = bytearray(body)
    # In the middle of a text, with its length as it was.
    letters = [place for place in range(len(out) - len(bad)) if out[place : place + len(bad)].isalpha()]
    for place in rng.sample(letters, min(3, len(letters))):
        out[place : place + len(bad)] = bad
    return Body("bad UTF-8", seed.signal, bytes(out), content_type)


def wrong_word(rng: random.Random) -> Body:
    """A right body under a wrong name."""
    _, body, _ = form(rng)
    content_type = rng.choice([wire.OTLP_PROTOBUF, wire.OTLP_JSON, "text/plain", "", "application/json; charset=x"])
    return Body(
        "wrong headers", rng.choice(["traces", "logs"]), body, content_type, rng.choice(["", "br", "gzip", "x"])
    )


MAKERS: tuple[tuple[Callable[[random.Random], Body], int], ...] = (
    (mutated, 45),
    (random_bytes, 12),
    (damaged_compression, 12),
    (wrong_length, 12),
    (bad_utf8, 12),
    (deep, 3),
    (wrong_word, 3),
    (zip_bomb, 1),
)


def bodies(rng: random.Random, count: int) -> Iterator[Body]:
    makers = rng.choices([maker for maker, _ in MAKERS], weights=[weight for _, weight in MAKERS], k=count)
    return (maker(rng) for maker in makers)


def post(client: httpx.Client, body: Body) -> int:
    headers = {"content-type": body.content_type, "content-encoding": body.encoding}
    answer = client.post(f"/v1/{body.signal}", content=body.content, headers={k: v for k, v in headers.items() if v})
    assert len(answer.content) < 10_000
    return answer.status_code


def call(channel: grpc.Channel, body: Body) -> grpc.StatusCode | None:
    service = f"opentelemetry.proto.collector.{body.signal.removesuffix('s')}.v1.{body.signal.title()[:-1]}Service"
    if body.signal == "logs":
        service = "opentelemetry.proto.collector.logs.v1.LogsService"
    method = channel.unary_unary(f"/{service}/Export", request_serializer=bytes, response_deserializer=bytes)
    try:
        method(body.content, timeout=30)
    except grpc.RpcError as error:
        return error.code()  # pyright: ignore[reportAttributeAccessIssue]
    return None


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with tansu(tmp_path_factory.mktemp("broker")) as settings, gateway(settings, sets=LIMITS) as started:
        yield started


def test_every_body_has_a_defined_answer_and_nothing_stays(running: Running) -> None:
    rng = random.Random(20_261_126)
    answers: Counter[tuple[str, object]] = Counter()
    dead: Counter[str] = Counter()
    worker = context()
    before = 0
    with running.client() as client, grpc.insecure_channel(running.grpc.removeprefix("http://")) as channel:
        for number, body in enumerate(bodies(rng, BODIES)):
            if number == SETTLED:
                before = resident_bytes(running.process.pid) or 0
            if number % 5 == 4 and body.content_type == wire.OTLP_PROTOBUF:
                answer = call(channel, body)
                assert answer in GRPC_ANSWERS, (number, body.what)
                answers[body.what, answer] += 1
                continue
            status = post(client, body)
            assert status in HTTP_ANSWERS, (number, body.what)
            answers[body.what, status] += 1
            if status == 200 and body.encoding in ("", "identity") and body.what != "wrong headers":
                # What the gateway takes is for the worker to read; it, too, has a word for everything.
                headers = {"content-type": body.content_type, wire.SIGNAL_HEADER: body.signal}
                record = chain.Record(body.content, headers, Coordinates(source="raw", offset=number))
                outcome = chain.run_bodies([chain.Opened(record, body.content, body.content_type)], worker)
                dead.update(letter.error_type for letter in outcome.dead)
        assert client.get("/healthz").status_code == 200
        good = Body("good", "traces", traces(2).SerializeToString(), wire.OTLP_PROTOBUF)
        assert post(client, good) == 200
    after = resident_bytes(running.process.pid) or 0
    assert running.process.poll() is None
    assert "Traceback" not in running.said()
    assert before > 0
    assert after - before < GROWTH, f"{before >> 20} → {after >> 20} MiB"
    assert "internal" not in dead
    kinds = {what for what, _ in answers}
    assert len(kinds) == len(MAKERS)
    print(f"RSS after {SETTLED} bodies {before >> 20} MiB, after {BODIES} {after >> 20} MiB")  # noqa: T201
    for (what, answer), count in sorted(answers.items(), key=str):
        print(f"{what:24} {answer!s:36} {count}")  # noqa: T201
    print(f"dead letters of what was taken: {dict(dead)}")  # noqa: T201


def test_the_mix_is_what_it_says() -> None:
    found = Counter(body.what for body in itertools.islice(bodies(random.Random(1), 400), 400))
    assert len(found) == len(MAKERS)
