"""The truth about the real airline runs, from the runs themselves: whose data is in them, and what of it is left.

`uv run python -m tests.mask.airline` prints the table of docs/masking.md.
"""

import json
import re
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, cast

import msgspec

from nilometer.producers.importers import Imported, read
from nilometer.schemas.event import MaskedEvent, RawEvent
from nilometer.schemas.settings import MaskingSettings
from nilometer.streams.mask import Masker, MaskFailure

FILE = "tau_airline_gpt4o.jsonl"
_PLACE = ("address1", "address2", "zip")


@dataclass
class Truth:
    """The personal values of one run by kind."""

    values: dict[str, set[str]] = field(default_factory=lambda: defaultdict[str, set[str]](set))

    def expressions(self) -> Iterator[tuple[str, re.Pattern[str]]]:
        """Kind, and what finds its values as free text: whole words, whatever their case."""
        for kind, values in self.values.items():
            forms = {form for value in values for form in (_dates(value) if kind == "dob" else (value,))}
            words = "|".join(re.escape(form) for form in sorted(forms, key=lambda form: (-len(form), form)))
            yield kind, re.compile(rf"(?<![^\W_])(?:{words})(?![^\W_])", re.IGNORECASE)


def truth_of(record: Mapping[str, Any]) -> Truth:
    """What tool results and tool arguments of a run say about people."""
    truth = Truth()
    for message in record["traj"]:
        texts = [call["function"]["arguments"] for call in message.get("tool_calls") or ()]
        if message["role"] == "tool":
            texts.append(message["content"])
        for text in texts:
            try:
                _gather(json.loads(text), truth)
            except ValueError:
                continue
    return truth


def _gather(value: Any, truth: Truth) -> None:
    if isinstance(value, list):
        for inner in cast("list[Any]", value):
            _gather(inner, truth)
    if not isinstance(value, dict):
        return
    for key, inner in cast("dict[str, Any]", value).items():
        if key in ("first_name", "last_name") and inner:
            truth.values["name"].add(inner)
        elif (key in ("email", "dob", "user_id") or key in _PLACE) and isinstance(inner, str) and inner:
            truth.values[key].add(inner)
        elif key == "payment_id" and inner:
            truth.values["payment id"].add(inner)
        elif key == "payment_methods" and isinstance(inner, dict):
            truth.values["payment id"].update(cast("dict[str, Any]", inner))
        _gather(inner, truth)


def _dates(value: str) -> Sequence[str]:
    day = date.fromisoformat(value)
    return (
        value,
        f"{day:%B} {day.day}, {day.year}",
        f"{day:%B} {day.day} {day.year}",
        f"{day.day} {day:%B} {day.year}",
        f"{day.month}/{day.day}/{day.year}",
        f"{day:%m/%d/%Y}",
        f"{day:%d/%m/%Y}",
    )


@dataclass
class Report:
    """What was planted and what was found again, by kind: occurrences in the texts of all spans."""

    runs: int = 0
    spans: int = 0
    seconds: float = 0.0
    values: Counter[str] = field(default_factory=Counter[str])
    planted: Counter[str] = field(default_factory=Counter[str])
    left: Counter[str] = field(default_factory=Counter[str])
    runs_left: dict[str, set[int]] = field(default_factory=lambda: defaultdict[str, set[int]](set))
    masked: Counter[str] = field(default_factory=Counter[str])
    examples: list[str] = field(default_factory=list[str])

    def table(self) -> str:
        lines = ["| kind | values | occurrences before | after | runs with any after |", "|---|---|---|---|---|"]
        lines += [
            f"| {kind} | {self.values[kind]} | {self.planted[kind]} | {self.left[kind]} | {len(self.runs_left[kind])} |"
            for kind in sorted(self.values)
        ]
        return "\n".join(lines)


def load(path: Path) -> list[tuple[Truth, list[RawEvent]]]:
    """Each run: its truth and its events."""
    lines = path.read_text(encoding="utf-8").splitlines()
    runs: list[tuple[Truth, list[RawEvent]]] = [(truth_of(json.loads(line)), []) for line in lines]
    for item in read(path, "openai-chat"):
        assert isinstance(item, Imported)
        runs[item.line - 1][1].append(item.event)
    return runs


def measure(path: Path, masker: Masker) -> tuple[Report, list[tuple[RawEvent, MaskedEvent]]]:
    """Masks the whole file in batches of one run, and looks for every true value in what came out."""
    report = Report()
    pairs: list[tuple[RawEvent, MaskedEvent]] = []
    for number, (truth, events) in enumerate(load(path)):
        start = time.process_time()
        results = masker.mask(events)
        report.seconds += time.process_time() - start
        masked = [result for result in results if not isinstance(result, MaskFailure)]
        assert len(masked) == len(events)
        pairs += zip(events, masked, strict=True)
        report.runs += 1
        report.spans += len(events)
        for event in masked:
            report.masked.update(event.masked)
        _look(report, number, truth, events, masked)
    return report, pairs


def _look(report: Report, number: int, truth: Truth, events: Sequence[RawEvent], masked: Sequence[MaskedEvent]) -> None:
    before = [_text(event) for event in events]
    after = [_text(event) for event in masked]
    for kind, values in truth.values.items():
        report.values[kind] += len(values)
    for kind, expression in truth.expressions():
        report.planted[kind] += sum(len(expression.findall(text)) for text in before)
        for text in after:
            for match in expression.finditer(text):
                report.left[kind] += 1
                report.runs_left[kind].add(number)
                around = text[max(0, match.start() - 50) : match.end() + 30]
                report.examples.append(f"{number} {kind} {match.group()}: {around!r}")


def _text(event: RawEvent | MaskedEvent) -> str:
    return msgspec.json.encode(event).decode().replace("\\n", "\n")


def main() -> None:
    path = Path(sys.argv[1] if len(sys.argv) > 1 else f"../shared/data/{FILE}")
    report, _ = measure(path, Masker(MaskingSettings(), b"k" * 32, "dev"))
    seen = set[str]()
    out = [
        f"{report.runs} runs, {report.spans} spans, {report.seconds:.1f} s of one processor",
        report.table(),
        ", ".join(f"{kind} {count}" for kind, count in report.masked.most_common()),
        *(example for example in report.examples if not (example in seen or seen.add(example))),
    ]
    sys.stdout.write("\n".join(out) + "\n")


if __name__ == "__main__":
    main()
