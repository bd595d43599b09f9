"""Fit: published events fit a Kafka message."""

from collections.abc import Sequence

import msgspec

from nilometer.schemas.burying import HEADER_ROOM
from nilometer.schemas.deadletter import DeadLetter
from nilometer.schemas.event import Event
from nilometer.streams.items import Refusal, Sourced
from nilometer.streams.steps import Context, Result, refuse

GROWTH = 100
"""How many times longer masking can make an event, with room to spare: smaller ones need not be measured."""

_ENCODER = msgspec.json.Encoder()


def fit(batch: Sequence[Sourced[Event]], ctx: Context) -> Result[Event]:
    """Refuses events that have grown larger than a message may be; the broker would refuse them for ever."""
    limit = ctx.max_message_bytes - HEADER_ROOM
    ok: list[Sourced[Event]] = []
    dead: list[DeadLetter] = []
    for sourced in batch:
        if len(sourced.original) * GROWTH > limit and (size := len(_ENCODER.encode(sourced.item))) > limit:
            refusal = Refusal("too_large", f"{size} bytes when masked; a message may hold {limit}")
            dead.append(refuse("publish", refusal, sourced, ctx))
        else:
            ok.append(sourced)
    return ok, dead
