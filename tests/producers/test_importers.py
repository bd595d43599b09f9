"""Importers: real conversations, broken files, and any bytes at all."""

import json
import tempfile
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis
from hypothesis import strategies as st

from nilometer.producers.importers import FORMATS, MAX_LINE_BYTES, Format, Imported, Refused, read
from nilometer.producers.importers.lines import Line, read_lines
from nilometer.schemas.event import RawEvent
from nilometer.schemas.span import RawSpan, Usage
from nilometer.schemas.wire import encode_jsonl
from tests.producers.support import span

AT = datetime(2026, 1, 1, tzinfo=UTC)
CONVERSATION: dict[str, Any] = {
    "task": 3,
    "messages": [
        {"role": "system", "content": "be kind"},
        {"role": "user", "content": "where is my order?"},
        {
            "role": "assistant",
            "content": None,
            "tool_calls": [{"id": "c1", "type": "function", "function": {"name": "look", "arguments": '{"order": 7}'}}],
        },
        {"role": "tool", "tool_call_id": "c1", "content": "sent"},
        {"role": "assistant", "content": "it was sent", "usage": {"prompt_tokens": 9, "completion_tokens": 3}},
    ],
}


def conversations(path: Path, *records: object) -> Path:
    path.write_text("".join(json.dumps(record) + "\n" for record in records))
    return path


def spans(
    path: Path, *, started_at: datetime | None = AT, provider: str | None = None, model: str | None = None
) -> list[RawSpan]:
    found: list[RawSpan] = []
    for item in read(path, "openai-chat", started_at=started_at, provider=provider, model=model):
        assert isinstance(item, Imported), item
        assert isinstance(item.event, RawSpan)
        found.append(item.event)
    return found


def refused(path: Path, format: Format = "openai-chat") -> list[tuple[int, str, str]]:
    return [(r.line, r.error_type, r.message) for r in read(path, format) if isinstance(r, Refused)]


@pytest.mark.real_data
def test_real_conversations(shared_data: Path) -> None:
    path = shared_data / "tau_airline_gpt4o.jsonl"
    found = spans(path)
    assert Counter(s.operation for s in found) == {"invoke_agent": 100, "chat": 1_229, "execute_tool": 572}
    assert len({s.trace_id for s in found}) == 100
    assert len({s.event_id for s in found}) == 1_901
    assert all(s.tool_name and s.tool_arguments is not None for s in found if s.operation == "execute_tool")
    assert [s.event_id for s in found] == [s.event_id for s in spans(path)]
    assert encode_jsonl(found) == encode_jsonl(spans(path))
    roots = [s for s in found if s.operation == "invoke_agent"]
    assert set(roots[0].attributes) == {
        "nilometer.time_source", "record.task_id", "record.reward", "record.info", "record.trial",
    }  # fmt: skip
    assert all(s.usage is None for s in found)


def test_a_conversation_is_a_root_with_calls_and_tools(tmp_path: Path) -> None:
    root, first, tool, second = spans(conversations(tmp_path / "c.jsonl", CONVERSATION))
    assert (root.operation, root.parent_span_id, root.attributes) == (
        "invoke_agent", None, {"nilometer.time_source": "given", "record.task": 3},
    )  # fmt: skip
    assert {s.parent_span_id for s in (first, tool, second)} == {root.span_id}
    assert {s.trace_id for s in (first, tool, second)} == {root.trace_id}
    assert [len(s.input_messages or []) for s in (first, second)] == [2, 4]
    assert first.output_messages == [
        {"role": "assistant", "parts": [{"type": "tool_call", "id": "c1", "name": "look", "arguments": {"order": 7}}]}
    ]
    assert (tool.tool_name, tool.tool_call_id, tool.tool_arguments, tool.tool_result) == (
        "look", "c1", {"order": 7}, "sent",
    )  # fmt: skip
    assert first.usage is None
    assert second.usage == Usage(input_tokens=9, output_tokens=3)
    starts = [s.started_at for s in (root, first, tool, second)]
    assert starts == sorted(starts)
    assert starts[1] - starts[0] == timedelta(milliseconds=3)
    assert all(s.ended_at is None for s in (root, first, tool, second))


