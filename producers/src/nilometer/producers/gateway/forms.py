"""A request's two forms, protobuf and JSON, read alike: rows of (resource, scope, item), looked at and put together."""

import base64
import binascii
import re
from collections.abc import Hashable, Iterable, Iterator, Sequence
from typing import Any, NamedTuple, Protocol

import msgspec
from google.protobuf.message import DecodeError

from nilometer.producers.gateway import otlpjson
from nilometer.producers.gateway.refusals import Kind, RefusedError
from nilometer.producers.gateway.signals import METRICS, Signal, camel

_POINTS = ("gauge", "sum", "histogram", "exponential_histogram", "summary")
_HEX = re.compile(r"[0-9a-fA-F]+")


class Row(NamedTuple):
    """One span or log record, and the places of its resource and scope."""

    resource: int
    scope: int
    item: Any


class Form(Protocol):
    """A request that could be read."""

    def trace(self, item: Any) -> Hashable:
        """The trace of an item, as it is written; empty where it has none."""
        ...

    def attributes(self, item: Any) -> Iterator[Sequence[Any]]:
        """All lists of attributes of an item."""
        ...

    def rows(self) -> Iterable[Row]:
        """What is in it, in order; of metrics the data points."""
        ...

    def identified(self, item: Any) -> bool:
        """Whether an item has the ids that it must have."""
        ...

    def depth_and_size(self, item: Any, max_depth: int, measure: bool) -> tuple[int, int]:
        """How deep its deepest attribute is nested (1: not at all), at most max_depth + 1, and, if `measure`, the
        bytes of its largest one (else 0)."""
        ...

    def size(self, row: Row) -> int:
        """Bytes of an item as it is sent."""
        ...

    def assemble(self, rows: Sequence[Row]) -> bytes:
        """A request with these rows only, in the same form."""
        ...


def read(signal: Signal, body: bytes, *, json: bool) -> "ProtobufForm | JsonForm":
    """Raises RefusedError(bad_body)."""
    try:
        return JsonForm(signal, body) if json else ProtobufForm(signal, body)
    except UnicodeDecodeError:
        raise RefusedError(Kind.bad_body, "the body is not UTF-8") from None
    except RecursionError:
        raise RefusedError(Kind.bad_body, "the body is nested too deeply") from None
    except msgspec.ValidationError as error:
        # The path is of field names that we know; the rest of the message may quote.
        place = str(error).rpartition(" - at `")[2].rstrip("`") or "$"
        name = signal.request.DESCRIPTOR.name
        raise RefusedError(Kind.bad_body, f"the body is not the JSON of an {name}: see {place}") from None
    except (msgspec.DecodeError, DecodeError):
        form = "JSON" if json else "protobuf"
        name = signal.request.DESCRIPTOR.name
        raise RefusedError(Kind.bad_body, f"the body is not the {form} of an {name}") from None


class ProtobufForm:
    """ExportTraceServiceRequest and its like."""

    def __init__(self, signal: Signal, body: bytes) -> None:
        self._signal = signal
        self._message: Any = signal.request.FromString(body)
        if body and not getattr(self._message, signal.resources):
            raise _nothing_known(signal.resources)

    def rows(self) -> Iterator[Row]:
        signal = self._signal
        for r, resource in enumerate(getattr(self._message, signal.resources)):
            for s, scope in enumerate(getattr(resource, signal.scopes)):
                for item in getattr(scope, signal.items):
                    if signal is METRICS:
                        kind = item.WhichOneof("data")
                        for point in getattr(item, kind).data_points if kind else ():
                            yield Row(r, s, point)
                    else:
                        yield Row(r, s, item)

    def identified(self, item: Any) -> bool:
        return len(item.trace_id) == 16 and len(item.span_id) == 8 and any(item.trace_id) and any(item.span_id)

    def trace(self, item: Any) -> Hashable:
        return bytes(item.trace_id)

    def attributes(self, item: Any) -> Iterator[Sequence[Any]]:
        yield item.attributes
        if item.DESCRIPTOR.name == "Span":
            for event in item.events:
                yield event.attributes
            for link in item.links:
                yield link.attributes

    def depth_and_size(self, item: Any, max_depth: int, measure: bool) -> tuple[int, int]:
        deepest, largest = 1, 0
        for attributes in self.attributes(item):
            for attribute in attributes:
                value = attribute.value
                if value.HasField("kvlist_value") or value.HasField("array_value"):
                    deepest = max(deepest, self._depth(value, max_depth))
                if measure:
                    largest = max(largest, attribute.ByteSize())
        if item.DESCRIPTOR.name == "LogRecord":
            deepest = max(deepest, self._depth(item.body, max_depth))
            largest = max(largest, item.body.ByteSize()) if measure else 0
        return deepest, largest

    def size(self, row: Row) -> int:
        return row.item.ByteSize()

    def assemble(self, rows: Sequence[Row]) -> bytes:
        signal = self._signal
        out: Any = signal.request()
        out.MergeFrom(self._message)
        out.ClearField(signal.resources)
        last: tuple[int, int] | None = None
        resource: Any = None
        scope: Any = None
        for row in rows:
            old_resource = getattr(self._message, signal.resources)[row.resource]
            if last is None or last[0] != row.resource:
                resource = getattr(out, signal.resources).add()
                _copy_head(resource, old_resource, signal.scopes)
            if last != row[:2]:
                scope = getattr(resource, signal.scopes).add()
                _copy_head(scope, getattr(old_resource, signal.scopes)[row.scope], signal.items)
            last = row.resource, row.scope
            getattr(scope, signal.items).add().CopyFrom(row.item)
        return out.SerializeToString()

    def _depth(self, value: Any, left: int) -> int:
        if left == 0:
            return 1
        if value.HasField("array_value"):
            return 1 + max((self._depth(v, left - 1) for v in value.array_value.values), default=0)
        if value.HasField("kvlist_value"):
            return 1 + max((self._depth(kv.value, left - 1) for kv in value.kvlist_value.values), default=0)
        return 1


