"""Conversations as JSON lines of OpenAI chat messages: `{"messages" | "traj": [...], …}` a line.

The conversation is a root span `invoke_agent`; each assistant message is a call whose input is all before it, each
tool message an `execute_tool` span. Such files record no times: every span starts one millisecond after the one
before it, from a given time or the file's, and has no end. Token counts that are not recorded stay None.
"""

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import msgspec

from nilometer.producers.importers.lines import Imported, Line, Refused, read_lines
from nilometer.producers.messages import to_message, tool_calls
from nilometer.producers.usage import usage_of
from nilometer.schemas.ids import event_id
from nilometer.schemas.span import Message, RawSpan

_CONVERSATION = ("messages", "traj")
_USED = frozenset({*_CONVERSATION, "model", "provider", "tools"})
_ROLES = frozenset({"system", "developer", "user", "assistant", "tool", "function"})
_STEP = timedelta(milliseconds=1)


class _RecordError(Exception):
    """A record that is no conversation: error type and message."""


@dataclass
class _File:
    """What one file has in common."""

    clock: datetime
    time_source: str
    provider: str | None
    model: str | None
    seen: Counter[bytes] = field(default_factory=Counter[bytes])
    """Digests of the records so far: identical ones are conversations of their own."""

    def tick(self) -> datetime:
        now, self.clock = self.clock, self.clock + _STEP
        return now


def read_openai_chat(
    path: Path, *, started_at: datetime | None = None, provider: str | None = None, model: str | None = None
) -> Iterator[Imported | Refused]:
    file = _File(*_start(path, started_at), provider, model)
    for line in read_lines(path):
        if isinstance(line, Refused):
            yield line
            continue
        try:
            spans = list(_spans(_record(line), file))
            msgspec.json.encode(spans)
        except _RecordError as error:
            yield Refused(line.number, *cast("tuple[str, str]", error.args), line.data)
        except (UnicodeError, RecursionError):
            yield Refused(line.number, "malformed_json", "the line is not JSON that can be passed on", line.data)
        else:
            for span in spans:
                yield Imported(span, line.number)


def _start(path: Path, started_at: datetime | None) -> tuple[datetime, str]:
    if started_at is None:
        return datetime.fromtimestamp(path.stat().st_mtime_ns // 1000 / 1e6, UTC), "file_mtime"
    if started_at.tzinfo is None:
        started_at = started_at.replace(tzinfo=UTC)
    return started_at.astimezone(UTC), "given"


def _record(line: Line) -> dict[str, Any]:
    try:
        record = msgspec.json.decode(line.data)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        raise _RecordError("malformed_json", "the line is not JSON") from None
    if not isinstance(record, dict):
        raise _RecordError("wrong_type", "the line is not a JSON object")
    return cast("dict[str, Any]", record)


def _spans(record: dict[str, Any], file: _File) -> Iterator[RawSpan]:
    name, messages = _messages(record)
    canonical = msgspec.json.encode(record, order="sorted")
    digest = hashlib.sha256(canonical).digest()
    # Only records that give spans count, so that a bad line does not change the ids of the good ones.
    converted = [_converted(message, f"$.{name}[{i}]") for i, message in enumerate(messages)]
    trace_id = event_id("openai-chat", digest.hex(), str(file.seen[digest]))
    file.seen[digest] += 1
    provider = _text(record, "provider") or file.provider
    model = _text(record, "model") or file.model
    origin = {"nilometer.time_source": file.time_source}
    root = _span_id(trace_id, 0)
    tools = record.get("tools")
    yield RawSpan(
        trace_id=trace_id,
        span_id=root,
        name="invoke_agent",
        operation="invoke_agent",
        started_at=file.tick(),
        provider=provider,
        request_model=model,
        attributes=origin | {f"record.{key}": value for key, value in record.items() if key not in _USED},
    )
    asked: dict[str, Mapping[str, Any]] = {}
    for index, (message, parts) in enumerate(zip(messages, converted, strict=True)):
        now = file.tick()
        if message["role"] == "assistant":
            asked |= {part["id"]: part for part in tool_calls(parts) if isinstance(part.get("id"), str)}
            yield RawSpan(
                trace_id=trace_id,
                span_id=_span_id(trace_id, index + 1),
                parent_span_id=root,
                name=f"chat {model}" if model else "chat",
                operation="chat",
                started_at=now,
                provider=provider,
                request_model=model,
                finish_reason=_text(message, "finish_reason"),
                input_messages=converted[:index],
                output_messages=[parts],
                tool_definitions=cast("list[Any]", tools) if isinstance(tools, list) else None,
                usage=usage_of(message) or usage_of(message.get("response")),
                attributes=origin,
            )
        elif message["role"] in ("tool", "function"):
            call_id = _text(message, "tool_call_id")
            call = asked.get(call_id or "", {})
            tool_name = _text(message, "name") or _text(call, "name")
            yield RawSpan(
                trace_id=trace_id,
                span_id=_span_id(trace_id, index + 1),
                parent_span_id=root,
                name=f"execute_tool {tool_name}" if tool_name else "execute_tool",
                operation="execute_tool",
                started_at=now,
                tool_name=tool_name,
                tool_type="function",
                tool_call_id=call_id,
                tool_arguments=call.get("arguments"),
                tool_result=message.get("content"),
                attributes=origin,
            )


def _messages(record: dict[str, Any]) -> tuple[str, list[dict[str, Any]]]:
    """The name of the conversation's field, and its messages."""
    name = next((name for name in _CONVERSATION if name in record), None)
    if name is None:
        raise _RecordError("missing_field", "neither `messages` nor `traj` is there")
    messages = record[name]
    if not isinstance(messages, list):
        raise _RecordError("wrong_type", f"not a list: at $.{name}")
    found: list[dict[str, Any]] = []
    for index, message in enumerate(cast("list[Any]", messages)):
        if not isinstance(message, dict):
            raise _RecordError("wrong_type", f"not an object: at $.{name}[{index}]")
        role = cast("dict[str, Any]", message).get("role")
        if not isinstance(role, str) or role not in _ROLES:
            raise _RecordError("unknown_value", f"no role of OpenAI chat messages: at $.{name}[{index}].role")
        found.append(cast("dict[str, Any]", message))
    return name, found


def _converted(message: dict[str, Any], place: str) -> Message:
    content = message.get("content")
    if content is not None and not isinstance(content, str | list):
        raise _RecordError("wrong_type", f"neither text nor a list of parts: at {place}.content")
    return to_message(message)


def _span_id(trace_id: str, index: int) -> str:
    return event_id("openai-chat-span", trace_id, str(index))[:16]


def _text(values: Mapping[str, Any], name: str) -> str | None:
    value = values.get(name)
    return value if isinstance(value, str) and value else None
