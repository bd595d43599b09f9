"""Whether what was written under one JSON Schema can be read under another: BACKWARD, as schema registries call it.

Two rules are stricter than a validator's: a field may not go (somebody reads it), and a default may not change (fields
that have their default are left out on the wire, so another default would give old messages another meaning).
One is looser than Confluent's: an optional field may be added to an open object, for only we write these messages.
"""

import json
from typing import Any

Schema = dict[str, Any]

_NOTES = {"$schema", "$id", "$defs", "$comment", "title", "description", "examples", "deprecated", "discriminator"}
_KNOWN = {
    "$ref",
    "type",
    "enum",
    "const",
    "anyOf",
    "properties",
    "required",
    "additionalProperties",
    "items",
    "default",
    "format",
    "pattern",
    "contentEncoding",
}
_LOWER = ("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties")
_UPPER = ("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties")
_ALL_TYPES = frozenset({"null", "boolean", "number", "string", "array", "object"})


def incompatibilities(old: Schema, new: Schema) -> list[str]:
    """What readers of `new` cannot read of what `old` allowed, each with its place; empty when there is nothing.

    A keyword that this function does not know counts as a break unless it is the same on both sides.
    """
    return _Comparison(old, new).run()


class _Comparison:
    def __init__(self, old: Schema, new: Schema) -> None:
        self._roots = (old, new)
        self._seen: set[tuple[str, str]] = set()

    def run(self) -> list[str]:
        return self._compare(self._roots[0], self._roots[1], "$")

    def _compare(self, old: Any, new: Any, at: str) -> list[str]:
        if "$ref" in _as_dict(old) and "$ref" in _as_dict(new):
            pair = (_exact(old), _exact(new))
            if pair in self._seen:
                return []
            self._seen.add(pair)
        old, new = self._resolve(old, 0), self._resolve(new, 1)
        if old is False or new is True or (new is not False and not set(new) - _NOTES):
            return []
        if new is False:
            return [f"{at}: nothing is allowed any more"]
        old = {} if old is True else old
        if "anyOf" in old:
            return self._branches(old, new, at)
        if "anyOf" in new:
            return self._accepted_by_one(old, new, at)
        return self._plain(old, new, at)

    def _branches(self, old: Schema, new: Schema, at: str) -> list[str]:
        """Each thing that the old schema allowed must be allowed still."""
        found = _default(old, new, at)
        beside, after = _without(old, "anyOf", "default"), _without(new, "default")
        for branch in old["anyOf"]:
            whole = self._resolve(branch, 0)
            found += self._compare(whole if whole is False else beside | _as_dict(whole), after, at)
        return list(dict.fromkeys(found))

    def _accepted_by_one(self, old: Schema, new: Schema, at: str) -> list[str]:
        before, beside = _without(old, "default"), _without(new, "anyOf", "default")
        found = _default(old, new, at) + self._compare(before, beside, at)
        attempts: list[list[str]] = []
        for branch in new["anyOf"]:
            # What one branch looked at counts for the next only if it fitted.
            seen = set(self._seen)
            result = self._compare(before, branch, at)
            if not result:
                return found
            self._seen = seen
            attempts.append(result)
        # The branch that comes closest explains best.
        return found + min(attempts, key=len)

    def _plain(self, old: Schema, new: Schema, at: str) -> list[str]:
        found = _default(old, new, at) + _types(old, new, at) + _values(old, new, at) + _limits(old, new, at)
        if found and any(line.startswith(f"{at}: type") for line in found):
            return found
        for key in ("format", "pattern", "contentEncoding"):
            if key in new and new[key] != old.get(key):
                found.append(f"{at}: {key} {old.get(key)!r} became {new[key]!r}")
        for key in sorted((set(old) | set(new)) - _NOTES - _KNOWN - {*_LOWER, *_UPPER}):
            if old.get(key) != new.get(key):
                found.append(f"{at}: cannot judge a change of {key!r}")
        allowed = _allowed_types(old)
        if "object" in allowed:
            found += self._objects(old, new, at)
        if "array" in allowed and "items" in new:
            found += self._compare(old.get("items", True), new["items"], f"{at}[]")
        return found

    def _objects(self, old: Schema, new: Schema, at: str) -> list[str]:
        found: list[str] = []
        before: Schema = old.get("properties", {})
        after: Schema = new.get("properties", {})
        for name in before:
            if name not in after:
                found.append(f"{at}.{name}: removed")
            else:
                found += self._compare(before[name], after[name], f"{at}.{name}")
        for name in new.get("required", []):
            if name not in old.get("required", []):
                found.append(f"{at}.{name}: required now")
        rest = old.get("additionalProperties", True)
        rest_now = new.get("additionalProperties", True)
        if rest is not False:
            if rest_now is False:
                found.append(f"{at}: closed: properties without a name of their own were allowed")
            else:
                found += self._compare(rest, rest_now, f"{at}.*")
            # A struct is open so that it can grow; a map may hold any name already.
            if "properties" not in old or rest not in (True, {}):
                for name in sorted(set(after) - set(before)):
                    found += self._compare(rest, after[name], f"{at}.{name}")
        return found

    def _resolve(self, schema: Any, side: int) -> Any:
        """The schema that a chain of references ends in, with what stands beside the references."""
        beside: Schema = {}
        while isinstance(schema, dict) and "$ref" in schema:
            reference: str = schema["$ref"]  # pyright: ignore[reportUnknownVariableType]
            if not reference.startswith("#"):
                raise ValueError("a schema that refers to another document cannot be compared")
            beside = {key: value for key, value in schema.items() if key != "$ref"} | beside  # pyright: ignore
            schema = self._roots[side]
            for part in reference.split("/")[1:]:
                schema = schema[part.replace("~1", "/").replace("~0", "~")]  # pyright: ignore[reportUnknownVariableType]
        return {**schema, **beside} if beside and isinstance(schema, dict) else schema  # pyright: ignore


