"""What counts as a break of a published schema."""

from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nilometer.schemas.compatibility import incompatibilities
from nilometer.schemas.contract import documents

Schema = dict[str, Any]
S: Schema = {"type": "string"}
INT: Schema = {"type": "integer"}
NULLABLE: Schema = {"anyOf": [S, {"type": "null"}], "default": None}


def struct(required: str = "a", **properties: Any) -> Schema:
    return {"type": "object", "properties": {"a": S} | properties, "required": required.split()}


@pytest.mark.parametrize(
    ("old", "new"),
    [
        pytest.param(struct(), struct(b=NULLABLE), id="an optional field more"),
        pytest.param(struct("a b", b=S), struct("a", b=S), id="required no more"),
        pytest.param(struct(b=S), struct(b=NULLABLE), id="null as well"),
        pytest.param(struct(b=INT), struct(b={"type": "number"}), id="integers are numbers"),
        pytest.param(struct(b={"enum": ["x"]}), struct(b={"enum": ["y", "x"]}), id="a value more"),
        pytest.param(struct(b={"enum": ["x"]}), struct(b=S), id="any text"),
        pytest.param(struct(b=S), struct(b={}), id="anything"),
        pytest.param(struct(b=S | {"maxLength": 3}), struct(b=S | {"maxLength": 9}), id="longer"),
        pytest.param(struct(b=S | {"format": "date-time"}), struct(b=S), id="any format"),
        pytest.param(struct() | {"additionalProperties": False}, struct(), id="open now"),
        pytest.param(
            struct() | {"additionalProperties": False},
            struct(b=S) | {"additionalProperties": False},
            id="closed, with an optional field more",
        ),
        pytest.param(struct(b=S), struct(b=S | {"description": "new words", "title": "T"}), id="other words"),
        pytest.param({"anyOf": [S, INT]}, {"anyOf": [INT, {"type": "boolean"}, S]}, id="a branch more"),
        pytest.param(
            struct(b={"$ref": "#/$defs/X"}) | {"$defs": {"X": struct()}}, struct(b=struct(c=NULLABLE)), id="references"
        ),
    ],
)
def test_readers_can_follow(old: Schema, new: Schema) -> None:
    assert incompatibilities(old, new) == []


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        pytest.param(struct(b=S), struct(), "$.b: removed", id="a field less"),
        pytest.param(struct(b=S), struct(b=INT), "$.b: type string is not allowed any more", id="another type"),
        pytest.param(struct(b={"type": "number"}), struct(b=INT), "$.b: type number", id="only whole numbers"),
        pytest.param(struct(b=NULLABLE), struct(b=S | {"default": None}), "$.b: type null", id="null no more"),
        pytest.param(struct(), struct("a b", b=S), "$.b: required now", id="a required field more"),
        pytest.param(struct(b=S), struct("a b", b=S), "$.b: required now", id="required now"),
        pytest.param(struct(b={"enum": ["x", "y"]}), struct(b={"enum": ["x"]}), "$.b: value 'y'", id="a value less"),
        pytest.param(struct(b=S), struct(b={"enum": ["x"]}), "$.b: any value was allowed", id="only some values"),
        pytest.param(struct(b={"const": True}), struct(b={"const": 1}), "$.b: type boolean", id="true is not 1"),
        pytest.param(struct(b=S), struct(b=S | {"maxLength": 3}), "$.b: maxLength None became 3", id="shorter"),
        pytest.param(struct(b=INT | {"minimum": 0}), struct(b=INT | {"minimum": 1}), "minimum 0 became 1", id="more"),
        pytest.param(struct(b=S), struct(b=S | {"pattern": "^x"}), "$.b: pattern", id="a pattern"),
        pytest.param(struct(b=S), struct(b=S | {"format": "decimal"}), "$.b: format", id="a format"),
        pytest.param(struct(), struct() | {"additionalProperties": False}, "$: closed", id="closed now"),
        pytest.param(
            struct(b=S | {"default": "x"}), struct(b=S | {"default": "y"}), "$.b: default changed", id="default"
        ),
        pytest.param(struct(b=S | {"default": "x"}), struct(b=S), "$.b: default changed", id="no default any more"),
        pytest.param(struct(b={"type": "object"}), struct(b=struct("")), "$.b.a: type", id="a map becomes a struct"),
        pytest.param(
            {"type": "object", "additionalProperties": S},
            {"type": "object", "additionalProperties": INT},
            "$.*: type string",
            id="a map's values",
        ),
        pytest.param({"type": "array", "items": S}, {"type": "array", "items": INT}, "$[]: type string", id="items"),
        pytest.param({"anyOf": [S, INT]}, {"anyOf": [S, {"type": "null"}]}, "$: type integer", id="a branch less"),
        pytest.param(S, S | {"not": {"const": "x"}}, "$: cannot judge a change of 'not'", id="an unknown keyword"),
        pytest.param(
            struct(b={"$ref": "#/$defs/X"}) | {"$defs": {"X": struct(c=S)}},
            struct(b={"$ref": "#/$defs/Y"}) | {"$defs": {"Y": struct(c=INT)}},
            "$.b.c: type string",
            id="behind references",
        ),
        pytest.param(
            struct(b={"$ref": "#/$defs/X"}, c={"$ref": "#/$defs/X", "default": 1}) | {"$defs": {"X": INT}},
            struct(b={"$ref": "#/$defs/X"}, c={"$ref": "#/$defs/X", "default": 2}) | {"$defs": {"X": INT}},
            "$.c: default changed",
            id="beside a reference",
        ),
        pytest.param(S, False, "$: nothing is allowed any more", id="nothing"),
    ],
)
def test_a_break_is_named_with_its_place(old: Schema, new: Schema, says: str) -> None:
    assert any(says in line for line in incompatibilities(old, new)), incompatibilities(old, new)


