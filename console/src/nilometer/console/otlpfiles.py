"""Files with one OTLP request each: `X.pb` and `X.json` of traces, `X.logs.pb` and `X.logs.json` of log records.

The logs of a file that is read are read too, if they stand beside it. Metrics say nothing of single calls: skipped.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from nilometer.schemas import wire
from nilometer.schemas.deadletter import Coordinates
from nilometer.schemas.errors import ConfigurationError
from nilometer.streams.chain import Opened, Record

_TYPES = {".pb": wire.OTLP_PROTOBUF, ".json": wire.OTLP_JSON}


@dataclass(frozen=True)
class OtlpFile:
    """A file as a body."""

    path: Path
    body: Opened


@dataclass(frozen=True)
class Skipped:
    """A file that is not read."""

    path: Path
    why: str
    wanted: bool = False
    """Whether it holds what should have been read."""


def expanded(paths: Sequence[Path]) -> list[Path]:
    """A folder stands for the OTLP files in it, not for those in folders below. Raises ConfigurationError."""
    found: list[Path] = []
    for path in paths:
        if not path.is_dir():
            found.append(path)
            continue
        inside = sorted(file for file in path.iterdir() if file.suffix in _TYPES and file.is_file())
        if not inside:
            raise ConfigurationError(f"{path}: no file in it ends with .pb or .json")
        found += inside
    return found


def read_otlp(paths: Sequence[Path], source_of: Callable[[Path], str] = str) -> Iterator[OtlpFile | Skipped]:
    """The bodies of files, traces before their logs, each file once. Raises ConfigurationError, OSError.

    `source_of` says what a file is called where it is kept.

    The first error is raised before anything is read: a name that says no format, or metrics and nothing else.
    """
    wanted: dict[Path, None] = {}
    for path in paths:
        if path.suffix not in _TYPES:
            raise ConfigurationError(f"{path}: an OTLP file ends with .pb or .json")
        wanted.setdefault(path.absolute())
        logs = path.absolute().with_suffix(f".logs{path.suffix}")
        if _signal(path) == "traces" and logs.is_file():
            wanted.setdefault(logs)
    if all(_signal(path) == "metrics" for path in wanted):
        raise ConfigurationError("these are metrics; Nilometer counts the calls themselves: give it traces")
    return _read(list(wanted), source_of)


def _read(paths: list[Path], source_of: Callable[[Path], str]) -> Iterator[OtlpFile | Skipped]:
    for path in paths:
        signal = _signal(path)
        if signal == "metrics":
            yield Skipped(path, "metrics, not read; Nilometer counts the calls themselves")
            continue
        size = path.stat().st_size
        if size > wire.MAX_BODY_BYTES:
            yield Skipped(path, f"{size} bytes, not read; one request may have {wire.MAX_BODY_BYTES}", wanted=True)
            continue
        content_type = _TYPES[path.suffix]
        headers = {"content-type": content_type, wire.SIGNAL_HEADER: signal}
        value = path.read_bytes()
        record = Record(value, headers, Coordinates(source=source_of(path), offset=1))
        yield OtlpFile(path, Opened(record, value, content_type))


def _signal(path: Path) -> str:
    second = Path(path.stem).suffix
    return {".logs": "logs", ".metrics": "metrics"}.get(second, "traces")
