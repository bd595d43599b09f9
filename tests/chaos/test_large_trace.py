"""One trace of very many spans among small ones, through a running `up`: nobody else waits for it, nothing grows.

It prints how long small traces took to the warehouse before, during and after, and what the processes had in memory
(`pytest -s`); times are not asserted. NILOMETER_CHAOS=full: 50,000 spans, not 1,000; LARGE_TRACE_SPANS says how many.
"""

import json
import os
import statistics
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from nilometer.evaluation import backlog
from tests.console.command import Up, nilometer, rows, until, up
from tests.decode.otlp import START, span, traces
from tests.support.gateway import PROTOBUF

pytestmark = pytest.mark.timeout(1800)

FULL = os.environ.get("NILOMETER_CHAOS") == "full"
SPANS = int(os.environ.get("LARGE_TRACE_SPANS") or (50_000 if FULL else 1_000))
A_BODY = 500
SENDERS = 4
QUIET_SECONDS = 10 if FULL else 4
LARGE = bytes(range(100, 116))
ROOM = 1024 * 1024 * 1024
"""What a process may grow by: the loader by what DuckDB may take (warehouse.memory_limit), whatever the trace is."""
SERVICES = ("gateway", "worker-1", "loader", "detector")
AGENT: dict[str, Any] = {"gen_ai.operation.name": "invoke_agent"}


def chat(text: str) -> dict[str, Any]:
    said = json.dumps([{"role": "user", "parts": [{"type": "text", "content": text}]}])
    return {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "openai",
        "gen_ai.request.model": "gpt-4o-mini",
        "gen_ai.usage.input_tokens": 2,
        "gen_ai.usage.output_tokens": 1,
        "gen_ai.input.messages": said,
    }


def now() -> int:
    """Milliseconds after the start that `span` counts from."""
    return (time.time_ns() - START) // 1_000_000


def large_bodies() -> Iterator[bytes]:
    """An agent with every call below it, the root last, as exporters send it: a text of its own in each span."""
    at = now() - 1_000
    for first in range(2, SPANS + 1, A_BODY):
        numbers = range(first, min(first + A_BODY, SPANS + 1))
        made = [span(n, chat(f"Step {n}: " + f"look up order {n} of the list. " * 3), parent=1, at=at) for n in numbers]
        yield traces(*(each_in(LARGE, one) for one in made), scope="large")
    yield traces(each_in(LARGE, span(1, AGENT, at=at, lasts=60_000)), scope="large")


def each_in(trace: bytes, one: Any) -> Any:
    one.trace_id = trace
    return one


def post(client: httpx.Client, url: str, body: bytes) -> None:
    while True:
        answer = client.post(f"{url}/v1/traces", content=body, headers=PROTOBUF)
        if answer.status_code == 200:
            return
        assert answer.status_code in (429, 503), answer.text
        time.sleep(float(answer.headers.get("retry-after", "1")))


@dataclass(eq=False)
class Small(threading.Thread):
    """A trace of an agent and a call every tenth of a second; when each was acknowledged."""

    url: str
    sent: dict[str, float] = field(default_factory=dict[str, float])
    failed: str = ""

    def __post_init__(self) -> None:
        super().__init__(daemon=True)
        self.ending = threading.Event()

    def run(self) -> None:
        number = 0
        try:
            with httpx.Client(timeout=30) as client:
                while not self.ending.wait(0.1):
                    number += 1
                    trace, at = (10**6 + number).to_bytes(16, "big"), now()
                    pair = [
                        span(1, AGENT, at=at, lasts=9),
                        span(2, chat(f"Question {number}"), parent=1, at=at, lasts=5),
                    ]
                    post(client, self.url, traces(*(each_in(trace, one) for one in pair), scope="small"))
                    self.sent[trace.hex()] = time.time()
        except Exception as error:
            self.failed = repr(error)
            raise


@dataclass(eq=False)
class Memory(threading.Thread):
    """The largest resident memory of each process, in bytes, sampled."""

    pids: dict[str, int]
    first: dict[str, int] = field(default_factory=dict[str, int])
    peak: dict[str, int] = field(default_factory=dict[str, int])

    def __post_init__(self) -> None:
        super().__init__(daemon=True)
        self.ending = threading.Event()

    def run(self) -> None:
        while not self.ending.wait(0.2):
            for name, pid in self.pids.items():
                pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
                size = pages * os.sysconf("SC_PAGE_SIZE")
                self.first.setdefault(name, size)
                self.peak[name] = max(size, self.peak.get(name, 0))


