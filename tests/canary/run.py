"""Plants canaries through every way in of a running `nilometer up`, and looks for them wherever a run leaves traces."""

import contextlib
import json
import os
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import grpc
import httpx
from confluent_kafka import Producer
from opentelemetry.proto.collector.logs.v1.logs_service_pb2_grpc import LogsServiceStub
from opentelemetry.proto.collector.trace.v1.trace_service_pb2_grpc import TraceServiceStub

from nilometer.console import draining
from nilometer.schemas.broker import client_config, find_broker
from nilometer.schemas.settings import BrokerSettings, CollectorSettings, Settings, load_settings
from nilometer.warehouse.sql import query
from nilometer.warehouse.writer import Writer
from tests.canary import home as places
from tests.canary import native, openai_chat, otlp, sdk
from tests.canary.native import Ids
from tests.canary.planter import Exhausted, Planter
from tests.canary.scan import Scanner
from tests.canary.values import generate
from tests.console.command import Up, nilometer, until, up

SECONDS = 240
VIEWS = ("spans", "feedback", "scores", "span_details")
COMMANDS = (
    ("doctor",),
    ("doctor", "--format", "json"),
    ("alerts",),
    ("dead", "list"),
    ("dead", "list", "--format", "json"),
    ("run", "evaluation"),
    ("run", "quality"),
    ("run", "reports"),
    ("sql", "FROM calls", "--format", "json"),
)


@dataclass
class Site:
    """A running stack, and where to plant."""

    home: Path
    inputs: Path
    """Where files for backfill are made: not a place of Nilometer's."""
    settings: Settings
    http: str
    grpc: str
    up: Up
    said: list[bytes] = field(default_factory=list[bytes])
    """What commands and answers of the gateway have said."""

    def kill_worker(self) -> None:
        """kill -9, and on with it: `up` starts another."""
        pid = self.up.pid_of("worker-1")
        if pid is not None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def post(self, path: str, content: bytes, content_type: str, **headers: str) -> httpx.Response:
        with httpx.Client(base_url=self.http, timeout=60, trust_env=False) as client:
            answer = client.post(path, content=content, headers={"content-type": content_type} | headers)
        self.said.append(answer.content + str(answer.headers).encode())
        return answer

    def run(self, *arguments: str | Path) -> int:
        done = nilometer(*arguments, "--home", self.home)
        self.said.append((done.stdout + done.stderr).encode())
        return done.returncode


Ingress = Callable[[Site, Planter, Ids], None]
"""Builds what it sends before it sends any of it, so that Exhausted leaves nothing half planted."""


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
    for path, request in (("/v1/traces", traces), ("/v1/logs", logs)):
        answer = site.post(path, request.SerializeToString(), "application/x-protobuf")
        assert (answer.status_code, answer.content) == (200, b""), answer.status_code


def _otlp_json(site: Site, planter: Planter, ids: Ids) -> None:
    traces, logs = otlp.traces(planter, ids), otlp.logs(planter, ids)
    for path, request in (("/v1/traces", traces), ("/v1/logs", logs)):
        answer = site.post(path, otlp.as_json(request), "application/json")
        assert (answer.status_code, answer.json()) == (200, {}), answer.status_code


def _otlp_grpc(site: Site, planter: Planter, ids: Ids) -> None:
    traces, logs = otlp.traces(planter, ids), otlp.logs(planter, ids)
    with grpc.insecure_channel(site.grpc.removeprefix("http://")) as channel:
        TraceServiceStub(channel).Export(traces, timeout=60)
        LogsServiceStub(channel).Export(logs, timeout=60)


def _collector(site: Site, planter: Planter, ids: Ids) -> None:
    """As the Collector's Kafka exporter writes: both encodings, and what is none."""
    traces, logs, bad = otlp.traces(planter, ids), otlp.logs(planter, ids), otlp.malformed(planter, ids)
    producer = Producer(client_config(site.settings))
    producer.produce("otlp_spans", traces.SerializeToString())
    producer.produce("otlp_logs", otlp.as_json(logs))
    for body in bad:
        producer.produce("otlp_spans", body)
    assert producer.flush(60) == 0


