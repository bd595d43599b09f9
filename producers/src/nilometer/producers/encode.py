"""Events as bytes, whatever applications put into them."""

from typing import Any

import msgspec

from nilometer.producers.plain import as_mapping, plain, unshowable
from nilometer.schemas.event import RawEvent


def _show(value: Any) -> Any:
    """Stands in for what JSON does not have."""
    mapping = as_mapping(value) if hasattr(value, "model_dump") else None
    return unshowable(value) if mapping is None else mapping


_ENCODER = msgspec.json.Encoder(enc_hook=_show)


def encode(event: RawEvent) -> bytes | None:
    """One line of the native format, with its end. None where even the names of types cannot be written."""
    try:
        return _ENCODER.encode(event) + b"\n"
    except Exception:
        return _encode_plainly(event)


def _encode_plainly(event: RawEvent) -> bytes | None:
    """The slow way, value by value: for keys that are no text, cycles, half surrogate pairs and objects that raise."""
    try:
        fields = {name: getattr(event, name) for name in event.__struct_fields__}
        safe = {
            # Times and Structs are ours; the rest may be anything.
            name: value if name in _OURS else plain(value)
            for name, value in fields.items()
        }
        return _ENCODER.encode(type(event)(**safe)) + b"\n"
    except Exception:
        return None


_OURS = frozenset({"started_at", "ended_at", "created_at", "usage"})
