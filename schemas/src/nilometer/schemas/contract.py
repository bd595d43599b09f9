"""The JSON Schemas of what is on the wire, made from the types: `documents()` gives one for each kind of message."""

import ast
import inspect
import itertools
import textwrap
from typing import Any, get_args

import msgspec

from nilometer.schemas.alert import Alert
from nilometer.schemas.audit import AuditEntry
from nilometer.schemas.deadletter import DeadLetter
from nilometer.schemas.event import Event, RawEvent
from nilometer.schemas.rollup import Rollup

Schema = dict[str, Any]

DIALECT = "https://json-schema.org/draft/2020-12/schema"
VERSION = "v1"

_EVENTS = {struct.__struct_config__.tag: struct for struct in get_args(Event)}
KINDS: dict[str, Any] = {
    "raw": RawEvent,
    **_EVENTS,
    "rollup": Rollup,
    "alert": Alert,
    "dead_letter": DeadLetter,
    "audit": AuditEntry,
}
"""Kind of message → its type. A `raw` is one line of a sealed batch; the others are values of Kafka messages."""


def documents() -> dict[str, Schema]:
    """Kind → a JSON Schema that stands alone. Times have the format `date-time`, money the format `decimal`."""
    return {kind: document(kind, shape) for kind, shape in KINDS.items()}


def document(kind: str, shape: Any) -> Schema:
    """The JSON Schema of one type, under the name that messages of this kind carry in `ce_dataschema`."""
    (root,), definitions = msgspec.json.schema_components([shape], ref_template="#/$defs/{name}")
    structs = {struct.__name__: struct for struct in _structs(shape)}
    for name, definition in definitions.items():
        _describe(definition, structs[name])
    if "$ref" in root:
        root = definitions.pop(root["$ref"].rpartition("/")[2])
    else:
        root["description"] = "One event as an application sends it; `type` says which."
    # A registry calls the schema by its title: it stays when a class gets a better name.
    root["title"] = f"dev.nilometer.{kind}.{VERSION}"
    identity = {"$schema": DIALECT, "$id": f"urn:nilometer:schema:{kind}:{VERSION}"}
    return identity | root | ({"$defs": definitions} if definitions else {})


def closed(schema: Schema) -> Schema:
    """The schema with no properties but its own: exactly what this version writes.

    A registry needs it so. To one that checks BACKWARD, a property that is new in an open object is a break, for old
    data might have had another one of that name; ours never had, since only we write.
    """

    def close(node: Any) -> Any:
        if isinstance(node, list):
            return [close(item) for item in node]  # pyright: ignore[reportUnknownVariableType]
        if not isinstance(node, dict):
            return node
        # What a keyword holds that is no schema, such as a default, has no `properties` here.
        result: Schema = {key: close(value) for key, value in node.items()}  # pyright: ignore[reportUnknownVariableType]
        return {"additionalProperties": False} | result if "properties" in result else result

    return close(schema)


def _structs(shape: Any) -> list[type[msgspec.Struct]]:
    """All struct classes in a type."""
    found: list[type[msgspec.Struct]] = []

    def visit(info: msgspec.inspect.Type) -> None:
        match info:
            case msgspec.inspect.StructType(cls=cls):
                if cls not in found:
                    found.append(cls)
                    for field in info.fields:
                        visit(field.type)
            case msgspec.inspect.UnionType(types=types):
                for one in types:
                    visit(one)
            case msgspec.inspect.ListType(item_type=item):
                visit(item)
            case msgspec.inspect.DictType(value_type=value):
                visit(value)
            case _:
                pass

    visit(msgspec.inspect.type_info(shape))
    return found


def _describe(schema: Schema, struct: type[msgspec.Struct]) -> None:
    """Adds what msgspec leaves out: descriptions of fields from the strings below them, and the format of times."""
    schema["description"] = inspect.cleandoc(struct.__doc__ or "")
    notes = _field_notes(struct)
    for field in msgspec.structs.fields(struct):
        prop: Schema = schema["properties"][field.encode_name]
        if _is_time(field.type):
            branches: list[Schema] = prop.get("anyOf", [prop])
            next(branch for branch in branches if branch.get("type") == "string")["format"] = "date-time"
        if field.name in notes:
            prop["description"] = notes[field.name]


def _is_time(annotation: Any) -> bool:
    info = msgspec.inspect.type_info(annotation)
    types = info.types if isinstance(info, msgspec.inspect.UnionType) else (info,)
    return any(isinstance(one, msgspec.inspect.DateTimeType) for one in types)


def _field_notes(struct: type[msgspec.Struct]) -> dict[str, str]:
    """Field → the string that stands below it in the source, of the class and those it inherits from."""
    notes: dict[str, str] = {}
    for cls in reversed(struct.__mro__):
        if cls in (object, msgspec.Struct) or not issubclass(cls, msgspec.Struct):
            continue
        body = next(
            node.body
            for node in ast.walk(ast.parse(textwrap.dedent(inspect.getsource(cls))))
            if isinstance(node, ast.ClassDef)
        )
        for field, note in itertools.pairwise(body):
            if (
                isinstance(field, ast.AnnAssign)
                and isinstance(field.target, ast.Name)
                and isinstance(note, ast.Expr)
                and isinstance(note.value, ast.Constant)
                and isinstance(note.value.value, str)
            ):
                notes[field.target.id] = inspect.cleandoc(note.value.value)
    return notes
