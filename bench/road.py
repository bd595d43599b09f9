"""Where the time goes: each stage of the road from the gateway to the warehouse, one after the other, in one process.

    uv run python bench/road.py
    uv run python bench/road.py --payloads real --masking off --json road.json

The same code on the same bytes as in `nilometer up`, less what moves them: sockets, Kafka, Faust. Masking is timed with
an empty cache, as after a start, and again when all has been seen; `--masking off` leaves it out by handing events
on unmasked, which no setting of a running system does. Look at CPU: the clock is everybody's.
"""

import argparse
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import payloads
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from harness import Measurement, measure, parser, report

from nilometer.producers.gateway import otlp
from nilometer.producers.gateway.signals import TRACES
from nilometer.schemas import wire
from nilometer.schemas.deadletter import Coordinates
from nilometer.schemas.event import MaskedEvent, RawEvent
from nilometer.schemas.keys import KeyRing, SealingKey, key_id
from nilometer.schemas.service import settle_memory
from nilometer.schemas.settings import MaskingSettings, Settings
from nilometer.schemas.span import MaskedSpan
from nilometer.streams import chain
from nilometer.streams.decode import decode
from nilometer.streams.fit import fit
from nilometer.streams.mask import Masker
from nilometer.streams.masking import mask
from nilometer.streams.open import open_records
from nilometer.streams.price import price
from nilometer.streams.rollup import RecentIds, count, new_calls
from nilometer.streams.validate import validate
from nilometer.warehouse import published
from nilometer.warehouse.rows import arrow, by_table
from nilometer.warehouse.writer import Writer

SETTINGS = Settings(environment="bench")
RECORDS = 20
"""Taken at a time, as the worker does."""


class Off:
    """Hands every span on as it is."""

    version = "off"

    def mask(self, events: Sequence[RawEvent], /) -> Sequence[MaskedEvent]:
        return [
            MaskedSpan(**{name: getattr(event, name) for name in event.__struct_fields__}, event_id=event.event_id)
            for event in events
        ]


class Lakes:
    """A new lake for every write: rows that are there already would be dropped."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._made = 0
        self._next: Writer | None = None

    def prepare(self) -> None:
        if self._next is None:
            self._made += 1
            self._next = Writer(SETTINGS.model_copy(update={"home": self._directory / str(self._made)}))

    def write(self, events: Sequence[published.Published]) -> None:
        writer, self._next = self._next, None
        assert writer is not None
        with writer:
            assert writer.write(events).spans == len(events)


def main(arguments: argparse.Namespace) -> None:
    private = X25519PrivateKey.generate()
    key = SealingKey(key_id(private.public_key()), private.public_key())
    ring = KeyRing(key, {key.key_id: private}, b"p" * 32)
    settle_memory()
    for name in arguments.payloads:
        if name == "real" and not payloads.TAU.is_file():
            print(f"no real data: {payloads.TAU} is not there")
            continue
        for masking in arguments.masking:
            masker = Masker(MaskingSettings(), ring.pseudonym, SETTINGS.environment) if masking == "on" else Off()
            ctx = chain.Context(
                environment=SETTINGS.environment, ring=ring, masker=masker, clock=lambda: datetime.now(UTC)
            )
            payload = payloads.make(name, arguments.requests, 1)
            with tempfile.TemporaryDirectory() as directory:
                found = road(payload, ctx, key, Lakes(Path(directory)), arguments.runs)
            path = arguments.json
            if path is not None:
                path = path.with_name(f"{path.stem}-{name}-{masking}{path.suffix}")
            report(f"{name}, {payload.bytes_a_span:,.0f} bytes a span, masking {masking}", found, json_path=path)


def road(payload: payloads.Payload, ctx: chain.Context, key: SealingKey, lakes: Lakes, runs: int) -> list[Measurement]:
    extra = {wire.SIGNAL_HEADER: TRACES.name}

    def seal() -> list[wire.Message]:
        return [wire.seal(b, wire.OTLP_PROTOBUF, key, ctx.environment, extra=extra) for b in payload.bodies]

    records = [
        chain.Record(message.value, wire.header_map(message.headers), Coordinates(source="raw", partition=0, offset=n))
        for n, message in enumerate(seal())
    ]
    batches = [records[n : n + RECORDS] for n in range(0, len(records), RECORDS)]
    opened, _ = open_records(records, ctx)
    raw, _ = decode(opened, ctx)
    valid, _ = validate(raw, ctx)
    cold = measure({"mask, nothing seen": lambda: mask(valid, ctx)}, count=payload.spans, runs=1, warm_up=0)
    masked, _ = mask(valid, ctx)
    priced, _ = price(masked, ctx)
    messages = [wire.encode(sourced.item, ctx.environment) for sourced in priced]
    read = [published.decode(message.value) for message in messages]
    if len(read) != payload.spans:
        raise SystemExit(f"{payload.spans - len(read)} of {payload.spans} spans did not come through")
    stages: dict[str, Callable[[], object]] = {
        "gateway: look at": lambda: [otlp.take(TRACES, b, SETTINGS, json=False) for b in payload.bodies],
        "gateway: seal": seal,
        "worker: the whole chain": lambda: [chain.run(batch, ctx) for batch in batches],
        "open": lambda: open_records(records, ctx),
        "decode": lambda: decode(opened, ctx),
        "validate": lambda: validate(raw, ctx),
        "mask, all seen": lambda: mask(valid, ctx),
        "price": lambda: price(masked, ctx),
        "fit": lambda: fit(priced, ctx),
        "worker: count": lambda: count(new_calls((s.item for s in priced), RecentIds(100_000)), ()),
        "worker: write messages": lambda: [wire.encode(s.item, ctx.environment) for s in priced],
        "loader: read messages": lambda: [published.decode(message.value) for message in messages],
        "loader: columns": lambda: {table: arrow(table, rows) for table, rows in by_table(read).items()},
        "loader: columns, files, commit": lambda: lakes.write(read),
    }
    found = measure(stages, count=payload.spans, runs=runs, before=lakes.prepare)
    sizes = {"bytes of raw": sum(len(r.value) for r in records) / payload.spans}
    sizes |= {"of events": sum(len(m.value) for m in messages) / payload.spans}
    return [replace(found[0], details=sizes), *found[1:], *cold]


if __name__ == "__main__":
    options = parser(__doc__)
    options.add_argument("--payloads", nargs="+", choices=payloads.NAMES, default=list(payloads.NAMES))
    options.add_argument("--masking", nargs="+", choices=("on", "off"), default=["on", "off"])
    options.add_argument("--requests", type=int, default=20, help="of each payload (default: %(default)s)")
    main(options.parse_args())