def count(home: Path, trace: str) -> int:
    return int(rows(home, f"SELECT count(*) AS n FROM spans WHERE trace_id = '{trace}'")[0]["n"])  # noqa: S608


def arrivals(home: Path) -> dict[str, datetime]:
    """When the last row of each trace but the large one was written."""
    found = rows(home, "SELECT trace_id, last_arrival FROM trace_states")
    return {row["trace_id"]: row["last_arrival"] for row in found if row["trace_id"] != LARGE.hex()}


def test_a_large_trace_harms_nobody(tmp_path: Path) -> None:
    with up(tmp_path / "home") as running:
        figures = harmed(running)
    for name in ("worker-1", "loader", "detector"):
        assert figures["grown_by_MB"][name] * 1e6 < ROOM, figures


def harmed(running: Up) -> dict[str, Any]:
    url = str(json.loads((running.home / "run" / "dev" / "gateway.json").read_text())["http"])
    pids = {name: pid for name in SERVICES if (pid := running.pid_of(name)) is not None}
    assert len(pids) == len(SERVICES)
    small, memory = Small(url), Memory(pids)
    small.start()
    memory.start()
    time.sleep(QUIET_SECONDS)
    began = time.time()
    with ThreadPoolExecutor(SENDERS) as pool, httpx.Client(timeout=60) as client:
        bodies = list(large_bodies())
        began = time.time()
        list(pool.map(lambda body: post(client, url, body), bodies[:-1]))
        post(client, url, bodies[-1])
    acknowledged = time.time()
    while count(running.home, LARGE.hex()) < SPANS:
        # Asking costs what the others need.
        time.sleep(2)
    loaded = time.time()
    time.sleep(QUIET_SECONDS)
    small.ending.set()
    small.join(60)
    assert not small.failed, small.failed
    until("the small traces", lambda: set(arrivals(running.home)) == set(small.sent), 120)
    memory.ending.set()
    memory.join()
    trace = f"trace_id = '{LARGE.hex()}'"
    state = f"SELECT state FROM trace_states WHERE {trace}"  # noqa: S608
    until("it is complete", lambda: rows(running.home, state)[0]["state"] != "open")
    until("all are over", lambda: not rows(running.home, "FROM trace_states WHERE state = 'open'"), 120)
    asked = time.process_time()
    row = rows(running.home, f"SELECT spans, calls, input_tokens, state FROM traces WHERE {trace}")[0]  # noqa: S608
    asked = time.process_time() - asked
    assert row == {"spans": SPANS, "calls": SPANS - 1, "input_tokens": 2 * (SPANS - 1), "state": "complete"}
    reached = arrivals(running.home)
    took = {trace: reached[trace].timestamp() - sent for trace, sent in small.sent.items()}
    phases = {"before": (0.0, began), "during": (began, loaded), "after": (loaded, time.time())}
    figures = {
        "spans": SPANS,
        "acknowledged_after_s": round(acknowledged - began, 1),
        "in_the_warehouse_after_s": round(loaded - began, 1),
        "small_traces_to_the_warehouse_ms": {
            name: spread([took[t] for t, sent in small.sent.items() if low <= sent < high])
            for name, (low, high) in phases.items()
        },
        "traces_view_cpu_s": round(asked, 2),
        "memory_MB": {name: round(size / 1e6) for name, size in memory.peak.items()},
        "grown_by_MB": {name: round((size - memory.first[name]) / 1e6) for name, size in memory.peak.items()},
    }
    print("\n" + json.dumps(figures, indent=1), flush=True)  # noqa: T201  for whoever asks with -s
    for job in ("evaluation", "reports", "quality"):
        done = nilometer("run", job, "--format", "json", "--home", running.home)
        assert done.returncode == 0, f"{job}: {done.stdout[-2000:]}{done.stderr[-2000:]}"
        if job == "evaluation":
            result = json.loads(done.stdout)
            assert result["skipped_traces"] == int(SPANS > backlog.MAX_TRACE_SPANS)
            assert result["traces"] >= len(small.sent)
    return figures


def spread(seconds: list[float]) -> dict[str, float]:
    assert len(seconds) > 1
    twentieths = statistics.quantiles(seconds, n=20, method="inclusive")
    return {
        "n": len(seconds),
        "p50": round(1000 * twentieths[9]),
        "p95": round(1000 * twentieths[18]),
        "max": round(1000 * max(seconds)),
    }
