"""Somebody else's endpoints that Nilometer sends to: OTLP over HTTP and gRPC, a webhook, a mail server.

They keep every byte that they are sent. One of them refuses everything, and quotes what it was sent as it does.
"""

import gzip
import socketserver
import threading
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import grpc

SERVICES = ("trace.v1.TraceService", "logs.v1.LogsService")


@dataclass
class Sinks:
    """Where each listens, and what it got."""

    http: str = ""
    """`/v1/…` is OTLP's; `/refuse/…` answers 400; anything else is a webhook."""
    grpc: str = ""
    mail: str = ""
    """HOST:PORT."""
    got: list[tuple[str, bytes]] = field(default_factory=list[tuple[str, bytes]])
    """What sent it, and the bytes."""


@contextmanager
def sinks() -> Generator[Sinks]:
    made = Sinks()
    with ExitStack() as stack:
        made.http = f"http://127.0.0.1:{stack.enter_context(_serving(_http(made)))}"
        made.mail = f"127.0.0.1:{stack.enter_context(_serving(_mail(made)))}"
        made.grpc = f"http://127.0.0.1:{stack.enter_context(_grpc(made))}"
        yield made


class _Quiet:
    """Clients that are killed hang up in the middle: nobody need hear of it."""

    daemon_threads = True
    allow_reuse_address = True

    def handle_error(self, request: object, client_address: object) -> None:
        pass


class _HttpServer(_Quiet, ThreadingHTTPServer):
    pass


class _MailServer(_Quiet, socketserver.ThreadingTCPServer):
    pass


@contextmanager
def _serving(server: socketserver.BaseServer) -> Generator[int]:
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        address: Any = server.server_address
        yield address[1]
    finally:
        server.shutdown()
        server.server_close()


def _http(sinks: Sinks) -> ThreadingHTTPServer:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            plain = gzip.decompress(body) if self.headers.get("content-encoding") == "gzip" else body
            otlp = "/v1/" in self.path
            sinks.got.append(("forward over HTTP" if otlp else "webhook", plain))
            refused = self.path.startswith("/refuse")
            answer = str(self.headers).encode() + plain[:2_000] if refused else b""
            self.send_response(400 if refused else 200)
            self.send_header("content-type", "application/x-protobuf" if otlp and not refused else "text/plain")
            self.send_header("content-length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    return _HttpServer(("127.0.0.1", 0), Handler)


def _mail(sinks: Sinks) -> socketserver.ThreadingTCPServer:
    """As much of SMTP as a client needs that signs in."""

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            self._say("220 here")
            while line := self.rfile.readline():
                match line[:4].upper():
                    case b"EHLO":
                        self._say("250-here\r\n250 AUTH PLAIN")
                    case b"AUTH":
                        self._say("235 come in")
                    case b"DATA":
                        self._say("354 go on")
                        letter: list[bytes] = []
                        while (text := self.rfile.readline()) not in (b".\r\n", b""):
                            letter.append(text)
                        sinks.got.append(("mail", b"".join(letter)))
                        self._say("250 taken")
                    case b"QUIT":
                        self._say("221 bye")
                        return
                    case _:
                        self._say("250 yes")

        def _say(self, words: str) -> None:
            self.wfile.write(words.encode() + b"\r\n")

    return _MailServer(("127.0.0.1", 0), Handler)


@contextmanager
def _grpc(sinks: Sinks) -> Generator[int]:
    def export(body: bytes, _: grpc.ServicerContext) -> bytes:
        sinks.got.append(("forward over gRPC", body))
        return b""

    method = {"Export": grpc.unary_unary_rpc_method_handler(export)}
    server = grpc.server(ThreadPoolExecutor(4))
    server.add_generic_rpc_handlers(
        tuple(
            grpc.method_handlers_generic_handler(f"opentelemetry.proto.collector.{name}", method) for name in SERVICES
        )
    )
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    try:
        yield port
    finally:
        server.stop(None).wait()
