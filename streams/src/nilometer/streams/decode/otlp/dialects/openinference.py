"""OpenInference (Arize): `openinference.span.kind`, flattened messages, and the provider's answer in `output.value`."""

from typing import Any, cast

from nilometer.streams.decode.otlp.answers import path, read_answer
from nilometer.streams.decode.otlp.dialects.genai import set_finish_reason, set_provider
from nilometer.streams.decode.otlp.draft import Draft, loosely, parsed, parsed_object
from nilometer.streams.decode.otlp.messages import message, messages, response, tool_call

KIND = "openinference.span.kind"
_OPERATIONS = {
    "LLM": "chat",
    "EMBEDDING": "embeddings",
    "TOOL": "execute_tool",
    "AGENT": "invoke_agent",
    "RETRIEVER": "retrieval",
    "RERANKER": "rerank",
}
_COUNTS = (
    ("input_tokens", "llm.token_count.prompt"),
    ("output_tokens", "llm.token_count.completion"),
    ("cache_read_tokens", "llm.token_count.prompt_details.cache_read"),
    ("cache_write_tokens", "llm.token_count.prompt_details.cache_write"),
    ("reasoning_tokens", "llm.token_count.completion_details.reasoning"),
)
_FIRST_TOKEN = "First Token Stream Event"  # noqa: S105  an event's name


def read(draft: Draft) -> None:
    kind = draft.get(KIND)
    if not isinstance(kind, str):
        return
    if draft.span.scope.name.endswith("llama_index") and "._prepare_" in draft.span.name:
        # A helper of LlamaIndex's that makes a request's parameters; it asks nobody.
        return
    draft.set("operation", _OPERATIONS.get(kind.upper()))
    draft.text("user_id", "user.id")
    draft.text("session_id", "session.id")
    draft.text("agent_name", "agent.name", "graph.node.id" if kind.upper() == "AGENT" else "agent.name")
    draft.text("prompt_name", "llm.prompt_template.name", "prompt.id")
    draft.text("prompt_version", "llm.prompt_template.version")
    _people(draft)
    match draft.fields.get("operation"):
        case "chat" | "text_completion" | "generate_content" | "embeddings":
            _call(draft)
        case "execute_tool":
            _tool(draft)
        case "retrieval" | "rerank":
            _retrieval(draft)
        case _:
            pass
    if draft.fields.get("operation") != "embeddings":
        _messages(draft)


def _call(draft: Draft) -> None:
    set_provider(draft, "llm.provider", "llm.system", "embedding.provider")
    for part, name in _COUNTS:
        draft.count(part, name)
    invocation = "embedding.invocation_parameters" if "embedding.invocation_parameters" in draft.attributes else ""
    invocation = invocation or "llm.invocation_parameters"
    parameters = parsed_object(draft.get(invocation))
    asked = (
        parameters.get("model") or parameters.get("model_name") or parsed_object(draft.get("input.value")).get("model")
    )
    if isinstance(asked, str):
        draft.set("request_model", asked)
    if parameters:
        rest = {k: v for k, v in parameters.items() if k not in ("model", "model_name", "tools", "functions")}
        if rest:
            draft.set("parameters", rest)
        draft.attributes.pop(invocation, None)
    draft.text("request_model", "llm.request.model_name")
    draft.text("response_model", "llm.response.model_name")
    read_answer(draft, parsed_object(draft.get("output.value")))
    named = draft.get("llm.model_name", "embedding.model_name")
    if isinstance(named, str):
        if draft.fields.get("status") != "error" and draft.usage:
            # What the response said, or, while it streams in some frameworks, what was asked for.
            draft.set("response_model", named)
        draft.set("request_model", named)
        draft.take("llm.model_name", "embedding.model_name")
    finish = draft.get("llm.finish_reason")
    set_finish_reason(draft, finish, "llm.finish_reason")
    tools = draft.take_prefix("llm.tools.")
    if tools is not None:
        items = cast("list[Any]", tools) if isinstance(tools, list) else [tools]
        draft.set("tool_definitions", [_definition(item) for item in items])
    _first_token(draft)


def _definition(item: Any) -> Any:
    inner = item.get("tool") if isinstance(item, dict) else None
    schema = cast("dict[str, Any]", inner).get("json_schema") if isinstance(inner, dict) else None
    return item if schema is None else loosely(schema)


def _first_token(draft: Draft) -> None:
    for event in draft.events:
        if event.name == _FIRST_TOKEN and event.time_ns >= draft.span.start_ns > 0:
            draft.set("time_to_first_token_ms", (event.time_ns - draft.span.start_ns) / 1e6)
            draft.events = [other for other in draft.events if other is not event]
            return


