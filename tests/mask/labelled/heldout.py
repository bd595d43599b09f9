"""Another set: other sentences, other countries, other ways to write tables and logs. Nothing was tuned on it."""

import json
from collections.abc import Callable
from random import Random

from tests.mask.labelled import numbers as n
from tests.mask.labelled.negatives import NEGATIVES
from tests.mask.labelled.people import bare_name
from tests.mask.labelled.sample import Sample, Writer
from tests.mask.labelled.values import KINDS, Fakes, Kind

NAMES = ("en_US", "en_IE", "en_NZ", "de_AT", "fr_CH", "es_MX", "pt_PT", "ro_RO", "cs_CZ", "hu_HU", "fi_FI", "da_DK", "no_NO", "hr_HR", "el_GR", "uk_UA", "ko_KR", "zh_TW", "fa_IR", "he_IL", "th_TH", "fil_PH", "lt_LT", "en_IN", "fr_FR", "it_IT", "nl_BE", "es_CO")  # fmt: skip
PLACES = ("en_US", "en_GB", "en_CA", "en_NZ", "en_IE", "de_AT", "de_CH", "fr_CH", "es_MX", "pt_PT", "ro_RO", "cs_CZ", "hu_HU", "fi_FI", "da_DK", "no_NO", "nl_BE", "ko_KR", "zh_CN", "fr_FR", "it_IT", "de_DE", "es_ES")  # fmt: skip
SAID = (
    "Sorry to bother you again. I was asked for my {label}, here you go: {value}",
    "USER: what else do you need?\nAGENT: the {label}\nUSER: {label} {value}",
    "I think the {label} we have ({value}) is outdated.",
    "please update {label} to {value} asap",
    "1. {label}: {value}\n2. nothing else",
    "> {label}: {value}\n\nGot it.",
    "the {label} of the applicant reads {value}; is that ok?",
)
ALONE = (
    "ok, {value} then",
    "{value} <- this one",
    "re: {value}",
    "Try again with {value} please",
    "I entered {value} twice.",
)
PEOPLE = (
    "Yesterday {name} complained about the delay.",
    "Please transfer the ticket to {name}.",
    "Hello, {name} here. Is anybody there?",
    "Kind regards\n{name}\nHead of Sales",
    "It was {name} who opened the account.",
    "Customer {name} would like to upgrade.",
    "I am writing on behalf of {name}, who is ill.",
    "Book a table for {name} and two guests.",
    "{name} signed the lease in March.",
    "Reviewed by {name} last week.",
    "Is {name} still working with you?",
    "We have sent {name} a reminder.",
)
HOMES = (
    "my home is at {place}",
    "The invoice goes to {place}.",
    "Please pick it up at {place}, second door.",
    "Return address: {place}",
    "He was born there and still lives in {place}.",
    "Our office ({place}) is closed today.",
)


def _key(label: str, r: Random) -> str:
    words = "".join(c if c.isalnum() else " " for c in label).split()
    return r.choice(["_".join(words).lower(), "-".join(words).lower(), "".join(w.title() for w in words)])


def _noise(r: Random) -> str:
    return r.choice(NEGATIVES)(r)


def one(r: Random, kind: Kind, make: Callable[[], str], place: str) -> Sample:
    w = Writer(place)
    value, label = make(), r.choice(kind.labels)
    match place:
        case "chat":
            template = r.choice(ALONE if kind.bare and r.random() < 0.4 else SAID)
            parts = template.replace("{label}", label).split("{value}")
            w.plain(parts[0]).value(value, kind.name).plain(parts[1] + r.choice(["", f" {_noise(r)}"]))
        case "json":
            written = json.dumps(value, ensure_ascii=False)[1:-1]
            w.plain(f'{{"event":"update","payload":{{"{_key(label, r)}":"').value(written, kind.name)
            w.plain('","source":"web"},"version":3}')
        case "code":
            match r.randrange(3):
                case 0:
                    w.plain(f"user.{_key(label, r).replace('-', '_')} = '").value(value, kind.name).plain(
                        "'\nuser.save()\n"
                    )
                case 1:
                    w.plain(f'<input name="{_key(label, r)}" value="').value(value, kind.name).plain(
                        '" type="text"/>\n'
                    )
                case _:
                    w.plain(f'{_key(label, r).lower()}: "').value(value, kind.name).plain('"\nreplicas: 2\n')
        case "log":
            w.plain(f"[{r.randint(10, 23)}:04:11.{n.digits(r, 3)}] ERROR billing | {label}: ").value(value, kind.name)
            w.plain(f" | {r.choice(['retry=2', 'code=E17'])}")
        case _:
            sign = r.choice([";", "\t"])
            w.plain(f"row{sign}{label}{sign}state\n")
            for number in range(r.randint(1, 3)):
                w.plain(f"{number}{sign}").value(value if number == 0 else make(), kind.name)
                w.plain(f"{sign}{r.choice(['new', 'done'])}\n")
    return w.done()


def person(r: Random, f: Fakes) -> Sample:
    w = Writer("chat")
    before, after = r.choice(PEOPLE).split("{name}")
    return (
        w.plain(r.choice(["", f"{_noise(r)}. "]) + before).value(bare_name(f.any(r), r), "PERSON").plain(after).done()
    )


def home(r: Random, f: Fakes) -> Sample:
    w = Writer("chat")
    text = f.any(r).address().strip()
    if r.random() < 0.6:
        text = ", ".join(line.strip(" ,") for line in text.split("\n"))
    before, after = r.choice(HOMES).split("{place}")
    return w.plain(before).value(text, "LOCATION").plain(after).done()


def samples(seed: int, each: int, people: int) -> list[Sample]:
    r = Random(seed + 7_000)
    fakes, names, places = Fakes(seed + 71, ("en_US",)), Fakes(seed + 72, NAMES), Fakes(seed + 73, PLACES)
    out: list[Sample] = []
    for kind in KINDS:
        for number in range(each):
            place = ("chat", "json", "code", "log", "table")[number % 5]
            out.append(one(r, kind, lambda kind=kind: kind.make(r, fakes), place))
    for _ in range(people):
        out += [person(r, names), home(r, places)]
        w = Writer("nothing")
        out.append(w.plain("\n".join(_noise(r) for _ in range(r.randint(2, 6)))).done())
    return out
