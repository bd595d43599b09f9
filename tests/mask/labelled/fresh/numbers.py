"""Numbers with the check digits of their issuers, each worked out from the issuer's own description."""

import string
from collections.abc import Callable, Sequence
from random import Random

DIGITS = string.digits
UPPER = string.ascii_uppercase


def some(r: Random, pattern: str) -> str:
    """`#` a digit, `+` one that is not 0, `@` a capital, `&` a small letter or digit, `!` a hexadecimal one."""
    signs = {"#": DIGITS, "+": DIGITS[1:], "@": UPPER, "&": string.ascii_lowercase + DIGITS, "!": "0123456789abcdef"}
    return "".join(r.choice(signs[char]) if char in signs else char for char in pattern)


def until(make: Callable[[], str], holds: Callable[[str], bool]) -> str:
    while not holds(value := make()):
        pass
    return value


def dot(text: str, weights: Sequence[int]) -> int:
    return sum(int(char) * weight for char, weight in zip(text, weights, strict=True))


def luhn_digit(body: str) -> str:
    total = 0
    for place, char in enumerate(reversed(body)):
        doubled = int(char) * (2 if place % 2 == 0 else 1)
        total += doubled // 10 + doubled % 10
    return str(-total % 10)


def grouped(text: str, sizes: Sequence[int], sign: str) -> str:
    parts: list[str] = []
    for size in sizes:
        parts.append(text[:size])
        text = text[size:]
    return sign.join([*parts, text] if text else parts)


def written(r: Random, text: str, sizes: Sequence[int], signs: str = " -") -> str:
    """In groups two times of three."""
    sign = r.choice(["", *signs])
    return grouped(text, sizes, sign) if sign else text


def day(r: Random, first: int = 1940, last: int = 2005) -> tuple[int, int, int]:
    return r.randint(first, last), r.randint(1, 12), r.randint(1, 28)


def nhs(r: Random) -> str:
    while True:
        body = some(r, "+########")
        check = 11 - dot(body, range(10, 1, -1)) % 11
        if check != 10:
            return written(r, body + str(check % 11), (3, 3, 4))


def nino(r: Random) -> str:
    prefix = r.choice("ABCEGHJKLMNOPRSTWXYZ") + r.choice("ABCEGHJKLMNPRSTWXYZ")
    if prefix in ("BG", "GB", "KN", "NK", "NT", "TN", "ZZ"):
        return nino(r)
    return written(r, prefix + some(r, "######") + r.choice("ABCD"), (2, 2, 2, 2, 1), " ")


def spanish(r: Random, prefix: str = "") -> str:
    body = some(r, "########" if not prefix else "#######")
    number = int({"": "", "X": "0", "Y": "1", "Z": "2"}[prefix] + body)
    return prefix + body + r.choice(["", "", "-"]) + "TRWAGMYFPDXBNJZSQVHLCKE"[number % 23]


def italian_vat(r: Random) -> str:
    body = some(r, "+#########")
    return body + luhn_digit(body)


def pesel(r: Random) -> str:
    year, month, date = day(r)
    body = f"{year % 100:02}{month + (20 if year >= 2000 else 0):02}{date:02}" + some(r, "####")
    return body + str(-dot(body, (1, 3, 7, 9, 1, 3, 7, 9, 1, 3)) % 10)


def nip(r: Random) -> str:
    while True:
        body = some(r, "+########")
        if (check := dot(body, (6, 5, 7, 2, 3, 4, 5, 6, 7)) % 11) < 10:
            return written(r, body + str(check), (3, 3, 2, 2), "-")


def nric(r: Random) -> str:
    first, body = r.choice("STFG"), some(r, "#######")
    total = dot(body, (2, 7, 6, 5, 4, 3, 2)) + (4 if first in "TG" else 0)
    return first + body + ("JZIHGFEDCBA" if first in "ST" else "XWUTRQPNMLK")[total % 11]


def uen(r: Random) -> str:
    body = some(r, "########")
    check = "XMKECAWLJDB"[dot(body, (10, 4, 9, 3, 8, 2, 7, 1)) % 11]
    return body + check


