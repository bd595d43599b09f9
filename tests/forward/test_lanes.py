"""Endpoints that misbehave: what they do not take now is sent again, what they never take is a dead letter."""

import json
import logging
import threading
import zlib
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import grpc
import pytest
from google.protobuf.duration_pb2 import Duration
from google.rpc.error_details_pb2 import RetryInfo
from google.rpc.status_pb2 import Status
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from nilometer.schemas.errors import ConfigurationError
from nilometer.schemas.publisher import Publisher
from nilometer.schemas.settings import Destination, ForwardSettings, Settings
from nilometer.streams.forward.__main__ import Forwarder
from tests.support.endpoint import Endpoint, GrpcEndpoint, HttpEndpoint, Said
from tests.support.kafka import free_port, wait_for
from tests.support.tansu import consume, tansu
from tests.support.traffic import priced

WORDS = "maria.silva@example.com"
"""What endpoints quote in their errors."""
Code = grpc.StatusCode


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    with tansu(tmp_path_factory.mktemp("broker")) as settings:
        yield settings


@dataclass
class Project:
    """Spans of a test's own: a project that only its destinations get."""

    name: str
    settings: Settings
    first_dead: int

    def publish(self, names: Sequence[str], **fields: Any) -> None:
        publisher = Publisher(self.settings, threading.Event())
        spans = [
            priced(trace=zlib.crc32(f"{self.name}/{name}".encode()) + 1, name=name, project=self.name, **fields)
            for name in names
        ]
        assert publisher.deliver([publisher.pack("events", span) for span in spans]) == []

    def to(self, url: str, name: str = "there", **fields: Any) -> Destination:
        given: dict[str, Any] = {"timeout_seconds": 5, "batch_seconds": 0.2, "projects": [self.name]} | fields
        return Destination(name=f"{self.name}-{name}", endpoint=url, **given)

    def dead(self, count: int) -> list[dict[str, Any]]:
        """The dead letters of this project: `count`, and no more."""
        found = [json.loads(one.value) for one in consume(self.settings, "dead", self.first_dead + count, 10)]
        found = [letter for letter in found if letter["message"].startswith(f"{self.name}-")]
        assert len(found) == count
        assert WORDS not in json.dumps(found)
        return found

    @contextmanager
    def forwarding(self, *destinations: Destination) -> Generator[Forwarder]:
        forward = ForwardSettings(destinations=list(destinations), longest_pause_seconds=1)
        stop = threading.Event()
        forwarder = Forwarder(self.settings.model_copy(update={"forward": forward}), stop)
        forwarder.start()
        try:
            yield forwarder
        finally:
            stop.set()
            forwarder.run()


@pytest.fixture
def project(broker: Settings, request: pytest.FixtureRequest) -> Project:
    name = f"p{zlib.crc32(request.node.name.encode()):08x}"
    return Project(name, broker, len(consume(broker, "dead", 1_000, 0.5)))


def has(endpoint: Endpoint, names: Sequence[str]) -> Callable[[], bool]:
    return lambda: endpoint.names == sorted(names)


def test_spans_go_out_once_with_headers_and_the_place_is_kept(project: Project, tmp_path: Path) -> None:
    secret = "sk-very-secret"
    (tmp_path / "headers").write_text(f"authorization: Bearer {secret}\n")
    names = [f"s{n}" for n in range(25)]
    with HttpEndpoint() as there:
        to = project.to(there.url, headers_file=tmp_path / "headers", batch_spans=10, resource={"team": "x"})
        project.publish(names)
        with project.forwarding(to):
            wait_for(has(there, names), "all spans")
        requests = len(there.asked)
        assert all(len(asked.spans) <= 10 for asked in there.asked)
        assert {asked.path for asked in there.asked} == {"/v1/traces"}
        for asked in there.asked:
            assert asked.headers["authorization"] == f"Bearer {secret}"
            assert asked.headers["content-encoding"] == "gzip"
            assert asked.headers["content-type"] == "application/x-protobuf"
        project.publish(["after"])
        with project.forwarding(to):
            wait_for(has(there, [*names, "after"]), "the new one, and none of the old again")
        assert len(there.asked) == requests + 1


@pytest.mark.parametrize(
    "first",
    [
        [Said(429, {"retry-after": "1"})],
        [Said(503), Said(502), Said(504)],
        [Said(500)],
        [Said(401), Said(403), Said(404)],
        [Said(307, {"location": "http://127.0.0.1:1/elsewhere"})],
        [Said(408)],
    ],
    ids=lambda said: "-".join(str(one.status) for one in said),
)
def test_what_may_pass_is_tried_again(project: Project, first: list[Said]) -> None:
    with HttpEndpoint(first) as there:
        project.publish(["a", "b"])
        with project.forwarding(project.to(there.url)):
            wait_for(has(there, ["a", "b"]), "both spans")
        assert len(there.asked) == len(first) + 1
        if first[0].headers.get("retry-after"):
            assert there.asked[1].at - there.asked[0].at >= 1, "not before it said"
        assert project.dead(0) == []


def test_one_that_hangs_is_asked_again(project: Project) -> None:
    with HttpEndpoint([Said(200, hangs=3, keeps=False)]) as there:
        project.publish(["a"])
        with project.forwarding(project.to(there.url, timeout_seconds=0.5)):
            wait_for(has(there, ["a"]), "the span")
        assert len(there.asked) == 2


