"""Native: JSON lines of RawEvents, `application/vnd.nilometer.events+jsonl`.

A line is an event or a dead letter, whatever stands beside it. Two things that JSON allows and that nothing behind us
can keep are mended, for the call was real: half a surrogate pair (text cut in the middle of an emoji) and NUL become
U+FFFD.
"""

import json
import re

import msgspec

from nilometer.schemas import wire
from nilometer.schemas.event import RawEvent
from nilometer.schemas.violation import describe
from nilometer.streams.deadletters import attempts
from nilometer.streams.items import Opened, Refusal, Sourced
from nilometer.streams.steps import Context, guarded

_DECODER: msgspec.json.Decoder[RawEvent] = msgspec.json.Decoder(RawEvent)  # pyright: ignore[reportArgumentType]
_ENCODER = msgspec.json.Encoder()
_ESCAPE = re.compile(
    rb"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}"  # a whole pair
    rb"|(\\u[dD][89a-fA-F][0-9a-fA-F]{2}|\\u0000)"  # half a pair, or NUL
    rb"|\\."  # any other escape, so that \\ud800 is not taken for one
)
_MENDABLE = re.compile(rb"\\u(?:[dD][89a-fA-F]|0000)")
_WHITE = b" \t\r"


def decode(opened: Opened, ctx: Context) -> list[Sourced[RawEvent | Refusal]] | Refusal:
    """The events of a body, line by line; blank lines are none. `Coordinates.index` is the line, from 0."""
    if opened.body.count(b"\n") > 2 * wire.MAX_BATCH_EVENTS:
        return _too_many()
    lines = [(i, stripped) for i, line in enumerate(opened.body.split(b"\n")) if (stripped := line.strip(_WHITE))]
    if len(lines) > wire.MAX_BATCH_EVENTS:
        return _too_many()
    tried = attempts(opened.record.headers)
    source = opened.record.source
    return [
        Sourced(guarded(decode_line, line, ctx), msgspec.structs.replace(source, index=i), line, tried)
        for i, line in lines
    ]


def decode_line(line: bytes, ctx: Context) -> RawEvent | Refusal:
    """The event of one line."""
    limit = ctx.validation.max_span_bytes
    if len(line) > limit:
        return Refusal("too_large", f"an event of {len(line)} bytes; validation.max_span_bytes is {limit}")
    try:
        return _DECODER.decode(_mend(line))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        return Refusal(*describe(error))


def reread(sourced: Sourced[RawEvent], ctx: Context) -> Sourced[RawEvent | Refusal]:
    """An event as it would have come over the wire: written as a line, and read again."""
    line = guarded(_write, sourced.item, ctx)
    if isinstance(line, Refusal):
        return Sourced(line, sourced.source, b"", sourced.attempts)
    return Sourced(guarded(decode_line, line, ctx), sourced.source, line, sourced.attempts)


def _write(event: RawEvent, _ctx: Context) -> bytes | Refusal:
    try:
        return _ENCODER.encode(event)
    except UnicodeEncodeError:
        # Half a surrogate pair: msgspec refuses it, json writes its escape, which is mended when read.
        return json.dumps(msgspec.to_builtins(event)).encode()
    except RecursionError as error:
        return Refusal(*describe(error))
    except TypeError:
        return Refusal("unsupported_type", "a value is of a type that JSON does not have")


def _mend(line: bytes) -> bytes:
    if not _MENDABLE.search(line):
        return line
    return _ESCAPE.sub(lambda found: rb"\ufffd" if found[1] else found[0], line)


def _too_many() -> Refusal:
    return Refusal("too_many_events", f"more than {wire.MAX_BATCH_EVENTS} events in one batch")
