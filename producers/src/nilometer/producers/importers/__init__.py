"""Importers: files of earlier traffic as RawEvents, each line of a file accounted for.

for item in read(Path("runs.jsonl"), "openai-chat"):
    match item:
        case Imported(event, line): ...
        case Refused(line, error_type, message): ...
"""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Literal

from nilometer.producers.importers.lines import MAX_LINE_BYTES, Imported, Refused
from nilometer.producers.importers.native import read_native
from nilometer.producers.importers.openai_chat import read_openai_chat

Format = Literal["native", "openai-chat"]
FORMATS: tuple[Format, ...] = ("native", "openai-chat")

__all__ = ["FORMATS", "MAX_LINE_BYTES", "Format", "Imported", "Refused", "read"]


def read(
    path: Path,
    format: Format,
    *,
    started_at: datetime | None = None,
    provider: str | None = None,
    model: str | None = None,
) -> Iterator[Imported | Refused]:
    """The events of a file, lazily. Raises OSError where the file cannot be read; a bad line is Refused, not raised.

    `started_at`, `provider` and `model` are for `openai-chat`, whose records need not say them: a time without a
    zone is taken as UTC, None is the file's modification time. The same file with the same time gives the same events.
    """
    if format == "native":
        return read_native(path)
    return read_openai_chat(path, started_at=started_at, provider=provider, model=model)
