"""Native events for files."""

import json
from pathlib import Path
from typing import Any

SECRET = "Sophia Thompson"


def span(number: int, **more: Any) -> dict[str, Any]:
    """A call of gpt-4o that tells a name."""
    fields: dict[str, Any] = {
        "type": "span",
        "trace_id": f"{number:032x}",
        "span_id": f"{number:016x}",
        "name": "chat gpt-4o",
        "operation": "chat",
        "provider": "openai",
        "request_model": "gpt-4o",
        "feature": "support",
        "started_at": f"2026-05-01T09:{number % 60:02d}:00Z",
        "ended_at": f"2026-05-01T09:{number % 60:02d}:01Z",
        "input_messages": [
            {"role": "user", "parts": [{"type": "text", "content": f"Hello, my name is {SECRET}. Order {number}."}]}
        ],
        "usage": {"input_tokens": 1000, "output_tokens": 100},
    }
    return fields | more


def write(path: Path, numbers: range, *broken: str) -> Path:
    lines = [json.dumps(span(number)) for number in numbers]
    path.write_text("\n".join([*lines, *broken]) + "\n", encoding="utf-8")
    return path
