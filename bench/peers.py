"""Nilometer beside MLflow and Phoenix: the same OTLP bodies to each, one system after the other, each in an empty home.

    uv run python bench/peers.py --payloads real --clients 4 --transports HTTP     # 3 minutes
    uv run python bench/peers.py --json peers.json                                 # all of it, half an hour

Acknowledged: until the last request has its 200. Durable: until all spans are in the store, which is asked all the
time (ours: in the warehouse and masked, by SQL). Bytes on disk: of the store once the system has ended and what its
operators do now and then was done (ours: `nilometer run retention`, which merges files; theirs: checkpoint of the log
of writes, VACUUM), less what the store takes with a single call in it. Memory: the peak of all its processes
together. A call goes ahead of each case and is not counted: some systems start in earnest only then.
"""

import argparse
import json
import signal
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import get_args

import load
import payloads
from harness import machine, parser
from rich.console import Console
from rich.table import Table
from systems import SYSTEMS, Counter, Nilometer, System

LOOK_SECONDS = 0.1
BASELINE = "Nilometer"


@dataclass(frozen=True)
class Result:
    """One case: what one system did with one payload."""

    system: str
    payload: str
    transport: str
    clients: int
    spans: int = 0
    """Acknowledged."""
    missing: int = 0
    """Acknowledged, and not in the store when the time was over."""
    acknowledged_per_second: float = 0
    durable_per_second: float = 0
    latency: dict[str, float] = field(default_factory=dict[str, float])
    queryable_after_seconds: float = 0
    """From the last acknowledgement until all is in the store."""
    bytes_a_span: float = 0
    unsettled_bytes_a_span: float = 0
    """The same before its operators did anything."""
    empty_bytes: int = 0
    """Of the store with one call in it."""
    peak_bytes: int = 0
    cpu_us_a_span: dict[str, float] = field(default_factory=dict[str, float])
    """By process, from the first request until all is in the store."""
    told_later: int = 0
    problem: str = ""
    """Why there are no figures."""


def main(arguments: argparse.Namespace) -> int:
    # Ended from outside, it ends what it has started.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    systems = [SYSTEMS[name] for name in arguments.systems]
    if arguments.broker:
        Nilometer.broker = arguments.broker
    for system in systems:
        system.prepare()
    start = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=1)
    cases = [(p, t, c) for p in arguments.payloads for t in arguments.transports for c in arguments.clients]
    found: list[Result] = []
    empty = {system: weigh_empty(system, arguments.limit) for system in systems}
    # Seed 0 is the warm-up's.
    for seed, (name, transport, clients) in enumerate(cases, 1):
        if name == "real" and not payloads.TAU.is_file():
            print(f"no real data: {payloads.TAU} is not there", file=sys.stderr)
            continue
        payload = payloads.make(name, arguments.requests, seed, start=start)
        for system in systems:
            result = run(system, payload, transport, clients, arguments.limit, empty[system])
            said = result.problem or f"{result.durable_per_second:,.0f} durable/s"
            print(f"{name}, {transport}, {clients} clients: {result.system}: {said}", flush=True)
            found.append(result)
            if arguments.json is not None:
                # After each, for it may take an hour.
                save(arguments.json, systems, found)
    show(found)
    return 1 if any(result.missing for result in found) else 0


def save(path: Path, systems: Sequence[type[System]], found: Sequence[Result]) -> None:
    versions = {system.name: getattr(system, "requirement", "this commit") for system in systems}
    said = {"at": datetime.now(UTC).isoformat(timespec="seconds"), "machine": machine(), "systems": versions}
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(said | {"cases": [asdict(result) for result in found]}, indent=2) + "\n", "utf-8")


def weigh_empty(kind: type[System], limit: float) -> int:
    """Bytes of the store of a system that was sent one call."""
    with tempfile.TemporaryDirectory(prefix="peers-") as directory:
        system = kind(Path(directory))
        with system.start(), system.counting() as counter:
            _warm_up(system, counter, limit)
        system.settle()
        return system.bytes_on_disk()


