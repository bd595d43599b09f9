"""Native events: CloudEvents in their three HTTP modes, and plain feedback, to lines of the native format."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

import msgspec

from nilometer.producers.gateway.otlp import PIECE_BYTES, Piece, Taken, largest_body
from nilometer.producers.gateway.refusals import Kind, RefusedError
from nilometer.schemas.event import RawEvent
from nilometer.schemas.feedback import RawFeedback
from nilometer.schemas.settings import Settings
from nilometer.schemas.span import RawSpan
from nilometer.schemas.wire import MAX_BATCH_EVENTS

STRUCTURED = "application/cloudevents+json"
BATCH = "application/cloudevents-batch+json"
JSON = "application/json"
TYPES = {f"dev.nilometer.{kind}.v1": kind for kind in ("span", "feedback", "score")}
MAX_REASONS = 20
"""Of rejected events that an answer says one by one."""

_EVENT: msgspec.json.Decoder[RawEvent] = msgspec.json.Decoder(RawEvent)  # pyright: ignore[reportArgumentType]


class _CloudEvent(msgspec.Struct, frozen=True):
    """What we need of it; further context attributes are let be."""

    specversion: str
    id: str
    source: str
    type: str
    data: msgspec.Raw = msgspec.Raw()
    datacontenttype: str | None = None


_STRUCTURED = msgspec.json.Decoder(_CloudEvent)
_LIST = msgspec.json.Decoder(list[msgspec.Raw])


@dataclass(frozen=True)
class Form:
    """How events come in. `context` are the ce- headers of the binary mode, without that prefix."""

    mode: Literal["binary", "structured", "batch", "feedback"]
    context: Mapping[str, str] = field(default_factory=dict[str, str])


class _BadError(Exception):
    """One event that is not taken. Its text holds no values."""


def take(body: bytes, form: Form, settings: Settings, project: str | None) -> Taken:
    """The events as native lines. Raises RefusedError where none can be taken: bad_body, too_large."""
    try:
        documents = _documents(body, form)
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise RefusedError(Kind.bad_body, "the body is not a JSON array" if _is_list(body, form) else _NOT) from None
    except RecursionError:
        raise RefusedError(Kind.bad_body, "the body is nested too deeply") from None
    limit = settings.gateway.max_spans
    if len(documents) > limit:
        raise RefusedError(Kind.too_large, f"more than {limit} events (gateway.max_spans)")
    most = min(largest_body(settings), settings.validation.max_span_bytes)
    lines: list[bytes] = []
    bad: list[str] = []
    for index, document in enumerate(documents):
        try:
            line = _line(document, form, project)
            if len(line) > most:
                raise _BadError(f"an event of more than {most} bytes")
            lines.append(line)
        except _BadError as error:
            bad.append(f"event {index}: {error}" if form.mode == "batch" or len(documents) > 1 else str(error))
    message = "; ".join(bad[:MAX_REASONS]) + (f"; and {len(bad) - MAX_REASONS} more" if bad[MAX_REASONS:] else "")
    if bad and not lines:
        raise RefusedError(Kind.bad_body, message)
    return Taken(list(_pieces(lines)), len(lines), len(bad), message)


_NOT = "the body is not JSON in UTF-8"


def _is_list(body: bytes, form: Form) -> bool:
    return form.mode == "batch"


def _documents(body: bytes, form: Form) -> list[bytes]:
    if form.mode == "batch" or (form.mode == "feedback" and body.lstrip()[:1] == b"["):
        return [bytes(raw) for raw in _LIST.decode(body)]
    return [body]


def _line(document: bytes, form: Form, project: str | None) -> bytes:
    """One event of the native format, checked. Raises _BadError."""
    try:
        if form.mode == "feedback":
            return _checked(document, "feedback", project)
        if form.mode == "binary":
            context = form.context
            return _checked(document, _kind(context.get("specversion"), context.get("type")), project)
        event = _STRUCTURED.decode(document)
        if event.datacontenttype not in (None, JSON):
            raise _BadError("datacontenttype is not application/json")
        return _checked(bytes(event.data), _kind(event.specversion, event.type), project)
    except msgspec.ValidationError as error:
        raise _BadError(_place(error)) from None
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise _BadError("not JSON in UTF-8") from None
    except RecursionError:
        raise _BadError("nested too deeply") from None


def _kind(version: str | None, kind: str | None) -> str:
    if version != "1.0":
        raise _BadError("specversion is not 1.0")
    found = TYPES.get(kind or "")
    if found is None:
        raise _BadError(f"type is none of {', '.join(TYPES)}")
    return found


def _checked(data: bytes, kind: str, project: str | None) -> bytes:
    """The data as one line, as it came where that can be: its tag may be left out, its project is the key's."""
    fields = msgspec.json.decode(data, type=dict[str, msgspec.Raw])
    given = fields.get("type")
    quoted = f'"{kind}"'.encode()
    if given is None:
        fields = {"type": msgspec.Raw(quoted), **fields}
    elif bytes(given) != quoted:
        raise _BadError(f"the data's type is not {kind}, which the event's type says")
    if project is not None and kind == "span":
        fields["project"] = msgspec.Raw(msgspec.json.encode(project))
    line = msgspec.json.format(msgspec.json.encode(fields), indent=-1)
    event = _EVENT.decode(line)
    if isinstance(event, RawSpan | RawFeedback) and not event.trace_id:
        raise _BadError("trace_id is empty")
    return line + b"\n"


def _place(error: msgspec.ValidationError) -> str:
    """Where it is wrong; the rest of msgspec's message may quote."""
    text, found, place = str(error).rpartition(" - at `")
    if not found:
        missing = str(error).startswith("Object missing required field")
        return str(error) if missing else "not of the form of an event"
    if text.startswith(("Expected", "Object missing required field")):
        return f"{text} at {place.rstrip('`')}"
    return f"wrong at {place.rstrip('`')}"


def _pieces(lines: list[bytes]) -> Iterator[Piece]:
    """Lines in bodies that are not too large for one record."""
    body: list[bytes] = []
    size = 0
    for line in lines:
        if body and (len(body) >= MAX_BATCH_EVENTS or size + len(line) > PIECE_BYTES):
            yield Piece(b"".join(body), len(body))
            body, size = [], 0
        body.append(line)
        size += len(line)
    if body:
        yield Piece(b"".join(body), len(body))
