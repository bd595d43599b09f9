"""Read by pyright, not by pytest: a wrong order of steps does not type-check.

Each line says which error pyright must find in it; one that it no longer finds is an error itself.
"""
# pyright: strict, reportUnnecessaryTypeIgnoreComment=true

from collections.abc import Sequence

from nilometer.schemas.event import Event, MaskedEvent, RawEvent
from nilometer.schemas.span import MaskedSpan, RawSpan
from nilometer.schemas.wire import encode
from nilometer.streams.chain import Context, Sourced
from nilometer.streams.decode import decode
from nilometer.streams.fit import fit
from nilometer.streams.items import Opened, Record
from nilometer.streams.masking import mask
from nilometer.streams.price import price
from nilometer.streams.validate import validate


def wrong(
    records: Sequence[Record],
    opened: Sequence[Opened],
    raw: Sequence[Sourced[RawEvent]],
    masked: Sequence[Sourced[MaskedEvent]],
    priced: Sequence[Sourced[Event]],
    ctx: Context,
) -> None:
    decode(records, ctx)  # pyright: ignore[reportArgumentType]
    validate(opened, ctx)  # pyright: ignore[reportArgumentType]
    price(raw, ctx)  # pyright: ignore[reportArgumentType]
    fit(masked, ctx)  # pyright: ignore[reportArgumentType]
    mask(masked, ctx)  # pyright: ignore[reportArgumentType]
    mask(priced, ctx)  # pyright: ignore[reportArgumentType]
    validate(masked, ctx)  # pyright: ignore[reportArgumentType]


def unpublishable(raw: RawSpan, masked: MaskedSpan) -> None:
    encode(raw, "dev")  # pyright: ignore[reportArgumentType]
    encode(masked, "dev")  # pyright: ignore[reportArgumentType]
