"""The ways in, each with a canary in every field of what is sent. What is no request at all: see `attacks`."""

import contextlib
import json
from base64 import b64encode
from collections.abc import Callable

import grpc
from confluent_kafka import Producer
from opentelemetry.proto.collector.logs.v1.logs_service_pb2_grpc import LogsServiceStub
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2_grpc import MetricsServiceStub
from opentelemetry.proto.collector.trace.v1.trace_service_pb2_grpc import TraceServiceStub

from nilometer.schemas.broker import client_config
from nilometer.schemas.settings import BrokerSettings
from tests.canary import attacks, hard, native, openai_chat, otlp, sdk
from tests.canary.native import Ids
from tests.canary.planter import Planter
from tests.canary.site import Site

Ingress = Callable[[Site, Planter, Ids], None]
"""Builds what it sends before it sends any of it, so that Exhausted leaves nothing half planted."""
PROTOBUF, JSON = "application/x-protobuf", "application/json"


def _sdk(site: Site, planter: Planter, ids: Ids) -> None:
    sdk.use(site.settings, planter, ids)


def _sdk_spool(site: Site, planter: Planter, ids: Ids) -> None:
    """The broker is away: everything waits in the spool, sealed."""
    away = BrokerSettings(bootstrap_servers="127.0.0.1:1")
    producer = site.settings.producer.model_copy(
        update={"spool_directory": site.home / "spool" / "away", "delivery_timeout_seconds": 1}
    )
    with sdk.Nilometer(site.settings.model_copy(update={"broker": away, "producer": producer})) as nm:
        with nm.trace(planter.said("spooled name"), **planter.anything("spooled attributes")):
            pass
        nm.feedback(trace_id="0af7651916cd43dd8448eb211c80319c", comment=planter.said("spooled comment"))
        nm.close(3)
        assert nm.stats().spooled, nm.stats()


def _otlp_protobuf(site: Site, planter: Planter, ids: Ids) -> None:
    traces, logs = otlp.traces(planter, ids), otlp.logs(planter, ids)
    for path, request in (("/v1/traces?api_key=x", traces), ("/v1/logs", logs)):
        answer = site.post(path, request.SerializeToString(), PROTOBUF)
        assert (answer.status_code, answer.content) == (200, b""), answer.status_code


def _otlp_json(site: Site, planter: Planter, ids: Ids) -> None:
    traces, logs = otlp.traces(planter, ids), otlp.logs(planter, ids)
    for path, request in (("/v1/traces", traces), ("/v1/logs", logs)):
        answer = site.post(path, otlp.as_json(request), JSON)
        assert (answer.status_code, answer.json()) == (200, {}), answer.status_code


def _otlp_grpc(site: Site, planter: Planter, ids: Ids) -> None:
    traces, logs = otlp.traces(planter, ids), otlp.logs(planter, ids)
    metadata = (("authorization", f"Bearer {site.key}"), ("baggage", f"user={planter.header('gRPC baggage')}"))
    with grpc.insecure_channel(site.grpc.removeprefix("http://")) as channel:
        TraceServiceStub(channel).Export(traces, timeout=60, metadata=metadata)
        LogsServiceStub(channel).Export(logs, timeout=60, metadata=metadata)


def _metrics(site: Site, planter: Planter, ids: Ids) -> None:
    """They are told of as not kept."""
    requests = [otlp.metrics(planter) for _ in range(3)]
    assert site.post("/v1/metrics", requests[0].SerializeToString(), PROTOBUF).status_code == 200
    assert site.post("/v1/metrics", otlp.as_json(requests[1]), JSON).status_code == 200
    with grpc.insecure_channel(site.grpc.removeprefix("http://")) as channel:
        MetricsServiceStub(channel).Export(requests[2], timeout=60, metadata=(("x-api-key", site.key),))


def _langfuse(site: Site, planter: Planter, ids: Ids) -> None:
    """Langfuse's path with its Basic authentication, and headers that its clients or a proxy may add."""
    traces = otlp.traces(planter, ids)
    pair = f"pk-lf-{site.key_id}:{site.key}"
    headers = attacks.headers(planter, "Langfuse") | {
        "authorization": f"Basic {b64encode(pair.encode()).decode()}",
        "x-api-key": "",
    }
    answer = site.post("/api/public/otel/v1/traces", traces.SerializeToString(), PROTOBUF, headers)
    assert answer.status_code == 200, answer.status_code


