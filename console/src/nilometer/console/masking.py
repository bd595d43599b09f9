"""Texts of a stream, masked as they come: in lines or blocks, with an answer for each, and never a text that failed."""

import re
import secrets
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from pydantic import ValidationError

from nilometer.schemas.errors import ConfigurationError, KeyUnavailableError
from nilometer.schemas.keys import load_pseudonym_keys
from nilometer.schemas.settings import MaskingSettings, Settings

if TYPE_CHECKING:
    from nilometer.streams.mask import MaskedText, Masker

FAILED = "<MASKING_FAILED>"
"""What stands in the place of a text that could not be masked."""
READ_BYTES = 65_536
MOST_KEY_LINES = 200
_KEY_BEGINS = re.compile(r"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY[A-Z ]{0,10}-----")
_KEY_ENDS = re.compile(r"-----END [A-Z0-9 ]{0,40}PRIVATE KEY")
_KEY_LINE = re.compile(r"(?:\A\s{0,40}[A-Za-z0-9+/]{1,100}|(?<![^\s>|:])[A-Za-z0-9+/]{16,100})={0,2}\s{0,9}\Z")
_KEY_AROUND = "-----BEGIN PRIVATE KEY-----\n", "\n-----END PRIVATE KEY-----"
BLOCK_BYTES = 100_000
"""A text that is not taken line by line is cut at an empty line, or else at a line's end, before it gets longer."""


@dataclass(frozen=True)
class Piece:
    """A part of the input: a line without its end, or a block of lines. `data` None: too long, and not kept."""

    number: int
    """Of its first line, from 1."""
    data: bytes | None
    end: bytes = b""


@dataclass(frozen=True)
class Answer:
    """What became of a piece: `masked`, or why it could not be."""

    piece: Piece
    masked: "MaskedText | None"
    error_type: str = ""
    message: str = ""


class KeyLines:
    """Tells which lines are of a private key: by itself none of them is known for it but the first and the last."""

    def __init__(self) -> None:
        self._left = 0

    def within(self, line: str) -> str | None:
        """Of each line in turn, what it holds of a key. Without a last line a key ends after MOST_KEY_LINES."""
        if _KEY_BEGINS.search(line):
            self._left = 0 if _KEY_ENDS.search(line) else MOST_KEY_LINES
            return None
        if not self._left:
            return None
        self._left = 0 if _KEY_ENDS.search(line) else self._left - 1
        found = _KEY_LINE.search(line)
        return found.group().strip() if found else None


def make_masker(settings: Settings, masking: MaskingSettings) -> tuple["Masker", bool]:
    """A masker of the policy, and whether its pseudonyms are the environment's. Raises ConfigurationError."""
    from nilometer.streams.mask import Masker

    try:
        key, *earlier = load_pseudonym_keys(settings).values()
    except KeyUnavailableError:
        return Masker(masking, secrets.token_bytes(32), settings.environment), False
    return Masker(masking, key, settings.environment, earlier), True


def read_policy(file: Path) -> MaskingSettings:
    """The table `masking` of a settings file, or a file that is nothing but that table. Raises ConfigurationError."""
    try:
        values = tomllib.loads(file.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigurationError(
            f"{file}: {error if isinstance(error, tomllib.TOMLDecodeError) else 'not UTF-8'}"
        ) from None
    try:
        return MaskingSettings(**values.get("masking", values))
    except ValidationError as error:
        places = "; ".join(f"masking.{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())
        raise ConfigurationError(f"{file}: {places}") from None


def lines(source: BinaryIO, limit: int) -> Iterator[list[Piece]]:
    """The lines of a stream, as many at a time as are there; what is longer than the limit is read past, not kept."""
    number = 1
    rest = bytearray()
    too_long = False
    while chunk := _read(source):
        pieces: list[Piece] = []
        *complete, last = chunk.split(b"\n")
        for part in complete:
            pieces.append(_line(number, rest + part, too_long or len(rest) + len(part) > limit, b"\n"))
            rest, too_long = bytearray(), False
            number += 1
        if not too_long:
            rest += last
            if len(rest) > limit:
                rest, too_long = bytearray(), True
        if pieces:
            yield pieces
    if rest or too_long:
        yield [_line(number, rest, too_long, b"")]


def blocks(source: BinaryIO, limit: int) -> Iterator[list[Piece]]:
    """The same in blocks of lines, for texts whose lines belong together."""
    number = 1
    block = bytearray()
    for pieces in lines(source, limit):
        for piece in pieces:
            if piece.data is None:
                if block:
                    yield [Piece(number, bytes(block))]
                yield [piece]
                number, block = piece.number + 1, bytearray()
                continue
            if len(block) + len(piece.data) > limit or (len(block) >= BLOCK_BYTES and not piece.data.strip()):
                yield [Piece(number, bytes(block))]
                number, block = piece.number, bytearray()
            block += piece.data + piece.end
    if block:
        yield [Piece(number, bytes(block))]


def whole(source: BinaryIO, limit: int) -> Iterator[list[Piece]]:
    """The stream as one text."""
    data = bytearray()
    while len(data) <= limit and (chunk := _read(source)):
        data += chunk
    yield [Piece(1, bytes(data) if len(data) <= limit else None)]


def answers(
    masker: "Masker",
    pieces: Sequence[Piece],
    limit: int,
    field: str,
    project: str | None,
    keys: KeyLines | None = None,
) -> list[Answer]:
    """What becomes of each piece. `limit`: in bytes. `keys`: of pieces that are lines."""
    from nilometer.streams.mask import MaskedText

    texts: dict[int, str] = {}
    out: dict[int, Answer] = {}
    for at, piece in enumerate(pieces):
        if piece.data is None:
            out[at] = Answer(
                piece, None, "text_too_long", f"longer than {limit} bytes: see masking.max_text_characters"
            )
            continue
        try:
            texts[at] = piece.data.decode("utf-8")
        except UnicodeDecodeError as error:
            out[at] = Answer(piece, None, "not_utf8", f"not UTF-8 from byte {error.start} on: is this a binary file?")
    of_keys = {at: said for at in texts if keys is not None and (said := keys.within(texts[at]))}
    asked = [*texts.values(), *(said.join(_KEY_AROUND) for said in of_keys.values())]
    results = masker.mask_texts(asked, field, project)
    for at, result in zip(texts, results[: len(texts)], strict=True):
        if isinstance(result, MaskedText):
            out[at] = Answer(pieces[at], result)
        else:
            out[at] = Answer(pieces[at], None, result.error_type, result.message)
    for at, result in zip(of_keys, results[len(texts) :], strict=True):
        # Where the policy lets keys be, the line is masked like any other.
        if isinstance(result, MaskedText) and not result.text.startswith(_KEY_AROUND[0]):
            places = tuple(one._replace(start=0, end=len(texts[at])) for one in result.findings[:1])
            out[at] = Answer(pieces[at], replace(result, findings=places))
    return [out[at] for at in range(len(pieces))]


def _read(source: BinaryIO) -> bytes:
    """What is there, at least a byte, but for the end."""
    read1 = getattr(source, "read1", None)
    return read1(READ_BYTES) if read1 is not None else source.read(READ_BYTES)


def _line(number: int, data: bytes | bytearray, too_long: bool, end: bytes) -> Piece:
    return Piece(number, None if too_long else bytes(data), end)
