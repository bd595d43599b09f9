"""Messages of the topic `events` as the loader reads them: what a column keeps as JSON is not taken apart.

Most of an event is messages that the worker has written as JSON and that the lake keeps as JSON. Reading them into
objects and writing them again took half of the loader's own time.
"""

from types import UnionType
from typing import Any, TypeAlias, Union, get_args, get_origin, get_type_hints

import msgspec

from nilometer.schemas.detail import SpanDetail
from nilometer.schemas.errors import WireError
from nilometer.schemas.feedback import MaskedFeedback
from nilometer.schemas.score import Score
from nilometer.schemas.span import PricedSpan

JSON = frozenset(
    {
        *("parameters", "input_messages", "output_messages", "tool_definitions", "tool_arguments", "tool_result"),
        *("retrieval_documents", "attributes"),
    }
)
"""Fields that stay JSON."""
_OPENINGS = {list: b"[", dict: b"{"}

Published: TypeAlias = Any
"""An Event, but for the fields of JSON, which are `msgspec.Raw`: at run time a class of its own for each kind."""


def _allowed(hint: Any) -> tuple[bytes, ...]:
    """How the JSON of a value of a type may begin; empty where it may be anything."""
    kinds = get_args(hint) if get_origin(hint) in (Union, UnionType) else (hint,)
    if Any in kinds:
        return ()
    return tuple(b"null" if kind is type(None) else _OPENINGS[get_origin(kind) or kind] for kind in kinds)


def _reader(kind: type[msgspec.Struct]) -> type[msgspec.Struct]:
    hints = get_type_hints(kind)
    fields: list[Any] = []
    for field in msgspec.structs.fields(kind):
        hint = msgspec.Raw if field.name in JSON else hints[field.name]
        if field.default_factory is not msgspec.NODEFAULT:
            fields.append((field.name, hint, msgspec.field(default_factory=field.default_factory)))
        elif field.default is not msgspec.NODEFAULT:
            fields.append((field.name, hint, field.default))
        else:
            fields.append((field.name, hint))
    config = kind.__struct_config__
    return msgspec.defstruct(
        kind.__name__, fields, kw_only=True, frozen=True, tag_field=config.tag_field, tag=config.tag, module=__name__
    )


KINDS: dict[type[Any], type[Any]] = {kind: _reader(kind) for kind in (PricedSpan, MaskedFeedback, Score, SpanDetail)}
"""Class of events → class of what is read of them here."""
_SHAPES = {
    reader: [
        (name, allowed) for name, hint in get_type_hints(kind).items() if name in JSON and (allowed := _allowed(hint))
    ]
    for kind, reader in KINDS.items()
}
_DECODER: msgspec.json.Decoder[Any] = msgspec.json.Decoder(Union[tuple(KINDS.values())])  # noqa: UP007


def decode(value: bytes) -> Published:
    """The event of a message. Raises WireError that does not quote it, as `wire.decode_event` does."""
    try:
        # What is not taken apart is not looked at either.
        value.decode()
        event = _DECODER.decode(value)
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise WireError("not an event of this or an earlier version") from None
    for name, allowed in _SHAPES[type(event)]:
        raw = getattr(event, name)
        if type(raw) is msgspec.Raw and not memoryview(raw)[:4].tobytes().startswith(allowed):
            raise WireError("not an event of this or an earlier version")
    return event


def text(value: object) -> str | None:
    """The JSON of a field that stayed JSON; None of null."""
    if value is None:
        return None
    if isinstance(value, msgspec.Raw):
        # A message may say null instead of nothing.
        found = str(memoryview(value), "utf-8")
        return None if found == "null" else found
    return _encode(value).decode()


_encode = msgspec.json.Encoder(decimal_format="string").encode
