"""Values to plant: unique, made up, of every kind, with right checksums, and how people write them.

`generate(2000, seed=1)` gives the same values for the same seed. None belongs to anybody.
"""

import base64
import hashlib
import json
import random
import string
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import cycle

from faker import Faker

from tests.canary import checksums

LETTERS, DIGITS = string.ascii_letters, string.digits
_ALPHANUMERIC = LETTERS + DIGITS
_LOCALES = ("en_US", "en_GB", "en_IN", "de_DE", "fr_FR", "es_ES", "it_IT", "pt_BR", "pl_PL", "tr_TR", "nl_NL", "sv_SE")
BIRTHS = ("%Y-%m-%d", "%B %d, %Y", "%d/%m/%Y", "%d %b %Y")


@dataclass(frozen=True)
class Canary:
    """One value. `kind` is the entity it is; what counts is that it goes, under whatever name."""

    number: int
    kind: str
    text: str
    said: str
    """A sentence around it, as somebody would write."""
    key: str
    """A JSON key that says what it is."""
    own_form: bool
    """Whether it can be told for what it is with nothing beside it."""
    digits: int | None = None
    """The same as a JSON number, where it is nothing but digits."""


Make = Callable[[random.Random, Faker], str]


@dataclass(frozen=True)
class _Kind:
    name: str
    make: Make
    sentences: tuple[str, ...]
    key: str
    own_form: bool = True
    number: bool = False


def generate(count: int, seed: int = 1) -> list[Canary]:
    """`count` values, the kinds in turn."""
    rng = random.Random(seed)
    fakers = [Faker(locale) for locale in _LOCALES]
    for position, faker in enumerate(fakers):
        faker.seed_instance(seed * 1000 + position)
    found: list[Canary] = []
    seen: set[str] = set()
    turns: list[Iterator[str]] = [cycle(kind.sentences) for kind in KINDS]
    for kind, sentences in cycle(zip(KINDS, turns, strict=True)):
        if len(found) == count:
            return found
        text = kind.make(rng, rng.choice(fakers))
        while text.casefold() in seen:
            text = kind.make(rng, rng.choice(fakers))
        seen.add(text.casefold())
        said = next(sentences).replace("{}", text)
        digits = int(text) if kind.number and text.isdigit() and text[0] != "0" else None
        found.append(Canary(len(found), kind.name, text, said, kind.key, kind.own_form, digits))
    return found


def _text(rng: random.Random, length: int, letters: str = _ALPHANUMERIC) -> str:
    """Of `letters`; with a digit among them, as real keys have."""
    body = [rng.choice(letters) for _ in range(length)]
    numerals = [letter for letter in letters if letter.isdigit()]
    if numerals:
        body[rng.randrange(length)] = rng.choice(numerals)
    return "".join(body)


def _form(form: str) -> Make:
    """`#` a digit, `A` a capital, `x` a hexadecimal digit, `*` a letter or digit; other characters as they are."""
    kinds = {"#": DIGITS, "A": string.ascii_uppercase, "x": "0123456789abcdef", "*": _ALPHANUMERIC}

    def make(rng: random.Random, _: Faker) -> str:
        return "".join(rng.choice(kinds[sign]) if sign in kinds else sign for sign in form)

    return make


def _key(prefix: str, length: int, letters: str = _ALPHANUMERIC) -> Make:
    return lambda rng, _: prefix + _text(rng, length, letters)


def _person(rng: random.Random, faker: Faker) -> str:
    return f"{faker.first_name()} {faker.last_name()}"


def _email(rng: random.Random, faker: Faker) -> str:
    local = f"{faker.ascii_free_email().partition('@')[0]}.{rng.randrange(10_000)}"
    return f"{local}@{rng.choice(('example.com', 'example.org', 'mail.example.net'))}"


def _phone(rng: random.Random, _: Faker) -> str:
    last = f"{rng.randrange(200, 999)}"
    return rng.choice(
        (
            f"+1 {rng.choice(('415', '212', '312', '206'))} {last} {rng.randrange(1000, 9999)}",
            f"({rng.choice(('415', '212', '312', '206'))}) {last}-{rng.randrange(1000, 9999)}",
            f"+44 20 7{rng.randrange(100, 999)} {rng.randrange(1000, 9999)}",
            f"+49 30 {rng.randrange(10_000_000, 99_999_999)}",
            f"+91 98{rng.randrange(10_000_000, 99_999_999)}",
        )
    )


