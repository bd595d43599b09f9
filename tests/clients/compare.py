"""What a model server served against the rows of `calls`: what differs, and what a client never sent."""

import json
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from nilometer.schemas.settings import Settings
from tests.support.lake import rows

Json = dict[str, Any]
TOKENS = ("input_tokens", "output_tokens", "cache_read_tokens", "cache_write_tokens", "reasoning_tokens")
QUERY = """
    SELECT
        trace_id, span_id, operation, status, error_type, coalesce(response_model, request_model) AS model,
        request_model, response_id, input_messages::VARCHAR AS given, output_messages::VARCHAR AS answered,
        user_id, session_id, project, provider, finish_reason,
        input_tokens, output_tokens, cache_read_tokens, cache_write_tokens, reasoning_tokens
    FROM calls ORDER BY started_at, span_id
"""


def call_rows(settings: Settings) -> list[Json]:
    return rows(settings, QUERY)


def differences(truth: Iterable[Json], calls: Iterable[Json], traces: Collection[str]) -> dict[str, list[str]]:
    """Kind of call → what its rows do not say of it, or say otherwise. Nothing where all rows are the truth.

    `calls`: what `call_rows` gave; of them those in `traces`. A kind is the path's end, and `stream` or `failed`:
    "chat/completions stream". Fields that are NULL stand by their names; a wrong value stands with both:
    "input_tokens=7!=5"."""
    made = _made(truth)
    left = {i: row for i, row in enumerate(calls) if row["trace_id"] in traces}
    pairs = sorted(
        ((_likeness(line, row), -i, -j) for i, line in enumerate(made) for j, row in left.items()), reverse=True
    )
    matched: dict[int, Json] = {}
    for likeness, i, j in pairs:
        if likeness > 1 and -i not in matched and -j in left:
            matched[-i] = left.pop(-j)
    found: dict[str, set[str]] = {}
    for i, line in enumerate(made):
        fields = _fields(line, matched[i]) if i in matched else ["row"]
        found.setdefault(_kind(line), set()).update(fields)
    for row in left.values():
        kind = f"extra {row['operation']} of {row['model']} ({row['span_id']})"
        found.setdefault(kind, set()).add(f"{row['status']} {row['input_tokens']} {row['response_id']}")
    return {kind: sorted(names) for kind, names in sorted(found.items()) if names}


def _made(truth: Iterable[Json]) -> list[Json]:
    """Calls that clients made: those that a library repeated by itself are one to it."""
    calls: list[Json] = []
    failed: set[tuple[str, str]] = set()
    for line in truth:
        key = (line["path"], line["model"])
        if line["status"] != 200:
            if key in failed:
                continue
            failed.add(key)
        calls.append(line)
    return calls


def _kind(line: Json) -> str:
    path = line["path"].rpartition("/v1/")[2].removeprefix("/").removeprefix("v1beta/").removeprefix("v2/")
    if line["status"] != 200:
        return f"{path} failed"
    return f"{path} stream" if line.get("stream") else path


def _likeness(line: Json, row: Json) -> int:
    if row["status"] != ("ok" if line["status"] == 200 else "error"):
        return 2 * (line["model"] in (row["model"], row["request_model"]) and line["status"] != 200)
    if line["status"] != 200:
        return 2 + 4 * _is_model(line, row) + _asked(line, row)
    points = 16 * (row["response_id"] is not None and row["response_id"] == line.get("response_id"))
    points += 8 * (row["input_tokens"] is not None and row["input_tokens"] == tokens(line)["input_tokens"])
    points += 4 * bool(line.get("said") and _said(line, row))
    points += 2 * _is_model(line, row)
    if (row["operation"] == "embeddings") != _embeds(line):
        return points // 2
    return points


def _is_model(line: Json, row: Json) -> bool:
    """Whether it is that model, with a provider's name before it, or without the date behind it."""
    names = [str(row[name]).rpartition("/")[2] for name in ("model", "request_model")]
    return any(model.endswith(name) for name in names for model in (line["model"], line.get("requested", "")))


