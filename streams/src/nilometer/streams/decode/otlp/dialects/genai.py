"""OpenTelemetry GenAI conventions, current names: they left opentelemetry-semantic-conventions, so they stand here."""

import re
from typing import Any

from nilometer.streams.decode.otlp.draft import Draft, loosely, parsed, parsed_object, whole
from nilometer.streams.decode.otlp.messages import messages, system_messages
from nilometer.streams.decode.otlp.usage import raw_usage

OPERATIONS = {
    "completion": "text_completion",
    "completions": "text_completion",
    "embedding": "embeddings",
    "message": "chat",
    "messages": "chat",
    "responses": "chat",
    "response": "chat",
    "chat.completions": "chat",
    "chat_completion": "chat",
    "generate_text": "chat",
    "text_generation": "text_completion",
    "rerank": "rerank",
    "reranking": "rerank",
}
"""Names of operations that were sent before the conventions had settled, or beside them."""
FRAMEWORKS = frozenset(
    {"autogen", "langchain", "langgraph", "crewai", "llamaindex", "llama_index", "llama-index", "haystack", "agno"}
    | {"openai_agents", "openai-agents", "pydantic_ai", "pydantic-ai", "semantic_kernel", "traceloop", "smolagents"}
    | {"strands-agents", "dspy", "mcp"}
)
"""What calls itself a provider and is not who runs a model."""
_PROVIDERS = {"aws": "aws.bedrock"}
"""Who calls a cloud by another name than OpenTelemetry does."""
_FINISH = {
    "tool_call": "tool_calls",
    "tool_use": "tool_calls",
    "function_call": "tool_calls",
    "function_calls": "tool_calls",
    "end_turn": "stop",
    "stop_sequence": "stop",
    "max_tokens": "length",
}
_REQUEST = "gen_ai.request."
_INPUT = ("gen_ai.usage.input_tokens", "gen_ai.usage.prompt_tokens")
_OUTPUT = ("gen_ai.usage.output_tokens", "gen_ai.usage.completion_tokens")
_READ = (
    "gen_ai.usage.cache_read.input_tokens",
    "gen_ai.usage.cache_read_input_tokens",
    "gen_ai.usage.input_tokens.cached",
    "gen_ai.usage.details.cache_read_tokens",
    "gen_ai.usage.details.cached_tokens",
)
_WRITE = (
    "gen_ai.usage.cache_write.input_tokens",
    "gen_ai.usage.cache_creation.input_tokens",
    "gen_ai.usage.cache_creation_input_tokens",
    "gen_ai.usage.cache_write_input_tokens",
    "gen_ai.usage.details.cache_write_tokens",
)
_REASONING = (
    "gen_ai.usage.reasoning.output_tokens",
    "gen_ai.usage.reasoning_tokens",
    "gen_ai.usage.reasoning_output_tokens",
    "gen_ai.usage.output_tokens.reasoning",
    "gen_ai.usage.details.reasoning_tokens",
)


def read(draft: Draft) -> None:
    _operation(draft)
    _identity(draft)
    _content(draft)
    _tool(draft)
    _retrieval(draft)
    if draft.is_call:
        # Only of calls: what agents and workflows carry are totals of the calls below them.
        _usage(draft)
        _parameters(draft)


def set_finish_reason(draft: Draft, value: Any, *names: str) -> None:
    """One reason, in one spelling; where that is not what came, what came stays an attribute."""
    given: list[Any] = value if isinstance(value, list) else [value]
    reason = next((item for item in given if isinstance(item, str) and item), None)
    if reason is None:
        return
    lower = reason.lower()
    draft.set(
        "finish_reason", _FINISH.get(lower, lower if reason.isupper() and reason.replace("_", "").isalpha() else reason)
    )
    if given == [draft.fields["finish_reason"]]:
        for name in names:
            draft.attributes.pop(name, None)


_PROVIDER_NAME = re.compile(r"[A-Za-z][A-Za-z ._/-]*\d{0,2}[A-Za-z ._/-]*")


def set_provider(draft: Draft, *names: str) -> None:
    """Who runs the model; frameworks that call themselves so stay attributes."""
    for name in names:
        value = draft.get(name)
        if isinstance(value, str) and value.lower() not in FRAMEWORKS:
            # Only a name goes into small letters: in those, masking would not know what somebody put there instead.
            known = value.lower() if _PROVIDER_NAME.fullmatch(value) else value
            draft.set("provider", _PROVIDERS.get(known, known))
            if draft.fields["provider"] == known:
                draft.attributes.pop(name, None)


def set_response_id(draft: Draft, value: Any) -> None:
    """The provider's id of a response; ids that a framework gave its own runs are none."""
    if isinstance(value, str) and value and not value.startswith(("lc_run--", "run--", "run-", "lc_")):
        draft.set("response_id", value)


