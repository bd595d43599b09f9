"""Spans a second through the chain, step by step and whole, in one process.

    uv run python bench/chain.py --json chain.json

Two inputs: real multi-turn agent runs, where each call repeats its history (../shared/data, where it is there), and
spans of 1 kB whose texts are all different. Masking is timed twice: with its cache empty, as after a start, and
full, as when everything has been seen; live traffic lies between the two.
"""

import itertools
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import payloads
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from harness import Measurement, measure, parser, report

from nilometer.schemas import wire
from nilometer.schemas.deadletter import Coordinates
from nilometer.schemas.event import RawEvent
from nilometer.schemas.keys import KeyRing, SealingKey, key_id
from nilometer.schemas.settings import MaskingSettings
from nilometer.streams import chain
from nilometer.streams.decode import decode
from nilometer.streams.fit import fit
from nilometer.streams.mask import Masker
from nilometer.streams.masking import mask
from nilometer.streams.open import open_records
from nilometer.streams.price import price
from nilometer.streams.validate import validate

ENVIRONMENT = "bench"
BATCH_EVENTS = 50
"""Spans a record, as a busy SDK sends them."""


def tau(path: Path, limit: int) -> list[RawEvent]:
    """The events of the first runs of the file, up to `limit` spans: calls and tools."""
    return list(itertools.islice(payloads.tau(path), limit))


def synthetic(count: int, seed: int) -> list[RawEvent]:
    """Calls of about 1 kB of JSON, no two texts alike; one in four holds a name and an address."""
    return list(itertools.islice(payloads.synthetic(seed), count))


def sealed(events: Sequence[RawEvent], ring: KeyRing) -> list[chain.Record]:
    """Records of BATCH_EVENTS events, as the SDK makes them."""
    records: list[chain.Record] = []
    for start in range(0, len(events), BATCH_EVENTS):
        body = wire.encode_jsonl(events[start : start + BATCH_EVENTS])
        message = wire.seal(body, wire.NATIVE, ring.sealing, ENVIRONMENT)
        source = Coordinates(source="raw", offset=start)
        records.append(chain.Record(message.value, wire.header_map(message.headers), source))
    return records


def time_steps(events: Sequence[RawEvent], ctx: chain.Context, runs: int) -> list[Measurement]:
    """Each step on the output of the one before, and all of them together."""
    records = sealed(events, ctx.ring)
    opened, _ = open_records(records, ctx)
    raw, _ = decode(opened, ctx)
    valid, _ = validate(raw, ctx)
    masked, _ = mask(valid, ctx)
    priced, dead = price(masked, ctx)
    if dead or len(priced) != len(events):
        raise SystemExit(f"{len(events) - len(priced)} of {len(events)} events did not come through")
    steps: dict[str, Callable[[], object]] = {
        "all, cache full": lambda: chain.run(records, ctx),
        "open": lambda: open_records(records, ctx),
        "decode": lambda: decode(opened, ctx),
        "validate": lambda: validate(raw, ctx),
        "mask, cache full": lambda: mask(valid, ctx),
        "price": lambda: price(masked, ctx),
        "fit": lambda: fit(priced, ctx),
    }
    return measure(steps, count=len(events), runs=runs)


def time_cold(events: Sequence[RawEvent], context: Callable[[], chain.Context], runs: int) -> list[Measurement]:
    """The whole chain with a masker that has seen nothing yet; loading it is not counted."""
    fresh: list[chain.Context] = []
    ring = context().ring
    records = sealed(events, ring)

    def load() -> None:
        fresh[:] = [context()]

    def work() -> object:
        return chain.run(records, fresh[0])

    return measure({"all, cache empty": work}, count=len(events), runs=runs, warm_up=0, before=load)


def main() -> None:
    options = parser(__doc__)
    options.add_argument("--spans", type=int, default=2_000, help="of each input, at most (default: %(default)s)")
    options.add_argument(
        "--data", type=Path, default=payloads.TAU, help="conversations as OpenAI chat messages, JSON lines"
    )
    arguments = options.parse_args()

    private = X25519PrivateKey.generate()
    key = SealingKey(key_id(private.public_key()), private.public_key())
    ring = KeyRing(key, {key.key_id: private}, b"p" * 32)

    def context() -> chain.Context:
        masker = Masker(MaskingSettings(), ring.pseudonym, ENVIRONMENT)
        return chain.Context(environment=ENVIRONMENT, ring=ring, masker=masker, clock=lambda: datetime.now(UTC))

    inputs: dict[str, list[RawEvent]] = {"1 kB, all texts new": synthetic(arguments.spans, seed=7)}
    if arguments.data.is_file():
        inputs["real agent runs"] = tau(arguments.data, arguments.spans)
    else:
        print(f"no real data: {arguments.data} is not there")
    for name, events in inputs.items():
        size = len(wire.encode_jsonl(events)) / len(events)
        found = [
            *time_cold(events, context, min(arguments.runs, 3)),
            *time_steps(events, context(), arguments.runs),
        ]
        found = [with_size(m, size) for m in found]
        path = arguments.json
        if path is not None:
            path = path.with_name(f"{path.stem}-{'real' if name.startswith('real') else 'synthetic'}{path.suffix}")
        report(f"chain: {name}", found, json_path=path)


def with_size(found: Measurement, size: float) -> Measurement:
    details: dict[str, Any] = {"bytes a span": round(size), "MB/s": found.rate * size / 1e6}
    return replace(found, details=details)


if __name__ == "__main__":
    main()