def _asked(line: Json, row: Json) -> bool:
    return not line.get("asked") or line["asked"] in _text(row["given"])


def _said(line: Json, row: Json) -> bool:
    return not line.get("said") or line["said"] in _text(row["answered"])


def _embeds(line: Json) -> bool:
    return "mbed" in line["path"] or "embed" in line["model"]


def _fields(line: Json, row: Json) -> Iterable[str]:
    failed = line["status"] != 200
    if row["status"] != ("error" if failed else "ok"):
        yield f"status={row['status']}"
    if (row["operation"] == "embeddings") != _embeds(line):
        yield f"operation={row['operation']}"
    if line["model"] != row["model"]:
        # Who asks for gpt-4o is answered by gpt-4o-2024-08-06: some clients know only what they asked for.
        yield (
            "model"
            if row["model"] is None
            else "response_model"
            if _is_model(line, row)
            else f"model={row['model']}!={line['model']}"
        )
    if row["provider"] is None:
        yield "provider"
    if failed:
        yield from (f"{name}={row[name]}" for name in TOKENS if row[name] is not None)
        if row["error_type"] is None:
            yield "error_type"
        if not _asked(line, row):
            yield "input_messages"
        return
    if row["response_id"] != line["response_id"]:
        yield (
            "response_id" if row["response_id"] is None else f"response_id={row['response_id']}!={line['response_id']}"
        )
    for name, value in tokens(line).items():
        # A count of 0 that the server did not serve is the client's, and no contradiction.
        if row[name] != value and not (value is None and row[name] == 0):
            yield name if row[name] is None else f"{name}={row[name]}!={value}"
    if not _embeds(line):
        if not _asked(line, row):
            yield "input_messages"
        if not _said(line, row):
            yield "output_messages"
    for name in ("user_id", "session_id", "project"):
        if row[name] is None:
            yield name
    if row["finish_reason"] is None and not _embeds(line):
        yield "finish_reason"


def _text(value: str | None) -> str:
    """All texts of messages, joined."""
    if value is None:
        return ""
    found: list[str] = []

    def walk(node: Any) -> None:
        if isinstance(node, dict):
            for inner in node.values():
                walk(inner)
        elif isinstance(node, list):
            for inner in node:
                walk(inner)
        elif isinstance(node, str):
            found.append(node)

    walk(json.loads(value))
    return "\n".join(found)


def tokens(line: Json) -> dict[str, int | None]:
    """What was served, by OpenTelemetry's rule: input with what was cached, output with what was thought."""
    usage: Mapping[str, Any] = line.get("usage") or {}
    if "promptTokenCount" in usage:
        return _counts(
            usage["promptTokenCount"],
            usage["candidatesTokenCount"] + usage["thoughtsTokenCount"],
            usage["cachedContentTokenCount"],
            None,
            usage["thoughtsTokenCount"],
        )
    if "inputTokens" in usage:
        read, write = usage["cacheReadInputTokens"], usage["cacheWriteInputTokens"]
        return _counts(usage["inputTokens"] + read + write, usage["outputTokens"], read, write, None)
    if "billed_units" in usage:
        inner = usage["tokens"]
        return _counts(inner["input_tokens"], inner["output_tokens"], usage["cached_tokens"], None, None)
    ins = usage.get("prompt_tokens_details") or usage.get("input_tokens_details") or {}
    outs = usage.get("completion_tokens_details") or usage.get("output_tokens_details") or {}
    read = ins.get("cached_tokens", usage.get("cache_read_input_tokens"))
    write = usage.get("cache_creation_input_tokens")
    taken = usage.get("prompt_tokens", usage.get("input_tokens"))
    if write is not None and taken is not None:
        taken += (read or 0) + write
    given = usage.get("completion_tokens", usage.get("output_tokens"))
    return _counts(taken, given, read, write, outs.get("reasoning_tokens"))


def _counts(*values: int | None) -> dict[str, int | None]:
    return dict(zip(TOKENS, values, strict=True))
