"""Acknowledged spans a second of the gateway: HTTP and gRPC, one and four clients, 100 spans of about 1 kB a request.

    uv run python bench/gateway.py
    uv run python bench/gateway.py --requests 400 --json gateway.json

One gateway process on the embedded broker; clients are processes of their own. Latencies are of single requests, from
before it is sent until its 200.
"""

import argparse
import concurrent.futures
import http.client
import multiprocessing
import random
import statistics
import sys
import tempfile
import time
from pathlib import Path

import grpc

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from harness import Measurement, parser, report

from tests.support.gateway import Running, gateway, traces
from tests.support.tansu import tansu

SPANS = 100
EXPORT = "/opentelemetry.proto.collector.trace.v1.TraceService/Export"


def body(first: int) -> bytes:
    """A request of spans whose text is theirs alone."""
    request = traces(SPANS, first=first)
    rng = random.Random(first)
    for span in request.resource_spans[0].scope_spans[0].spans:
        span.attributes[1].value.string_value = rng.randbytes(450).hex()
    return request.SerializeToString()


def send_http(where: str, first: int, requests: int) -> list[float]:
    """Latencies in seconds of requests one after the other."""
    connection = http.client.HTTPConnection(where.removeprefix("http://"))
    bodies = [body((first + n) * SPANS) for n in range(requests)]
    took: list[float] = []
    for one in bodies:
        began = time.perf_counter()
        connection.request("POST", "/v1/traces", one, {"content-type": "application/x-protobuf"})
        answer = connection.getresponse()
        answer.read()
        took.append(time.perf_counter() - began)
        assert answer.status == 200, answer.status
    return took


def send_grpc(where: str, first: int, requests: int) -> list[float]:
    bodies = [body((first + n) * SPANS) for n in range(requests)]
    took: list[float] = []
    with grpc.insecure_channel(where.removeprefix("http://")) as channel:
        export = channel.unary_unary(EXPORT)
        for one in bodies:
            began = time.perf_counter()
            export(one, timeout=30)
            took.append(time.perf_counter() - began)
    return took


def run(running: Running, transport: str, clients: int, requests: int, runs: int) -> Measurement:
    send, where = (send_http, running.http) if transport == "HTTP" else (send_grpc, running.grpc)
    seconds: list[float] = []
    latencies: list[float] = []
    # gRPC does not live through a fork.
    context = multiprocessing.get_context("spawn")
    with concurrent.futures.ProcessPoolExecutor(clients, mp_context=context) as pool:
        for round_ in range(runs + 1):
            started = [pool.submit(send, where, (round_ * clients + n) * requests, requests) for n in range(clients)]
            found = [future.result() for future in started]
            if round_ == 0:
                continue
            # Making bodies is not timed: each client's own time is what its requests took.
            seconds.append(max(sum(took) for took in found))
            latencies += [one for took in found for one in took]
    cuts = statistics.quantiles(latencies, n=100)
    details = {"p50 ms": cuts[49] * 1e3, "p95 ms": cuts[94] * 1e3, "p99 ms": cuts[98] * 1e3}
    name = f"{transport}, {clients} client{'s' if clients > 1 else ''}"
    return Measurement(name, clients * requests * SPANS, "spans", seconds, details)


def main(arguments: argparse.Namespace) -> None:
    with tempfile.TemporaryDirectory() as directory, tansu(Path(directory)) as settings, gateway(settings) as running:
        found = [
            run(running, transport, clients, arguments.requests, arguments.runs)
            for transport in ("HTTP", "gRPC")
            for clients in (1, 4)
        ]
        size = len(body(0)) / SPANS
        report(f"gateway: acknowledged, {size:,.0f} bytes a span", found, json_path=arguments.json)


if __name__ == "__main__":
    options = parser(__doc__)
    options.add_argument("--requests", type=int, default=100, help="of each client and round (default: %(default)s)")
    main(options.parse_args())
