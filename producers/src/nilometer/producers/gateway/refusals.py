"""What a sender is told instead of 200: one list for HTTP and gRPC, in OTLP's own forms."""

from dataclasses import dataclass
from enum import Enum

from google.protobuf.duration_pb2 import Duration
from google.rpc.error_details_pb2 import RetryInfo
from google.rpc.status_pb2 import Status


@dataclass(frozen=True)
class _Codes:
    http: int
    grpc: int
    again: bool = False
    """Whether the same request may be taken later; says so with Retry-After and RetryInfo."""


class Kind(Enum):
    """Why a request is refused, with its codes of HTTP and google.rpc."""

    bad_body = _Codes(400, 3)
    unauthenticated = _Codes(401, 16)
    forbidden = _Codes(403, 7)
    no_such_path = _Codes(404, 5)
    wrong_method = _Codes(405, 12)
    too_slow = _Codes(408, 4)
    # Without RetryInfo: OTLP's word for "do not send this again".
    too_large = _Codes(413, 8)
    media_type = _Codes(415, 3)
    wrong_host = _Codes(421, 7)
    full = _Codes(429, 8, again=True)
    internal = _Codes(500, 13)
    unavailable = _Codes(503, 14, again=True)

    @property
    def http(self) -> int:
        return self.value.http

    @property
    def grpc(self) -> int:
        return self.value.grpc

    @property
    def again(self) -> bool:
        return self.value.again


class RefusedError(Exception):
    """A request that is not taken. The message holds places and sizes, never what was sent."""

    def __init__(self, kind: Kind, message: str) -> None:
        super().__init__(message)
        self.kind = kind
        self.message = message

    def status(self, retry_seconds: int) -> Status:
        """google.rpc.Status, with RetryInfo where trying again can help."""
        status = Status(code=self.kind.grpc, message=self.message)
        if self.kind.again:
            status.details.add().Pack(RetryInfo(retry_delay=Duration(seconds=retry_seconds)))
        return status
