"""Persons and addresses of many countries, in the texts that people and programs write them in."""

import json
from random import Random

from faker import Faker

from tests.mask.labelled.frames import camel, noise
from tests.mask.labelled.sample import Sample, Writer
from tests.mask.labelled.values import Fakes

NAME_LOCALES = (
    *("en_US", "en_US", "en_GB", "de_DE", "fr_FR", "es_ES", "it_IT", "pt_BR", "pl_PL", "nl_NL", "sv_SE", "tr_TR"),
    *("en_IN", "hi_IN", "zh_CN", "ja_JP", "ar_AA", "ru_RU", "vi_VN", "id_ID", "en_NG"),
)
PLACE_LOCALES = ("en_US", "en_US", "en_GB", "de_DE", "fr_FR", "es_ES", "it_IT", "nl_NL", "en_IN", "en_AU", "en_CA", "pt_BR", "ja_JP", "pl_PL", "sv_SE")  # fmt: skip

MENTIONS = (
    "I spoke with {name} yesterday about the invoice.",
    "Dear {name},\n\nthank you for your order.",
    "My name is {name} and I want to cancel.",
    "Hi, this is {name}. My parcel has not arrived.",
    "Please add {name} as the second passenger.",
    "Best regards,\n{name}",
    "{name} has asked for a refund.",
    "Could you forward this to {name} in billing?",
    "The contract was signed by {name} on behalf of the company.",
    "Patient: {name}, admitted this morning.",
    "I'm {name}, nice to meet you.",
    "According to {name}, the payment went through.",
    "cc: {name}",
    "The meeting with {name} and the team is at noon.",
    "{name}: can you look at this?\nSure, give me a minute.",
)
FIRST = (
    "Hi {name}, how can I help you today?",
    "Thanks, {name}!",
    "my name is {name}",
    "{name} will call you back this afternoon.",
    "I told {name} that the order is late.",
    "Ask {name} whether it works now.",
)
LIVES = (
    "I live at {place}.",
    "Ship it to {place}, please.",
    "Address: {place}",
    "My new address is {place}. Please update it.",
    "Delivery address:\n{place}\n\nThanks",
    "The parcel for {place} is delayed.",
    "Send the invoice to:\n{place}",
    "We moved from {place} last year.",
)


def bare_name(fake: Faker, r: Random) -> str:
    """First and last name, without titles and degrees, which are nobody's."""
    return (
        f"{fake.first_name()} {fake.last_name()}"
        if fake.locales[0] not in ("zh_CN", "ja_JP")
        else fake.last_name() + fake.first_name()
    )


def person(
    r: Random, f: Fakes, place: str, mentions: tuple[str, ...] = MENTIONS, first: tuple[str, ...] = FIRST
) -> Sample:
    fake = f.any(r)
    w = Writer(place)
    name = bare_name(fake, r)
    match place:
        case "chat":
            if r.random() < 0.4:
                w.plain(noise(r) + ". ")
            short = r.random() < 0.25 and fake.locales[0] not in ("zh_CN", "ja_JP")
            before, after = r.choice(first if short else mentions).split("{name}")
            w.plain(before).value(fake.first_name() if short else name, "PERSON").plain(after)
        case "json":
            given, family = fake.first_name(), fake.last_name()
            if r.random() < 0.5:
                w.plain('{"id": 7, "first_name": "').value(given, "PERSON").plain('", "last_name": "').value(
                    family, "PERSON"
                )
                w.plain('", "plan": "gold"}')
            else:
                key = r.choice(["full_name", "customerName", "passenger_name", "contact_name"])
                w.plain(f'{{"{key}": "').value(json.dumps(name, ensure_ascii=False)[1:-1], "PERSON").plain(
                    '", "items": 3}'
                )
        case "code":
            key = r.choice(["customer name", "author name", "full name"])
            w.plain(f'const {camel(key)} = "').value(name, "PERSON").plain('";\n')
        case "log":
            w.plain(
                f"2026-03-1{r.randint(0, 9)} 11:02:44 INFO crm - "
                + r.choice(["created contact ", "name=", "assigned to ", "user logged in: "])
            )
            w.value(name, "PERSON").plain(f" took={r.randint(3, 99)}ms")
        case _:
            rows = [bare_name(f.any(r), r) for _ in range(3)]
            if r.random() < 0.5:
                w.plain("id,name,email_verified\n")
                for number, row in enumerate(rows):
                    w.plain(f"{number},").value(row, "PERSON").plain(",true\n")
            else:
                w.plain(f"| {r.choice(['Name', 'Customer', 'Passenger'])} | Seat |\n|---|---|\n")
                for row in rows:
                    w.plain("| ").value(row, "PERSON").plain(f" | {r.randint(1, 30)}{r.choice('ABC')} |\n")
    return w.done()


def address(r: Random, f: Fakes, place: str, lives: tuple[str, ...] = LIVES) -> Sample:
    fake = f.any(r)
    text = " ".join(fake.address().split(" ")).strip()
    if place != "chat" or r.random() < 0.6:
        text = ", ".join(line.strip(" ,") for line in text.split("\n"))
    w = Writer(place)
    match place:
        case "json":
            key = r.choice(["address", "shipping_address", "homeAddress", "note"])
            w.plain(f'{{"{key}": "' + ("lives at " if key == "note" else ""))
            w.value(json.dumps(text, ensure_ascii=False)[1:-1], "LOCATION").plain('", "verified": true}')
        case "code":
            w.plain('shipping_address = "').value(text, "LOCATION").plain('"\n')
        case "log":
            w.plain("2026-05-04 10:00:01 INFO ship - label printed for ").value(text, "LOCATION").plain(" ok")
        case "table":
            w.plain("id;address;state\n1;").value(text, "LOCATION").plain(";ok\n")
        case _:
            before, after = r.choice(lives).split("{place}")
            w.plain(before).value(text, "LOCATION").plain(after)
    return w.done()
