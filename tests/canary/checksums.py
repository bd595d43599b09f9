"""Numbers that check out: what recognisers with a checksum accept. Formulas as the issuing bodies publish them."""

import hashlib
import random
import string
import unicodedata

_LETTERS = string.ascii_uppercase


def plain(name: str) -> str:
    """A name in small ASCII letters, as user names have it."""
    folded = unicodedata.normalize("NFKD", name.lower().replace("ß", "ss").replace("ı", "i").replace("ł", "l"))
    return "".join(letter for letter in folded if letter in string.ascii_lowercase) or "mia"


def _digits(rng: random.Random, count: int) -> list[int]:
    return [rng.randrange(10) for _ in range(count)]


def _luhn(digits: list[int]) -> int:
    """The check digit (ISO/IEC 7812-1, annex B)."""
    total = sum(sum(divmod(2 * d, 10)) if place % 2 == 0 else d for place, d in enumerate(reversed(digits)))
    return -total % 10


def card(rng: random.Random) -> str:
    body = [int(d) for d in rng.choice(("4539", "4716", "5412", "5555"))] + _digits(rng, 11)
    number = "".join(map(str, [*body, _luhn(body)]))
    return rng.choice((number, number, " ".join(number[i : i + 4] for i in range(0, 16, 4))))


def iban(rng: random.Random) -> str:
    """ISO 13616: modulo 97."""
    country, form = rng.choice(
        (("DE", "n" * 18), ("FR", "n" * 23), ("GB", "aaaa" + "n" * 14), ("NL", "aaaa" + "n" * 10))
    )
    body = "".join(rng.choice(_LETTERS) if sign == "a" else str(rng.randrange(10)) for sign in form)
    value = "".join(str(int(sign, 36)) for sign in f"{body}{country}00")
    return f"{country}{98 - int(value) % 97:02}{body}"


def bitcoin(payload: bytes) -> str:
    """A P2PKH address in Base58Check."""
    alphabet = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
    data = b"\x00" + payload
    data += hashlib.sha256(hashlib.sha256(data).digest()).digest()[:4]
    number, out = int.from_bytes(data, "big"), ""
    while number:
        number, rest = divmod(number, 58)
        out = alphabet[rest] + out
    return "1" * (len(data) - len(data.lstrip(b"\0"))) + out


def ssn(rng: random.Random) -> str:
    return f"{rng.choice([n for n in range(101, 899) if n != 666])}-{rng.randrange(10, 99)}-{rng.randrange(1000, 9999)}"


def nino(rng: random.Random) -> str:
    digits = "".join(map(str, _digits(rng, 6)))
    return f"{rng.choice('ABCEHJLM')}{rng.choice('ABCEHJLM')}{digits}{rng.choice('ABCD')}"


def nhs(rng: random.Random) -> str:
    while True:
        body = _digits(rng, 9)
        check = -sum((10 - place) * digit for place, digit in enumerate(body)) % 11
        if check < 10 and body[0]:
            number = "".join(map(str, [*body, check]))
            return f"{number[:3]}-{number[3:6]}-{number[6:]}"


def tfn(rng: random.Random) -> str:
    weights = (1, 4, 3, 7, 5, 8, 6, 9, 10)
    while True:
        digits = [rng.randrange(1, 10), *_digits(rng, 8)]
        if sum(w * d for w, d in zip(weights, digits, strict=True)) % 11 == 0:
            number = "".join(map(str, digits))
            return f"{number[:3]} {number[3:6]} {number[6:]}"


def sin(rng: random.Random) -> str:
    body = [rng.randrange(1, 8), *_digits(rng, 7)]
    number = "".join(map(str, [*body, _luhn(body)]))
    return f"{number[:3]}-{number[3:6]}-{number[6:]}"


def aadhaar(rng: random.Random) -> str:
    """Verhoeff."""
    d = [[(i + j) % 5 if i < 5 and j < 5 else 0 for j in range(10)] for i in range(10)]
    for i in range(10):
        for j in range(10):
            a, b = i % 5, j % 5
            if i < 5 and j < 5:
                d[i][j] = (a + b) % 5
            elif i < 5:
                d[i][j] = (a + b) % 5 + 5
            elif j < 5:
                d[i][j] = (a - b) % 5 + 5
            else:
                d[i][j] = (a - b) % 5
    p = [list(range(10)), [1, 5, 7, 6, 2, 8, 3, 0, 9, 4]]
    while len(p) < 8:
        p.append([p[1][place] for place in p[-1]])
    body = [rng.randrange(2, 10), *_digits(rng, 10)]
    for check in range(10):
        c = 0
        for place, digit in enumerate(reversed([*body, check])):
            c = d[c][p[place % 8][digit]]
        if c == 0:
            number = "".join(map(str, [*body, check]))
            return f"{number[:4]} {number[4:8]} {number[8:]}"
    raise AssertionError("a Verhoeff digit always exists")


def nric(rng: random.Random) -> str:
    digits = _digits(rng, 7)
    total = sum(w * d for w, d in zip((2, 7, 6, 5, 4, 3, 2), digits, strict=True))
    return f"S{''.join(map(str, digits))}{'JZIHGFEDCBA'[total % 11]}"


def steuer_id(rng: random.Random) -> str:
    """German tax id: one digit twice, ISO 7064 MOD 11,10."""
    body = rng.sample(range(10), 9)
    body = [*body, body[4]]
    if body[0] == 0:
        body[0], body[1] = body[1], body[0]
    product = 10
    for digit in body:
        total = (digit + product) % 10 or 10
        product = 2 * total % 11
    return "".join(map(str, [*body, (11 - product) % 10]))


def nif(rng: random.Random) -> str:
    number = rng.randrange(10_000_000, 99_999_999)
    return f"{number}{'TRWAGMYFPDXBNJZSQVHLCKE'[number % 23]}"


def codice_fiscale(rng: random.Random) -> str:
    odd = {str(i): v for i, v in enumerate((1, 0, 5, 7, 9, 13, 15, 17, 19, 21))}
    odd |= dict(
        zip(
            _LETTERS,
            (1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23),
            strict=True,
        )
    )
    name = "".join(rng.choice("BCDFGLMNPRSTV") for _ in range(6))
    body = (
        f"{name}{rng.randrange(40, 99)}{rng.choice('ABCDEHLMPRST')}{rng.randrange(1, 29):02}H{rng.randrange(501, 999)}"
    )
    total = sum(odd[s] if place % 2 == 0 else int(s, 36) - (10 if s.isalpha() else 0) for place, s in enumerate(body))
    return body + _LETTERS[total % 26]


def dea(rng: random.Random) -> str:
    digits = _digits(rng, 6)
    check = (digits[0] + digits[2] + digits[4] + 2 * (digits[1] + digits[3] + digits[5])) % 10
    return f"{rng.choice('ABFGM')}{rng.choice(_LETTERS)}{''.join(map(str, digits))}{check}"
