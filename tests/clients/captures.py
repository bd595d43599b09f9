"""Captures of clients: tests/decode/captures/<client>.pb.gz, .logs.pb.gz and .jsonl, the truth of what was served."""

import gzip
import json
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from nilometer.schemas.settings import MaskingSettings
from nilometer.streams.mask import kinds

UNMASKED = MaskingSettings(entities=["CREDIT_CARD"], user_ids="keep", accept=[*kinds.CLASSES])
"""Whether all arrives is compared without masking, as far as it can be left out; tests/mask has the rest."""
FOLDER = Path(__file__).resolve().parents[1] / "decode" / "captures"
_FILES = re.compile(r"(?:file://)?[\w./@-]*\.build/clients/[\w./@-]+")
_PLACES = re.compile(r"^(host|process|os|telemetry\.sdk)\.")


def save(name: str, traces: list[bytes], logs: list[bytes], truth: list[dict[str, Any]], folder: Path = FOLDER) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for suffix, bodies, kind in (
        (".pb", traces, ExportTraceServiceRequest),
        (".logs.pb", logs, ExportLogsServiceRequest),
    ):
        file = folder / f"{name}{suffix}.gz"
        if bodies:
            file.write_bytes(gzip.compress(_clean(kind.FromString(b"".join(bodies))), mtime=0))
        else:
            file.unlink(missing_ok=True)
    lines = "".join(json.dumps(line, sort_keys=True) + "\n" for line in truth)
    (folder / f"{name}.jsonl").write_text(lines, encoding="utf-8")


def truth(name: str, folder: Path = FOLDER) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()]


def unpack(names: Iterable[str], into: Path, folder: Path = FOLDER) -> list[Path]:
    """The captures as files that `nilometer backfill --format otlp` takes."""
    for name in names:
        for file in folder.glob(f"{name}.*gz"):
            (into / file.name.removesuffix(".gz")).write_bytes(gzip.decompress(file.read_bytes()))
    return [into / f"{name}.pb" for name in names]


def body(name: str, folder: Path = FOLDER) -> bytes:
    """Its ExportTraceServiceRequest."""
    return gzip.decompress((folder / f"{name}.pb.gz").read_bytes())


def traces(name: str, folder: Path = FOLDER) -> set[str]:
    """The ids of its traces."""
    request = ExportTraceServiceRequest.FromString(body(name, folder))
    groups = [scoped for group in request.resource_spans for scoped in group.scope_spans]
    return {span.trace_id.hex() for scoped in groups for span in scoped.spans}


def names(folder: Path = FOLDER) -> list[str]:
    return sorted(file.name.removesuffix(".jsonl") for file in folder.glob("*.jsonl"))


def _clean(request: Any) -> bytes:
    """Without what tells of the machine (its name, its processes, all but the ends of stack traces), and Logfire's
    schemas, which are larger than all the rest."""
    groups = getattr(request, "resource_spans", None) or getattr(request, "resource_logs", None) or []
    for group in groups:
        kept = [a for a in group.resource.attributes if not _PLACES.match(a.key)]
        del group.resource.attributes[:]
        group.resource.attributes.extend(kept)
        for scoped in getattr(group, "scope_spans", None) or getattr(group, "scope_logs", None) or []:
            for span in getattr(scoped, "spans", ()):
                for holder in (span, *span.events):
                    _shorten(holder.attributes)
                span.status.message = _anonymous(span.status.message)
            for log in getattr(scoped, "log_records", ()):
                _shorten(log.attributes)
    return request.SerializeToString()


def _anonymous(text: str) -> str:
    return _FILES.sub("app.py", text)


def _shorten(attributes: Any) -> None:
    kept = [a for a in attributes if a.key != "logfire.json_schema"]
    if len(kept) < len(attributes):
        del attributes[:]
        attributes.extend(kept)
    for attribute in attributes:
        text = attribute.value.string_value
        if "stacktrace" in attribute.key or "Traceback (most recent call last)" in text:
            text = text.strip().rpartition("\n")[2]
        if ".build/clients" in text:
            text = _anonymous(text)
        if text != attribute.value.string_value:
            attribute.value.string_value = text
