"""A body of OTLP to raw events: one bad record is one refusal, and the rest flows."""

from collections.abc import Callable, Iterator

import msgspec

from nilometer.schemas import wire
from nilometer.schemas.event import RawEvent
from nilometer.streams.deadletters import attempts
from nilometer.streams.decode import native
from nilometer.streams.decode.otlp import json_form, protobuf
from nilometer.streams.decode.otlp.log import log_event
from nilometer.streams.decode.otlp.records import OtlpError, OtlpSpan, Read
from nilometer.streams.decode.otlp.span import raw_span
from nilometer.streams.items import Opened, Refusal, Sourced
from nilometer.streams.steps import Context, guarded

MAX_RECORDS = 50_000
"""Spans or log records of one body. An exporter that gathers a whole trace may send that many at once."""

_READERS: dict[tuple[str, str], Callable[[bytes], Iterator[Read]]] = {
    (wire.OTLP_PROTOBUF, "traces"): protobuf.read_traces,
    (wire.OTLP_PROTOBUF, "logs"): protobuf.read_logs,
    (wire.OTLP_JSON, "traces"): json_form.read_traces,
    (wire.OTLP_JSON, "logs"): json_form.read_logs,
}


def decode(opened: Opened, ctx: Context) -> list[Sourced[RawEvent | Refusal]] | Refusal:
    """The events of a body. `Coordinates.index` is the record's position in it, from 0."""
    signal = opened.record.headers.get(wire.SIGNAL_HEADER, "traces")
    reader = _READERS.get((opened.content_type, signal))
    if reader is None:
        return Refusal("unknown_signal", f"the header {wire.SIGNAL_HEADER} must be traces or logs")
    found: list[Sourced[RawEvent | Refusal]] = []
    try:
        for index, read in enumerate(reader(opened.body)):
            if index >= MAX_RECORDS:
                return Refusal("too_many_events", f"more than {MAX_RECORDS} spans or log records in one body")
            found.append(_one(read, index, opened, signal, ctx))
    except OtlpError as error:
        return Refusal(error.error_type, str(error))
    return found


def _one(read: Read, index: int, opened: Opened, signal: str, ctx: Context) -> Sourced[RawEvent | Refusal]:
    source = msgspec.structs.replace(opened.record.source, index=index)
    tried = attempts(opened.record.headers)
    event = guarded(_event, read, ctx)
    if isinstance(event, Refusal):
        original = guarded(lambda _, __: read.alone(), read, ctx)
        kept = b"" if isinstance(original, Refusal) else original
        return Sourced(event, source, kept, tried, (opened.content_type, signal))
    project = opened.record.headers.get(wire.PROJECT_HEADER)
    if project and hasattr(event, "project"):
        event = msgspec.structs.replace(event, project=project)
    # Written as a native line and read again: the same rules hold for it as for what our own SDK sends.
    return native.reread(Sourced(event, source, b"", tried), ctx)


def _event(read: Read, ctx: Context) -> RawEvent | Refusal:
    record = read.result
    try:
        if isinstance(record, OtlpError):
            raise record
        return raw_span(record) if isinstance(record, OtlpSpan) else log_event(record, ctx.ring.pseudonym)
    except OtlpError as error:
        return Refusal(error.error_type, str(error))
    except RecursionError:
        return Refusal("too_deep", "values are nested too deeply")