def test_identical_conversations_are_distinct_and_other_lines_do_not_matter(tmp_path: Path) -> None:
    other = CONVERSATION | {"task": 4}
    once = spans(conversations(tmp_path / "a.jsonl", CONVERSATION))
    twice = spans(conversations(tmp_path / "b.jsonl", other, CONVERSATION, CONVERSATION))
    ids = [s.trace_id for s in twice if s.operation == "invoke_agent"]
    assert len(set(ids)) == 3
    assert ids[1] == once[0].trace_id


def test_times_without_a_given_one_come_from_the_file(tmp_path: Path) -> None:
    path = conversations(tmp_path / "c.jsonl", CONVERSATION)
    root = spans(path, started_at=None)[0]
    assert abs(root.started_at.timestamp() - path.stat().st_mtime) < 0.001
    assert root.attributes["nilometer.time_source"] == "file_mtime"
    assert spans(path, started_at=datetime(2026, 1, 1))[0].started_at == AT  # noqa: DTZ001


def test_model_provider_and_tools(tmp_path: Path) -> None:
    path = conversations(tmp_path / "c.jsonl", CONVERSATION | {"model": "gpt-4o", "tools": [{"name": "look"}]})
    call = spans(path, model="other", provider="openai")[1]
    assert (call.request_model, call.provider, call.name) == ("gpt-4o", "openai", "chat gpt-4o")
    assert call.tool_definitions == [{"name": "look"}]


@pytest.mark.parametrize(
    ("line", "error_type", "place"),
    [
        ("{", "malformed_json", ""),
        ("[]", "wrong_type", ""),
        ('{"a": 1}', "missing_field", "messages"),
        ('{"messages": "SECRET"}', "wrong_type", "$.messages"),
        ('{"traj": [{"role": "user", "content": "x"}, 3]}', "wrong_type", "$.traj[1]"),
        ('{"messages": [{"role": "SECRET"}]}', "unknown_value", "$.messages[0].role"),
        ('{"messages": [{"role": "user", "content": {"SECRET": 1}}]}', "wrong_type", "$.messages[0].content"),
        ('{"messages": [{"role": "user", "content": "\\ud800"}]}', "malformed_json", ""),
    ],
)
def test_bad_conversations_are_refused_and_the_rest_flows(
    tmp_path: Path, line: str, error_type: str, place: str
) -> None:
    path = tmp_path / "c.jsonl"
    path.write_text(f"{json.dumps(CONVERSATION)}\n{line}\n\n{json.dumps(CONVERSATION)}\n")
    items = list(read(path, "openai-chat"))
    [bad] = [item for item in items if isinstance(item, Refused)]
    assert (bad.line, bad.error_type, bad.original) == (2, error_type, line.encode())
    assert place in bad.message
    assert "SECRET" not in bad.message
    assert sorted({item.line for item in items}) == [1, 2, 4]


@pytest.mark.parametrize(
    ("line", "error_type", "place"),
    [
        (b"{", "malformed_json", ""),
        (b"\xff", "malformed_json", ""),
        (b'{"type":"SECRET"}', "unknown_value", "$.type"),
        (b'{"type":"span","trace_id":7}', "wrong_type", "$.trace_id"),
        (b'{"type":"span","SECRET":7}', "unknown_field", ""),
        (b'{"type":"span"}', "missing_field", ""),
        (b'{"type":"span","status":"SECRET"}', "unknown_value", "$.status"),
        (b'{"type":"span","started_at":"SECRET"}', "wrong_type", "$.started_at"),
        (b'{"type":"span","trace_id":"\\ud800"}', "malformed_json", ""),
    ],
)
def test_bad_native_lines_are_refused_and_the_rest_flows(
    tmp_path: Path, line: bytes, error_type: str, place: str
) -> None:
    path = tmp_path / "n.jsonl"
    path.write_bytes(encode_jsonl([span(1)]) + line + b"\r\n" + encode_jsonl([span(2)]))
    first, bad, last = read(path, "native")
    assert first == Imported(span(1), 1)
    assert last == Imported(span(2), 3)
    assert isinstance(bad, Refused)
    assert (bad.line, bad.error_type, bad.original) == (2, error_type, line)
    assert place in bad.message
    assert "SECRET" not in bad.message


