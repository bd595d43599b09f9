"""Masking beside plain Presidio, in texts and kB a second of one process.

    uv run python bench/mask.py --json mask.json
    uv run python bench/mask.py --only memory --segments 10000000

Inputs, from ../shared/data where it is there: the real calls with their whole history, each with what is remembered
empty, and again when all has been seen; their unique texts only; user messages only, the hardest. Plain Presidio is
`AnalyzerEngine.analyze` with its default registry, the same model, kinds and threshold. It is measured in the same
process on a sample of the texts, spread evenly, and its rate in kB a second stands for all of them: the history of the
real calls would take it a quarter of an hour. Loading models and compiling patterns is not counted.
"""

import multiprocessing
import os
import random
import resource
import statistics
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from multiprocessing.synchronize import Barrier
from pathlib import Path
from typing import Any

import msgspec
from harness import Measurement, measure, parser, report

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from chain import tau
from payloads import TAU

from nilometer.schemas.event import RawEvent
from nilometer.schemas.service import settle_memory
from nilometer.schemas.settings import MaskingSettings
from nilometer.schemas.span import RawSpan
from nilometer.streams.mask import Masker
from tests.mask.parity import texts_of
from tests.mask.plain import Plain

BATCH = 50
KEY = b"k" * 32
CASES = ("calls", "unique", "users", "processes", "memory")


def make_masker() -> Masker:
    """One that is ready, as in a worker: its patterns are compiled, and it has seen nothing of the input."""
    masker = Masker(MaskingSettings(), KEY, "bench")
    masker.mask(list(as_events(["warm up", "wärm üp, Mia"])))
    settle_memory()
    return masker


def calls(path: Path) -> list[RawSpan]:
    return [event for event in tau(path, 10**9) if isinstance(event, RawSpan) and event.operation == "chat"]


def prompts_of(events: Sequence[RawSpan]) -> list[str]:
    """All texts that the calls carry, as often as they do."""
    return [text for event in events for text in _texts([event.input_messages, event.output_messages])]


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, inner in value.items():
            if key not in ("role", "type", "id", "name"):
                yield from _texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner)


def as_events(texts: Sequence[str]) -> Iterator[RawSpan]:
    """Each text alone in a call."""
    for number, text in enumerate(texts):
        yield RawSpan(
            trace_id=f"{number + 1:032x}",
            span_id=f"{number + 1:016x}",
            name="chat",
            operation="chat",
            started_at=datetime(2026, 1, 1, tzinfo=UTC),
            input_messages=[{"role": "user", "parts": [{"type": "text", "content": text}]}],
        )


def mask_all(masker: Masker, events: Sequence[RawEvent]) -> None:
    for start in range(0, len(events), BATCH):
        masker.mask(events[start : start + BATCH])


