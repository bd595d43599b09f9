"""Decode: bodies to raw events, by content type."""

from collections.abc import Callable, Iterable, Mapping, Sequence

from nilometer.schemas import wire
from nilometer.schemas.deadletter import DeadLetter
from nilometer.schemas.event import RawEvent
from nilometer.streams.deadletters import Arrived, attempts
from nilometer.streams.decode import native
from nilometer.streams.decode.otlp import body as otlp
from nilometer.streams.items import Opened, Refusal, Sourced
from nilometer.streams.steps import Context, Result, guarded, refuse

Decoder = Callable[[Opened, Context], "list[Sourced[RawEvent | Refusal]] | Refusal"]
"""What is in a body: of each event the event or its refusal; or the refusal of the whole body."""

DECODERS: Mapping[str, Decoder] = {
    wire.NATIVE: native.decode,
    wire.OTLP_PROTOBUF: otlp.decode,
    wire.OTLP_JSON: otlp.decode,
}


def decode(batch: Sequence[Opened], ctx: Context) -> Result[RawEvent]:
    """One bad event is one dead letter and the rest flows; so is a body that cannot be read at all."""
    found: list[Sourced[RawEvent | Refusal]] = []
    dead: list[DeadLetter] = []
    for opened in batch:
        result = guarded(_dispatch, opened, ctx)
        if isinstance(result, Refusal):
            record = opened.record
            dead.append(ctx.bury("decode", result, record.source, Arrived(record), attempts(record.headers)))
        else:
            found += result
    ok, refused = _part(found, ctx)
    return ok, dead + refused


def decode_events(batch: Sequence[Sourced[RawEvent]], ctx: Context) -> Result[RawEvent]:
    """Events that are decoded already, held to the same rules as if they had come over the wire."""
    return _part((native.reread(sourced, ctx) for sourced in batch), ctx)


def _dispatch(opened: Opened, ctx: Context) -> list[Sourced[RawEvent | Refusal]] | Refusal:
    decoder = DECODERS.get(opened.content_type)
    if decoder is None:
        known = ", ".join(DECODERS)
        return Refusal("unknown_content_type", f"the header content-type is none that this version decodes: {known}")
    return decoder(opened, ctx)


def _part(found: Iterable[Sourced[RawEvent | Refusal]], ctx: Context) -> Result[RawEvent]:
    ok: list[Sourced[RawEvent]] = []
    dead: list[DeadLetter] = []
    for sourced in found:
        if isinstance(sourced.item, Refusal):
            dead.append(refuse("decode", sourced.item, sourced, ctx))
        else:
            ok.append(Sourced(sourced.item, sourced.source, sourced.original, sourced.attempts))
    return ok, dead