def _address(rng: random.Random, _: Faker) -> str:
    street = rng.choice(("Sunset", "Maple", "Hillcrest", "Lakeview", "Chestnut", "Riverside", "Willow"))
    way = rng.choice(("Drive", "Street", "Avenue", "Road", "Lane"))
    return f"{rng.randrange(100, 9999)} {street} {way}, Suite {rng.randrange(100, 999)}"


def _birth(rng: random.Random, _: Faker) -> str:
    day = date(1935, 1, 1) + timedelta(days=rng.randrange(365 * 68))
    return day.strftime(rng.choice(BIRTHS))


def _username(rng: random.Random, faker: Faker) -> str:
    first, last = (checksums.plain(name()) for name in (faker.first_name, faker.last_name))
    return f"{first}_{last}_{rng.randrange(1000, 9999)}"


def _jwt(rng: random.Random, _: Faker) -> str:
    head, claims = {"alg": "HS256", "typ": "JWT"}, {"sub": _text(rng, 12), "iat": rng.randrange(10**9)}
    parts = [json.dumps(part).encode() for part in (head, claims)] + [rng.randbytes(32)]
    return ".".join(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts)


def _pem(rng: random.Random, _: Faker) -> str:
    body = base64.b64encode(rng.randbytes(120)).decode()
    lines = [body[start : start + 64] for start in range(0, len(body), 64)]
    return "\n".join(("-----BEGIN PRIVATE KEY-----", *lines, "-----END PRIVATE KEY-----"))


def _secret(rng: random.Random, _: Faker) -> str:
    return _text(rng, 14)


def _crypto(rng: random.Random, _: Faker) -> str:
    return checksums.bitcoin(rng.randbytes(20))


_IDENTITY = "My {} is {{}}, as it says on the card.", "Customer gave {}: {{}}"


def _id(name: str) -> tuple[str, ...]:
    return tuple(sentence.format(name) for sentence in _IDENTITY)


_SECRET = ("Deploy with {} and nothing else.", "it failed: key {} was refused by the server")

