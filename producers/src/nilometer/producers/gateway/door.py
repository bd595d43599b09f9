"""The door: how many requests and bytes are inside at once. Beyond, senders are asked to come later."""

from collections.abc import Generator
from contextlib import contextmanager

from nilometer.producers.gateway.metrics import BUFFER
from nilometer.producers.gateway.refusals import Kind, RefusedError


class Room:
    """What one request takes up, from its first byte until its answer."""

    def __init__(self, door: "Door") -> None:
        self._door = door
        self.size = 0

    def grow(self, size: int) -> None:
        """Takes `size` bytes more. Raises RefusedError where the buffer is full."""
        self._door.take(size)
        self.size += size

    def shrink(self, size: int) -> None:
        """Gives `size` bytes back."""
        self._door.give(size)
        self.size -= size


class Door:
    """Counts what is inside. For one thread."""

    def __init__(self, max_requests: int, max_bytes: int) -> None:
        self._max_requests = max_requests
        self._max_bytes = max_bytes
        self.requests = 0
        self.size = 0
        self.closed = False
        """Nobody enters any more: the process is about to end."""

    @contextmanager
    def enter(self) -> Generator[Room]:
        """Room for one request. Raises RefusedError where there is none."""
        if self.closed:
            raise RefusedError(Kind.unavailable, "the gateway is about to end")
        if self.requests >= self._max_requests:
            raise RefusedError(Kind.full, "too many requests at once (gateway.max_requests)")
        self.requests += 1
        room = Room(self)
        try:
            yield room
        finally:
            self.requests -= 1
            self.give(room.size)

    def take(self, size: int) -> None:
        # Alone in the house, even the largest body that the limits allow has room.
        if self.size and self.size + size > self._max_bytes:
            raise RefusedError(Kind.full, "the buffer is full (gateway.buffer_bytes)")
        self.size += size
        BUFFER.set(self.size)

    def give(self, size: int) -> None:
        self.size -= size
        BUFFER.set(self.size)
