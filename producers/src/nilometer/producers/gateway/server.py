"""uvicorn, patient with nobody: heads that do not come, and connections beyond the limit, are closed."""

import asyncio
import contextlib
from collections.abc import Generator
from typing import Any

from uvicorn import Config, Server
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from nilometer.schemas.settings import GatewaySettings

KEEP_ALIVE_SECONDS = 75
"""Longer than exporters' usual pauses (5 to 60 s), so that they find their connection open."""
MAX_HEAD_BYTES = 64 * 1024


def protocol(settings: GatewaySettings) -> type[asyncio.Protocol]:
    """The protocol of one connection, with these limits."""

    class Protocol(HttpToolsProtocol):
        _head: asyncio.TimerHandle | None = None
        _head_size = 0

        def connection_made(self, transport: Any) -> None:
            super().connection_made(transport)
            if len(self.connections) > settings.max_connections:
                transport.abort()
                return
            self._await_head()

        def connection_lost(self, exc: Exception | None) -> None:
            self._have_head()
            super().connection_lost(exc)

        def data_received(self, data: bytes) -> None:
            if self._head is not None:
                self._head_size += len(data)
            super().data_received(data)
            if self._head is not None and self._head_size > MAX_HEAD_BYTES:
                self.transport.close()

        def on_message_begin(self) -> None:
            super().on_message_begin()
            self._have_head()
            self._await_head()

        def on_headers_complete(self) -> None:
            self._have_head()
            super().on_headers_complete()

        def _await_head(self) -> None:
            self._head = self.loop.call_later(settings.header_seconds, self.transport.close)

        def _have_head(self) -> None:
            if self._head is not None:
                self._head.cancel()
                self._head = None
                self._head_size = 0

    return Protocol


class HttpServer(Server):
    """uvicorn's server without its signal handlers: the process has its own."""

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None]:
        yield


def make_server(app: Any, settings: GatewaySettings) -> HttpServer:
    config = Config(
        app,
        http=protocol(settings),
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        date_header=False,
        proxy_headers=False,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=max(1, round(settings.drain_seconds)),
        ssl_certfile=settings.tls_certificate_file,
        ssl_keyfile=settings.tls_key_file,
    )
    config.load()
    return HttpServer(config)
