"""Spans as an application sees them: contexts that record themselves when they end.

    Span                    any timed operation; starts children: call, tool, retrieval, agent, span
    ├── Trace               the root of a request, or an agent within one
    ├── Call                one request to a model
    ├── Tool                one execution of a tool
    └── Retrieval           one search for documents

Each is a context manager, sync and async, and a decorator for functions, coroutines and generators. What an
application gives them is recorded if it can be, and never raises; what the application raises passes through.
"""

from __future__ import annotations

import functools
import logging
from collections.abc import AsyncIterable, AsyncIterator, Callable, Iterable, Iterator, Mapping
from contextvars import Token
from datetime import timedelta
from types import TracebackType
from typing import Any, ParamSpec, Protocol, Self, TypeVar, cast

from nilometer.producers.context import CURRENT, Clock, Ids, Position, parse_traceparent
from nilometer.producers.messages import system_messages, to_messages, tool_call_part
from nilometer.producers.responses import understand
from nilometer.producers.streaming import Assembler
from nilometer.schemas.event import RawEvent
from nilometer.schemas.settings import Settings
from nilometer.schemas.span import RawSpan, Usage

P = ParamSpec("P")
R = TypeVar("R")
T = TypeVar("T")

_LOG = logging.getLogger("nilometer.producers")

MAX_ERROR_CHARACTERS = 4_000
_INHERITED = ("project", "feature", "user_id", "session_id", "agent_name")
_CONTENT = (
    "input_messages",
    "output_messages",
    "tool_definitions",
    "tool_arguments",
    "tool_result",
    "retrieval_query",
    "retrieval_documents",
    "error_message",
)
"""What `producer.record_content = false` leaves out."""


class Recorder(Protocol):
    """What spans need of their client."""

    settings: Settings
    clock: Clock
    ids: Ids

    def record(self, event: RawEvent) -> None: ...


def harmless(method: Callable[P, None]) -> Callable[P, None]:
    """Recording must not break the application: what goes wrong in here is a line in the log."""

    @functools.wraps(method)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            method(*args, **kwargs)
        except Exception as error:
            # The type only: the text may quote what was to be recorded.
            _LOG.warning("%s could not be recorded: %s", method.__qualname__, type(error).__name__)

    return guarded


class Starts:
    """What starts spans: an open span, or the client."""

    def recorder(self) -> Recorder:
        raise NotImplementedError

    def innermost(self) -> Span | None:
        """The span that is open here: the parent of what starts."""
        raise NotImplementedError

    def call(
        self,
        *,
        model: str | None = None,
        provider: str | None = None,
        input_messages: Any = None,
        system: Any = None,
        tools: Iterable[Any] | None = None,
        operation: str = "chat",
        prompt_name: str | None = None,
        prompt_version: str | None = None,
        **parameters: Any,
    ) -> Call:
        """A request to a model. `parameters` are the request's own: temperature, max_tokens, response_format, …"""
        return Call(
            self.recorder(),
            f"{operation} {model}" if model else operation,
            parent=self.innermost(),
            operation=operation,
            provider=provider,
            request_model=model,
            prompt_name=prompt_name,
            prompt_version=prompt_version,
            given=(input_messages, system, tools),
            parameters=parameters or None,
        )

    def tool(
        self, name: str, *, arguments: Any = None, call_id: str | None = None, tool_type: str | None = "function"
    ) -> Tool:
        """An execution of a tool."""
        return Tool(
            self.recorder(),
            f"execute_tool {name}",
            parent=self.innermost(),
            tool_name=name,
            tool_type=tool_type,
            tool_call_id=call_id,
            tool_arguments=arguments,
        )

    def retrieval(self, query: str | None = None, *, name: str = "retrieval", top_k: int | None = None) -> Retrieval:
        """A search for documents."""
        return Retrieval(self.recorder(), name, parent=self.innermost(), retrieval_query=query, retrieval_top_k=top_k)

    def agent(self, name: str, **attributes: Any) -> Trace:
        """An agent at work within this trace."""
        return Trace(
            self.recorder(),
            f"invoke_agent {name}",
            parent=self.innermost(),
            operation="invoke_agent",
            agent_name=name,
            attributes=attributes,
        )

    def span(self, name: str, *, operation: str | None = None, **attributes: Any) -> Span:
        """Any other operation."""
        return Span(self.recorder(), name, parent=self.innermost(), operation=operation, attributes=attributes)


