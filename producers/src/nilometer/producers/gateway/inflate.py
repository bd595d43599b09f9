"""Decompression that stops at its limits: nothing is ever held that is larger than they allow."""

import zlib
from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import Any

import zstandard

from nilometer.producers.gateway.refusals import Kind, RefusedError
from nilometer.schemas.settings import MEBIBYTE, GatewaySettings

ENCODINGS = ("gzip", "deflate", "zstd", "identity")

_STEP = 256 * 1024
_ZSTD_STEP = 128
"""Bytes fed at a time: a block of a few bytes can stand for 128 KiB."""
_ZSTD_WINDOW = 8 * MEBIBYTE
"""What RFC 9659 lets a sender of HTTP content use."""


@dataclass(frozen=True)
class Limits:
    max_bytes: int
    max_ratio: int

    @classmethod
    def of(cls, settings: GatewaySettings) -> "Limits":
        return cls(settings.max_decompressed_bytes, settings.max_ratio)


def inflate(body: bytes, encoding: str, limits: Limits) -> bytes:
    """The body without its content encoding. Raises RefusedError: too_large, bad_body, media_type."""
    read = _READERS.get(encoding)
    if read is None:
        raise RefusedError(Kind.media_type, f"this content-encoding is none of {', '.join(ENCODINGS)}")
    if read is _identity:
        return body
    out = bytearray()
    try:
        for part in read(body, limits):
            out += part
            if len(out) > limits.max_bytes:
                raise RefusedError(
                    Kind.too_large, f"decompressed, the body is larger than {limits.max_bytes} bytes"
                    " (gateway.max_decompressed_bytes)"
                )  # fmt: skip
            if len(out) > MEBIBYTE and len(out) > limits.max_ratio * len(body):
                raise RefusedError(
                    Kind.too_large, f"the body is compressed more than {limits.max_ratio} times (gateway.max_ratio)"
                )
    except (zlib.error, zstandard.ZstdError, EOFError):
        raise RefusedError(Kind.bad_body, f"the body is not {encoding}, or not all of it") from None
    return bytes(out)


def _identity(body: bytes, _limits: Limits) -> Generator[bytes]:
    yield body


def _gzip(body: bytes, _limits: Limits) -> Generator[bytes]:
    rest = body
    while rest:
        reader = zlib.decompressobj(31)
        yield from _drain(reader, rest)
        rest = reader.unused_data


def _deflate(body: bytes, _limits: Limits) -> Generator[bytes]:
    # HTTP's deflate is zlib's format (RFC 9110, 8.4.1.2); some clients send it without zlib's frame.
    framed = len(body) >= 2 and body[0] & 0x0F == 8 and int.from_bytes(body[:2], "big") % 31 == 0
    reader = zlib.decompressobj(15 if framed else -15)
    yield from _drain(reader, body)
    if reader.unused_data:
        raise EOFError


def _drain(reader: Any, data: bytes) -> Generator[bytes]:
    yield reader.decompress(data, _STEP)
    while reader.unconsumed_tail and not reader.eof:
        yield reader.decompress(reader.unconsumed_tail, _STEP)
    while not reader.eof and (more := reader.decompress(b"", _STEP)):
        yield more
    if not reader.eof:
        raise EOFError


def _zstd(body: bytes, limits: Limits) -> Generator[bytes]:
    size = zstandard.frame_content_size(body)
    context = zstandard.ZstdDecompressor(max_window_size=_ZSTD_WINDOW)
    if 0 <= size <= min(limits.max_bytes, MEBIBYTE):
        # The usual case in one step; the size that the frame claims is held against what is in it.
        yield context.decompress(body, max_output_size=MEBIBYTE, allow_extra_data=False)
        return
    reader = context.decompressobj()
    for start in range(0, len(body), _ZSTD_STEP):
        if reader.eof:
            raise EOFError
        yield reader.decompress(body[start : start + _ZSTD_STEP])
    if not reader.eof:
        raise EOFError


_READERS: dict[str, Callable[[bytes, Limits], Generator[bytes]]] = {
    "": _identity,
    "identity": _identity,
    "gzip": _gzip,
    "x-gzip": _gzip,
    "deflate": _deflate,
    "zstd": _zstd,
}