def _collector(site: Site, planter: Planter, ids: Ids) -> None:
    """As the Collector's Kafka exporter writes: both encodings, and what is none."""
    traces, logs = otlp.traces(planter, ids), otlp.logs(planter, ids)
    bad = [*otlp.malformed(planter, ids), *otlp.cut_off(planter, ids)]
    key, header = planter.bare("record's key").encode(), planter.said("record's header").encode()
    producer = Producer(client_config(site.settings))
    producer.produce("otlp_spans", traces.SerializeToString(), key=key, headers=[("who", header)])
    producer.produce("otlp_logs", otlp.as_json(logs))
    for body in bad:
        producer.produce("otlp_spans", body)
    assert producer.flush(60) == 0


def _events(site: Site, planter: Planter, ids: Ids) -> None:
    """CloudEvents in a batch, and one each in binary and structured mode."""
    makers = (native.span, native.feedback, native.score)
    batch = [_cloud_event(planter, make(planter, ids)) for make in makers]
    structured = _cloud_event(planter, native.feedback(planter, ids))
    binary, context = native.score(planter, ids), attacks.headers(planter, "CloudEvents")
    context |= {"ce-specversion": "1.0", "ce-type": "dev.nilometer.score.v1"}
    context |= {f"ce-{name}": planter.header(f"ce-{name}") for name in ("id", "source", "subject", "myextension")}
    for body, content_type, headers in (
        (batch, "application/cloudevents-batch+json", {}),
        (structured, "application/cloudevents+json", {}),
        (binary, JSON, context),
    ):
        answer = site.post("/v1/events", json.dumps(body).encode(), content_type, headers)
        assert answer.status_code == 200, answer.text


def _cloud_event(planter: Planter, event: dict[str, object]) -> dict[str, object]:
    return {
        "specversion": "1.0",
        "id": planter.bare("CloudEvents id"),
        "source": planter.url("CloudEvents source"),
        "subject": planter.said("CloudEvents subject"),
        "type": f"dev.nilometer.{event['type']}.v1",
        "data": event,
        "myextension": planter.bare("CloudEvents extension"),
    }


def _feedback(site: Site, planter: Planter, ids: Ids) -> None:
    body = json.dumps([native.feedback(planter, ids)]).encode()
    assert site.post("/v1/feedback", body, JSON).status_code == 200


def _hard(site: Site, planter: Planter, ids: Ids) -> None:
    """What is long, deep, wide or slow to read."""
    events = [*hard.that_arrive(planter, ids), *hard.that_are_refused(planter, ids)]
    for event in events:
        envelope = {"specversion": "1.0", "id": "1", "source": "x", "type": "dev.nilometer.span.v1", "data": event}
        answer = site.post("/v1/events", json.dumps(envelope).encode(), "application/cloudevents+json")
        assert answer.status_code in (200, 400), answer.status_code


def _lines(planter: Planter, ids: Ids) -> bytes:
    makers = (native.span, native.feedback, native.score, native.detail)
    events = [json.dumps(make(planter, ids)).encode() for make in makers]
    return b"\n".join([*events, *native.malformed(planter, ids)]) + b"\n"


def _backfill_native(site: Site, planter: Planter, ids: Ids) -> None:
    lines = _lines(planter, ids)
    # The name of the file, too, tells whose it is.
    name = planter.take("file name", own_form=True, line=True).text.replace("/", "_")
    file = site.inputs / f"{name}.jsonl"
    file.write_bytes(lines)
    assert site.run("backfill", file, "--quiet") == 1


def _backfill_chat(site: Site, planter: Planter, ids: Ids) -> None:
    lines = [openai_chat.line(planter), *openai_chat.malformed(planter)]
    file = site.inputs / f"chat-{planter.left}.jsonl"
    file.write_bytes(b"\n".join(lines) + b"\n")
    assert site.run("backfill", file, "--format", "openai-chat", "--quiet") == 1


