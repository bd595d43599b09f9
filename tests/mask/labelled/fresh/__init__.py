"""A third labelled set, written by somebody who had not looked at the other two nor at what the recognisers take.

numbers  ids with the check digits of their issuers
secrets  keys and tokens as their providers shape them
ids      kinds of values, and what people and programs call them
people   persons and addresses of many countries
frames   what stands around a value
nothing  texts that hold nobody's data
"""

from random import Random

from tests.mask.labelled.fresh import frames, nothing, people, secrets
from tests.mask.labelled.fresh.ids import FIXED, IDS, NAMES
from tests.mask.labelled.sample import Sample, Writer

__all__ = ["FIXED", "NAMES", "samples"]


def samples(seed: int, each: int, people_count: int) -> list[Sample]:
    """`each` of every kind with a form; as many sentences about persons, and about places, as `people_count`; and as
    many that hold nothing."""
    r = Random(seed)
    out = [sample for one in IDS for sample in frames.of_ids(r, one, each)]
    out += _secrets(r, each)
    out += people.persons(r, people_count) + people.places(r, people_count)
    return out + nothing.nothing(r, people_count)


def _secrets(r: Random, each: int) -> list[Sample]:
    out: list[Sample] = []
    for number, make in enumerate([*secrets.PREFIXED.values()] * max(1, each // 10)):
        frame = frames.BARE[number % len(frames.BARE)] if number % 2 else r.choice(frames.MACHINE)
        out.append(
            frames.filled(frame[1], frame[0], "API key", r.choice(["api_key", "token", "key"]), make(r), "SECRET")
        )
    for keys, make in [*secrets.NAMED.values()] * max(1, each // 5):
        place, frame = r.choice([one for one in frames.MACHINE if "L" not in one[1].replace("VALUES", "")])
        out.append(frames.filled(frame, place, "", r.choice(keys), make(r), "SECRET"))
    for _ in range(each * 2):
        before, secret, after = secrets.connection(r)
        out.append(Writer("code").plain(before).value(secret, "SECRET").plain(after).done())
    for kind, make in (("JWT", secrets.jwt), ("PRIVATE_KEY", secrets.private_key)):
        for _ in range(each):
            place, frame = r.choice([one for one in frames.BARE if "\n" not in one[1]])
            out.append(frames.filled(frame, place, "", "", make(r), kind))
    return out
