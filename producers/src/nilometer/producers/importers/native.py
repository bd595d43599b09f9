"""The native format: one JSON object of a RawEvent a line."""

from collections.abc import Iterator
from pathlib import Path

import msgspec

from nilometer.producers.importers.lines import Imported, Line, Refused, read_lines
from nilometer.schemas.event import RawEvent

_DECODER: msgspec.json.Decoder[RawEvent] = msgspec.json.Decoder(RawEvent)  # pyright: ignore[reportArgumentType]

_KINDS = (
    ("Expected", "wrong_type", "a value has the wrong type"),
    ("Object contains unknown field", "unknown_field", "there is a field that the schema does not have"),
    ("Object missing required field", "missing_field", "a required field is missing"),
)


def read_native(path: Path) -> Iterator[Imported | Refused]:
    for line in read_lines(path):
        yield line if isinstance(line, Refused) else _decode(line)


def _decode(line: Line) -> Imported | Refused:
    try:
        event = _DECODER.decode(line.data)
        # What the decoder takes and the wire cannot carry, e.g. half a surrogate pair, is refused here.
        msgspec.json.encode(event)
    except msgspec.ValidationError as error:
        return Refused(line.number, *explain(error), line.data)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return Refused(line.number, "malformed_json", "the line is not JSON", line.data)
    return Imported(event, line.number)


def explain(error: msgspec.ValidationError) -> tuple[str, str]:
    """Error type and message of a schema violation: what and where, never a value nor a name that the input made up."""
    text = str(error)
    kind, what = next(((kind, what) for start, kind, what in _KINDS if text.startswith(start)), ("wrong_value", ""))
    what = what or "a value is not one of those allowed"
    _, found, place = text.rpartition(" - at `")
    # Below `[...]` are keys of free mappings: msgspec never quotes those, so a place is made of our field names.
    return kind, f"{what}: at {place.rstrip('`')}" if found else what
