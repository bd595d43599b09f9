"""Ids with the check digits that their issuers publish. Written from those rules, not from the recognisers."""

import base64
import hashlib
import json
from datetime import date, timedelta
from random import Random

DIGITS = "0123456789"
UPPER = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
HEX = "0123456789abcdef"
ALNUM = DIGITS + UPPER + UPPER.lower()
BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"


def pick(r: Random, alphabet: str, count: int) -> str:
    return "".join(r.choice(alphabet) for _ in range(count))


def digits(r: Random, count: int) -> str:
    return pick(r, DIGITS, count)


def luhn_digit(number: str) -> str:
    total = 0
    for place, char in enumerate(reversed(number)):
        double = int(char) * (2 if place % 2 == 0 else 1)
        total += double - 9 if double > 9 else double
    return str(-total % 10)


def birthday(r: Random) -> date:
    return date(1936, 1, 1) + timedelta(days=r.randrange(25_000))


def aba(r: Random) -> str:
    start = f"{r.choice([*range(1, 13), *range(21, 33)]):02}" + digits(r, 6)
    total = sum(int(c) * w for c, w in zip(start, (3, 7, 1) * 3, strict=False))
    return start + str(-total % 10)


def ssn(r: Random) -> str:
    area = r.choice([n for n in range(1, 900) if n != 666])
    return f"{area:03}-{r.randint(1, 99):02}-{r.randint(1, 9999):04}"


def itin(r: Random) -> str:
    group = r.choice([*range(50, 66), *range(70, 89), *range(90, 93), *range(94, 100)])
    return f"9{digits(r, 2)}-{group}-{digits(r, 4)}"


def ein(r: Random) -> str:
    return f"{r.choice([10, 20, 27, 36, 45, 52, 61, 75, 82, 94])}-{digits(r, 7)}"


def npi(r: Random) -> str:
    start = r.choice("12") + digits(r, 8)
    return start + luhn_digit("80840" + start)


def dea(r: Random) -> str:
    number = digits(r, 6)
    odd = int(number[0]) + int(number[2]) + int(number[4])
    even = int(number[1]) + int(number[3]) + int(number[5])
    return r.choice("ABFGM") + r.choice(UPPER) + number + str((odd + 2 * even) % 10)


def mbi(r: Random) -> str:
    letters = "ACDEFGHJKMNPQRTUVWXY"
    both = letters + DIGITS
    forms = (DIGITS[1:], letters, both, DIGITS, letters, both, DIGITS, letters, letters, DIGITS, DIGITS)
    text = "".join(r.choice(form) for form in forms)
    return r.choice([text, f"{text[:4]}-{text[4:7]}-{text[7:]}"])


def nhs(r: Random) -> str:
    while True:
        start = r.choice("4679") + digits(r, 8)
        check = 11 - sum(int(c) * w for c, w in zip(start, range(10, 1, -1), strict=True)) % 11
        if check != 10:
            whole = start + str(check % 11)
            return r.choice([whole, f"{whole[:3]} {whole[3:6]} {whole[6:]}"])


def nino(r: Random) -> str:
    while True:
        prefix = r.choice("ABCEGHJKLMNOPRSTWXYZ") + r.choice("ABCEGHJKLMNPRSTWXYZ")
        if prefix not in ("BG", "GB", "KN", "NK", "NT", "TN", "ZZ"):
            break
    number = digits(r, 6)
    tail = r.choice("ABCD")
    return r.choice([f"{prefix}{number}{tail}", f"{prefix} {number[:2]} {number[2:4]} {number[4:]} {tail}"])


def uk_licence(r: Random, surname: str) -> str:
    born = birthday(r)
    name = "".join(c for c in surname.upper() if c in UPPER)[:5].ljust(5, "9")
    month = born.month + r.choice([0, 50])
    return (
        f"{name}{born.year // 10 % 10}{month:02}{born.day:02}{born.year % 10}"
        f"{r.choice(UPPER)}{r.choice(UPPER + '9')}{r.choice(DIGITS[1:])}{pick(r, UPPER, 2)}"
    )


