"""Check digits as their issuers publish them. All take letters and digits only, in capitals."""

import hashlib
from collections.abc import Sequence

_VERHOEFF = (
    *("0123456789", "1234067895", "2340178956", "3401289567", "4012395678"),
    *("5987604321", "6598710432", "7659821043", "8765932104", "9876543210"),
)
_PERMUTE = (
    *("0123456789", "1576283094", "5803796142", "8916043527"),
    *("9453126870", "4286573901", "2793806415", "7046913258"),
)


def weighted(text: str, weights: Sequence[int]) -> int:
    """The sum of digits times weights, as far as the weights go."""
    return sum(int(char) * weight for char, weight in zip(text, weights, strict=False))


def luhn(text: str) -> bool:
    """ISO/IEC 7812-1, annex B."""
    if not text.isdigit():
        return False
    total = 0
    for place, char in enumerate(reversed(text)):
        number = int(char) * (1 + place % 2)
        total += number - 9 if number > 9 else number
    return total % 10 == 0


def verhoeff(text: str) -> bool:
    """J. Verhoeff, Error detecting decimal codes, 1969."""
    if not text.isdigit():
        return False
    state = 0
    for place, char in enumerate(reversed(text)):
        state = int(_VERHOEFF[state][int(_PERMUTE[place % 8][int(char)])])
    return state == 0


def mod_11_10(text: str) -> bool:
    """ISO/IEC 7064 MOD 11, 10."""
    if not text.isdigit():
        return False
    product = 10
    for char in text[:-1]:
        product = ((int(char) + product) % 10 or 10) * 2 % 11
    return (11 - product) % 10 == int(text[-1])


def mrz(text: str) -> bool:
    """ICAO Doc 9303: weights 7, 3, 1; letters count from 10 on."""
    if not text[-1:].isdigit():
        return False
    values = (int(char, 36) for char in text[:-1])
    return sum(value * (7, 3, 1)[place % 3] for place, value in enumerate(values)) % 10 == int(text[-1])


def date_in(text: str, years: int = 2) -> bool:
    """Whether it begins with a day as yymmdd or yyyymmdd, roughly."""
    month, day = text[years : years + 2], text[years + 2 : years + 4]
    return month.isdigit() and day.isdigit() and 1 <= int(month) <= 12 and 1 <= int(day) <= 31


def varied(text: str) -> bool:
    """Not one digit again and again, nor 123456789."""
    return len(set(text)) > 2 and text not in "01234567890123456789"


def base58check(text: str) -> bool:
    """Bitcoin and its relatives; letters keep their case."""
    alphabet = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
    number = 0
    for char in text:
        place = alphabet.find(char)
        if place < 0:
            return False
        number = number * 58 + place
    whole = number.to_bytes((number.bit_length() + 7) // 8, "big")
    whole = bytes(len(text) - len(text.lstrip("1"))) + whole
    digest = hashlib.sha256(hashlib.sha256(whole[:-4]).digest()).digest()
    return len(whole) > 20 and digest[:4] == whole[-4:]


def bech32(text: str) -> bool:
    """BIP 173 and BIP 350."""
    text = text.lower()
    prefix, _, data = text.rpartition("1")
    alphabet = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
    if not prefix or len(data) < 6 or any(char not in alphabet for char in data):
        return False
    values = [ord(char) >> 5 for char in prefix] + [0] + [ord(char) & 31 for char in prefix]
    check = 1
    for value in [*values, *map(alphabet.index, data)]:
        top = check >> 25
        check = (check & 0x1FFFFFF) << 5 ^ value
        for bit, generator in enumerate((0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)):
            check ^= generator if top >> bit & 1 else 0
    return check in (1, 0x2BC830A3)
