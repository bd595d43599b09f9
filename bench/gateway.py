"""Acknowledged spans a second of the gateway: HTTP and gRPC, one and four clients, 100 spans of about 1 kB a request.

    uv run python bench/gateway.py
    uv run python bench/gateway.py --requests 400 --json gateway.json

One gateway process on the embedded broker; clients are processes of their own. Latencies are of single requests, from
before it is sent until its 200.
"""

import argparse
import sys
import tempfile
from pathlib import Path
from typing import get_args

import load
import payloads
from harness import Measurement, parser, report

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from tests.support.gateway import Running, gateway
from tests.support.tansu import tansu

LIMIT_SECONDS = 120


def run(running: Running, transport: load.Transport, clients: int, requests: int, runs: int) -> Measurement:
    target = load.Target(running.http, running.grpc)
    rounds = [
        load.send(target, transport, payloads.make("unique", clients * requests, seed).bodies, clients, LIMIT_SECONDS)
        for seed in range(runs + 1)
    ][1:]
    sent = load.Sent(0, 0, [seconds for one in rounds for seconds in one.latencies], [], 0)
    name = f"{transport}, {clients} client{'s' if clients > 1 else ''}"
    seconds = [one.ended - one.began for one in rounds]
    return Measurement(name, clients * requests * payloads.SYNTHETIC_A_REQUEST, "spans", seconds, sent.percentiles())


def main(arguments: argparse.Namespace) -> None:
    with tempfile.TemporaryDirectory() as directory, tansu(Path(directory)) as settings, gateway(settings) as running:
        found = [
            run(running, transport, clients, arguments.requests, arguments.runs)
            for transport in get_args(load.Transport)
            for clients in (1, 4)
        ]
        size = payloads.make("unique", 1, 0).bytes_a_span
        report(f"gateway: acknowledged, {size:,.0f} bytes a span", found, json_path=arguments.json)


if __name__ == "__main__":
    options = parser(__doc__)
    options.add_argument("--requests", type=int, default=100, help="of each client and round (default: %(default)s)")
    main(options.parse_args())