def german_tax_id(r: Random) -> str:
    # One of the first ten digits stands twice, one not at all; ISO 7064 MOD 11, 10.
    while True:
        chosen = r.sample(DIGITS, 9)
        ten = [*chosen, r.choice(chosen)]
        r.shuffle(ten)
        if ten[0] != "0":
            break
    product = 10
    for char in ten:
        total = (int(char) + product) % 10 or 10
        product = total * 2 % 11
    whole = "".join(ten) + str((11 - product) % 10)
    return r.choice([whole, f"{whole[:2]} {whole[2:5]} {whole[5:8]} {whole[8:]}"])


def german_card(r: Random) -> str:
    """Identity card and passport: letter, seven of the reduced alphabet, a check digit with weights 7, 3, 1."""
    letters = "CFGHJKLMNPRTVWXYZ"
    start = r.choice("LMNPRTVWXY") + pick(r, letters + DIGITS, 7)
    values = [int(c) if c.isdigit() else ord(c) - 55 for c in start]
    return start + str(sum(v * w for v, w in zip(values, (7, 3, 1) * 3, strict=False)) % 10)


def french_nir(r: Random) -> str:
    born = birthday(r)
    start = f"{r.choice('12')}{born.year % 100:02}{born.month:02}{r.randint(1, 95):02}{r.randint(1, 600):03}{r.randint(1, 900):03}"
    key = f"{97 - int(start) % 97:02}"
    spaced = f"{start[0]} {start[1:3]} {start[3:5]} {start[5:7]} {start[7:10]} {start[10:]} {key}"
    return r.choice([start + key, spaced])


def spanish_dni(r: Random) -> str:
    number = r.randrange(1_000_000, 99_999_999)
    letter = "TRWAGMYFPDXBNJZSQVHLCKE"[number % 23]
    return r.choice([f"{number:08}{letter}", f"{number:08}-{letter}"])


def spanish_nie(r: Random) -> str:
    first, number = r.randrange(3), r.randrange(10_000_000)
    return f"{'XYZ'[first]}{number:07}{'TRWAGMYFPDXBNJZSQVHLCKE'[int(f'{first}{number:07}') % 23]}"


def pan_india(r: Random) -> str:
    return f"{pick(r, UPPER, 3)}{r.choice('PCHFATBLJG')}{r.choice(UPPER)}{digits(r, 4)}{r.choice(UPPER)}"


_D = ("0123456789", "1234067895", "2340178956", "3401289567", "4012395678", "5987604321", "6598710432", "7659821043", "8765932104", "9876543210")  # fmt: skip
_P = ("0123456789", "1576283094", "5803796142", "8916043527", "9453126870", "4286573901", "2793806415", "7046913258")


def aadhaar(r: Random) -> str:
    """Twelve digits, the last by Verhoeff's scheme."""
    start = r.choice("23456789") + digits(r, 10)
    c = 0
    for place, char in enumerate(reversed(start), start=1):
        c = int(_D[c][int(_P[place % 8][int(char)])])
    last = next(d for d in DIGITS if _D[c][int(d)] == "0")
    whole = start + last
    return r.choice([whole, f"{whole[:4]} {whole[4:8]} {whole[8:]}", f"{whole[:4]}-{whole[4:8]}-{whole[8:]}"])


def tfn(r: Random) -> str:
    while True:
        number = digits(r, 9)
        if sum(int(c) * w for c, w in zip(number, (1, 4, 3, 7, 5, 8, 6, 9, 10), strict=True)) % 11 == 0:
            return r.choice([number, f"{number[:3]} {number[3:6]} {number[6:]}"])


def medicare_au(r: Random) -> str:
    start = r.choice("23456") + digits(r, 7)
    check = sum(int(c) * w for c, w in zip(start, (1, 3, 7, 9, 1, 3, 7, 9), strict=True)) % 10
    whole = f"{start}{check}{r.randint(1, 9)}"
    return r.choice([whole, f"{whole[:4]} {whole[4:9]} {whole[9]}"])


def abn(r: Random) -> str:
    while True:
        number = r.choice(DIGITS[1:]) + digits(r, 10)
        values = [int(c) for c in number]
        values[0] -= 1
        if sum(v * w for v, w in zip(values, (10, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19), strict=True)) % 89 == 0:
            return f"{number[:2]} {number[2:5]} {number[5:8]} {number[8:]}"