class Span(Starts):
    """A timed operation. It starts when it is entered, and is recorded when it is left."""

    _operation: str | None = None

    def __init__(self, recorder: Recorder, name: str, *, parent: Position | Span | None = None, **fields: Any) -> None:
        self._recorder = recorder
        self._recipe = (name, parent, fields)
        self._token: Token[object | None] | None = None
        self._begun = 0.0
        self._fields: dict[str, Any] = {}
        if isinstance(parent, Span):
            self._fields = {key: parent._fields[key] for key in _INHERITED if key in parent._fields}
        self._fields |= {"name": name, "operation": self._operation}
        self._fields |= {key: value for key, value in fields.items() if value is not None}
        self._attributes: dict[str, Any] = self._fields.pop("attributes", {})
        position = parent.position if isinstance(parent, Span) else parent
        trace_id = position.trace_id if position else recorder.ids.trace_id()
        self.position = Position(trace_id, recorder.ids.span_id())
        self._parent_id = position.span_id if position else None

    @property
    def id(self) -> str:
        """The trace's id: what feedback refers to."""
        return self.position.trace_id

    @property
    def trace_id(self) -> str:
        return self.position.trace_id

    @property
    def span_id(self) -> str:
        return self.position.span_id

    @property
    def traceparent(self) -> str:
        """This span as a W3C `traceparent` header."""
        return self.position.traceparent

    def headers(self) -> dict[str, str]:
        """HTTP headers for a request to another service, which passes `traceparent` to its own `trace`."""
        return {"traceparent": self.traceparent}

    def set(self, **attributes: Any) -> None:
        """Adds attributes of the application's own."""
        self._attributes |= attributes

    def fail(self, error_type: str, message: str | None = None) -> None:
        """Marks the operation as failed where no exception tells it."""
        self._fields |= {"status": "error", "error_type": error_type, "error_message": message}

    def recorder(self) -> Recorder:
        return self._recorder

    def innermost(self) -> Span:
        """The open span of this trace where we are; this one where there is none."""
        current = CURRENT.get()
        return current if isinstance(current, Span) and current.trace_id == self.trace_id else self

    def __enter__(self) -> Self:
        self._start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end(error)

    async def __aenter__(self) -> Self:
        self._start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end(error)

    @harmless
    def _start(self) -> None:
        self._token = CURRENT.set(self)
        self._fields["started_at"] = self._recorder.clock.now()
        self._begun = self._recorder.clock.monotonic()

    @harmless
    def _end(self, error: BaseException | None) -> None:
        if self._token is not None:
            try:
                CURRENT.reset(self._token)
            except ValueError:
                # Left in another context than it was entered in, as asynchronous generators may be.
                CURRENT.set(None)
            self._token = None
        if error is not None:
            self.fail(type(error).__name__, _message(error))
        self._recorder.record(self._event())

    def _elapsed(self) -> timedelta:
        return timedelta(seconds=max(0.0, self._recorder.clock.monotonic() - self._begun))

    def _event(self) -> RawSpan:
        settings = self._recorder.settings
        fields = dict(self._fields)
        if not settings.producer.record_content:
            for name in _CONTENT:
                fields.pop(name, None)
        for name in _TEXTS & fields.keys():
            fields[name] = text(fields[name])
        defaults = {"service": settings.producer.service, "project": settings.producer.project}
        values: dict[str, Any] = {"environment": settings.environment} | defaults | fields
        return RawSpan(
            **values,
            trace_id=self.trace_id,
            span_id=self.span_id,
            parent_span_id=self._parent_id,
            ended_at=fields["started_at"] + self._elapsed(),
            attributes=self._attributes,
        )

    def _again(self) -> Span:
        """A fresh span of the same making, for one call of a decorated function: a child of where that happens."""
        name, parent, fields = self._recipe
        current = CURRENT.get()
        if isinstance(current, Span):
            parent = current
        return type(self)(self._recorder, name, parent=parent, **fields)

    def on_arguments(self, arguments: Mapping[str, Any]) -> None:
        """A decorated function is about to run."""

    def on_result(self, result: Any) -> None:
        """A decorated function has returned."""

    def __call__(self, function: Callable[P, R]) -> Callable[P, R]:
        """Decorates a function: each call of it is a span of its own."""
        from nilometer.producers.decorate import decorate

        return decorate(self._again, function)


class Trace(Span):
    """The root of a request; or, where it has a parent, an agent within one."""


