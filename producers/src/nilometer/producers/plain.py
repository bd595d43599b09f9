"""Values of any kind as plain data, without ever raising."""

from collections.abc import Mapping
from typing import Any, cast

from pydantic import BaseModel

MAX_DEPTH = 64


def as_mapping(value: Any) -> Mapping[str, Any] | None:
    """A mapping, or the fields of an object that can give them (`model_dump`, `to_dict`); else None."""
    # The usual case first: asking an abstract class takes ten times as long.
    if type(value) is dict or isinstance(value, Mapping):
        return cast("Mapping[str, Any]", value)
    if value is None or isinstance(value, str | bytes | int | float | list | tuple):
        return None
    try:
        if isinstance(value, BaseModel):
            return value.model_dump(mode="json", warnings=False)
        dump = getattr(value, "model_dump", None) or getattr(value, "to_dict", None)
        # Calling what is no instance's method, e.g. a class's, or a mock's, gives no mapping: then there is none.
        dumped = dump() if callable(dump) else getattr(value, "__dict__", None)
    except Exception:
        return None
    return cast("Mapping[str, Any]", dumped) if isinstance(dumped, Mapping) else None


def plain(value: Any, above: tuple[int, ...] = ()) -> Any:
    """JSON-able data that stands for any value: what cannot be shown is replaced by the name of its type.

    `above` are the ids of the containers that hold the value: cycles end where they close.
    """
    try:
        return _plain(value, above)
    except Exception:
        return unshowable(value)


def unshowable(value: Any) -> str:
    return f"<{type(value).__name__}>"


def _plain(value: Any, above: tuple[int, ...]) -> Any:
    if value is None or isinstance(value, int | float):
        return value
    if isinstance(value, str):
        return str(value).encode("utf-8", "replace").decode()
    if id(value) in above or len(above) >= MAX_DEPTH:
        return unshowable(value)
    above = (*above, id(value))
    if isinstance(value, Mapping):
        items = cast("Mapping[Any, Any]", value).items()
        return {_key(key): plain(item, above) for key, item in items}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(item, above) for item in cast("list[Any]", value)]
    mapping = as_mapping(value) if hasattr(value, "model_dump") else None
    return unshowable(value) if mapping is None else plain(mapping, above)


def _key(key: Any) -> str:
    return _plain(key, ()) if isinstance(key, str) else str(key) if isinstance(key, int | float) else unshowable(key)
