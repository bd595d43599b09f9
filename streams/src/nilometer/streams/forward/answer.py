"""What an endpoint says to a request. Its own words are never kept: they may quote what was sent."""

from dataclasses import dataclass
from typing import Protocol

from nilometer.schemas.settings import Destination

LONGEST_RETRY_AFTER = 600.0


@dataclass(frozen=True)
class Taken:
    """It has the request, but for `rejected` items of it."""

    rejected: int = 0


@dataclass(frozen=True)
class Later:
    """It takes nothing now: it is away, overloaded, or does not know us. `after`: seconds that it asks us to wait."""

    why: str
    after: float | None = None


@dataclass(frozen=True)
class Refused:
    """It does not want this request, however often it comes. `sure`: else it may be its own fault, so ask again."""

    why: str
    sure: bool = True


Answer = Taken | Later | Refused


class Sender(Protocol):
    """One connection, for one thread."""

    def traces(self, body: bytes) -> Answer:
        """An ExportTraceServiceRequest."""
        ...

    def logs(self, body: bytes) -> Answer:
        """An ExportLogsServiceRequest."""
        ...

    def close(self) -> None: ...


def make_sender(destination: Destination) -> Sender:
    """Raises ConfigurationError."""
    # Here: who needs one of them should not load the other.
    if destination.protocol == "grpc":
        from nilometer.streams.forward.over_grpc import GrpcSender

        return GrpcSender(destination)
    from nilometer.streams.forward.over_http import HttpSender

    return HttpSender(destination)


def wait_of(seconds: float) -> float:
    """What an endpoint may make us wait."""
    return min(max(seconds, 0.0), LONGEST_RETRY_AFTER)
