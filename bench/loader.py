"""Rows a second into the lake, empty and with a million rows there already; bytes a call on real agent runs.

    uv run python bench/loader.py

Each round writes `--rows` new spans in one commit: dropping duplicates must look through what is there. The bytes are
of ../shared/data/tau_airline_gpt4o.jsonl, unmasked, in commits of 500 spans: as they come, and merged by retention.
"""

import contextlib
import itertools
import random
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import msgspec
from harness import Measurement, measure, parser, report

from nilometer.producers.importers import Imported, read
from nilometer.schemas.settings import RetentionSettings, Settings
from nilometer.schemas.span import PricedSpan, RawSpan, Usage
from nilometer.warehouse import retention
from nilometer.warehouse.catalog import Catalog
from nilometer.warehouse.writer import Writer

START = datetime(2026, 3, 1, tzinfo=UTC)
REAL = Path(__file__).resolve().parents[2] / "shared" / "data" / "tau_airline_gpt4o.jsonl"
FILL = """
INSERT INTO store.spans BY NAME
SELECT md5('there' || i) AS event_id, md5('trace' || i // 10) AS trace_id, left(md5('span' || i), 16) AS span_id,
    'chat' AS name, 'chat' AS operation, 'ok' AS status, TIMESTAMPTZ '2026-03-01 00:00:00+00' + INTERVAL (i * 0.3) SECOND AS started_at,
    'gpt-4o' AS request_model, 100 + i % 1000 AS input_tokens, i * 0.000001 AS cost, 'USD' AS currency
FROM range({first}, {last}) t(i)
"""  # noqa: E501


def main() -> None:
    options = parser(__doc__)
    options.add_argument("--rows", type=int, default=20_000, help="of one commit (default: %(default)s)")
    options.add_argument("--there", type=int, default=1_000_000, help="rows before (default: %(default)s)")
    arguments = options.parse_args()
    with tempfile.TemporaryDirectory() as directory, contextlib.ExitStack() as stack:
        cases: dict[str, Callable[[], object]] = {}
        for there in (0, arguments.there):
            settings = Settings(home=Path(directory) / str(there))
            fill(settings, there)
            writer = stack.enter_context(Writer(settings))
            batches = fresh(arguments.rows, seed=there)
            cases[f"{there:,} rows there"] = lambda writer=writer, batches=batches: write(writer, next(batches))
        found = measure(cases, count=arguments.rows, unit="rows", runs=arguments.runs)
    report("loader", [*found, *real_bytes()], json_path=arguments.json)


def write(writer: Writer, batch: list[PricedSpan]) -> None:
    assert writer.write(batch).spans == len(batch)


def fill(settings: Settings, rows: int) -> None:
    """As many rows as asked for, in commits of 50,000 over four days."""
    with contextlib.closing(Catalog(settings).connect()) as connection:
        for first in range(0, rows, 50_000):
            connection.execute(FILL.format(first=first, last=min(first + 50_000, rows)))


def fresh(rows: int, seed: int) -> Iterator[list[PricedSpan]]:
    """Batches of new spans of about 1 kB; making them is not timed away, for the loader gets them decoded, too."""
    dice = random.Random(seed)
    text = " ".join(f"{dice.getrandbits(24):x}" for _ in range(60))
    base = PricedSpan(
        event_id="",
        trace_id="",
        span_id="",
        name="chat gpt-4o",
        operation="chat",
        started_at=START,
        service="support",
        provider="openai",
        request_model="gpt-4o",
        input_messages=[{"role": "user", "parts": [{"type": "text", "content": text}]}],
        usage=Usage(input_tokens=120, output_tokens=30),
        cost=Decimal("0.0012345"),
        currency="USD",
        price_version="2026-03-01",
    )
    for number in itertools.count():
        yield [
            msgspec.structs.replace(
                base,
                event_id=f"{dice.getrandbits(128):032x}",
                trace_id=f"{seed}{number:08x}{row // 10:08x}".rjust(32, "0"),
                span_id=f"{dice.getrandbits(64):016x}",
                started_at=START + timedelta(days=3, seconds=number * 100 + row / 1000),
            )
            for row in range(rows)
        ]


def real_bytes() -> list[Measurement]:
    """Bytes a call of real agent runs, tool spans and all; empty where the data is not there."""
    if not REAL.exists():
        return []
    events = [item.event for item in read(REAL, "openai-chat", started_at=START) if isinstance(item, Imported)]
    spans = [priced(event) for event in events if isinstance(event, RawSpan)]
    calls = sum(span.is_call for span in spans)
    raw = sum(len(msgspec.json.encode(span)) for span in spans)
    with tempfile.TemporaryDirectory() as directory:
        keep = RetentionSettings(spans_days=None, snapshots_hours=0)
        settings = Settings(home=Path(directory), retention=keep)
        start = time.perf_counter()
        with Writer(settings) as writer:
            for batch in chunks(spans, 500):
                writer.write(batch)
        seconds = time.perf_counter() - start
        files = Catalog(settings).data_path / "store" / "spans"
        before = sum(file.stat().st_size for file in files.glob("*.parquet"))
        retention.run(settings)
        after = sum(file.stat().st_size for file in files.glob("*.parquet"))
    details = {"bytes a call, as JSON": raw / calls, "in commits of 500": before / calls, "merged": after / calls}
    return [Measurement(f"{REAL.name}, {len(spans):,} spans", calls, "calls", [seconds], details)]


def chunks(spans: list[PricedSpan], size: int) -> Iterator[list[PricedSpan]]:
    for first in range(0, len(spans), size):
        yield spans[first : first + size]


def priced(raw: RawSpan) -> PricedSpan:
    fields = {name: getattr(raw, name) for name in raw.__struct_fields__}
    return PricedSpan(**fields, event_id=raw.event_id)


if __name__ == "__main__":
    main()
