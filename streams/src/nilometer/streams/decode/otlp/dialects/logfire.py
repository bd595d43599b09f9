"""Logfire's own instrumentations of clients: OpenTelemetry's names, and a streamed answer in a span of its own.

    Chat Completion with …       the request: opened the stream, knows nothing of the answer
    streaming response from …    the answer: its text and tokens, at the end, with how long it took

Of OpenAI's agents it sends chat completions and functions by names of its own.
"""

from typing import Any

from nilometer.streams.decode.otlp.draft import Draft, loosely, parsed_object
from nilometer.streams.decode.otlp.messages import messages, system_messages
from nilometer.streams.decode.otlp.usage import raw_usage

_ANSWERED = ("gen_ai.response.id", "gen_ai.output.messages", "gen_ai.usage.input_tokens", "response_data")


def read(draft: Draft) -> None:
    if draft.span.scope.name == "logfire.openai_agents":
        _agents(draft)
    elif draft.span.scope.name.startswith("logfire.") and draft.get("request_data") is not None:
        _client(draft)


def _client(draft: Draft) -> None:
    took = draft.get("duration")
    if draft.get("logfire.span_type") == "log":
        if isinstance(took, float) and 0 <= took < 86_400:
            draft.started_ns = draft.span.end_ns - int(took * 1e9)
    elif draft.span.status_code != 2 and draft.get(*_ANSWERED) is None:
        # Two spans of one call, and in two traces where there is no span around them: the answer is the call.
        draft.set("operation", "open_stream")
        return
    request = parsed_object(draft.get("request_data"))
    if draft.get("gen_ai.operation.name") is None and isinstance(request.get("model"), str):
        _raw(draft, request)


def _raw(draft: Draft, request: dict[str, Any]) -> None:
    """Before version 4.15: the request and the answer as they are, in `request_data` and `response_data`."""
    asks = "messages" in request or "tools" in request or "instructions" in request
    embeds = not asks and ("embed" in str(request["model"]) or "encoding_format" in request)
    draft.set("operation", "embeddings" if embeds else "chat")
    draft.set("provider", {"logfire.openai": "openai", "logfire.anthropic": "anthropic"}.get(draft.span.scope.name))
    draft.set("request_model", request["model"])
    known = ("model", "messages", "input", "system", "instructions", "tools", "stream_options")
    draft.set("parameters", {k: v for k, v in request.items() if k not in known} or None)
    if isinstance(request.get("tools"), list):
        draft.set("tool_definitions", request["tools"])
    answer = parsed_object(draft.get("response_data"))
    for part, count in raw_usage(parsed_object(answer.get("usage"))).items():
        draft.usage.setdefault(part, count)
    if draft.get("events") is None and not embeds:
        said = messages(request.get("messages", request.get("input"))) or []
        draft.set("input_messages", [*system_messages(request.get("system", request.get("instructions"))), *said])
        told = answer.get("message", answer.get("combined_chunk_content"))
        draft.set("output_messages", messages(told, "assistant"))


def _agents(draft: Draft) -> None:
    said = str(draft.get("logfire.msg_template") or "")
    if draft.get("gen_ai.request.model") is not None:
        draft.set("operation", "chat")
        for part, count in raw_usage(parsed_object(draft.get("usage"))).items():
            draft.usage.setdefault(part, count)
        if draft.get("events") is None:
            draft.set("input_messages", messages(draft.take("input")))
            draft.set("output_messages", messages(draft.take("output"), "assistant"))
    elif said.startswith("Function: "):
        draft.set("operation", "execute_tool")
        draft.text("tool_name", "name")
        for field, name in (("tool_arguments", "input"), ("tool_result", "output")):
            if draft.get(name) is not None:
                draft.set(field, loosely(draft.take(name)))
    elif said.startswith("Agent run: "):
        draft.set("operation", "invoke_agent")
        draft.text("agent_name", "name")