def _operation(draft: Draft) -> None:
    name = draft.get("gen_ai.operation.name")
    if isinstance(name, str):
        draft.set("operation", OPERATIONS.get(name.lower(), name))
        if draft.fields["operation"] == name:
            draft.attributes.pop("gen_ai.operation.name", None)


def _identity(draft: Draft) -> None:
    set_provider(draft, "gen_ai.provider.name", "gen_ai.system")
    draft.text("request_model", "gen_ai.request.model")
    draft.text("response_model", "gen_ai.response.model")
    set_response_id(draft, draft.get("gen_ai.response.id"))
    if draft.fields.get("response_id") == draft.get("gen_ai.response.id"):
        draft.attributes.pop("gen_ai.response.id", None)
    draft.text("output_type", "gen_ai.output.type")
    draft.text("agent_name", "gen_ai.agent.name")
    draft.text("session_id", "gen_ai.conversation.id")
    draft.text("user_id", "gen_ai.user.id", "gen_ai.user")
    draft.text("prompt_name", "gen_ai.prompt.name")
    version = draft.get("gen_ai.prompt.version")
    if isinstance(version, str | int):
        draft.set("prompt_version", str(version))
        draft.attributes.pop("gen_ai.prompt.version", None)
    names = ("gen_ai.response.finish_reasons", "gen_ai.response.finish_reason")
    set_finish_reason(draft, loosely(draft.get(*names)), *names)
    set_finish_reason(draft, draft.get("anthropic.message.stop_reason"), "anthropic.message.stop_reason")
    wait = draft.get("gen_ai.response.time_to_first_chunk")
    if isinstance(wait, int | float) and not isinstance(wait, bool) and wait >= 0:
        draft.set("time_to_first_token_ms", wait * 1000)
        draft.attributes.pop("gen_ai.response.time_to_first_chunk", None)


def _content(draft: Draft) -> None:
    instructions = system_messages(draft.get("gen_ai.system_instructions"))
    said = messages(draft.get("gen_ai.input.messages"))
    if said and instructions and said[: len(instructions)] == instructions:
        instructions = []
    if instructions or said:
        draft.set("input_messages", instructions + (said or []))
        draft.take("gen_ai.system_instructions")
        draft.take("gen_ai.input.messages")
    if draft.get("gen_ai.output.messages") is not None:
        draft.set("output_messages", messages(draft.take("gen_ai.output.messages"), "assistant"))
    definitions = parsed(draft.get("gen_ai.tool.definitions"))
    if isinstance(definitions, list):
        draft.set("tool_definitions", definitions)
        draft.attributes.pop("gen_ai.tool.definitions", None)


def _tool(draft: Draft) -> None:
    draft.text("tool_name", "gen_ai.tool.name")
    draft.text("tool_type", "gen_ai.tool.type")
    draft.text("tool_call_id", "gen_ai.tool.call.id")
    for field, names in (
        ("tool_arguments", ("gen_ai.tool.call.arguments", "gen_ai.tool.arguments", "tool_arguments")),
        ("tool_result", ("gen_ai.tool.call.result", "gen_ai.tool.result", "tool_response")),
    ):
        if draft.get(*names) is not None:
            draft.set(field, loosely(draft.take(*names)))


def _retrieval(draft: Draft) -> None:
    draft.text("retrieval_query", "gen_ai.retrieval.query.text")
    documents = parsed(draft.get("gen_ai.retrieval.documents"))
    if isinstance(documents, list):
        draft.set("retrieval_documents", documents)
        draft.attributes.pop("gen_ai.retrieval.documents", None)
    top_k = whole(draft.get("gen_ai.retrieval.top_k"))
    if top_k is None and draft.fields.get("operation") == "retrieval":
        top_k = whole(draft.get("gen_ai.request.top_k"))
    if top_k is not None:
        draft.set("retrieval_top_k", top_k)
        draft.attributes.pop("gen_ai.retrieval.top_k", None)


def _usage(draft: Draft) -> None:
    for part, names in (
        ("input_tokens", _INPUT),
        ("output_tokens", _OUTPUT),
        ("cache_read_tokens", _READ),
        ("cache_write_tokens", _WRITE),
        ("reasoning_tokens", _REASONING),
    ):
        draft.count(part, *names)
    for part, count in raw_usage(parsed_object(draft.get("gen_ai.usage.raw"))).items():
        draft.usage.setdefault(part, count)


def _parameters(draft: Draft) -> None:
    found: dict[str, Any] = {}
    for name in [name for name in draft.attributes if name.startswith(_REQUEST) and name != _REQUEST + "model"]:
        found[name.removeprefix(_REQUEST)] = draft.attributes.pop(name)
    if found:
        draft.set("parameters", found)


def looks_like_call(draft: Draft) -> bool:
    """Whether a span without an operation is a request to a model: it names one, and what became of it."""
    return draft.get("gen_ai.request.model", "gen_ai.response.model") is not None and any(
        draft.get(name) is not None
        for name in (*_INPUT, *_OUTPUT, "gen_ai.response.id", "gen_ai.response.finish_reasons")
    )
