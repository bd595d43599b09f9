"""LangSmith's own export: `langsmith.span.kind`, usage in its metadata, LangChain's objects as prompt and answer."""

from nilometer.streams.decode.otlp.answers import read_answer
from nilometer.streams.decode.otlp.draft import Draft, loosely, parsed_object
from nilometer.streams.decode.otlp.usage import raw_usage

_OPERATIONS = {"llm": "chat", "embedding": "embeddings", "tool": "execute_tool", "retriever": "retrieval"}
_METADATA = "langsmith.metadata."


def read(draft: Draft) -> None:
    kind = draft.get("langsmith.span.kind")
    if not isinstance(kind, str):
        return
    operation = _OPERATIONS.get(kind.lower())
    if operation is None:
        # A chain is no operation of a model's; the name that it sends for one stays.
        draft.span.attributes.pop("gen_ai.operation.name", None)
    draft.set("operation", operation)
    draft.text("agent_name", _METADATA + "lc_agent_name")
    draft.text("user_id", _METADATA + "user_id")
    draft.text("session_id", _METADATA + "session_id", _METADATA + "thread_id", _METADATA + "conversation_id")
    if operation == "execute_tool":
        draft.set("tool_name", draft.span.name)
        for field, name in (("tool_arguments", "gen_ai.prompt"), ("tool_result", "gen_ai.completion")):
            if draft.get(name) is not None:
                given = loosely(draft.take(name))
                draft.set(field, _only(given))
    if draft.is_call:
        for part, count in raw_usage(parsed_object(draft.get(_METADATA + "usage_metadata"))).items():
            draft.usage.setdefault(part, count)
        read_answer(draft, parsed_object(draft.get("gen_ai.completion")))


def _only(value: object) -> object:
    """What an object with one key `input` or `output` holds."""
    if isinstance(value, dict) and len(value) == 1:
        return next((loosely(inner) for name, inner in value.items() if name in ("input", "output")), value)
    return value
