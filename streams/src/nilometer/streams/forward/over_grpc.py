"""OTLP/gRPC, as https://opentelemetry.io/docs/specs/otlp/#otlpgrpc has it."""

from typing import Any
from urllib.parse import urlsplit

import grpc
from google.protobuf.message import DecodeError
from google.rpc.error_details_pb2 import RetryInfo
from google.rpc.status_pb2 import Status
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceResponse
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse

from nilometer.schemas.errors import ConfigurationError
from nilometer.schemas.settings import Destination
from nilometer.streams.forward.answer import Answer, Later, Refused, Taken, wait_of

_TRACES = "/opentelemetry.proto.collector.trace.v1.TraceService/Export"
_LOGS = "/opentelemetry.proto.collector.logs.v1.LogsService/Export"
_Code = grpc.StatusCode
_BUSY = frozenset(
    {_Code.CANCELLED, _Code.DEADLINE_EXCEEDED, _Code.ABORTED, _Code.OUT_OF_RANGE, _Code.UNAVAILABLE, _Code.DATA_LOSS}
)
_NOT_US = frozenset({_Code.UNAUTHENTICATED, _Code.PERMISSION_DENIED, _Code.UNIMPLEMENTED, _Code.NOT_FOUND})
_UNSURE = frozenset({_Code.INTERNAL, _Code.UNKNOWN, _Code.RESOURCE_EXHAUSTED})


class GrpcSender:
    """Requests one after another over one channel, which connects again by itself."""

    def __init__(self, destination: Destination) -> None:
        """Raises ConfigurationError."""
        parts = urlsplit(destination.endpoint)
        port = parts.port or (443 if parts.scheme == "https" else 4317)
        address = f"{f'[{parts.hostname}]' if ':' in (parts.hostname or '') else parts.hostname}:{port}"
        options = [("grpc.max_send_message_length", -1), ("grpc.max_receive_message_length", 64 * 1024)]
        # We pause ourselves: after a pause of ours it is to try at once.
        options += [("grpc.max_reconnect_backoff_ms", 1_000), ("grpc.enable_retries", 0)]
        if parts.scheme == "https":
            self._channel = grpc.secure_channel(address, _credentials(destination), options)
        else:
            self._channel = grpc.insecure_channel(address, options)
        self._timeout = destination.timeout_seconds
        self._metadata = [(name.lower(), value) for name, value in destination.secret_headers().items()]
        gzip = destination.compression == "gzip"
        self._compression = grpc.Compression.Gzip if gzip else grpc.Compression.NoCompression

    def traces(self, body: bytes) -> Answer:
        return self._send(_TRACES, body, ExportTraceServiceResponse, "rejected_spans")

    def logs(self, body: bytes) -> Answer:
        return self._send(_LOGS, body, ExportLogsServiceResponse, "rejected_log_records")

    def close(self) -> None:
        self._channel.close()

    def _send(self, method: str, body: bytes, response: Any, rejected: str) -> Answer:
        export: Any = self._channel.unary_unary(method)
        try:
            answer: bytes = export(body, timeout=self._timeout, metadata=self._metadata, compression=self._compression)
        except grpc.RpcError as error:
            return _judge(error)
        try:
            return Taken(getattr(response.FromString(answer).partial_success, rejected))
        except DecodeError:
            return Taken()


def _judge(error: Any) -> Answer:
    code = error.code()
    after = _retry_delay(error.trailing_metadata())
    if code in _BUSY or (code is _Code.RESOURCE_EXHAUSTED and after is not None):
        return Later(code.name, after)
    if code in _NOT_US:
        return Later(f"{code.name}: see the destination's endpoint and headers")
    return Refused(code.name, sure=code not in _UNSURE)


def _retry_delay(trailers: Any) -> float | None:
    """RetryInfo in the status details."""
    for name, value in trailers or ():
        if name != "grpc-status-details-bin":
            continue
        try:
            details = Status.FromString(value).details
            for detail in details:
                info = RetryInfo()
                if detail.Unpack(info):
                    return wait_of(info.retry_delay.seconds + info.retry_delay.nanos / 1e9)
        except DecodeError:
            return None
    return None


def _credentials(destination: Destination) -> grpc.ChannelCredentials:
    if destination.ca_file is None:
        return grpc.ssl_channel_credentials()
    try:
        return grpc.ssl_channel_credentials(destination.ca_file.read_bytes())
    except OSError as error:
        raise ConfigurationError(
            f"forward.destinations, {destination.name}: cannot read ca_file: {error.strerror}"
        ) from None