def test_schemas_that_refer_to_themselves_come_to_an_end() -> None:
    def tree(leaf: Schema) -> Schema:
        node = {"type": "object", "properties": {"leaf": leaf, "next": {"$ref": "#/$defs/Node"}}}
        return {"$ref": "#/$defs/Node", "$defs": {"Node": node}}

    assert incompatibilities(tree(INT), tree({"type": "number"})) == []
    assert incompatibilities(tree(S), tree(INT))[0] == "$.leaf: type string is not allowed any more"


def test_a_change_in_one_kind_of_a_union_is_named_where_it_is() -> None:
    new = documents()["raw"]
    del new["$defs"]["RawSpan"]["properties"]["feature"]
    assert incompatibilities(documents()["raw"], new) == ["$.feature: removed"]


@pytest.mark.parametrize("kind", documents())
def test_each_of_ours_is_compatible_with_itself(kind: str) -> None:
    assert incompatibilities(documents()[kind], documents()[kind]) == []


# What follows draws pairs of schemas, and messages of the first: where no break is found, the second must take them.

_SCALARS = st.sampled_from(
    [
        S,
        INT,
        {"type": "number"},
        {"type": "boolean"},
        {"type": "null"},
        {"enum": ["x", "y"]},
        {"enum": ["x"]},
        {"const": 1},
        S | {"maxLength": 2},
        S | {"minLength": 1},
        INT | {"minimum": 0},
        {"type": ["string", "null"]},
        {},
    ]
)


def _composed(inner: st.SearchStrategy[Schema]) -> st.SearchStrategy[Schema]:
    properties = st.dictionaries(st.sampled_from(["a", "b", "c"]), inner, max_size=3)
    objects = st.builds(
        lambda props, required, rest: {
            "type": "object",
            "properties": props,
            "required": sorted(required & set(props)),
            **({} if rest is None else {"additionalProperties": rest}),
        },
        properties,
        st.sets(st.sampled_from(["a", "b", "c"])),
        st.sampled_from([None, False]),
    )
    maps = inner.map(lambda s: {"type": "object", "additionalProperties": s})
    unions = st.lists(inner, min_size=1, max_size=3).map(lambda branches: {"anyOf": branches})
    return objects | maps | unions | inner.map(lambda s: {"type": "array", "items": s})


SCHEMAS = st.recursive(_SCALARS, _composed, max_leaves=6)


@st.composite
def _changed(draw: st.DrawFn, schema: Schema) -> Schema:
    """The schema with a few changes somewhere: unlike two schemas drawn apart, often still compatible."""
    if draw(st.integers(0, 5)) == 0:
        return draw(st.one_of(SCHEMAS, st.just({"anyOf": [schema, {"type": "null"}]})))
    new = dict(schema)
    if "properties" in new:
        new["properties"] = {name: draw(_changed(value)) for name, value in new["properties"].items()}
        if draw(st.booleans()):
            new["properties"] = {"d": draw(_SCALARS)} | new["properties"]
        new["required"] = [name for name in new["required"] if draw(st.booleans())]
    for key in ("items", "additionalProperties"):
        if isinstance(new.get(key), dict):
            new[key] = draw(_changed(new[key]))
    if "anyOf" in new:
        new["anyOf"] = [draw(_changed(branch)) for branch in new["anyOf"]]
    return new


@st.composite
def _messages(draw: st.DrawFn, schema: Schema) -> Any:
    """A value that the schema allows, without names that it does not know."""
    if "anyOf" in schema:
        return draw(_messages(draw(st.sampled_from(schema["anyOf"]))))
    if "enum" in schema:
        return draw(st.sampled_from(schema["enum"]))
    if "const" in schema:
        return schema["const"]
    kind = schema.get("type", ["string", "integer", "null"])
    match kind if isinstance(kind, str) else draw(st.sampled_from(kind)):
        case "string":
            return draw(st.text("xyz", min_size=schema.get("minLength", 0), max_size=schema.get("maxLength", 4)))
        case "integer":
            return draw(st.integers(schema.get("minimum", -5), 5))
        case "number":
            return draw(st.sampled_from([0, 1, 0.5, -2.25]))
        case "boolean":
            return draw(st.booleans())
        case "array":
            return draw(st.lists(_messages(schema["items"]), max_size=2))
        case "object":
            props: Schema = schema.get("properties", {})
            names = [name for name in props if name in schema.get("required", []) or draw(st.booleans())]
            value = {name: draw(_messages(props[name])) for name in names}
            if isinstance(schema.get("additionalProperties"), dict):
                more = draw(st.sets(st.sampled_from(["a", "d", "e"])))
                value |= {name: draw(_messages(schema["additionalProperties"])) for name in sorted(more)}
            return value
        case _:
            return None


@st.composite
def _cases(draw: st.DrawFn) -> tuple[Schema, Schema, Any]:
    old = draw(SCHEMAS)
    return old, draw(_changed(old)), draw(_messages(old))


@settings(max_examples=400, derandomize=True, deadline=None)
@given(_cases())
def test_where_no_break_is_found_old_messages_can_be_read(case: tuple[Schema, Schema, Any]) -> None:
    old, new, message = case
    assert jsonschema.Draft202012Validator(old).is_valid(message), "the strategy draws what the schema allows"
    if not incompatibilities(old, new):
        jsonschema.Draft202012Validator(new).validate(message)


@settings(max_examples=150, derandomize=True, deadline=None)
@given(SCHEMAS)
def test_every_schema_is_compatible_with_itself(schema: Schema) -> None:
    assert incompatibilities(schema, schema) == []