def _otlp_malformed(site: Site, planter: Planter, ids: Ids) -> None:
    bodies = otlp.malformed(planter, ids)
    headers = {
        "x-api-key": planter.bare("header x-api-key"),
        "user-agent": planter.bare("header user-agent").encode("ascii", "replace").decode(),
        "content-encoding": planter.bare("header content-encoding").encode("ascii", "replace").decode(),
    }
    path = f"/{planter.url('URL')}"
    metadata = (("authorization", f"Bearer {planter.bare('gRPC metadata')}"),)
    broken = planter.said("gRPC body").encode()
    for body in bodies:
        site.post("/v1/traces", body, "application/json")
        site.post("/v1/traces", body, "application/x-protobuf")
    for name, value in headers.items():
        site.post("/v1/traces", b"{}", "application/json", **{name: value})
    site.post(path, b"", "application/json")
    site.post(f"/v1/traces?{path}", b"\xff", "text/plain")
    with grpc.insecure_channel(site.grpc.removeprefix("http://")) as channel:
        call = channel.unary_unary("/opentelemetry.proto.collector.trace.v1.TraceService/Export")
        with contextlib.suppress(grpc.RpcError):
            call(broken, timeout=60, metadata=metadata)


def _events(site: Site, planter: Planter, ids: Ids) -> None:
    made = [native.span(planter, ids), native.feedback(planter, ids), native.score(planter, ids)]
    batch = [
        {
            "specversion": "1.0",
            "id": planter.bare("CloudEvents id"),
            "source": planter.url("CloudEvents source"),
            "subject": planter.said("CloudEvents subject"),
            "type": f"dev.nilometer.{event['type']}.v1",
            "data": event,
        }
        for event in made
    ]
    answer = site.post("/v1/events", json.dumps(batch).encode(), "application/cloudevents-batch+json")
    assert answer.status_code == 200, answer.text


def _feedback(site: Site, planter: Planter, ids: Ids) -> None:
    body = json.dumps([native.feedback(planter, ids)]).encode()
    assert site.post("/v1/feedback", body, "application/json").status_code == 200


def _events_malformed(site: Site, planter: Planter, ids: Ids) -> None:
    lines = native.malformed(planter, ids)
    kinds = planter.bare("malformed: CloudEvents type"), planter.bare("malformed: CloudEvents specversion")
    for line in lines:
        site.post(
            "/v1/events", line, "application/json", **{"ce-specversion": "1.0", "ce-type": "dev.nilometer.span.v1"}
        )
        site.post("/v1/feedback", line, "application/json")
        site.post("/v1/events", line, "application/cloudevents+json")
    envelope = {"specversion": kinds[1], "type": kinds[0], "id": "1", "source": "x", "data": {}}
    site.post("/v1/events", json.dumps(envelope).encode(), "application/cloudevents+json")


def _backfill_native(site: Site, planter: Planter, ids: Ids) -> None:
    events = [native.span(planter, ids), native.feedback(planter, ids), native.score(planter, ids)]
    lines = [json.dumps(event).encode() for event in events] + native.malformed(planter, ids)
    # The name of the file, too, tells whose it is.
    name = planter.take("file name", own_form=True, line=True).text.replace("/", "_")
    file = site.inputs / f"{name}.jsonl"
    file.write_bytes(b"\n".join(lines) + b"\n")
    assert site.run("backfill", file, "--quiet") == 1


def _backfill_chat(site: Site, planter: Planter, ids: Ids) -> None:
    lines = [openai_chat.line(planter), *openai_chat.malformed(planter)]
    file = site.inputs / f"chat-{planter.left}.jsonl"
    file.write_bytes(b"\n".join(lines) + b"\n")
    assert site.run("backfill", file, "--format", "openai-chat", "--quiet") == 1


def _backfill_otlp(site: Site, planter: Planter, ids: Ids) -> None:
    request, bad = otlp.traces(planter, ids), otlp.malformed(planter, ids)
    files = [site.inputs / f"otlp-{planter.left}.pb"]
    files[0].write_bytes(request.SerializeToString())
    for number, body in enumerate(bad):
        files.append(site.inputs / f"bad-{planter.left}-{number}.json")
        files[-1].write_bytes(body)
    site.run("backfill", *files, "--format", "otlp", "--quiet")


