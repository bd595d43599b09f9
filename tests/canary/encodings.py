"""How a value may stand in bytes: plain, and as each of the encodings that software wraps text in."""

import base64
import html
import json
import urllib.parse
from collections.abc import Callable, Iterator

SHORTEST = 7
"""Shorter needles would turn up by chance."""

Needle = tuple[str, bytes, bool]
"""Name of the encoding, the bytes, and whether upper and lower case are told apart."""


def needles(text: str) -> Iterator[Needle]:
    """Every form of a text that a leak could have. Forms that are the same bytes come once."""
    seen: set[tuple[bytes, bool]] = set()
    for name, data, exact in _forms(text):
        wanted = data if exact else data.lower()
        if len(wanted) >= SHORTEST and (wanted, exact) not in seen:
            seen.add((wanted, exact))
            yield name, wanted, exact


def _forms(text: str) -> Iterator[Needle]:
    data = text.encode()
    yield "plain", data, False
    yield "plain", text.casefold().encode(), False
    if text.count("\n"):
        # What is masked line by line must be gone line by line.
        yield from (
            ("a line of it", line.encode(), False)
            for line in text.splitlines()
            if len(line) > 20 and not line.startswith("-----")
        )
    bare = "".join(letter for letter in text if letter.isalnum())
    if bare.isascii() and any(letter.isdigit() for letter in bare) and len(bare) >= 9 and bare != text:
        yield "without signs", bare.encode(), False
    yield "utf-16", text.encode("utf-16-le"), False
    for name, alphabet in (("base64", base64.b64encode), ("base64url", base64.urlsafe_b64encode)):
        for shift in range(3):
            yield name, _inside(data, shift, alphabet), True
    yield "hex", data.hex().encode(), False
    yield "url", urllib.parse.quote(text, safe="").encode(), False
    yield "url", urllib.parse.quote_plus(text, safe="").encode(), False
    yield "url", urllib.parse.quote(text).encode(), False
    yield "url", "".join(f"%{byte:02x}" for byte in data).encode(), False
    yield "json", json.dumps(text)[1:-1].encode(), False
    yield "json", json.dumps(text, ensure_ascii=False)[1:-1].encode(), False
    yield "json", json.dumps(json.dumps(text)[1:-1])[1:-1].encode(), False
    yield "json", json.dumps(text)[1:-1].replace("/", "\\/").encode(), False
    yield "json", "".join(f"\\u{ord(letter):04x}" for letter in text).encode(), False
    yield "html", html.escape(text).encode(), False
    yield "html", "".join(f"&#{ord(letter)};" for letter in text).encode(), False
    yield "html", "".join(f"&#x{ord(letter):x};" for letter in text).encode(), False


def _inside(data: bytes, shift: int, encode: Callable[[bytes], bytes]) -> bytes:
    """The part of a base64 text that is the same whatever stands before (of any length ≡ shift mod 3) and after."""
    padded = b"\0" * shift + data
    written = encode(padded)
    first = (0, 2, 3)[shift]
    last = len(padded) * 8 // 6
    return written[first:last]