KINDS: tuple[_Kind, ...] = (
    _Kind(
        "PERSON",
        _person,
        ("Hello, my name is {}. Where is my order?", "Dear {}, thank you for your letter."),
        "full_name",
        own_form=False,
    ),
    _Kind("EMAIL_ADDRESS", _email, ("Please write to {} today.", "550 no such mailbox <{}>"), "email"),
    _Kind("PHONE_NUMBER", _phone, ("You can call me at {} after six.", "phone: {}"), "phone_number"),
    _Kind("LOCATION", _address, ("Send it to {}, please.", "My address is {}."), "street_address", own_form=False),
    _Kind("DATE_OF_BIRTH", _birth, ("I was born on {}.", "DOB: {}"), "date_of_birth", own_form=False),
    _Kind("USERNAME", _username, ("My user ID is {}.", "found account {} in the list"), "user_id"),
    _Kind("IP_ADDRESS", _form("10.1##.1##.1##"), ("connection from {} closed", "the client {} timed out"), "client_ip"),
    _Kind("IP_ADDRESS", _form("2001:db8:1xxx:2xxx:3xxx:4xxx:5xxx:6xxx"), ("connection from {} closed",), "ip"),
    _Kind("MAC_ADDRESS", _form("3c:22:fb:xx:xx:xx"), ("the adapter {} is gone", "MAC {}"), "mac"),
    _Kind(
        "CREDIT_CARD", lambda r, f: checksums.card(r), ("My card is {}.", "declined: {}"), "card_number", number=True
    ),
    _Kind("IBAN_CODE", lambda r, f: checksums.iban(r), ("Transfer it to {} please.", "IBAN: {}"), "iban"),
    _Kind("CRYPTO", _crypto, ("Send the bitcoin to {} please.", "wallet {}"), "wallet"),
    _Kind(
        "US_BANK_NUMBER",
        _form("4#########"),
        ("My bank account number is {}.", "checking account {}"),
        "account_number",
        own_form=False,
    ),
    _Kind("PAYMENT_ID", _form("credit_card_#######"), ("Use {} to pay.",), "payment_id"),
    _Kind("US_SSN", lambda r, f: checksums.ssn(r), _id("social security number"), "ssn"),
    _Kind("US_PASSPORT", _form("5########"), _id("US passport number"), "passport_number", own_form=False),
    _Kind("US_DRIVER_LICENSE", _form("D#######"), _id("driver license"), "driver_license", own_form=False),
    _Kind("US_MBI", _form("1EG#TE#MK##"), _id("Medicare MBI"), "member_number", own_form=False),
    _Kind("UK_NINO", lambda r, f: checksums.nino(r), _id("national insurance number"), "nino"),
    _Kind("UK_NHS", lambda r, f: checksums.nhs(r), _id("NHS number"), "nhs_number", own_form=False),
    _Kind("AU_TFN", lambda r, f: checksums.tfn(r), _id("tax file number"), "tax_number", own_form=False),
    _Kind("CA_SIN", lambda r, f: checksums.sin(r), _id("social insurance number"), "national_id", own_form=False),
    _Kind("IN_AADHAAR", lambda r, f: checksums.aadhaar(r), _id("aadhaar"), "national_id", own_form=False),
    _Kind("IN_PAN", _form("ABCPK####L"), _id("PAN card"), "tax_id"),
    _Kind("SG_NRIC_FIN", lambda r, f: checksums.nric(r), _id("NRIC"), "national_id"),
    _Kind("NATIONAL_ID", lambda r, f: checksums.steuer_id(r), _id("Steuer-ID"), "tax_id", own_form=False),
    _Kind("NATIONAL_ID", lambda r, f: checksums.nif(r), _id("NIF"), "national_id", own_form=False),
    _Kind("NATIONAL_ID", lambda r, f: checksums.codice_fiscale(r), _id("codice fiscale"), "tax_id"),
    _Kind("MEDICAL_LICENSE", lambda r, f: checksums.dea(r), _id("DEA number"), "license_number"),
    _Kind("API_KEY", _key("sk-proj-", 40), _SECRET, "api_key"),
    _Kind("API_KEY", _key("sk-ant-api03-", 60), _SECRET, "anthropic_api_key"),
    _Kind("API_KEY", _key("AKIA", 16, string.ascii_uppercase + DIGITS), _SECRET, "access_key"),
    _Kind("API_KEY", _key("ghp_", 36), _SECRET, "github_token"),
    _Kind("API_KEY", _key("AIza", 35), _SECRET, "google_api_key"),
    _Kind("API_KEY", _key("xoxb-130461481104-100457721851-", 24), _SECRET, "slack_token"),
    _Kind("API_KEY", _key("sk_live_", 24), _SECRET, "stripe_secret_key"),
    _Kind("API_KEY", _key("hf_", 34), _SECRET, "hf_api_key"),
    _Kind(
        "API_KEY",
        _key("", 40),
        ("set aws_secret_access_key={} in the shell", "api_key: {}"),
        "aws_secret_access_key",
        own_form=False,
    ),
    _Kind("JWT", _jwt, ("Authorization: Bearer {}", "the token {} has expired"), "id_token"),
    _Kind(
        "ACCESS_TOKEN",
        _key("", 32),
        ("Authorization: Bearer {}", "GET /v1/x?access_token={} failed"),
        "access_token",
        own_form=False,
    ),
    _Kind("PRIVATE_KEY", _pem, ("The key:\n{}\nkeep it.",), "private_key"),
    _Kind("PASSWORD", _secret, ("the password is {}", "pwd={};"), "password", own_form=False),
    _Kind(
        "URL_CREDENTIALS",
        _secret,
        ("postgresql://app:{}@db.example.com:5432/shop is down",),
        "password",
        own_form=False,
    ),
)


def digest(canaries: list[Canary]) -> str:
    return hashlib.sha256("\n".join(canary.text for canary in canaries).encode()).hexdigest()[:12]