INGRESSES: dict[str, Ingress] = {
    "SDK": _sdk,
    "SDK spool": _sdk_spool,
    "OTLP HTTP protobuf": _otlp_protobuf,
    "OTLP HTTP JSON": _otlp_json,
    "OTLP gRPC": _otlp_grpc,
    "Collector topic": _collector,
    "OTLP malformed": _otlp_malformed,
    "/v1/events": _events,
    "/v1/feedback": _feedback,
    "malformed events": _events_malformed,
    "backfill native": _backfill_native,
    "backfill openai-chat": _backfill_chat,
    "backfill otlp": _backfill_otlp,
}
"""Another way in is another line here."""


@dataclass
class Result:
    """What was planted, what was found, and what has been looked at."""

    planter: Planter
    scanner: Scanner
    missing: dict[str, int]
    """Ingress → events that should be in the warehouse and are not."""
    rounds: int
    kills: int
    seconds: float


def run(directory: Path, count: int, seed: int, ingresses: Sequence[str] = tuple(INGRESSES)) -> Result:
    """At least `count` canaries, in whole rounds over all ingresses."""
    began = time.monotonic()
    planter = Planter(generate(2 * count + 6_000, seed))
    home = directory / "home"
    inputs = directory / "inputs"
    inputs.mkdir(parents=True)
    rounds = kills = 0
    # The Collector's own topics are its own, and plain.
    with up(home, extra={"NILOMETER_COLLECTOR__ENABLED": "true"}) as running:
        site = _site(home, inputs, running)
        while len(planter.planted) < count:
            for position, name in enumerate(ingresses):
                planter.ingress = name
                with contextlib.suppress(Exhausted):
                    INGRESSES[name](site, planter, Ids(rounds * 1_000 + position + 1))
                if position % 4 == 2:
                    site.kill_worker()
                    kills += 1
            rounds += 1
        _drain(site)
        scanner = Scanner([canary for canary in planter.canaries if canary.number in planter.planted])
        for command in COMMANDS:
            site.run(*command)
        places.scan_topics(scanner, site.settings)
        assert running.end(signal.SIGINT) == 0, "up did not end well"
    for data in site.said:
        scanner.look("commands and answers", data)
    scanner.look("output of up", running.said().encode())
    places.scan_warehouse(scanner, site.settings)
    places.scan_files(scanner, home)
    return Result(planter, scanner, _missing(site, planter), rounds, kills, time.monotonic() - began)


def _site(home: Path, inputs: Path, running: Up) -> Site:
    settings = find_broker(load_settings(home=home)).model_copy(update={"collector": CollectorSettings(enabled=True)})
    where: dict[str, Any] = json.loads((settings.run_directory() / "gateway.json").read_text())
    return Site(home, inputs, settings, where["http"], where["grpc"], running)


def _drain(site: Site) -> None:
    until("a worker", lambda: site.up.pid_of("worker-1") is not None, SECONDS)
    with Writer(site.settings) as writer:
        until("the warehouse to have it all", lambda: not draining.waiting(site.settings, writer), SECONDS)


def _missing(site: Site, planter: Planter) -> dict[str, int]:
    """What never arrived proves nothing: by ingress, events that are in no table."""
    there: set[str] = set()
    for view in VIEWS:
        there |= {row["trace_id"] for row in query(site.settings, f"SELECT DISTINCT trace_id FROM {view}").to_pylist()}  # noqa: S608
    counts = {ingress: len(wanted - there) for ingress, wanted in planter.arrive.items()}
    return {ingress: count for ingress, count in counts.items() if count}


def table(result: Result) -> Iterator[str]:
    """Hits by kind, ingress, field and place."""
    kinds = {canary.number: canary.kind for canary in result.planter.canaries}
    rows: dict[tuple[str, str, str], set[tuple[int, str, str]]] = {}
    for hit in result.scanner.hits:
        ingress, where = result.planter.planted[hit.number]
        rows.setdefault((kinds[hit.number], ingress, where), set()).add(hit)
    for (kind, ingress, where), hits in sorted(rows.items()):
        spots = sorted({f"{place} ({encoding})" for _, encoding, place in hits})
        yield f"{kind:16} {ingress:22} {where:36} {len({hit[0] for hit in hits})}  {'; '.join(spots[:4])}"
