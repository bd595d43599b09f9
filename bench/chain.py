"""Spans a second through the chain, step by step and whole, in one process.

    uv run python bench/chain.py --json chain.json

Two inputs: real multi-turn agent runs, where each call repeats its history (../shared/data, where it is there), and
spans of 1 kB whose texts are all different. Masking is timed twice: with its cache empty, as after a start, and
full, as when everything has been seen; live traffic lies between the two.
"""

import random
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from harness import Measurement, measure, parser, report

from nilometer.producers import importers
from nilometer.schemas import wire
from nilometer.schemas.deadletter import Coordinates
from nilometer.schemas.event import RawEvent
from nilometer.schemas.keys import KeyRing, SealingKey, key_id
from nilometer.schemas.settings import MaskingSettings
from nilometer.schemas.span import RawSpan, Usage
from nilometer.streams import chain
from nilometer.streams.decode import decode
from nilometer.streams.fit import fit
from nilometer.streams.mask import Masker
from nilometer.streams.masking import mask
from nilometer.streams.open import open_records
from nilometer.streams.price import price
from nilometer.streams.validate import validate

TAU = Path(__file__).resolve().parents[2] / "shared" / "data" / "tau_airline_gpt4o.jsonl"
ENVIRONMENT = "bench"
BATCH_EVENTS = 50
"""Spans a record, as a busy SDK sends them."""
VOCABULARY = (
    "the a of to in for with on at from flight ticket refund change cancel order account please help issue system "
    "update booking date payment reservation travel insurance policy customer agent request status number baggage "
    "delay weather airport gate seat upgrade member gold silver economy business passenger name would like need want"
)
WORDS = VOCABULARY.split()
NAMES = ("Sophia Silva", "Daniel Moore", "Mei Li", "Aarav Ahmed", "Olivia Garcia", "Noah Brown")


def tau(path: Path, limit: int) -> list[RawEvent]:
    """The events of the first runs of the file, up to `limit` spans."""
    found = importers.read(
        path, "openai-chat", started_at=datetime(2026, 1, 1, tzinfo=UTC), provider="openai", model="gpt-4o"
    )
    events: list[RawEvent] = []
    for item in found:
        if isinstance(item, importers.Imported):
            events.append(item.event)
        if len(events) >= limit:
            break
    return events


def synthetic(count: int, seed: int) -> list[RawEvent]:
    """Calls of about 1 kB of JSON, no two texts alike; one in four holds a name and an address."""
    rng = random.Random(seed)

    def text() -> str:
        words = [rng.choice(WORDS) for _ in range(80)]
        if rng.random() < 0.25:
            words[rng.randrange(80)] = f"{rng.choice(NAMES)} (user{rng.randrange(10**6)}@example.com)"
        return " ".join(words).capitalize() + f". Reference {rng.randrange(10**9)}."

    def call(number: int) -> RawSpan:
        return RawSpan(
            trace_id=f"{number // 10 + 1:032x}",
            span_id=f"{number + 1:016x}",
            name="chat gpt-4o",
            operation="chat",
            provider="openai",
            request_model="gpt-4o",
            service="bench",
            started_at=datetime(2026, 1, 1, tzinfo=UTC),
            input_messages=[{"role": "user", "parts": [{"type": "text", "content": text()}]}],
            output_messages=[{"role": "assistant", "parts": [{"type": "text", "content": "Done."}]}],
            usage=Usage(input_tokens=rng.randrange(50, 500), output_tokens=rng.randrange(1, 100)),
        )

    return [call(number) for number in range(count)]


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
    options.add_argument("--data", type=Path, default=TAU, help="conversations as OpenAI chat messages, JSON lines")
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