def _backfill_otlp(site: Site, planter: Planter, ids: Ids) -> None:
    request, bad = otlp.traces(planter, ids), [*otlp.malformed(planter, ids), *otlp.cut_off(planter, ids)]
    files = [site.inputs / f"otlp-{planter.left}.pb"]
    files[0].write_bytes(request.SerializeToString())
    for number, body in enumerate(bad):
        files.append(site.inputs / f"bad-{planter.left}-{number}.{'json' if body[:1] in b'{[' else 'pb'}")
        files[-1].write_bytes(body)
    site.run("backfill", *files, "--format", "otlp", "--quiet")


def _publish(site: Site, planter: Planter, ids: Ids) -> None:
    """Files through the broker. What is refused is listed, by its place."""
    lines = site.inputs / f"publish-{planter.left}.jsonl"
    lines.write_bytes(_lines(planter, ids))
    chats = site.inputs / f"publish-chat-{planter.left}.jsonl"
    chats.write_bytes(b"\n".join([openai_chat.line(planter), *openai_chat.malformed(planter)]) + b"\n")
    assert site.run("publish", lines) == 1
    assert site.run("publish", chats, "--format", "openai-chat") == 1


def _commands(site: Site, planter: Planter, ids: Ids) -> None:
    """What a person types or pipes: it is answered with what is found, never with the text."""
    letter = "\n".join([*(planter.said("mask") for _ in range(8)), json.dumps(planter.anything("mask JSON"))])
    site.run("mask", stdin=letter)
    site.run("mask", "--lines", "--format", "json", stdin=letter)
    site.run("mask", "--explain", stdin=letter)
    spoilt = site.inputs / f"spoilt-{planter.left}.txt"
    spoilt.write_bytes(b"\xff " + planter.said("mask not UTF-8").encode())
    site.run("mask", spoilt)
    site.run("mask", "--lines", spoilt)
    site.run("subject", "find", stdin=planter.bare("subject find"))
    site.run("subject", "find", "--kind", "EMAIL_ADDRESS", stdin=planter.bare("subject find by e-mail"))
    site.run("subject", "erase", "--yes", stdin=planter.bare("subject erase"))


def _in_three_ways(site: Site, planter: Planter, ids: Ids) -> None:
    """A little of each, for when all that comes in is refused."""
    sdk_events = native.span(planter, ids), native.feedback(planter, ids)
    traces, logs = otlp.traces(planter, ids), otlp.logs(planter, ids)
    file = site.inputs / f"slow-{planter.left}.jsonl"
    file.write_bytes(json.dumps(native.span(planter, ids)).encode() + b"\n" + b"not JSON\n")
    sdk.send(site.settings, sdk_events)
    for path, request in (("/v1/traces", traces), ("/v1/logs", logs)):
        assert site.post(path, request.SerializeToString(), PROTOBUF).status_code == 200
    with contextlib.suppress(AssertionError):
        site.run("backfill", file, "--quiet")


INGRESSES: dict[str, Ingress] = {
    "SDK": _sdk,
    "SDK spool": _sdk_spool,
    "OTLP HTTP protobuf": _otlp_protobuf,
    "OTLP HTTP JSON": _otlp_json,
    "OTLP gRPC": _otlp_grpc,
    "OTLP metrics": _metrics,
    "Langfuse": _langfuse,
    "Collector topic": _collector,
    "OTLP malformed": attacks.otlp_malformed,
    "requests malformed": attacks.requests_malformed,
    "/v1/events": _events,
    "/v1/feedback": _feedback,
    "hard events": _hard,
    "malformed events": attacks.events_malformed,
    attacks.UNSEALED: attacks.unsealed,
    "backfill native": _backfill_native,
    "backfill openai-chat": _backfill_chat,
    "backfill otlp": _backfill_otlp,
    "publish": _publish,
    "commands": _commands,
}
"""Another way in is another line here."""
SLOW: dict[str, Ingress] = {"while texts time out": _in_three_ways}
"""For the run of the stack in which no text can be masked."""
