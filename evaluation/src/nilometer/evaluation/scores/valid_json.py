"""`valid_json`: where JSON was asked for, is it JSON, and of the schema that was asked for?"""

from typing import Any, NamedTuple

from nilometer.evaluation.scores.json_schema import UnusableSchemaError, violations
from nilometer.evaluation.scores.messages import texts, tool_calls
from nilometer.evaluation.scores.parsing import NotJsonError, loads_masked
from nilometer.evaluation.subjects import Finding, Span

VERSION = "1"


class Asked(NamedTuple):
    """That JSON was asked for, and the JSON Schema where one was given."""

    schema: Any = None


def valid_json(span: Span) -> Finding | None:
    """1.0 when every choice is JSON and satisfies the schema, else 0.0. Only calls that went well and asked for JSON.

    A call that answered with tool calls instead, or whose output was not recorded, is not scored.
    """
    asked = asked_for(span) if span.is_call and span.status == "ok" else None
    if asked is None or span.output_messages is None:
        return None
    found = texts(span.output_messages)
    if not found:
        if tool_calls(span.output_messages):
            return None
        return Finding(value=0.0, label="empty", explanation="no text where JSON was asked for")
    findings = [_judge(text, asked) for text in found]
    # The worst choice speaks for the call.
    return min(findings, key=lambda f: 0.5 if f.value is None else f.value)


def asked_for(span: Span) -> Asked | None:
    """What JSON the request asked for, in the words of OpenTelemetry or of the provider's parameters; None if none."""
    parameters = span.parameters or {}
    text = parameters.get("text")
    wanted = parameters.get("response_format") or (text.get("format") if isinstance(text, dict) else None)
    if isinstance(wanted, dict):
        kind = wanted.get("type")
        if kind == "json_schema":
            inner = wanted.get("json_schema")
            return Asked((inner if isinstance(inner, dict) else wanted).get("schema"))
        if kind == "json_object":
            return Asked()
    if wanted in ("json_object", "json", "json_schema") or span.output_type == "json":
        return Asked()
    return None


def _judge(text: str, asked: Asked) -> Finding:
    try:
        value = loads_masked(text)
    except NotJsonError:
        if text.strip().startswith("```"):
            return Finding(value=0.0, label="fenced", explanation="a Markdown code fence instead of bare JSON")
        return Finding(value=0.0, label="not_json", explanation="the text does not parse as JSON")
    if asked.schema is None:
        return Finding(value=1.0, label="valid", explanation="parses; no schema was given")
    try:
        violated, masked = violations(value, asked.schema)
    except UnusableSchemaError:
        return Finding(value=None, label="unusable_schema", explanation="parses; the schema cannot be used")
    if violated:
        return Finding(value=0.0, label="schema", explanation=f"violates the schema: {', '.join(violated)}")
    if masked:
        return Finding(
            value=None, label="masked", explanation=f"{masked} values cannot be checked, for they are masked"
        )
    return Finding(value=1.0, label="valid", explanation="parses and satisfies the schema")
