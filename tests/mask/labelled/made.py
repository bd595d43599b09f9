"""The set that the recognisers were built with."""

from random import Random

from tests.mask.labelled.frames import PLACES, nothing, placed
from tests.mask.labelled.numbers import ALNUM, pem, pick
from tests.mask.labelled.people import NAME_LOCALES, PLACE_LOCALES, address, person
from tests.mask.labelled.sample import Sample, Writer
from tests.mask.labelled.values import KINDS, Fakes


def keys(r: Random) -> Sample:
    w = Writer("code")
    w.plain("cat > id_rsa <<EOF\n").value(pem(r), "PRIVATE_KEY").plain("\nEOF\nchmod 600 id_rsa\n")
    return w.done()


def urls(r: Random, f: Fakes) -> Sample:
    w = Writer("code")
    scheme, port = r.choice(
        [("postgresql", 5432), ("redis", 6379), ("amqp", 5672), ("mongodb+srv", 27017), ("https", 443)]
    )
    w.plain(f"{r.choice(['DATABASE_URL=', 'connect to ', 'url: '])}{scheme}://")
    w.value(f"{f.of('en_US').user_name()}:{pick(r, ALNUM + '!$%', 12)}", "URL_CREDENTIALS")
    w.plain(f"@{r.choice(['db.internal', '10.0.3.7' if False else 'cache', 'mq.example.com'])}:{port}/app\n")
    return w.done()


def samples(seed: int, each: int, people: int) -> list[Sample]:
    """`each` samples of every kind, `people` of persons and of addresses, and as many that hold nothing."""
    r = Random(seed)
    fakes, names, places = Fakes(seed, ("en_US",)), Fakes(seed + 1, NAME_LOCALES), Fakes(seed + 2, PLACE_LOCALES)
    out: list[Sample] = []
    for kind in KINDS:
        for number in range(each):
            place = PLACES[number % len(PLACES)]
            out.append(placed(r, place, kind, lambda kind=kind: kind.make(r, fakes)))
    out += [keys(r) for _ in range(each)] + [urls(r, fakes) for _ in range(each)]
    for number in range(people):
        # Mostly chat: there the language model is alone.
        place = (*PLACES, "chat", "chat", "chat")[number % 8]
        out += [person(r, names, place), address(r, places, place)]
    out += [nothing(r) for _ in range(people)]
    return out
