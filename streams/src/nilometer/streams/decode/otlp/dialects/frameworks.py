"""CrewAI, OpenAI Agents and the Vercel AI SDK, where their spans say things in ways of their own; and our own names.

LangChain and LlamaIndex speak through OpenInference and OpenLLMetry: see there.
"""

from typing import Any

from nilometer.streams.decode.otlp.draft import Draft, first, loosely, parsed
from nilometer.streams.decode.otlp.messages import messages

_VERCEL_PROVIDERS = {
    "google": "gcp.gemini",
    "azure-openai": "azure",
    "amazon-bedrock": "aws.bedrock",
    "mistral": "mistral_ai",
}
_VERCEL_CALLS = (".doGenerate", ".doStream")


def read(draft: Draft) -> None:
    _vercel(draft)
    _openai_agents(draft)
    _crewai(draft)
    _nilometer(draft)


def _vercel(draft: Draft) -> None:
    """`ai.generateText` is the wrapper with totals, `ai.generateText.doGenerate` the call."""
    kind = draft.get("ai.operationId")
    if not isinstance(kind, str):
        return
    if kind.endswith(_VERCEL_CALLS):
        draft.set("operation", "chat")
    elif kind.startswith("ai.embed") and kind.endswith(".doEmbed"):
        draft.set("operation", "embeddings")
    elif kind == "ai.toolCall":
        draft.set("operation", "execute_tool")
        draft.text("tool_name", "ai.toolCall.name")
        draft.text("tool_call_id", "ai.toolCall.id")
        for field, name in (("tool_arguments", "ai.toolCall.args"), ("tool_result", "ai.toolCall.result")):
            value = draft.take(name)
            draft.set(field, first((parsed(value), value)))
    else:
        draft.set("operation", "invoke_agent" if draft.get("ai.telemetry.functionId") else "invoke_workflow")
        return
    if draft.is_call:
        _vercel_provider(draft)
        draft.text("request_model", "ai.model.id")
        draft.text("response_model", "ai.response.model")
        draft.count("input_tokens", "ai.usage.promptTokens", "ai.usage.inputTokens", "ai.usage.tokens")
        draft.count("output_tokens", "ai.usage.completionTokens", "ai.usage.outputTokens")
        draft.count("cache_read_tokens", "ai.usage.cachedInputTokens", "ai.usage.inputTokenDetails.cacheReadTokens")
        draft.count("cache_write_tokens", "ai.usage.inputTokenDetails.cacheWriteTokens")
        draft.count("reasoning_tokens", "ai.usage.reasoningTokens", "ai.usage.outputTokenDetails.reasoningTokens")
        draft.text("response_id", "ai.response.id")
        draft.set("input_messages", messages(draft.take("ai.prompt.messages", "ai.value", "ai.values")))
        draft.set("output_messages", _vercel_answer(draft))
        wait = draft.get("ai.response.msToFirstChunk")
        if isinstance(wait, int | float) and wait >= 0:
            draft.set("time_to_first_token_ms", float(wait))
    draft.text("user_id", "ai.telemetry.metadata.userId")
    draft.text("session_id", "ai.telemetry.metadata.sessionId")


def _vercel_provider(draft: Draft) -> None:
    """`openai.chat`, `anthropic.messages`: the provider, and which of its interfaces."""
    name = draft.get("ai.model.provider", "gen_ai.system")
    if isinstance(name, str):
        provider = name.partition(".")[0]
        draft.set("provider", _VERCEL_PROVIDERS.get(provider, provider))


def _vercel_answer(draft: Draft) -> Any:
    text, calls = draft.take("ai.response.text", "ai.response.object"), parsed(draft.take("ai.response.toolCalls"))
    if text is None and not calls:
        return None
    found: list[dict[str, Any]] = [{"type": "text", "content": text}] if text else []
    for call in calls if isinstance(calls, list) else []:
        if isinstance(call, dict):
            arguments = call.get("args", call.get("input"))
            found.append(
                {
                    "type": "tool_call",
                    "id": call.get("toolCallId"),
                    "name": call.get("toolName"),
                    "arguments": loosely(arguments),
                }
            )
    return [{"role": "assistant", "parts": found}]


def _openai_agents(draft: Draft) -> None:
    """Its hand-over between agents is no call, whatever it carries."""
    if draft.get("gen_ai.handoff.from_agent", "agent.handoff.from") is not None:
        draft.set("operation", "handoff")


def _crewai(draft: Draft) -> None:
    """`crewai.agent.role`, `crewai.task.*`: agents and tasks of a crew."""
    draft.text("agent_name", "crewai.agent.role")


def _nilometer(draft: Draft) -> None:
    """What an application tells us by our own names or by OpenTelemetry's general ones, on a span or its resource."""
    draft.text("user_id", "nilometer.user_id", "user.id", "enduser.id")
    draft.text("session_id", "nilometer.session_id", "session.id")
    for field in ("project", "feature"):
        value = draft.get("nilometer." + field) or draft.span.resource.get("nilometer." + field)
        if isinstance(value, str):
            draft.set(field, value)
            draft.attributes.pop("nilometer." + field, None)
    project = draft.span.resource.get("openinference.project.name")
    draft.set("project", project if isinstance(project, str) else None)
