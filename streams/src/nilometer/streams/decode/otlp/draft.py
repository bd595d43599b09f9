"""A span on its way: what it came with, what dialects have taken of it, and the fields they have found.

Dialects run one after another. The first that knows a field sets it; what none takes stays an attribute.
"""

from collections.abc import Iterable, Mapping
from typing import Any, cast

import msgspec

from nilometer.schemas.span import CALL_OPERATIONS, Usage
from nilometer.streams.decode.otlp.records import Attributes, OtlpEvent, OtlpSpan


class Draft:
    """What is known of one span so far."""

    def __init__(self, span: OtlpSpan) -> None:
        self.span = span
        self.attributes: Attributes = dict(span.attributes)
        """What no dialect has taken yet. Dialects look into `span.attributes`, and take here."""
        self.events: list[OtlpEvent] = list(span.events)
        self.started_ns = span.start_ns
        self.fields: dict[str, Any] = {}
        self.usage: dict[str, int] = {}
        self.notes: Attributes = {}
        """What decoding itself has to say, kept among the attributes under `nilometer.`."""

    @property
    def is_call(self) -> bool:
        return self.fields.get("operation") in CALL_OPERATIONS

    def set(self, name: str, value: Any) -> None:
        """Sets a field, unless an earlier dialect has, or there is no value."""
        if value is not None and value != "" and name not in self.fields:
            self.fields[name] = value

    def get(self, *names: str) -> Any:
        """The first of these attributes that says something; it stays where it is."""
        for name in names:
            value = self.span.attributes.get(name)
            if value is not None and value != "":
                return value
        return None

    def take(self, *names: str) -> Any:
        """The first of these attributes that says something. It and those that say the same are taken."""
        value = self.get(*names)
        if value is not None:
            for name in names:
                if self.attributes.get(name) == value:
                    del self.attributes[name]
        return value

    def text(self, field: str, *names: str) -> None:
        """Sets a field of text from the first of these attributes that is one. Another value of a field stays."""
        attributes = self.span.attributes
        for name in names:
            value = attributes.get(name)
            if isinstance(value, str) and value:
                self.set(field, value)
                if self.fields[field] == value:
                    self.attributes.pop(name, None)

    def count(self, part: str, *names: str) -> None:
        """Sets a part of the usage of a call from the first of these attributes that is a count."""
        attributes = self.span.attributes
        for name in names:
            if name in attributes and (value := whole(attributes[name])) is not None:
                self.usage.setdefault(part, value)
                if self.usage[part] == value:
                    self.attributes.pop(name, None)

    def take_prefix(self, prefix: str) -> Any:
        """All attributes below a prefix, as nested objects and lists; None where there are none."""
        found = {name[len(prefix) :]: value for name, value in self.attributes.items() if name.startswith(prefix)}
        for name in found:
            del self.attributes[prefix + name]
        return nested(found) if found else None

    def json(self, name: str) -> Any:
        """An attribute that holds JSON, or holds a native value already; None where it is neither."""
        return parsed(self.span.attributes.get(name))


def whole(value: Any) -> int | None:
    """A count, also where it was sent as a float or as text; None of anything else."""
    if isinstance(value, bool):
        return None
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 19:
        return int(value)
    if isinstance(value, float) and value.is_integer() and 0 <= value < 2**53:
        return int(value)
    return value if isinstance(value, int) and value >= 0 else None


def parsed(value: Any) -> Any:
    """The value of a JSON text; other values as they are; None of text that is no JSON."""
    if not isinstance(value, str):
        return value
    try:
        return msgspec.json.decode(value)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return None


def parsed_object(value: Any) -> dict[str, Any]:
    """The object that a value is or holds as JSON; {} of anything else."""
    found = parsed(value)
    return cast("dict[str, Any]", found) if isinstance(found, dict) else {}


def loosely(value: Any) -> Any:
    """A JSON text's value where it is an object or a list; anything else as it is."""
    found = parsed(value)
    return found if isinstance(found, dict | list) else value


def nested(flat: Mapping[str, Any]) -> Any:
    """`{"0.a.b": 1}` as `[{"a": {"b": 1}}]`: objects whose keys are all numbers become lists, gaps closed."""
    tree: dict[str, Any] = {}
    for path, value in flat.items():
        node = tree
        *parents, last = path.split(".")[:64]
        for part in parents:
            below = node.get(part)
            if not isinstance(below, dict):
                below = node[part] = {} if below is None else {"": below}
            node = cast("dict[str, Any]", below)
        if isinstance(node.get(last), dict):
            node[last][""] = value
        else:
            node[last] = value
    return _listed(tree)


def _listed(node: Any) -> Any:
    if not isinstance(node, dict):
        return node
    inner = {key: _listed(value) for key, value in cast("dict[str, Any]", node).items()}
    if inner and all(key.isascii() and key.isdigit() and len(key) < 6 for key in inner):
        return [inner[key] for key in sorted(inner, key=int)]
    return inner


def usage_of(counts: Mapping[str, int]) -> Usage | None:
    return msgspec.convert(dict(counts), Usage) if counts else None


def first(values: Iterable[Any]) -> Any:
    """The first that is not None."""
    return next((value for value in values if value is not None), None)
