"""What is remembered of values that were masked before: agents send their whole history with every call.

Values are units, such as one message. A unit is known by a keyed hash of its content, under a key that only this
process knows; what is remembered are offsets, kinds and what was written. So a unit that comes again costs one hash,
and the memory holds no text. It belongs to one masker, hence to one policy and one version of the engine.
"""

import hashlib
import marshal
import secrets
from collections import OrderedDict
from collections.abc import Iterable
from typing import Any, Generic, NamedTuple, TypeVar

from nilometer.streams.mask.actions import Actions
from nilometer.streams.mask.delta import Delta
from nilometer.streams.mask.learn import Heard

Value = TypeVar("Value")


class Told(NamedTuple):
    """A value that a unit gave away. `name`: a keyed hash of what it is; `method`, `kind`: what is learned from it."""

    name: bytes
    method: str
    kind: str
    start: int
    end: int
    """Bytes of the unit's content."""

    def heard(self, content: bytes) -> Heard:
        return Heard(self.method, self.kind, content[self.start : self.end].decode())


class Masked(NamedTuple):
    """How a unit looked after masking, and what was counted."""

    change: Delta | None
    counts: tuple[tuple[str, int], ...]


class Bounded(Generic[Value]):
    """The entries that were used longest ago make room."""

    def __init__(self, max_entries: int) -> None:
        self._max = max_entries
        self._entries: OrderedDict[bytes, Value] = OrderedDict()

    def __len__(self) -> int:
        return len(self._entries)

    def get(self, key: bytes) -> Value | None:
        found = self._entries.get(key)
        if found is not None:
            self._entries.move_to_end(key)
        return found

    def put(self, key: bytes, value: Value) -> None:
        self._entries[key] = value
        if len(self._entries) > self._max:
            self._entries.popitem(last=False)


class Memory:
    """Of one masker."""

    def __init__(self, max_units: int) -> None:
        self._hash = hashlib.blake2b(digest_size=16, key=secrets.token_bytes(32))
        self.told: Bounded[tuple[Told, ...]] = Bounded(max_units)
        """By unit: what it gives away."""
        self.masked: Bounded[Masked] = Bounded(max_units)
        """By unit and what was learned in its event, and by unit and what of that stands in it."""
        self._numbers: dict[Actions, int] = {}

    def __repr__(self) -> str:
        return f"Memory({len(self.told)} units, {len(self.masked)} masked)"

    def place(self, actions: Actions, mode: str) -> bytes:
        """What stands for a policy and a way of visiting in the keys of units."""
        number = self._numbers.setdefault(actions, len(self._numbers))
        return f"{number} {mode}\x00".encode()

    def key(self, content: bytes, place: bytes) -> bytes:
        """Of a unit: its content and what else its result depends on."""
        return self._digest(b"unit\x00", place, content)

    def name(self, heard: Heard) -> bytes:
        """Of a value that was given away."""
        head = f"value\x00{heard.method}\x00{heard.kind}\x00".encode()
        return self._digest(head, heard.text.encode("utf-8", "surrogatepass"))

    def told_by(self, heard: Heard, content: bytes) -> Told | None:
        """The value by its place in the content of its unit. None where it is written otherwise there."""
        try:
            written = heard.text.encode()
        except UnicodeEncodeError:
            return None
        start = content.find(written)
        return None if start < 0 else Told(self.name(heard), heard.method, heard.kind, start, start + len(written))

    def total(self, names: Iterable[bytes]) -> bytes:
        """Of a set of such values."""
        return self._digest(b"values\x00", *sorted(names))

    def _digest(self, *parts: bytes) -> bytes:
        made = self._hash.copy()
        for part in parts:
            made.update(part)
        return made.digest()


def content_of(value: Any) -> bytes | None:
    """The same bytes for equal values of equal types only. None for what is no plain value; strings are UTF-8 in it."""
    try:
        # Of this version, for later ones mark which objects are shared.
        return marshal.dumps(value, 0)
    except ValueError:
        return None
