"""What all benchmarks share: timing, a table with ratios, a JSON file, the machine it ran on.

    from harness import measure, parser, report

    arguments = parser(__doc__).parse_args()
    found = measure({"open": work_a, "decode": work_b}, count=10_000, runs=arguments.runs)
    report("chain", found, baseline="open", json_path=arguments.json)

Rounds are interleaved (a b a b …), so that a machine that grows slower slows all cases alike: compare the ratios.
"""

import argparse
import gc
import json
import os
import platform
import statistics
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.table import Table


@dataclass(frozen=True)
class Measurement:
    """One case: how long each round took, and how many units it handled."""

    name: str
    count: int
    """Units a round."""
    unit: str
    seconds: Sequence[float]
    """Of each round, by the clock."""
    details: Mapping[str, float | int | str] = field(default_factory=dict[str, float | int | str])
    """More that is worth knowing, e.g. bytes, percentiles."""

    cpu_seconds: Sequence[float] = ()
    """Of each round, of this process alone: what to look at where others were at work on the machine."""

    @property
    def median(self) -> float:
        return statistics.median(self.seconds)

    @property
    def rate(self) -> float:
        """Units a second in the median round."""
        return self.count / max(self.median, 1e-9)

    @property
    def spread(self) -> float:
        """(slowest - fastest) / median round: above 0.2, look again."""
        return (max(self.seconds) - min(self.seconds)) / max(self.median, 1e-9)


def measure(
    cases: Mapping[str, Callable[[], object]],
    *,
    count: int | Mapping[str, int],
    unit: str = "spans",
    runs: int = 5,
    warm_up: int = 1,
    before: Callable[[], object] | None = None,
) -> list[Measurement]:
    """Times each case `runs` times, interleaved, after `warm_up` untimed rounds, with the garbage collector off.

    `before` prepares each timing and is not timed itself.
    """
    seconds: dict[str, list[float]] = {name: [] for name in cases}
    cpu_seconds: dict[str, list[float]] = {name: [] for name in cases}
    for round_ in range(warm_up + runs):
        for name, work in cases.items():
            if before is not None:
                before()
            took, cpu = time_once(work)
            if round_ >= warm_up:
                seconds[name].append(took)
                cpu_seconds[name].append(cpu)
    counts = dict.fromkeys(cases, count) if isinstance(count, int) else dict(count)
    return [Measurement(n, counts[n], unit, seconds[n], cpu_seconds=cpu_seconds[n]) for n in cases]


def time_once(work: Callable[[], object]) -> tuple[float, float]:
    """Seconds of one call, by the clock and of this process."""
    gc.collect()
    gc.disable()
    try:
        start, cpu = time.perf_counter(), time.process_time()
        work()
        return time.perf_counter() - start, time.process_time() - cpu
    finally:
        gc.enable()


def parser(description: str | None) -> argparse.ArgumentParser:
    """The options that every benchmark has; add your own."""
    options = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--json", type=Path, metavar="PATH", help="write the figures there, too")
    options.add_argument("--runs", type=int, default=5, help="timed rounds (default: %(default)s)")
    return options


def report(
    title: str, found: Sequence[Measurement], *, baseline: str | None = None, json_path: Path | None = None
) -> None:
    """Prints a table, with each rate as a multiple of the baseline's (default: the first case), and writes the JSON."""
    base = next((m for m in found if m.name == baseline), found[0])
    table = Table(title=title, caption=f"ratio: rate against {base.name!r} · {_machine_line()}")
    for column in ("case", "rate", "ratio", "median", "spread", "CPU each", "details"):
        table.add_column(column, justify="left" if column in ("case", "details") else "right")
    for m in found:
        table.add_row(
            m.name,
            f"{m.rate:,.0f} {m.unit}/s",
            f"{m.rate / base.rate:.2f}×",
            _duration(m.median),
            f"{m.spread:.0%}",
            f"{statistics.median(m.cpu_seconds) / m.count * 1e6:,.1f} µs" if m.cpu_seconds else "",
            ", ".join(f"{k} {_short(v)}" for k, v in m.details.items()),
        )
    console = Console()
    # Into a file or a log: wide enough that no row wraps.
    (console if console.is_terminal else Console(width=140)).print(table)
    if json_path is not None:
        json_path.parent.mkdir(parents=True, exist_ok=True)
        json_path.write_text(json.dumps(as_dict(title, found, base), indent=2) + "\n", encoding="utf-8")


def as_dict(title: str, found: Sequence[Measurement], base: Measurement) -> dict[str, object]:
    """The report as JSON takes it."""
    return {
        "benchmark": title,
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": machine(),
        "baseline": base.name,
        "cases": [
            {
                "name": m.name,
                "unit": m.unit,
                "count": m.count,
                "seconds": list(m.seconds),
                "rate": m.rate,
                "ratio": m.rate / base.rate,
                "spread": m.spread,
                **({"cpu_seconds": list(m.cpu_seconds)} if m.cpu_seconds else {}),
                **({"details": dict(m.details)} if m.details else {}),
            }
            for m in found
        ],
    }


def machine() -> dict[str, str | int | float]:
    """What the figures depend on. `load` is the one-minute load average: much above 0, others were at work too."""
    return {
        "cpu": _cpu(),
        "cores": os.cpu_count() or 0,
        "load": round(os.getloadavg()[0], 2),
        "memory_gib": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30, 1),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "commit": _commit(),
    }


def _machine_line() -> str:
    known = machine()
    return f"{known['cpu']}, {known['cores']} cores, load {known['load']}, Python {known['python']}, {known['commit']}"


def _cpu() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def _commit() -> str:
    command = ["git", "describe", "--always", "--dirty"]
    done = subprocess.run(command, cwd=Path(__file__).parent, capture_output=True, text=True, check=False)
    return done.stdout.strip() or "unknown"


def _duration(seconds: float) -> str:
    return f"{seconds:.2f} s" if seconds >= 1 else f"{seconds * 1e3:.2f} ms"


def _short(value: float | int | str) -> str:
    return f"{value:,.3g}" if isinstance(value, float) else f"{value:,}" if isinstance(value, int) else value
