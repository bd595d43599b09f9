"""Logfire's own instrumentations of clients: OpenTelemetry's names, and a streamed answer in a span of its own.

    Chat Completion with …       the request: opened the stream, knows nothing of the answer
    streaming response from …    the answer: its text and tokens, at the end, with how long it took

Of OpenAI's agents it sends chat completions and functions by names of its own.
"""

from nilometer.streams.decode.otlp.draft import Draft, loosely, parsed_object
from nilometer.streams.decode.otlp.messages import messages
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