def nric(r: Random) -> str:
    prefix, number = r.choice("STFG"), digits(r, 7)
    total = sum(int(c) * w for c, w in zip(number, (2, 7, 6, 5, 4, 3, 2), strict=True)) + (4 if prefix in "TG" else 0)
    return prefix + number + ("JZIHGFEDCBA" if prefix in "ST" else "XWUTRQPNMLK")[total % 11]


def sin_canada(r: Random) -> str:
    start = r.choice("1234567") + digits(r, 7)
    whole = start + luhn_digit(start)
    return r.choice([f"{whole[:3]} {whole[3:6]} {whole[6:]}", f"{whole[:3]}-{whole[3:6]}-{whole[6:]}"])


def rrn_korea(r: Random) -> str:
    born = birthday(r)
    start = f"{born:%y%m%d}{r.choice('12')}{digits(r, 5)}"
    total = sum(int(c) * w for c, w in zip(start, (2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5), strict=True))
    return f"{start[:6]}-{start[6:]}{(11 - total % 11) % 10}"


def thai_id(r: Random) -> str:
    start = r.choice("12345678") + r.choice(["10", "30", "41", "50", "57", "83"]) + digits(r, 9)
    total = sum(int(c) * w for c, w in zip(start, range(13, 1, -1), strict=True))
    return start + str((11 - total % 11) % 10)


def chinese_id(r: Random) -> str:
    start = f"{r.choice(['110101', '310104', '440305', '510107', '330106'])}{birthday(r):%Y%m%d}{digits(r, 3)}"
    total = sum(int(c) * w for c, w in zip(start, (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2), strict=True))
    return start + "10X98765432"[total % 11]


def south_african_id(r: Random) -> str:
    start = f"{birthday(r):%y%m%d}{digits(r, 4)}{r.choice('01')}8"
    return start + luhn_digit(start)


def bitcoin(r: Random) -> str:
    """A pay-to-public-key-hash address: base58 with a double SHA-256 checksum."""
    payload = bytes([r.choice([0, 5])]) + r.randbytes(20)
    whole = payload + hashlib.sha256(hashlib.sha256(payload).digest()).digest()[:4]
    number, out = int.from_bytes(whole, "big"), ""
    while number:
        number, rest = divmod(number, 58)
        out = BASE58[rest] + out
    return "1" * (len(whole) - len(whole.lstrip(b"\0"))) + out


_BECH32 = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"


def bitcoin_bech32(r: Random) -> str:
    """BIP 173: version 0, a twenty-byte program."""
    bits, count, data = 0, 0, [0]
    for byte in r.randbytes(20):
        bits, count = bits << 8 | byte, count + 8
        while count >= 5:
            count -= 5
            data.append(bits >> count & 31)
    values = [3, 3, 0, 2, 3, *data, 0, 0, 0, 0, 0, 0]
    check = 1
    for value in values:
        top = check >> 25
        check = (check & 0x1FFFFFF) << 5 ^ value
        for i, generator in enumerate((0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)):
            check ^= generator if top >> i & 1 else 0
    check ^= 1
    return "bc1" + "".join(_BECH32[v] for v in [*data, *(check >> 5 * (5 - i) & 31 for i in range(6))])


def ethereum(r: Random) -> str:
    return "0x" + pick(r, HEX, 40)


def card(r: Random) -> str:
    prefix, length = r.choice(
        [("4", 16), ("51", 16), ("55", 16), ("34", 15), ("37", 15), ("6011", 16), ("3530", 16), ("36", 14)]
    )
    start = prefix + digits(r, length - len(prefix) - 1)
    return start + luhn_digit(start)


def jwt(r: Random) -> str:
    def part(raw: bytes) -> str:
        return base64.urlsafe_b64encode(raw).decode().rstrip("=")

    claims = json.dumps({"sub": digits(r, 8), "iat": 1_700_000_000 + r.randrange(10**7)}).encode()
    head = json.dumps({"alg": "HS256", "typ": "JWT"}).encode()
    return f"{part(head)}.{part(claims)}.{part(r.randbytes(32))}"


def pem(r: Random) -> str:
    kind = r.choice(["RSA PRIVATE KEY", "PRIVATE KEY", "EC PRIVATE KEY", "OPENSSH PRIVATE KEY"])
    body = base64.b64encode(r.randbytes(96)).decode()
    lines = "\n".join(body[at : at + 64] for at in range(0, len(body), 64))
    return f"-----BEGIN {kind}-----\n{lines}\n-----END {kind}-----"