def abn(r: Random) -> str:
    weights = (10, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19)
    number = until(
        lambda: some(r, "+##########"), lambda text: dot(str(int(text[0]) - 1) + text[1:], weights) % 89 == 0
    )
    return written(r, number, (2, 3, 3, 3), " ")


def acn(r: Random) -> str:
    body = some(r, "########")
    return written(r, body + str(-dot(body, (8, 7, 6, 5, 4, 3, 2, 1)) % 10), (3, 3, 3), " ")


def tfn(r: Random) -> str:
    number = until(lambda: some(r, "+########"), lambda text: dot(text, (1, 4, 3, 7, 5, 8, 6, 9, 10)) % 11 == 0)
    return written(r, number, (3, 3, 3), " ")


def medicare(r: Random) -> str:
    body = r.choice("23456") + some(r, "#######")
    number = body + str(dot(body, (1, 3, 7, 9, 1, 3, 7, 9)) % 10) + r.choice("123")
    return written(r, number, (4, 5, 1), " ")


def _dihedral(a: int, b: int) -> int:
    """The product in the group of the symmetries of a pentagon, rotations 0 to 4 and mirrorings 5 to 9."""
    if a < 5:
        return (a + b) % 5 if b < 5 else 5 + (a + b - 5) % 5
    return 5 + (a - 5 - b) % 5 if b < 5 else (a - b) % 5


def verhoeff(text: str) -> bool:
    base = (1, 5, 7, 6, 2, 8, 3, 0, 9, 4)
    state = 0
    for place, char in enumerate(reversed(text)):
        number = int(char)
        for _ in range(place % 8):
            number = base[number]
        state = _dihedral(state, number)
    return state == 0


def aadhaar(r: Random) -> str:
    return written(r, until(lambda: r.choice("23456789") + some(r, "###########"), verhoeff), (4, 4, 4))


def rrn(r: Random) -> str:
    year, month, date = day(r)
    body = f"{year % 100:02}{month:02}{date:02}" + r.choice("34" if year >= 2000 else "12") + some(r, "#####")
    return grouped(body + str((11 - dot(body, (2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5)) % 11) % 10), (6,), "-")


def thai(r: Random) -> str:
    body = r.choice("13") + r.choice(["10", "20", "36", "50", "73", "84"]) + some(r, "#########")
    number = body + str((11 - dot(body, range(13, 1, -1)) % 11) % 10)
    return written(r, number, (1, 4, 5, 2, 1), "-")


def npi(r: Random) -> str:
    body = r.choice("12") + some(r, "########")
    return body + luhn_digit("80840" + body)


def dea(r: Random) -> str:
    body = some(r, "######")
    check = (int(body[0]) + int(body[2]) + int(body[4]) + 2 * (int(body[1]) + int(body[3]) + int(body[5]))) % 10
    return r.choice("ABFGM") + r.choice(UPPER) + body + str(check)


def aba(r: Random) -> str:
    prefix = f"{r.choice([*range(1, 13), *range(21, 33)]):02}"
    body = prefix + some(r, "######")
    return body + str(-dot(body, (3, 7, 1, 3, 7, 1, 3, 7)) % 10)


def mbi(r: Random) -> str:
    letters = "ACDEFGHJKMNPQRTUVWXY"
    text = "".join(
        r.choice({"C": DIGITS[1:], "A": letters, "N": DIGITS, "B": letters + DIGITS}[char]) for char in "CABNABNAANN"
    )
    return written(r, text, (4, 3, 4), "-")


def german_tax(r: Random) -> str:
    """Eleven digits: of the first ten one stands there twice; ISO 7064 MOD 11,10 gives the last."""
    digits = r.sample(DIGITS, 9)
    digits.append(r.choice(digits))
    while digits[0] == "0":
        r.shuffle(digits)
    product = 10
    for char in digits:
        product = ((int(char) + product) % 10 or 10) * 2 % 11
    return written(r, "".join(digits) + str((11 - product) % 10), (2, 3, 3, 3), " ")


