"""What a whole answer tells that no attribute does: a provider's, or a framework's around it."""

from typing import Any, cast

from nilometer.streams.decode.otlp.dialects.genai import set_finish_reason, set_response_id
from nilometer.streams.decode.otlp.draft import Draft, first
from nilometer.streams.decode.otlp.reprs import repr_answer, repr_usage
from nilometer.streams.decode.otlp.usage import raw_usage

_ANSWERS = frozenset({"id", "response_id", "usage", "finish_reason", "choices", "model_name"})
"""What only an answer has, no request."""


def read_answer(draft: Draft, output: dict[str, Any]) -> None:
    """Its id, model, finish reason and usage, as far as no attribute has told them."""
    if not output:
        return
    for answer in (output, *_langchain(output)):
        identity = answer.get("id") or answer.get("response_id")
        model = first(answer.get(name) for name in ("model", "model_name", "model_version"))
        if isinstance(identity, str) and (isinstance(model, str) or "usage" in answer):
            set_response_id(draft, identity)
        if isinstance(model, str) and not _ANSWERS.isdisjoint(answer):
            draft.set("response_model", model)
        set_finish_reason(draft, answer.get("finish_reason") or answer.get("stop_reason"))
        for part, count in raw_usage(path(answer, "usage")).items():
            draft.usage.setdefault(part, count)
    _python_text(draft, output)
    choices = output.get("choices")
    if isinstance(choices, list) and choices and isinstance(choices[0], dict):
        set_finish_reason(draft, cast("dict[str, Any]", choices[0]).get("finish_reason"))


def _python_text(draft: Draft, output: dict[str, Any]) -> None:
    """Smolagents sends the client's answer as Python text, Haystack the metadata of it."""
    replies = output.get("replies")
    text = first([output.get("raw"), replies[0] if isinstance(replies, list) and len(replies) == 1 else None])
    if not isinstance(text, str):
        return
    if text.startswith("ChatMessage("):
        # What was said stands before what is known of it.
        text = text[text.rfind("_meta=") :]
    answer = repr_answer(text)
    if "model" in answer:
        set_response_id(draft, answer.get("id"))
        draft.set("response_model", answer["model"])
        set_finish_reason(draft, answer.get("finish_reason"))
        for part, count in raw_usage(repr_usage(text)).items():
            draft.usage.setdefault(part, count)


def _langchain(output: dict[str, Any]) -> list[dict[str, Any]]:
    """Metadata of the responses in LangChain's LLMResult, LlamaIndex's ChatResponse and such."""
    found: list[dict[str, Any]] = []
    generations = output.get("generations")
    for row in cast("list[Any]", generations) if isinstance(generations, list) else []:
        for one in cast("list[Any]", row) if isinstance(row, list) else [row]:
            kwargs = path(one, "message", "kwargs", "response_metadata")
            if kwargs:
                found.append(kwargs)
            info = path(one, "generation_info")
            if info:
                found.append(info)
    for name in ("llm_output", "raw", "response_metadata", "meta", "data"):
        inner = output.get(name)
        if isinstance(inner, dict):
            found.append(cast("dict[str, Any]", inner))
    return found


def path(value: Any, *names: str) -> dict[str, Any]:
    """The object that lies there; {} where there is none."""
    for name in names:
        value = cast("dict[str, Any]", value).get(name) if isinstance(value, dict) else None
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}