class Call(Span):
    """One request to a model."""

    def __init__(self, recorder: Recorder, name: str, *, given: tuple[Any, Any, Any], **fields: Any) -> None:
        super().__init__(recorder, name, **fields)
        self._recipe = (name, self._recipe[1], self._recipe[2] | {"given": given})
        self._describe_input(*given)

    @harmless
    def _describe_input(self, messages: Any, system: Any, tools: Any) -> None:
        parameters = self._fields.get("parameters")
        kind = parameters.get("response_format") if isinstance(parameters, dict) else None
        if isinstance(kind, dict) and str(cast("dict[str, Any]", kind).get("type")).startswith("json"):
            self._fields["output_type"] = "json"
        if not self._recorder.settings.producer.record_content:
            return
        if messages is not None or system:
            self._fields["input_messages"] = system_messages(system) + to_messages(messages)
        if tools is not None:
            self._fields["tool_definitions"] = list(tools)

    @harmless
    def respond(self, reply: Any, *, usage: Usage | None = None) -> None:
        """Records the provider's raw response: text, tool calls, usage, ids, finish reason. `usage` overrides."""
        found = understand(reply)
        known = {
            "output_messages": found.messages or None,
            "response_model": found.model,
            "response_id": found.response_id,
            "finish_reason": found.finish_reason,
            "usage": usage or found.usage,
        }
        self._fields |= {name: value for name, value in known.items() if value is not None}

    def respond_stream(self, chunks: Iterable[T]) -> Iterator[T]:
        """Passes chunks on as they come, and records the response once they end or the reader stops."""
        assembler = Assembler()
        try:
            for chunk in chunks:
                self._on_chunk(assembler, chunk)
                yield chunk
        finally:
            self._on_stream_end(assembler)

    async def respond_astream(self, chunks: AsyncIterable[T]) -> AsyncIterator[T]:
        """The same, for asynchronous clients."""
        assembler = Assembler()
        try:
            async for chunk in chunks:
                self._on_chunk(assembler, chunk)
                yield chunk
        finally:
            self._on_stream_end(assembler)

    @harmless
    def _on_chunk(self, assembler: Assembler, chunk: Any) -> None:
        self._fields.setdefault("time_to_first_token_ms", self._elapsed() / timedelta(milliseconds=1))
        assembler.add(chunk)

    @harmless
    def _on_stream_end(self, assembler: Assembler) -> None:
        self.respond(assembler.body())

    def on_result(self, result: Any) -> None:
        self.respond(result)


class Tool(Span):
    """One execution of a tool."""

    _operation = "execute_tool"

    def respond(self, result: Any) -> None:
        """Records the tool's result: anything; what JSON does not have is recorded as the name of its type."""
        self._fields["tool_result"] = result

    def _event(self) -> RawSpan:
        # Clients hand over arguments as JSON text.
        self._fields["tool_arguments"] = tool_call_part(None, None, self._fields.get("tool_arguments"))["arguments"]
        return super()._event()

    def on_arguments(self, arguments: Mapping[str, Any]) -> None:
        self._fields.setdefault("tool_arguments", dict(arguments))

    def on_result(self, result: Any) -> None:
        self.respond(result)


class Retrieval(Span):
    """One search for documents."""

    _operation = "retrieval"

    def respond(self, documents: Iterable[Any]) -> None:
        """Records what was found."""
        self._keep(documents)

    @harmless
    def _keep(self, documents: Iterable[Any]) -> None:
        self._fields["retrieval_documents"] = list(documents)

    def on_result(self, result: Any) -> None:
        if isinstance(result, list | tuple):
            self.respond(cast("list[Any]", result))


_TEXTS = frozenset(
    {
        "name",
        "operation",
        "project",
        "feature",
        "user_id",
        "session_id",
        "agent_name",
        "provider",
        "request_model",
        "prompt_name",
        "prompt_version",
        "tool_name",
        "tool_call_id",
        "retrieval_query",
        "error_type",
        "error_message",
    }
)


def text(value: Any) -> str | None:
    """What the schema has as text: ids may come as numbers or UUIDs. Raises what `str` of the value raises."""
    return value if value is None or isinstance(value, str) else str(value)


def _message(error: BaseException) -> str | None:
    try:
        return str(error)[:MAX_ERROR_CHARACTERS] or None
    except Exception:
        return None


def start_trace(recorder: Recorder, name: str, traceparent: str | None, **fields: Any) -> Trace:
    """A trace: the continuation of a caller's, a child of the trace we are in, or a new one."""
    current = CURRENT.get()
    parent = parse_traceparent(traceparent) or (current if isinstance(current, Span) else None)
    return Trace(recorder, name, parent=parent, **fields)
