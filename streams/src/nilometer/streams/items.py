"""What flows through the chain, and where it came from."""

from dataclasses import dataclass
from typing import Generic, TypeVar

from nilometer.schemas.deadletter import Coordinates

Item = TypeVar("Item", covariant=True)


@dataclass(frozen=True, slots=True)
class Record:
    """A record of the topic `raw`: a sealed batch, its headers as text, and where it came from."""

    value: bytes
    headers: dict[str, str]
    source: Coordinates


@dataclass(frozen=True, slots=True)
class Opened:
    """A record and what was sealed in it."""

    record: Record
    body: bytes
    content_type: str


@dataclass(frozen=True, slots=True)
class Sourced(Generic[Item]):
    """An item with its place of origin, which it keeps through all stages."""

    item: Item
    source: Coordinates
    original: bytes = b""
    """What a dead letter keeps, sealed: the event as a native JSON line, or what `kept_as` says. The chain sets it."""
    attempts: int = 1
    """How often it has been tried, this time included; more than 1 after `dead retry`."""
    kept_as: tuple[str, str | None] | None = None
    """Content type and signal (see `wire`) of `original` where it is no native line."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why an item goes no further. The message holds places and types, never values."""

    error_type: str
    message: str