def plain_rate(plain: Plain, texts: Sequence[str], sample: int, runs: int) -> Measurement:
    """Characters a second of plain Presidio, from every n-th text."""
    chosen = list(texts[:: max(1, len(texts) // sample)])
    size = sum(map(len, chosen))

    def work() -> None:
        for text in chosen:
            plain.analyze(text)

    found = measure({"plain Presidio": work}, count=size, unit="characters", runs=runs, warm_up=0)[0]
    return replace(found, details={"sample": f"{len(chosen)} of {len(texts)} texts"})


def beside(
    title: str, events: Sequence[RawEvent], texts: Sequence[str], plain: Measurement, runs: int, json_path: Path | None
) -> None:
    """Both ways on the same texts, in characters a second."""
    size = sum(map(len, texts))
    fresh: list[Masker] = []

    def forget() -> None:
        fresh[:] = [make_masker()]

    cold = measure(
        {"Nilometer, nothing seen": lambda: mask_all(fresh[0], events)},
        count=size,
        unit="characters",
        runs=runs,
        warm_up=0,
        before=forget,
    )[0]
    warm = measure(
        {"Nilometer, all seen": lambda: mask_all(fresh[0], events)}, count=size, unit="characters", runs=runs
    )[0]
    found = [plain, *(with_rates(one, plain, len(events), len(texts)) for one in (cold, warm))]
    report(f"mask: {title}", found, json_path=named(json_path, title))


def with_rates(one: Measurement, plain: Measurement, events: int, texts: int) -> Measurement:
    """`CPU ratio`: against plain Presidio in processor time, where others were at work on the machine."""
    cpu, plain_cpu = (statistics.median(found.cpu_seconds) for found in (one, plain))
    details = {
        "CPU ratio": (one.count / cpu) / (plain.count / plain_cpu),
        "CPU s": cpu,
        "calls/s": events / one.median,
        "texts/s": texts / one.median,
        "kB": one.count / 1e3,
    }
    return replace(one, details=details)


def in_processes(path: Path, runs: int, json_path: Path | None) -> None:
    """The same calls by one process, and cut in two by conversation, as partitions are."""
    events = calls(path)
    found: list[Measurement] = []
    for workers in (1, 2):
        seconds = [_parallel(path, workers) for _ in range(runs)]
        found.append(Measurement(f"{workers} process{'es' * (workers > 1)}", len(events), "calls", seconds))
    report("mask: processes", found, json_path=named(json_path, "processes"))


def _parallel(path: Path, workers: int) -> float:
    context = multiprocessing.get_context("spawn")
    ready, done = context.Barrier(workers + 1), context.Barrier(workers + 1)
    processes = [context.Process(target=_part, args=(path, n, workers, ready, done)) for n in range(workers)]
    for process in processes:
        process.start()
    ready.wait()
    start = time.perf_counter()
    done.wait()
    took = time.perf_counter() - start
    for process in processes:
        process.join()
    return took


def _part(path: Path, number: int, workers: int, ready: Barrier, done: Barrier) -> None:
    events = [event for event in calls(path) if int(event.trace_id, 16) % workers == number]
    masker = make_masker()
    ready.wait()
    mask_all(masker, events)
    done.wait()


def memory(segments: int, json_path: Path | None) -> None:
    """Distinct segments without end, short codes, each a message of its own: what is remembered stops growing, and so
    does the process."""
    masker = make_masker()
    rng = random.Random(7)
    marks: list[Measurement] = []
    step = max(segments // 10, 1)
    start, done = time.perf_counter(), 0
    while done < segments:
        many = [f"q{rng.randrange(16**12):012x}_0" for _ in range(min(500, segments - done))]
        event = next(as_events([""]))
        masker.mask([msgspec.structs.replace(event, input_messages=[{"content": text} for text in many])])
        done += len(many)
        if done % step < 500:
            details = {"RSS MB": round(_rss() / 1e6), "remembered": repr(masker)}
            print(f"{done:,} segments, RSS {details['RSS MB']:,} MB, {details['remembered']}", flush=True)
            marks.append(Measurement(f"{done:,}", done, "segments", [time.perf_counter() - start], details))
    report("mask: memory", marks, json_path=named(json_path, "memory"))
    print(f"highest RSS {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3:,.0f} MB")


def _rss() -> int:
    fields = Path("/proc/self/statm").read_text(encoding="ascii").split()
    return int(fields[1]) * os.sysconf("SC_PAGE_SIZE")


def named(path: Path | None, title: str) -> Path | None:
    return None if path is None else path.with_name(f"{path.stem}-{title.replace(' ', '-')}{path.suffix}")


def main() -> None:
    options = parser(__doc__)
    options.add_argument("--data", type=Path, default=TAU, help="conversations as OpenAI chat messages, JSON lines")
    options.add_argument("--sample", type=int, default=200, help="texts for plain Presidio (default: %(default)s)")
    options.add_argument("--segments", type=int, default=200_000, help="of the memory case (default: %(default)s)")
    options.add_argument("--only", choices=CASES, action="append", help="this case; may be repeated")
    arguments = options.parse_args()
    chosen = arguments.only or list(CASES)
    runs, path, json_path = min(arguments.runs, 3), arguments.data, arguments.json

    if not path.is_file():
        print(f"no real data: {path} is not there")
        chosen = [case for case in chosen if case == "memory"]
    if {"calls", "unique", "users"} & set(chosen):
        compare(path, chosen, arguments.sample, runs, json_path)
    if "processes" in chosen:
        in_processes(path, runs, json_path)
    if "memory" in chosen:
        memory(arguments.segments, json_path)


def compare(path: Path, chosen: Sequence[str], sample: int, runs: int, json_path: Path | None) -> None:
    plain = Plain()
    plain.analyze("warm up")
    events = calls(path)
    unique = texts_of(path)
    users = list(
        dict.fromkeys(
            text
            for event in events
            for message in event.input_messages or ()
            if message.get("role") == "user"
            for text in _texts(message.get("parts"))
        )
    )
    cases: dict[str, tuple[str, Callable[[], Sequence[RawEvent]], Sequence[str], Sequence[str]]] = {
        # Plain Presidio costs by the text, whatever came before: its rate on unique texts holds for their history.
        "calls": ("real calls with their history", lambda: events, prompts_of(events), unique),
        "unique": ("unique texts", lambda: list(as_events(unique)), unique, unique),
        "users": ("user messages", lambda: list(as_events(users)), users, users),
    }
    for case in (case for case in cases if case in chosen):
        title, made, texts, sampled = cases[case]
        beside(title, made(), texts, plain_rate(plain, sampled, sample, runs), runs, json_path)


if __name__ == "__main__":
    main()