def _messages(draft: Draft) -> None:
    for field, role, prefix in (
        ("input_messages", "user", "llm.input_messages."),
        ("output_messages", "assistant", "llm.output_messages."),
    ):
        if field in draft.fields:
            continue
        found = draft.take_prefix(prefix)
        items = cast("list[Any]", found) if isinstance(found, list) else [] if found is None else [found]
        said = [_message(item, role) for item in items]
        draft.set(field, said or None)
    if draft.is_call:
        # Where messages are hidden or not understood, the raw value is what there is.
        if "input_messages" not in draft.fields and draft.get("llm.prompts") is not None:
            draft.set("input_messages", messages(draft.take("llm.prompts")))
        if "input_messages" not in draft.fields:
            draft.set("input_messages", messages(_prompt(draft.get("input.value"))))
        if "output_messages" not in draft.fields and not isinstance(parsed(draft.get("output.value")), dict):
            draft.set("output_messages", messages(draft.get("output.value"), "assistant"))


def _prompt(value: Any) -> Any:
    inner = parsed_object(value)
    return inner.get("messages", inner.get("input", inner.get("prompt"))) if inner else value


def _message(item: Any, role: str) -> dict[str, Any]:
    """`{"message": {"role", "content", "contents": [{"message_content": …}], "tool_calls": [{"tool_call": …}]}}`"""
    if not isinstance(item, dict):
        return message(item, role)
    outer = cast("dict[str, Any]", item)
    given = outer.get("message")
    if not isinstance(given, dict):
        return message(outer, role)
    inner = cast("dict[str, Any]", dict(given))
    contents = [_content(part) for part in _list(inner.pop("contents", None))]
    calls = [_call_part(part) for part in _list(inner.pop("tool_calls", None))]
    name, arguments = inner.pop("function_call_name", None), inner.pop("function_call_arguments_json", None)
    if name:
        calls.append(tool_call(None, name, arguments))
    found = message(inner, role)
    found["parts"] += [part for part in contents if part not in found["parts"]] + calls
    for extra in _list(outer.get("function")):
        # AutoGen's results of functions.
        result = parsed_object(extra)
        found["parts"].append(response(result.get("call_id"), result.get("content")) if result else {"value": extra})
    return found


def _content(value: Any) -> dict[str, Any]:
    inner = path(value, "message_content") or {"type": "unknown", "value": value}
    if inner.get("type") == "text":
        return {"type": "text", "content": inner.get("text")}
    image = path(inner, "image", "image")
    if isinstance(image.get("url"), str):
        return {"type": "uri", "modality": "image", "uri": image["url"]}
    if inner.get("type") == "reasoning":
        return {"type": "reasoning", "content": inner.get("text")}
    return inner


def _call_part(value: Any) -> dict[str, Any]:
    inner = path(value, "tool_call")
    function = path(inner, "function")
    return tool_call(inner.get("id"), function.get("name"), function.get("arguments"))


def _list(value: Any) -> list[Any]:
    return cast("list[Any]", value) if isinstance(value, list) else [] if value is None else [value]


def _tool(draft: Draft) -> None:
    draft.text("tool_name", "tool.name", "tool_call.function.name")
    draft.text("tool_call_id", "tool.id", "tool_call.id")
    arguments = draft.get("input.value", "tool.parameters", "tool_call.function.arguments")
    if arguments is not None:
        draft.set("tool_arguments", loosely(arguments))
        draft.take("input.value", "tool.parameters", "tool_call.function.arguments")
        draft.attributes.pop("input.mime_type", None)
    if draft.get("output.value") is not None:
        draft.set("tool_result", loosely(draft.take("output.value")))
        draft.attributes.pop("output.mime_type", None)


def _retrieval(draft: Draft) -> None:
    query = draft.get("input.value", "reranker.query")
    if isinstance(query, str):
        asked = parsed_object(query).get("query", query)
        draft.set("retrieval_query", asked if isinstance(asked, str) else query)
        if draft.fields["retrieval_query"] == query:
            draft.take("input.value", "reranker.query")
    prefix = "retrieval.documents." if draft.fields["operation"] == "retrieval" else "reranker.output_documents."
    found = draft.take_prefix(prefix)
    if found is not None:
        draft.set("retrieval_documents", [_document(item) for item in _list(found)])


def _document(item: Any) -> Any:
    inner = path(item, "document")
    if not inner:
        return item
    return inner | ({"metadata": loosely(inner["metadata"])} if "metadata" in inner else {})


def _people(draft: Draft) -> None:
    """User and agent where LangChain's metadata is all that names them."""
    metadata = parsed_object(draft.get("metadata"))
    for field, name in (("user_id", "user_id"), ("session_id", "session_id"), ("agent_name", "lc_agent_name")):
        if isinstance(metadata.get(name), str):
            draft.set(field, metadata[name])
