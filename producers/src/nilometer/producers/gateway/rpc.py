"""OTLP/gRPC. Bodies come as they were sent, compressed: grpc's own decompression knows no limit."""

import logging
from collections.abc import Mapping
from typing import Any

import grpc

from nilometer.producers.gateway.access import Access
from nilometer.producers.gateway.door import Door
from nilometer.producers.gateway.intake import Intake
from nilometer.producers.gateway.metrics import REQUESTS
from nilometer.producers.gateway.refusals import Kind, RefusedError
from nilometer.producers.gateway.signals import SIGNALS, Signal
from nilometer.schemas.settings import GatewaySettings

_CODES = {code.value[0]: code for code in grpc.StatusCode}
_log = logging.getLogger(__name__)


def make_server(settings: GatewaySettings, door: Door, access: Access, intake: Intake) -> grpc.aio.Server:
    """The server, without an address yet."""
    server = grpc.aio.server(
        options=[
            ("grpc.max_receive_message_length", settings.max_body_bytes),
            ("grpc.max_metadata_size", 16 * 1024),
            ("grpc.max_concurrent_streams", settings.max_requests),
            # Else two gateways would share one port, each getting some of the requests.
            ("grpc.so_reuseport", 0),
            ("grpc.per_message_decompression", 0),
            ("grpc.http2.min_recv_ping_interval_without_data_ms", 10_000),
            ("grpc.keepalive_time_ms", 60_000),
            ("grpc.keepalive_timeout_ms", 20_000),
        ]
    )
    service = RpcService(settings, door, access, intake)
    server.add_generic_rpc_handlers(tuple(service.handler(signal) for signal in SIGNALS))
    return server


class RpcService:
    """The Export method of OTLP's three services."""

    def __init__(self, settings: GatewaySettings, door: Door, access: Access, intake: Intake) -> None:
        self._settings = settings
        self._door = door
        self._access = access
        self._intake = intake

    def handler(self, signal: Signal) -> grpc.GenericRpcHandler:
        target = f"/{signal.service}/Export"

        async def export(body: bytes, context: grpc.aio.ServicerContext[bytes, bytes]) -> bytes:
            try:
                answer = await self._export(signal, target, body, context)
            except RefusedError as refused:
                await self._abort(target, refused, context)
                raise
            except Exception as error:
                _log.error("%s answered INTERNAL: %s", target, type(error).__name__)
                await self._abort(target, RefusedError(Kind.internal, "an error of the gateway; see its log"), context)
                raise
            REQUESTS.labels(target, "200").inc()
            return answer

        method = grpc.unary_unary_rpc_method_handler(export)
        return grpc.method_handlers_generic_handler(signal.service, {"Export": method})

    async def _export(
        self, signal: Signal, target: str, body: bytes, context: grpc.aio.ServicerContext[bytes, bytes]
    ) -> bytes:
        metadata = _metadata(context)
        grant = self._access.check(metadata.get("authorization", ""), metadata.get("x-api-key", ""), "ingest", target)
        with self._door.enter() as room:
            room.grow(len(body))
            encoding = encoding_of(body)
            taken = await self._intake.otlp(signal, body, encoding, room, json=False, project=grant.project)
        response: Any = signal.response()
        if taken.rejected or taken.message:
            setattr(response.partial_success, signal.rejected, taken.rejected)
            response.partial_success.error_message = taken.message
        return response.SerializeToString()

    async def _abort(self, target: str, refused: RefusedError, context: grpc.aio.ServicerContext[bytes, bytes]) -> None:
        REQUESTS.labels(target, str(refused.kind.http)).inc()
        details = refused.status(self._settings.retry_after_seconds).SerializeToString()
        await context.abort(_CODES[refused.kind.grpc], refused.message, (("grpc-status-details-bin", details),))


def encoding_of(body: bytes) -> str:
    """How a message is compressed: grpc keeps its encoding to itself, but no export request begins like these."""
    if body[:2] == b"\x1f\x8b":
        return "gzip"
    # zlib's frame; as protobuf it would be field 15, which OTLP's requests do not have.
    if body[:1] == b"\x78" and len(body) >= 2 and int.from_bytes(body[:2], "big") % 31 == 0:
        return "deflate"
    return "identity"


def _metadata(context: grpc.aio.ServicerContext[bytes, bytes]) -> Mapping[str, str]:
    pairs = context.invocation_metadata() or ()
    return {str(key): value for key, value in pairs if isinstance(value, str)}
