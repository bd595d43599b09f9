"""The whole chain, byte for byte: one file in, events and dead letters out, by both ways in, with the real masker.

Fixed are clock and keys. Two things are not compared: the sealed bytes of a dead letter, which are random (what they
open to is), and the masker's version, which names the versions of its libraries. After a wanted change:

    uv run python -m tests.chain.test_golden
"""

import msgspec

from nilometer.schemas.deadletter import Coordinates
from nilometer.schemas.event import RawEvent
from nilometer.schemas.settings import MaskingSettings
from nilometer.streams import chain
from nilometer.streams.mask import Masker
from tests.chain.conftest import ENVIRONMENT, key_ring
from tests.support.chain import context, opened, record
from tests.support.golden import GOLDEN, compare, write

FOLDER = GOLDEN / "chain"
LINES = (FOLDER / "input.jsonl").read_bytes().split(b"\n")


def test_the_chain_makes_of_the_golden_file_what_it_always_made(masker: Masker) -> None:
    outcome = chain.run([record(LINES, offset=41)], context(masker=masker))
    compare(FOLDER / "events.jsonl", events(outcome))
    compare(FOLDER / "dead.jsonl", dead(outcome))


def test_a_batch_cut_anywhere_gives_the_same(masker: Masker) -> None:
    whole = events(chain.run([record(LINES)], context(masker=masker)))
    for size in (1, 7):
        parts = [record(LINES[i : i + size], offset=i) for i in range(0, len(LINES), size)]
        assert events(chain.run(list(reversed(parts)), context(masker=masker)), sort=True) == b"".join(
            sorted(whole.splitlines(keepends=True))
        )


def test_events_from_a_file_become_the_same_as_those_from_the_broker(masker: Masker) -> None:
    """Invariant 5, the parity of backfill and live."""
    decoder: msgspec.json.Decoder[RawEvent] = msgspec.json.Decoder(RawEvent)  # pyright: ignore[reportArgumentType]
    sourced: list[chain.Sourced[RawEvent]] = []
    unread = 0
    for number, line in enumerate(LINES, 1):
        try:
            sourced.append(chain.Sourced(decoder.decode(line), Coordinates(source="input.jsonl", offset=number)))
        except msgspec.DecodeError:
            unread += bool(line)
    ctx = context(masker=masker)
    live, offline = chain.run([record(LINES)], ctx), chain.run_events(sourced, ctx)
    # The one with half an emoji can be read by the chain only.
    mended = [e for e in live.events if "half of it: \ufffd" in str(e)]
    assert len(mended) == 1
    assert offline.events == [e for e in live.events if e not in mended]
    assert len(offline.dead) == len(live.dead) - unread + len(mended)


def events(outcome: chain.Outcome, *, sort: bool = False) -> bytes:
    fixed = [msgspec.structs.replace(event, mask_version="*") for event in outcome.events]
    lines = [msgspec.json.encode(event) + b"\n" for event in fixed]
    return b"".join(sorted(lines) if sort else lines)


def dead(outcome: chain.Outcome) -> bytes:
    letters = [
        {**msgspec.to_builtins(letter), "original": opened(letter).decode(errors="backslashreplace")}
        for letter in outcome.dead
    ]
    return b"".join(msgspec.json.encode(letter) + b"\n" for letter in letters)


if __name__ == "__main__":
    real = Masker(MaskingSettings(), key_ring().pseudonym, ENVIRONMENT)
    made = chain.run([record(LINES, offset=41)], context(masker=real))
    write(FOLDER / "events.jsonl", events(made))
    write(FOLDER / "dead.jsonl", dead(made))
