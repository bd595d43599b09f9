"""A load generator: OTLP clients, each a process of its own that sends its share one request after the other.

Like an exporter, a client that is told to come back (HTTP 429, 503; gRPC RESOURCE_EXHAUSTED, UNAVAILABLE) waits and
sends again; a request's latency is from its first attempt until its 200.
"""

import http.client
import multiprocessing
import statistics
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, field
from typing import Any, Literal

import grpc

Transport = Literal["HTTP", "gRPC"]
EXPORT = "/opentelemetry.proto.collector.trace.v1.TraceService/Export"
TIMEOUT_SECONDS = 60
START_SECONDS = 120
LONGEST_PAUSE_SECONDS = 1.0
_LATER = (grpc.StatusCode.RESOURCE_EXHAUSTED, grpc.StatusCode.UNAVAILABLE)


class RefusedError(Exception):
    """A system does not take what we send."""


@dataclass(frozen=True)
class Target:
    """Where a system takes OTLP; `grpc` is None where it does not over gRPC."""

    http: str
    grpc: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    path: str = "/v1/traces"


@dataclass(frozen=True)
class Sent:
    """What became of the requests. Times are of `time.monotonic`."""

    began: float
    ended: float
    """When the last of them was acknowledged."""
    latencies: list[float]
    """Seconds of each acknowledged request."""
    acknowledged: list[int]
    """Which requests: positions among the bodies."""
    later: int
    """How often a client was told to come back later."""

    def percentiles(self) -> dict[str, float]:
        """In milliseconds."""
        cuts = statistics.quantiles(self.latencies, n=100, method="inclusive") if len(self.latencies) > 1 else []
        return {f"p{p} ms": (cuts[p - 1] if cuts else self.latencies[0]) * 1e3 for p in (50, 95, 99)}


def send(
    target: Target,
    transport: Transport,
    bodies: Sequence[bytes],
    clients: int,
    limit: float,
    ready: Callable[[], object] = lambda: None,
) -> Sent:
    """Sends all bodies, dealt out among the clients; after `limit` seconds nothing more. Raises RefusedError.

    `ready` is called when all clients are up, before they begin.
    """
    # gRPC does not live through a fork.
    context = multiprocessing.get_context("spawn")
    up, go, answers = context.Barrier(clients + 1), context.Barrier(clients + 1), context.SimpleQueue()
    shares = [[(n, bodies[n]) for n in range(first, len(bodies), clients)] for first in range(clients)]
    processes = [
        context.Process(target=_client, args=(target, transport, share, limit, up, go, answers), daemon=True)
        for share in shares
    ]
    for process in processes:
        process.start()
    with suppress(threading.BrokenBarrierError):
        up.wait(START_SECONDS)
        ready()
        go.wait(START_SECONDS)
    found: list[Sent | str] = [answers.get() for _ in processes]
    for process in processes:
        process.join()
    if complaints := [one for one in found if isinstance(one, str)]:
        raise RefusedError(complaints[0])
    parts = [one for one in found if isinstance(one, Sent)]
    return Sent(
        began=min(part.began for part in parts),
        ended=max(part.ended for part in parts),
        latencies=[seconds for part in parts for seconds in part.latencies],
        acknowledged=[n for part in parts for n in part.acknowledged],
        later=sum(part.later for part in parts),
    )


def _client(
    target: Target,
    transport: Transport,
    share: Sequence[tuple[int, bytes]],
    limit: float,
    up: Any,
    go: Any,
    answers: Any,
) -> None:
    try:
        with closing(_Http(target) if transport == "HTTP" else _Grpc(target)) as connection:
            up.wait(START_SECONDS)
            go.wait(START_SECONDS)
            answers.put(_send(connection.post, share, limit))
    except Exception as error:
        up.abort()
        go.abort()
        answers.put(f"{type(error).__name__}: {error}")


def _send(post: Callable[[bytes], bool], share: Sequence[tuple[int, bytes]], limit: float) -> Sent:
    began = ended = time.monotonic()
    latencies: list[float] = []
    acknowledged: list[int] = []
    later = 0
    for number, body in share:
        start = time.monotonic()
        pause = 0.05
        while start < began + limit and not post(body):
            later += 1
            time.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE_SECONDS)
            if time.monotonic() > began + limit:
                return Sent(began, ended, latencies, acknowledged, later)
        if start >= began + limit:
            break
        ended = time.monotonic()
        latencies.append(ended - start)
        acknowledged.append(number)
    return Sent(began, ended, latencies, acknowledged, later)


class _Http:
    def __init__(self, target: Target) -> None:
        self._connection = http.client.HTTPConnection(target.http.removeprefix("http://"), timeout=TIMEOUT_SECONDS)
        self._path = target.path
        self._headers = {"content-type": "application/x-protobuf", **target.headers}

    def post(self, body: bytes) -> bool:
        """Whether it was taken; False: later. Raises RefusedError."""
        self._connection.request("POST", self._path, body, self._headers)
        answer = self._connection.getresponse()
        said = answer.read()
        if answer.status in (429, 503):
            return False
        if answer.status != 200:
            raise RefusedError(f"HTTP {answer.status}: {said[:200]!r}")
        return True

    def close(self) -> None:
        self._connection.close()


class _Grpc:
    def __init__(self, target: Target) -> None:
        if target.grpc is None:
            raise RefusedError("it takes no OTLP over gRPC")
        self._channel = grpc.insecure_channel(target.grpc.removeprefix("http://"))
        self._export = self._channel.unary_unary(EXPORT)
        self._metadata = tuple(target.headers.items())

    def post(self, body: bytes) -> bool:
        """Whether it was taken; False: later. Raises RefusedError."""
        try:
            self._export(body, timeout=TIMEOUT_SECONDS, metadata=self._metadata)
        except grpc.RpcError as error:
            code = error.code()  # pyright: ignore[reportAttributeAccessIssue]
            if code in _LATER:
                return False
            raise RefusedError(f"gRPC {code}") from None
        return True

    def close(self) -> None:
        self._channel.close()
