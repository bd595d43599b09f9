"""OpenLLMetry (Traceloop): OpenTelemetry's names for calls, its own for workflows, tasks, agents and tools."""

from typing import Any

from nilometer.streams.decode.otlp.draft import Draft, loosely, parsed_object, whole

_KINDS = {"workflow": "invoke_workflow", "agent": "invoke_agent", "tool": "execute_tool"}
_PROPERTIES = "traceloop.association.properties."
_GEMINI = "opentelemetry.instrumentation.google_generativeai"
_ANTHROPIC = "opentelemetry.instrumentation.anthropic"


def read(draft: Draft) -> None:
    kind = draft.get("traceloop.span.kind")
    if isinstance(kind, str):
        draft.set("operation", _KINDS.get(kind))
    if draft.fields.get("operation") == "execute_tool":
        draft.text("tool_name", "traceloop.entity.name")
        arguments, result = draft.get("traceloop.entity.input"), draft.get("traceloop.entity.output")
        if arguments is not None:
            draft.set("tool_arguments", _arguments(arguments))
            draft.attributes.pop("traceloop.entity.input", None)
        if result is not None:
            draft.set("tool_result", loosely(result))
            draft.attributes.pop("traceloop.entity.output", None)
    elif kind == "agent":
        draft.text("agent_name", "traceloop.entity.name")
    for field, names in (("user_id", ("user_id", "userId")), ("session_id", ("session_id", "sessionId", "thread_id"))):
        draft.text(field, *(_PROPERTIES + name for name in names))
    draft.text("prompt_name", "traceloop.prompt.key")
    version = draft.get("traceloop.prompt.version")
    if isinstance(version, str | int):
        draft.set("prompt_version", str(version))
    _streamed_anthropic(draft)
    _thinking_gemini(draft)


def _arguments(value: Any) -> Any:
    """Keyword arguments alone, where there are no others."""
    given = parsed_object(value)
    if set(given) == {"args", "kwargs"} and not given["args"] and given["kwargs"]:
        return given["kwargs"]
    return loosely(value)


def _streamed_anthropic(draft: Draft) -> None:
    """Its Anthropic instrumentation adds the first event's one output token to the last event's total of all."""
    output = draft.usage.get("output_tokens", 0)
    # What another Nilometer has sent on is corrected already.
    corrected = draft.get("nilometer.corrected.output_tokens") is not None
    if draft.span.scope.name == _ANTHROPIC and _streamed(draft) and draft.is_call and output > 1 and not corrected:
        draft.usage["output_tokens"] = output - 1
        draft.notes["nilometer.corrected.output_tokens"] = output


def _streamed(draft: Draft) -> bool:
    """`messages.stream()` does not say that it streams; but only then the tokens are set before the model."""
    if draft.get("gen_ai.is_streaming", "llm.is_streaming", "gen_ai.request.stream") is True:
        return True
    order = list(draft.span.attributes)
    tokens, model = "gen_ai.usage.output_tokens", "gen_ai.response.model"
    return tokens in order and model in order and order.index(tokens) < order.index(model)


def _thinking_gemini(draft: Draft) -> None:
    """Its Gemini instrumentation sends what was answered without what was thought; the total has both."""
    corrected = draft.get("nilometer.corrected.output_tokens") is not None
    if draft.span.scope.name != _GEMINI or not draft.is_call or corrected:
        return
    total = whole(draft.get("gen_ai.usage.total_tokens", "llm.usage.total_tokens"))
    taken, given = draft.usage.get("input_tokens"), draft.usage.get("output_tokens")
    if total is not None and taken is not None and given is not None and total > taken + given:
        draft.usage["output_tokens"] = total - taken
        draft.notes["nilometer.corrected.output_tokens"] = given