def _as_dict(schema: Any) -> Schema:
    return schema if isinstance(schema, dict) else {}  # pyright: ignore[reportUnknownVariableType]


def _without(schema: Schema, *keys: str) -> Schema:
    return {key: value for key, value in schema.items() if key not in keys}


def _exact(value: Any) -> str:
    """JSON text: tells 1 from true, as Python does not."""
    return json.dumps(value, sort_keys=True)


def _default(old: Schema, new: Schema, at: str) -> list[str]:
    missing = object()
    before, after = old.get("default", missing), new.get("default", missing)
    # Where there was none, a message without the field was not possible, or said nothing.
    if before is missing or (after is not missing and _exact(before) == _exact(after)):
        return []
    return [f"{at}: default changed"]


def _allowed_types(schema: Schema) -> frozenset[str]:
    """The JSON types that a schema without anyOf allows; integer stays apart from number."""
    if "type" in schema:
        return frozenset([schema["type"]] if isinstance(schema["type"], str) else schema["type"])
    values = schema["enum"] if "enum" in schema else [schema["const"]] if "const" in schema else None
    if values is not None:
        return frozenset(_type_of(value) for value in values)
    return _ALL_TYPES


def _type_of(value: object) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "boolean"
        case int():
            return "integer"
        case float():
            return "number"
        case str():
            return "string"
        case list():
            return "array"
        case _:
            return "object"


def _types(old: Schema, new: Schema, at: str) -> list[str]:
    before, after = _allowed_types(old), _allowed_types(new)
    gone = before - after
    if "number" in after:
        gone -= {"integer"}
    return [f"{at}: type {', '.join(sorted(gone))} is not allowed any more"] if gone else []


def _values(old: Schema, new: Schema, at: str) -> list[str]:
    def values(schema: Schema) -> list[Any] | None:
        return schema["enum"] if "enum" in schema else [schema["const"]] if "const" in schema else None

    before, after = values(old), values(new)
    if after is None:
        return []
    if before is None:
        return [f"{at}: any value was allowed, only some values are now"]
    kept = {_exact(value) for value in after}
    return [f"{at}: value {value!r} is not allowed any more" for value in before if _exact(value) not in kept]


def _limits(old: Schema, new: Schema, at: str) -> list[str]:
    narrower = [key for key in _LOWER if key in new and (key not in old or new[key] > old[key])]
    narrower += [key for key in _UPPER if key in new and (key not in old or new[key] < old[key])]
    return [f"{at}: {key} {old.get(key)} became {new[key]}" for key in narrower]