def _nothing_known(name: str) -> RefusedError:
    """What was sent is something, but not this."""
    return RefusedError(Kind.bad_body, f"the body has no {name}")


def _copy_head(new: Any, old: Any, but: str) -> None:
    """All fields of a message but the one that repeats: it may hold thousands, so it is not copied first."""
    for field, value in old.ListFields():
        if field.name == but:
            continue
        if field.message_type is not None:
            getattr(new, field.name).CopyFrom(value)
        else:
            setattr(new, field.name, value)


class JsonForm:
    """The same in proto3's JSON."""

    def __init__(self, signal: Signal, body: bytes) -> None:
        self._signal = signal
        self._body = body
        body.decode()
        self._read: Any = signal.json.decode(body)
        self._document: Any = None
        if getattr(self._read, signal.resources) is None and self._whole():
            raise _nothing_known(camel(signal.resources))

    def rows(self) -> Iterator[Row]:
        signal = self._signal
        for r, resource in enumerate(getattr(self._read, signal.resources) or ()):
            for s, scope in enumerate(getattr(resource, signal.scopes) or ()):
                for i, item in enumerate(getattr(scope, signal.items) or ()):
                    if signal is METRICS:
                        for name in _POINTS:
                            for point in getattr(getattr(item, name), "data_points", None) or ():
                                yield Row(r, s, point)
                    else:
                        yield Row(r, s, (i, item))

    def identified(self, item: Any) -> bool:
        return _is_id(item[1].trace_id, 16) and _is_id(item[1].span_id, 8)

    def trace(self, item: Any) -> Hashable:
        return str(item[1].trace_id or "")

    def attributes(self, item: Any) -> Iterator[Sequence[Any]]:
        record = item[1]
        yield record.attributes or ()
        if isinstance(record, otlpjson.Span):
            for part in (*(record.events or ()), *(record.links or ())):
                yield part.attributes or ()

    def depth_and_size(self, item: Any, max_depth: int, measure: bool) -> tuple[int, int]:
        deepest, largest = 1, 0
        for attributes in self.attributes(item):
            for attribute in attributes:
                deepest = max(deepest, self._depth(attribute.value, max_depth))
                if measure:
                    largest = max(largest, len(msgspec.json.encode(attribute)))
        if isinstance(item[1], otlpjson.LogRecord) and item[1].body is not None:
            deepest = max(deepest, self._depth(item[1].body, max_depth))
            largest = max(largest, len(msgspec.json.encode(item[1].body))) if measure else 0
        return deepest, largest

    def size(self, row: Row) -> int:
        return len(msgspec.json.encode(self._original(row)))

    def assemble(self, rows: Sequence[Row]) -> bytes:
        signal = self._signal
        resources, scopes, items = camel(signal.resources), camel(signal.scopes), camel(signal.items)
        document = self._whole()
        out: list[Any] = []
        last: tuple[int, int] | None = None
        for row in rows:
            old = document[resources][row.resource]
            if last is None or last[0] != row.resource:
                out.append({**old, scopes: []})
            if last != row[:2]:
                out[-1][scopes].append({**old[scopes][row.scope], items: []})
            last = row.resource, row.scope
            out[-1][scopes][-1][items].append(self._original(row))
        return msgspec.json.encode({**document, resources: out})

    def _whole(self) -> Any:
        """The body with all that we know nothing of; read only where it has to be taken apart."""
        if self._document is None:
            try:
                self._document = msgspec.json.decode(self._body)
            except (UnicodeDecodeError, msgspec.DecodeError, RecursionError):
                # Of fields that it does not know, the typed decoder does not look at everything.
                raise RefusedError(Kind.bad_body, "the body is not JSON in UTF-8") from None
        return self._document

    def _original(self, row: Row) -> Any:
        signal = self._signal
        resource = self._whole()[camel(signal.resources)][row.resource]
        return resource[camel(signal.scopes)][row.scope][camel(signal.items)][row.item[0]]

    def _depth(self, value: otlpjson.AnyValue | None, left: int) -> int:
        if value is None or left == 0:
            return 1
        if value.array_value is not None:
            return 1 + max((self._depth(v, left - 1) for v in value.array_value.values or ()), default=0)
        if value.kvlist_value is not None:
            return 1 + max((self._depth(kv.value, left - 1) for kv in value.kvlist_value.values or ()), default=0)
        return 1


def _is_id(text: str, size: int) -> bool:
    """Hexadecimal, as OTLP has it, or base64, as proto3's JSON would have it and some clients send it; never zero."""
    if len(text) == 2 * size and _HEX.fullmatch(text):
        return text.strip("0") != ""
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return False
    return len(data) == size and any(data)