def german_document(r: Random) -> str:
    """Of passports and identity cards: ICAO 9303's check digit over eight signs, letters from 10 on."""
    signs = "CFGHJKLMNPRTVWXYZ0123456789"
    body = r.choice("CFGHJK") + "".join(r.choice(signs) for _ in range(7))
    return body + str(sum(int(char, 36) * (7, 3, 1)[place % 3] for place, char in enumerate(body)) % 10)


def nir(r: Random) -> str:
    body = f"{r.choice('12')}{r.randint(40, 99)}{r.randint(1, 12):02}{r.randint(1, 95):02}" + some(r, "######")
    return written(r, body + f"{97 - int(body) % 97:02}", (1, 2, 2, 2, 3, 3, 2), " ")


def bsn(r: Random) -> str:
    return until(lambda: some(r, "+########"), lambda text: dot(text, (9, 8, 7, 6, 5, 4, 3, 2, -1)) % 11 == 0)


def cpf(r: Random) -> str:
    body = some(r, "#########")
    for size in (10, 11):
        body += str(dot(body, range(size, 1, -1)) * 10 % 11 % 10)
    return f"{body[:3]}.{body[3:6]}.{body[6:9]}-{body[9:]}" if r.random() < 0.7 else body


def cnpj(r: Random) -> str:
    body = some(r, "########") + "0001"
    for weights in ((5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2), (6, 5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2)):
        rest = dot(body, weights) % 11
        body += "0" if rest < 2 else str(11 - rest)
    return f"{body[:2]}.{body[2:5]}.{body[5:8]}/{body[8:12]}-{body[12:]}"


def sin(r: Random) -> str:
    body = r.choice("1234567") + some(r, "#######")
    return written(r, body + luhn_digit(body), (3, 3, 3))


def chinese(r: Random) -> str:
    year, month, date = day(r)
    place = r.choice(["110101", "310104", "440305", "330106", "510107", "420102"])
    body = f"{place}{year}{month:02}{date:02}" + some(r, "###")
    return body + "10X98765432"[dot(body, (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)) % 11]


def gstin(r: Random) -> str:
    signs = DIGITS + UPPER
    body = f"{r.randint(1, 37):02}" + some(r, "@@@P@####@") + "1Z"
    total = 0
    for place, char in enumerate(body):
        product = signs.index(char) * (1 + place % 2)
        total += product // 36 + product % 36
    return body + signs[-total % 36]


def south_african(r: Random) -> str:
    year, month, date = day(r)
    body = f"{year % 100:02}{month:02}{date:02}" + some(r, "####") + r.choice("01") + "8"
    return body + luhn_digit(body)


def turkish(r: Random) -> str:
    body = some(r, "+########")
    odd, even = sum(map(int, body[::2])), sum(map(int, body[1::2]))
    tenth = (odd * 7 - even) % 10
    return f"{body}{tenth}{(odd + even + tenth) % 10}"


def curp(r: Random) -> str:
    year, month, date = day(r, 1950, 1999)
    first = r.choice(UPPER) + r.choice("AEIOU") + some(r, "@@")
    consonants = "".join(r.choice("BCDFGHJKLMNPQRSTVWXYZ") for _ in range(3))
    body = f"{first}{year % 100:02}{month:02}{date:02}{r.choice('HM')}{r.choice(['DF', 'JC', 'NL', 'MC', 'PL'])}{consonants}0"
    signs = "0123456789ABCDEFGHIJKLMNÑOPQRSTUVWXYZ"
    total = sum(signs.index(char) * (18 - place) for place, char in enumerate(body))
    return body + str(-total % 10)


def swedish(r: Random) -> str:
    year, month, date = day(r, 1940, 1999)
    body = f"{year % 100:02}{month:02}{date:02}" + some(r, "###")
    check = luhn_digit(body)
    return f"{r.choice(['', '19'])}{body[:6]}-{body[6:]}{check}"


def imei(r: Random) -> str:
    """Nobody's; but 15 digits that Luhn likes."""
    body = "35" + some(r, "############")
    return body + luhn_digit(body)
