"""`tool_call_validity`: are the tool calls that a model made calls that its tools can take?"""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from nilometer.evaluation.scores.json_schema import UnusableSchemaError, violations
from nilometer.evaluation.scores.messages import ToolCall, tool_calls
from nilometer.evaluation.scores.parsing import NotJsonError, loads_masked
from nilometer.evaluation.subjects import Finding, Span

VERSION = "1"
INVALID = ("unknown_tool", "not_json", "not_an_object", "schema")


def tool_call_validity(span: Span) -> Finding | None:
    """1.0 when each tool call names a defined tool and satisfies its schema, else 0.0; the label is the first fault.

    Calls without tool definitions or without tool calls are not scored; a schema that cannot be used gives None.
    """
    asked = tool_calls(span.output_messages) if span.is_call else []
    if not asked or not span.tool_definitions:
        return None
    schemas = definitions(span.tool_definitions)
    counts: Counter[str] = Counter()
    keywords: dict[str, None] = {}
    for call in asked:
        label, violated = _check(call, schemas)
        counts[label] += 1
        keywords.update(dict.fromkeys(violated))
    faults = [kind for kind in INVALID if counts[kind]]
    label = faults[0] if faults else next((k for k in ("unusable_schema", "masked") if counts[k]), "valid")
    said = ", ".join(f"{n} {kind}" for kind, n in sorted(counts.items()))
    return Finding(
        value=0.0 if faults else 1.0 if label == "valid" else None,
        label=label,
        explanation=f"{said} of {len(asked)} tool calls" + (f"; violated: {', '.join(keywords)}" if keywords else ""),
        attributes={"tool_calls": len(asked)} | dict(sorted(counts.items())),
    )


def definitions(tools: Sequence[Any]) -> dict[str, Any]:
    """Tool name → JSON Schema of its arguments, None where it declares none.

    Understands OpenAI (`function.parameters`), OpenTelemetry and Responses (`parameters`), Anthropic (`input_schema`)
    and Gemini (`function_declarations`). A provider's own tool has a type and perhaps no name.
    """
    found: dict[str, Any] = {}
    for tool in tools:
        if not isinstance(tool, dict):
            continue
        inner = tool.get("function_declarations") or tool.get("functionDeclarations")
        if isinstance(inner, list):
            found |= definitions(inner)
            continue
        body = tool["function"] if isinstance(tool.get("function"), dict) else tool
        name = body.get("name") or body.get("type")
        if isinstance(name, str):
            found[name] = body.get("parameters") or body.get("input_schema") or body.get("inputSchema")
    return found


def _check(call: ToolCall, schemas: dict[str, Any]) -> tuple[str, list[str]]:
    """What one call is, and the schema keywords that it violates."""
    if call.name not in schemas:
        return "unknown_tool", []
    arguments = call.arguments
    if isinstance(arguments, str):
        try:
            # Some providers send nothing at all for a tool without parameters.
            arguments = loads_masked(arguments) if arguments.strip() else {}
        except NotJsonError:
            return "not_json", []
    arguments = {} if arguments is None else arguments
    if not isinstance(arguments, dict):
        return "not_an_object", []
    schema = schemas[call.name]
    if schema is None:
        return "valid", []
    try:
        violated, masked = violations(arguments, schema)
    except UnusableSchemaError:
        return "unusable_schema", []
    if violated:
        return "schema", violated
    return ("masked" if masked else "valid"), []
