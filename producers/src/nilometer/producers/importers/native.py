"""The native format: one JSON object of a RawEvent a line."""

from collections.abc import Iterator
from pathlib import Path

import msgspec

from nilometer.producers.importers.lines import Imported, Line, Refused, read_lines
from nilometer.schemas.event import RawEvent
from nilometer.schemas.violation import describe

_DECODER: msgspec.json.Decoder[RawEvent] = msgspec.json.Decoder(RawEvent)  # pyright: ignore[reportArgumentType]


def read_native(path: Path) -> Iterator[Imported | Refused]:
    for line in read_lines(path):
        yield line if isinstance(line, Refused) else _decode(line)


def _decode(line: Line) -> Imported | Refused:
    try:
        event = _DECODER.decode(line.data)
        # What the decoder takes and the wire cannot carry, e.g. half a surrogate pair, is refused here.
        msgspec.json.encode(event)
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        return Refused(line.number, *describe(error), line.data)
    return Imported(event, line.number)