def test_a_byte_order_mark_is_no_matter(tmp_path: Path) -> None:
    path = tmp_path / "n.jsonl"
    path.write_bytes(b"\xef\xbb\xbf" + encode_jsonl([span(1)]))
    assert list(read(path, "native")) == [Imported(span(1), 1)]


@pytest.mark.parametrize("format", FORMATS)
def test_invariant_6_a_line_of_50_mb_is_refused(tmp_path: Path, format: Format) -> None:
    path = tmp_path / "n.jsonl"
    with path.open("wb") as file:
        file.write(b'{"a":"')
        for _ in range(50):
            file.write(b"x" * 1_000_000)
        file.write(b'"}\n{"messages":[]}\n')
    items = list(read(path, format))
    assert isinstance(items[0], Refused)
    assert (items[0].line, items[0].error_type, items[0].original) == (1, "too_large", b"")
    assert "50000008" in items[0].message
    assert items[1].line == 2


def test_lines_at_the_limit(tmp_path: Path) -> None:
    path = tmp_path / "n.jsonl"
    path.write_bytes(b"abcd\nabcde\nabcdef\nabcd")
    assert list(read_lines(path, limit=5)) == [
        Line(1, b"abcd"),
        Line(2, b"abcde"),
        Refused(3, "too_large", "a line of 6 bytes: more than 5"),
        Line(4, b"abcd"),
    ]
    assert MAX_LINE_BYTES == 16 * 1024 * 1024


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        list(read(tmp_path / "no.jsonl", "native"))


def accounted(data: bytes, format: Format) -> list[Imported | Refused]:
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "f.jsonl"
        path.write_bytes(data)
        found = list(read(path, format, started_at=AT))
    lines = [n for n, line in enumerate(data.removeprefix(b"\xef\xbb\xbf").split(b"\n"), 1) if line.strip()]
    assert sorted({item.line for item in found}) == lines
    for item in found:
        if isinstance(item, Imported):
            assert msgspec.json.decode(msgspec.json.encode(item.event), type=RawEvent) == item.event
    return found


@hypothesis(max_examples=100, deadline=None, derandomize=True)
@given(st.lists(st.binary(max_size=60), max_size=5), st.sampled_from(FORMATS))
def test_any_bytes_are_accounted_for(lines: list[bytes], format: Format) -> None:
    assert all(isinstance(item, Refused) for item in accounted(b"\n".join(lines), format))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
MESSAGE = st.fixed_dictionaries(
    {"role": st.sampled_from(["system", "user", "assistant", "tool", "function"]) | JSON},
    optional={
        "content": st.text(max_size=8) | st.none() | st.lists(JSON, max_size=3) | JSON,
        "tool_calls": st.lists(
            st.fixed_dictionaries({"id": JSON, "function": st.fixed_dictionaries({"name": JSON, "arguments": JSON})})
            | JSON,
            max_size=2,
        )
        | JSON,
        "tool_call_id": JSON,
        "name": JSON,
        "usage": JSON,
    },
)


@hypothesis(max_examples=200, deadline=None, derandomize=True)
@given(
    st.lists(
        st.fixed_dictionaries({"messages": st.lists(MESSAGE, max_size=4) | JSON}, optional={"model": JSON, "x": JSON})
        | JSON,
        max_size=3,
    )
)
def test_any_json_is_accounted_for(records: list[Any]) -> None:
    lines = [json.dumps(record).encode() for record in records]
    accounted(b"\n".join(lines), "openai-chat")
    accounted(b"\n".join(lines), "native")