@pytest.mark.parametrize("kind", [HttpEndpoint, GrpcEndpoint])
def test_one_that_is_not_there_yet(project: Project, kind: type[HttpEndpoint] | type[GrpcEndpoint]) -> None:
    port = free_port()
    protocol = "grpc" if kind is GrpcEndpoint else "http/protobuf"
    with HttpEndpoint() as other:
        project.publish(["a"])
        late = project.to(f"http://127.0.0.1:{port}", "late", protocol=protocol)
        with project.forwarding(late, project.to(other.url, "other")):
            wait_for(has(other, ["a"]), "the other, which does not wait for it")
            with kind(port=port) as there:
                wait_for(has(there, ["a"]), "the late one")
    assert project.dead(0) == []


def poison(status: int) -> Callable[[Sequence[Span]], Said]:
    return lambda spans: Said(status if any(span.name == "poison" for span in spans) else 200)


@pytest.mark.parametrize("status", [400, 413, 422, 500])
def test_a_span_that_is_refused_for_good_is_a_dead_letter_and_the_others_arrive(project: Project, status: int) -> None:
    names = [f"s{n}" for n in range(9)]
    with HttpEndpoint(judge=poison(status)) as there:
        project.publish([*names[:5], "poison", *names[5:]])
        with project.forwarding(project.to(there.url, attempts=2)):
            wait_for(has(there, names), "all others")
            [letter] = project.dead(1)
            project.publish(["after"])
            wait_for(has(there, [*names, "after"]), "what comes after it")
    assert (letter["step"], letter["error_type"]) == ("forward", "not_taken")
    assert f"HTTP {status}" in letter["message"]
    assert letter["source"]["source"] == "nilometer.dev.events"
    assert "original" not in letter


def test_what_is_rejected_within_a_request_is_said_and_not_sent_again(project: Project) -> None:
    with HttpEndpoint([Said(200, rejected=2)]) as there:
        project.publish(["a", "b", "c"])
        with project.forwarding(project.to(there.url)):
            [letter] = project.dead(1)
        assert len(there.asked) == 1
    assert "rejected 2 of 3 in one request" in letter["message"]


def retry_after(seconds: int) -> Status:
    status = Status()
    status.details.add().Pack(RetryInfo(retry_delay=Duration(seconds=seconds)))
    return status


@pytest.mark.parametrize(
    "first",
    [
        [Said(code=Code.RESOURCE_EXHAUSTED, details=retry_after(1))],
        [Said(code=Code.UNAVAILABLE), Said(code=Code.DEADLINE_EXCEEDED), Said(code=Code.INTERNAL)],
        [Said(code=Code.UNAUTHENTICATED), Said(code=Code.PERMISSION_DENIED), Said(code=Code.UNIMPLEMENTED)],
        [Said(200, hangs=3, keeps=False)],
    ],
    ids=["retry-info", "away", "not us", "hangs"],
)
def test_grpc_what_may_pass_is_tried_again(project: Project, first: list[Said]) -> None:
    with GrpcEndpoint(first) as there:
        project.publish(["a", "b"])
        to = project.to(there.url, protocol="grpc", timeout_seconds=1, headers={"X-Api-Key": "sk-secret"})
        with project.forwarding(to):
            wait_for(has(there, ["a", "b"]), "both spans")
        assert len(there.asked) == len(first) + 1
        assert there.asked[0].headers["x-api-key"] == "sk-secret"
        if first[0].details is not None:
            assert there.asked[1].at - there.asked[0].at >= 1, "not before it said"
        assert project.dead(0) == []


@pytest.mark.parametrize("code", [Code.INVALID_ARGUMENT, Code.RESOURCE_EXHAUSTED, Code.INTERNAL])
def test_grpc_a_span_that_is_refused_for_good(project: Project, code: grpc.StatusCode) -> None:
    def judge(spans: Sequence[Span]) -> Said:
        return Said(code=code) if any(span.name == "poison" for span in spans) else Said()

    with GrpcEndpoint(judge=judge) as there:
        project.publish(["a", "poison", "b"])
        with project.forwarding(project.to(there.url, protocol="grpc", attempts=2, compression="none")):
            wait_for(has(there, ["a", "b"]), "the others")
            [letter] = project.dead(1)
    assert code.name in letter["message"]


def test_grpc_what_is_rejected(project: Project) -> None:
    with GrpcEndpoint([Said(rejected=1)]) as there:
        project.publish(["a", "b"])
        with project.forwarding(project.to(there.url, protocol="grpc")):
            [letter] = project.dead(1)
    assert "rejected 1 of 2" in letter["message"]


def test_nothing_secret_is_logged(project: Project, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "nilometer")
    with HttpEndpoint([Said(401), Said(503)], judge=poison(400)) as there:
        project.publish(["poison", "a"])
        with project.forwarding(project.to(there.url, headers={"authorization": "Bearer sk-secret"})):
            wait_for(has(there, ["a"]), "the other")
            project.dead(1)
    assert "HTTP 401: see the destination's endpoint and headers" in caplog.text
    assert "takes what it is sent again" in caplog.text
    assert WORDS not in caplog.text
    assert "sk-secret" not in caplog.text


def test_without_a_destination_it_says_so(broker: Settings) -> None:
    with pytest.raises(ConfigurationError, match=r"forward\.destinations"):
        Forwarder(broker, threading.Event())