def run(
    kind: type[System],
    payload: payloads.Payload,
    transport: load.Transport,
    clients: int,
    limit: float,
    empty_bytes: int,
) -> Result:
    """One case, from an empty home to an ended process."""
    case = Result(kind.name, payload.name, transport, clients)
    if transport == "gRPC" and not kind.grpc:
        return replace(case, problem="takes no OTLP over gRPC")
    with tempfile.TemporaryDirectory(prefix="peers-") as directory:
        system = kind(Path(directory))
        try:
            with system.start() as group, system.counting() as counter:
                before = _warm_up(system, counter, limit)
                cpu: dict[str, float] = {}
                sent = load.send(
                    system.target, transport, payload.bodies, clients, limit, lambda: cpu.update(group.cpu_seconds())
                )
                spans = sum(payload.counts[n] for n in sent.acknowledged)
                stored, at = _wait(counter, before + spans, limit)
                used = {name: seconds - cpu.get(name, 0) for name, seconds in group.cpu_seconds().items()}
            found = system.queryable() - before
            unsettled = system.bytes_on_disk()
            system.settle()
            return replace(
                case,
                spans=spans,
                missing=spans - min(found, stored - before),
                acknowledged_per_second=spans / (sent.ended - sent.began),
                durable_per_second=(stored - before) / (at - sent.began),
                latency=sent.percentiles(),
                queryable_after_seconds=at - sent.ended,
                bytes_a_span=(system.bytes_on_disk() - empty_bytes) / spans,
                unsettled_bytes_a_span=(unsettled - empty_bytes) / spans,
                empty_bytes=empty_bytes,
                peak_bytes=group.peak_bytes,
                cpu_us_a_span={name or "all": seconds / spans * 1e6 for name, seconds in used.items()},
                told_later=sent.later,
            )
        except (RuntimeError, load.RefusedError) as error:
            return replace(case, problem=str(error))


def _warm_up(system: System, counter: Counter, limit: float) -> int:
    """How many spans are stored once one was sent and is there."""
    warm = payloads.make("repeated", 1, 0, spans=1, start=datetime.now(UTC))
    load.send(system.target, "HTTP", warm.bodies, 1, limit)
    return _wait(counter, warm.spans, limit)[0]


def _wait(counter: Counter, wanted: int, limit: float) -> tuple[int, float]:
    """How many spans are stored, and since when: all that are wanted, or what there is after `limit` seconds."""
    end = time.monotonic() + limit
    while True:
        now = time.monotonic()
        stored = counter.stored()
        if stored >= wanted or now > end:
            return stored, now
        time.sleep(LOOK_SECONDS)


def show(found: Sequence[Result]) -> None:
    """A row for each case; ratios are ours to theirs, in the same case."""
    known = machine()
    caption = (
        f"×: Nilometer to this one · {known['cpu']}, {known['cores']} cores, load {known['load']}, {known['commit']}"
    )
    table = Table(title="OTLP: acknowledged and durable", caption=caption)
    for name in ("payload", "sent over", "system"):
        table.add_column(name)
    for name in ("acknowledged/s", "durable/s", "×", "p50 ms", "p95", "p99", "lag s", "bytes a span", "×", "peak MiB"):
        table.add_column(name, justify="right")
    ours = {(r.payload, r.transport, r.clients): r for r in found if r.system == BASELINE and not r.problem}
    for r in found:
        where = f"{r.transport}, {r.clients} client{'s' if r.clients > 1 else ''}"
        if r.problem:
            table.add_row(r.payload, where, r.system, r.problem)
            continue
        base = ours.get((r.payload, r.transport, r.clients), r)
        short = f" ({r.missing:,} missing)" if r.missing else ""
        table.add_row(
            r.payload,
            where,
            r.system,
            f"{r.acknowledged_per_second:,.0f}",
            f"{r.durable_per_second:,.0f}{short}",
            f"{base.durable_per_second / r.durable_per_second:.1f}",
            *(f"{r.latency[f'p{p} ms']:,.1f}" for p in (50, 95, 99)),
            f"{r.queryable_after_seconds:.1f}",
            f"{r.bytes_a_span:,.0f}",
            f"{r.bytes_a_span / base.bytes_a_span:.1f}",
            f"{r.peak_bytes / 2**20:,.0f}",
        )
    console = Console()
    (console if console.is_terminal else Console(width=150)).print(table)
    for r in found:
        if r.system.startswith(BASELINE) and not r.problem:
            parts = ", ".join(f"{name} {us:,.0f}" for name, us in sorted(r.cpu_us_a_span.items(), key=lambda p: -p[1]))
            print(f"{r.payload}, {r.transport}, {r.clients}: CPU µs a span: {parts}")


if __name__ == "__main__":
    options = parser(__doc__)
    options.add_argument("--systems", nargs="+", choices=SYSTEMS, default=["nilometer", "mlflow", "phoenix"])
    options.add_argument("--payloads", nargs="+", choices=payloads.NAMES, default=list(payloads.NAMES))
    options.add_argument("--transports", nargs="+", choices=get_args(load.Transport), default=get_args(load.Transport))
    options.add_argument("--clients", nargs="+", type=int, default=[1, 4])
    options.add_argument(
        "--requests",
        type=int,
        default=payloads.REAL_REQUESTS,
        help="of a case (default: %(default)s, the real calls once)",
    )
    options.add_argument("--limit", type=float, default=180, help="seconds that a case may take (default: %(default)s)")
    options.add_argument("--broker", metavar="HOST:PORT", help="a Kafka for Nilometer instead of the embedded broker")
    raise SystemExit(main(options.parse_args()))
