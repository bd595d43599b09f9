"""What each score says, and that none of them says what was in the traffic or falls over odd traffic."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nilometer.evaluation.scorers import SPAN_SCORERS, TRACE_SCORERS
from nilometer.evaluation.scores.empty_output import empty_output
from nilometer.evaluation.scores.refusal import refusal
from nilometer.evaluation.scores.repeated_tool_calls import repeated_tool_calls
from nilometer.evaluation.scores.tool_call_validity import tool_call_validity
from nilometer.evaluation.scores.trace_outcome import trace_outcome
from nilometer.evaluation.scores.valid_json import valid_json
from nilometer.evaluation.subjects import Finding

from .subjects import ask, root, say, span, tool, trace

CITY = {"type": "object", "properties": {"city": {"type": "string"}, "age": {"type": "integer"}}, "required": ["city"]}
JSON_SCHEMA = {"response_format": {"type": "json_schema", "json_schema": {"name": "c", "schema": CITY}}}
RESPONSES_API = {"text": {"format": {"type": "json_schema", "name": "c", "schema": CITY}}}
JSON_OBJECT = {"response_format": {"type": "json_object"}}


def told(finding: Finding | None) -> tuple[float | None, str] | None:
    return None if finding is None else (finding.value, finding.label)


@pytest.mark.parametrize(
    ("parameters", "text", "expected"),
    [
        (JSON_OBJECT, '{"a": [1, null]}', (1.0, "valid")),
        (JSON_OBJECT, "Sure! {}", (0.0, "not_json")),
        (JSON_OBJECT, "```json\n{}\n```", (0.0, "fenced")),
        (JSON_OBJECT, '{"a": NaN}', (0.0, "not_json")),
        (JSON_OBJECT, "[" * 100_000, (0.0, "not_json")),
        (JSON_OBJECT, "", (0.0, "empty")),
        (JSON_OBJECT, '{"phone": <PHONE_NUMBER>}', (1.0, "valid")),
        (JSON_OBJECT, '{"phone": <PHONE_NUMBER:7f3a9c0d12e4b85a>, "card": <CREDIT_CARD:…1111>}', (1.0, "valid")),
        (JSON_SCHEMA, '{"city": "Oslo"}', (1.0, "valid")),
        (RESPONSES_API, '{"city": "Oslo"}', (1.0, "valid")),
        (JSON_SCHEMA, '{"town": "Oslo"}', (0.0, "schema")),
        (JSON_SCHEMA, '{"city": "<LOCATION>", "age": <US_SSN>}', (None, "masked")),
        (JSON_SCHEMA, '{"city": "Oslo", "age": "<US_SSN:7f3a9c0d12e4b85a>"}', (None, "masked")),
        (JSON_SCHEMA, '{"city": 1, "age": "<DATE_TIME>"}', (0.0, "schema")),
        ({}, "Hello", None),
        (None, "Hello", None),
        ({"response_format": {"type": "text"}}, "Hello", None),
    ],
)
def test_valid_json(parameters: Any, text: str, expected: Any) -> None:
    assert told(valid_json(span(parameters=parameters, output_messages=say(text)))) == expected


def test_valid_json_is_scored_only_where_there_is_something_to_score() -> None:
    assert told(valid_json(span(output_type="json", output_messages=say("no")))) == (0.0, "not_json")
    assert valid_json(span(output_type="json", output_messages=say("no"), status="error")) is None
    assert valid_json(span(output_type="json")) is None
    assert valid_json(span(output_type="json", output_messages=ask(("f", {})))) is None
    assert valid_json(span(output_type="json", output_messages=say("no"), operation="execute_tool")) is None
    two_choices = say("{}") + say("no")
    assert told(valid_json(span(output_type="json", output_messages=two_choices))) == (0.0, "not_json")


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "objekt"},
        {"$ref": "https://example.com/schema.json"},
        {"$ref": "#/$defs/a", "$defs": {"a": {"$ref": "#/$defs/a"}}},
        "no schema at all",
        {"$schema": 7},
    ],
)
def test_a_schema_that_cannot_be_used_gives_no_verdict_and_fetches_nothing(schema: Any) -> None:
    parameters = {"response_format": {"type": "json_schema", "json_schema": {"schema": schema}}}
    finding = valid_json(span(parameters=parameters, output_messages=say("{}")))
    assert told(finding) == (None, "unusable_schema")


def test_a_pattern_from_the_traffic_cannot_hold_up_a_run() -> None:
    evil = {"type": "object", "properties": {"pattern": {"pattern": "^(a+)+$"}}, "patternProperties": {"(a+)+$": {}}}
    parameters = {"response_format": {"type": "json_schema", "json_schema": {"schema": evil}}}
    text = '{"pattern": "' + "a" * 60 + '!"}'
    assert told(valid_json(span(parameters=parameters, output_messages=say(text)))) == (1.0, "valid")


@pytest.mark.parametrize(
    "text",
    [
        "I'm sorry, but I can't help with that.",
        "I’m sorry, I can’t assist with that request.",
        "I cannot provide instructions for that.",
        "As an AI language model, I do not have opinions.",
        "Sorry, I am not able to help you with this.",
        "I must respectfully decline.",
        "That goes against my guidelines.",
    ],
)
def test_refusals(text: str) -> None:
    assert told(refusal(span(output_messages=say(text)))) == (1.0, "phrase")


@pytest.mark.parametrize(
    "text",
    [
        "Unfortunately, basic economy flights cannot be modified.",
        "I cannot start the cancellation without the reservation ID.",
        "I can help you with that!",
        "Your flight can't be changed, but I can help with a refund.",
        "I'm sorry for the delay. Here is your booking.",
        "x" * 500 + "I can't help with that.",
    ],
)
def test_no_refusals(text: str) -> None:
    assert told(refusal(span(output_messages=say(text)))) == (0.0, "none")


def test_a_provider_that_says_it_refused_is_believed() -> None:
    assert told(refusal(span(finish_reason="content_filter"))) == (1.0, "provider")
    parts = [{"role": "assistant", "parts": [{"type": "refusal", "content": "no"}]}]
    assert told(refusal(span(output_messages=parts))) == (1.0, "provider")
    assert refusal(span(output_messages=ask(("f", {})))) is None
    assert refusal(span(output_messages=say("I can't help"), status="error")) is None


@pytest.mark.parametrize(
    ("messages", "expected"),
    [
        ([], (1.0, "empty")),
        (say("  \n"), (1.0, "empty")),
        ([{"role": "assistant", "parts": [{"type": "reasoning", "content": "hm"}]}], (1.0, "empty")),
        ([{"role": "assistant", "parts": [{"type": "blob", "content": "aGk="}]}], (0.0, "not_empty")),
        ([{"role": "assistant", "content": "hi"}], (0.0, "not_empty")),
        (say("hi"), (0.0, "not_empty")),
        (ask(("f", {})), (0.0, "not_empty")),
        (None, (None, "not_recorded")),
    ],
)
def test_empty_output(messages: Any, expected: Any) -> None:
    assert told(empty_output(span(output_messages=messages))) == expected
    assert empty_output(span(output_messages=messages, status="error")) is None
    assert empty_output(span(output_messages=messages, operation="embeddings")) is None


@pytest.mark.parametrize(
    "definition",
    [
        {"type": "function", "function": {"name": "weather", "parameters": CITY}},
        {"type": "function", "name": "weather", "parameters": CITY},
        {"name": "weather", "input_schema": CITY},
        {"function_declarations": [{"name": "weather", "parameters": CITY}]},
    ],
)
@pytest.mark.parametrize(
    ("name", "arguments", "expected"),
    [
        ("weather", {"city": "Oslo"}, (1.0, "valid")),
        ("weather", '{"city": "Oslo"}', (1.0, "valid")),
        ("weather", {}, (0.0, "schema")),
        ("weather", None, (0.0, "schema")),
        ("weather", '{"city": ', (0.0, "not_json")),
        ("weather", "[]", (0.0, "not_an_object")),
        ("weather", '{"city": "<LOCATION>", "age": "<DATE_TIME>"}', (None, "masked")),
        ("wether", {"city": "Oslo"}, (0.0, "unknown_tool")),
    ],
)
def test_tool_call_validity(definition: Any, name: str, arguments: Any, expected: Any) -> None:
    subject = span(tool_definitions=[definition], output_messages=ask((name, arguments)))
    assert told(tool_call_validity(subject)) == expected


def test_tool_calls_without_definitions_are_not_scored() -> None:
    assert tool_call_validity(span(output_messages=ask(("f", {})))) is None
    assert tool_call_validity(span(output_messages=say("hi"), tool_definitions=[{"name": "f"}])) is None
    own = span(tool_definitions=[{"type": "web_search"}], output_messages=ask(("web_search", {"q": 1})))
    assert told(tool_call_validity(own)) == (1.0, "valid")


def test_one_bad_tool_call_among_several_is_counted() -> None:
    tools = [{"name": "weather", "input_schema": CITY}]
    subject = span(tool_definitions=tools, output_messages=ask(("weather", {"city": "Oslo"}), ("weather", {})))
    finding = tool_call_validity(subject)
    assert finding is not None
    assert finding.explanation == "1 schema, 1 valid of 2 tool calls; violated: required"
    assert finding.attributes == {"tool_calls": 2, "schema": 1, "valid": 1}


@pytest.mark.parametrize(
    ("calls", "expected"),
    [
        ("A", None),
        ("AB", (0.0, "none")),
        ("AA", (1.0, "consecutive")),
        ("ABA", (1.0, "cycle")),
        ("ABCA", (1.0, "repeated")),
        ("ABCAA", (1.0, "consecutive")),
        ("aA", (0.0, "none")),
        ("aBA", (0.0, "none")),
    ],
)
def test_repeated_tool_calls(calls: str, expected: Any) -> None:
    """A lower-case letter is the same call, failed."""
    spans = [tool(i, c.upper(), {"x": 1}, status="error" if c.islower() else "ok") for i, c in enumerate(calls)]
    assert told(repeated_tool_calls(trace(*spans))) == expected
    asked = span(output_messages=ask(*((c, {"x": 1}) for c in calls)))
    if calls.isupper():
        assert told(repeated_tool_calls(trace(asked))) == expected


def test_arguments_are_compared_as_values() -> None:
    same = trace(tool(1, "f", '{"a": 1, "b": 2}'), tool(2, "f", {"b": 2, "a": 1}))
    assert told(repeated_tool_calls(same)) == (1.0, "consecutive")
    other = trace(tool(1, "f", {"a": 1}), tool(2, "f", {"a": 2}))
    assert told(repeated_tool_calls(other)) == (0.0, "none")


@pytest.mark.parametrize(
    ("spans", "expected"),
    [
        ([root(), span(1, output_messages=say("done"))], (1.0, "answered")),
        ([span(1, output_messages=say("done"), parent_span_id=None)], (1.0, "answered")),
        ([root(status="error"), span(1, output_messages=say("done"))], (0.0, "error")),
        ([root(), span(1, status="error")], (0.0, "call_error")),
        ([root(), span(1, output_messages=say("do"), finish_reason="length")], (0.0, "truncated")),
        ([root(), span(1, finish_reason="content_filter")], (0.0, "filtered")),
        ([root(), span(1, output_messages=[])], (0.0, "empty")),
        ([root(), span(1, output_messages=ask(("f", {})))], (0.0, "unfinished")),
        ([root(), span(1, output_messages=ask(("f", {}))), tool(2, "f")], (None, "tool_last")),
        ([root(), span(1)], (None, "not_recorded")),
        ([root(), span(1, finish_reason="stop")], (1.0, "answered")),
        ([root()], (None, "no_calls")),
        ([span(1, output_messages=say("done"))], (None, "no_root")),
    ],
)
def test_trace_outcome(spans: Any, expected: Any) -> None:
    assert told(trace_outcome(trace(*spans))) == expected


def test_an_outcome_that_the_traffic_claims_is_not_believed() -> None:
    finding = trace_outcome(trace(root(), span(1, output_messages=say("done"))))
    assert finding is not None
    assert finding.value == 1.0
    assert "record.reward" not in root().__struct_fields__


NAMES = st.sampled_from(["stop", "length", "chat", "f", "json", "type", "parts", "content", "name", "SECRET"])
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.floats(allow_nan=False) | NAMES | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=12,
)
PART = st.fixed_dictionaries(
    {"type": st.sampled_from(["text", "tool_call", "refusal", "reasoning", "x"])},
    optional={"content": JSON, "name": JSON, "arguments": JSON},
)
MESSAGE = st.fixed_dictionaries({"role": JSON}, optional={"parts": st.lists(PART, max_size=3) | JSON, "content": JSON})


@settings(max_examples=150, deadline=None, derandomize=True)
@given(
    messages=st.none() | st.lists(MESSAGE, max_size=3),
    parameters=st.none() | st.dictionaries(st.sampled_from(["response_format", "text"]), JSON, max_size=2),
    tools=st.none() | st.lists(JSON, max_size=3),
    finish=st.none() | NAMES,
    arguments=JSON,
)
def test_no_traffic_makes_a_score_fail_or_quote_it(
    messages: Any, parameters: Any, tools: Any, finish: Any, arguments: Any
) -> None:
    call = span(
        1,
        output_messages=messages,
        parameters=parameters,
        tool_definitions=tools,
        finish_reason=finish,
        output_type="json",
    )
    subject = trace(root(), call, tool(2, "SECRET", arguments), tool(3, "SECRET", arguments))
    found = [*(s.score([call]) for s in SPAN_SCORERS), *(s.score([subject]) for s in TRACE_SCORERS)]
    assert "SECRET" not in repr(found)
