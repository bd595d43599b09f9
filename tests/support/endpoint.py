"""An OTLP endpoint of somebody else, over HTTP and gRPC, that answers as a test wants it to."""

import gzip
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

import grpc
from google.rpc.status_pb2 import Status
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)
from opentelemetry.proto.trace.v1.trace_pb2 import Span


@dataclass(frozen=True)
class Said:
    """An answer: an HTTP status, or a code of gRPC where that is not 0."""

    status: int = 200
    headers: dict[str, str] = field(default_factory=dict[str, str])
    rejected: int = 0
    code: grpc.StatusCode = grpc.StatusCode.OK
    details: Status | None = None
    hangs: float = 0
    """Seconds before it says anything."""
    keeps: bool | None = None
    """Whether the spans are there afterwards; None: where it says that it took them."""
    words: bytes = b"an answer that quotes maria.silva@example.com"
    """What errors come with."""

    @property
    def taken(self) -> bool:
        return (self.status < 300 and self.code is grpc.StatusCode.OK) if self.keeps is None else self.keeps


@dataclass(frozen=True)
class Asked:
    """A request."""

    at: float
    path: str
    headers: dict[str, str]
    spans: Sequence[Span]
    size: int


Judge = Callable[[Sequence[Span]], Said]


class Endpoint:
    """Takes everything, but for what `script` says for the next requests, and `judge` for those after them."""

    def __init__(self, script: Sequence[Said] = (), judge: Judge = lambda _: Said(), port: int = 0) -> None:
        self.script = deque(script)
        self.judge = judge
        self.asked: list[Asked] = []
        self.spans: list[Span] = []
        self._lock = threading.Lock()
        self._wanted_port = port

    @property
    def names(self) -> list[str]:
        """Of the spans that it has taken, in no order."""
        with self._lock:
            return sorted(span.name for span in self.spans)

    def take(self, path: str, headers: dict[str, str], body: bytes, size: int) -> Said:
        request = ExportTraceServiceRequest.FromString(body)
        spans = [span for r in request.resource_spans for s in r.scope_spans for span in s.spans]
        with self._lock:
            said = self.script.popleft() if self.script else self.judge(spans)
            self.asked.append(Asked(time.monotonic(), path, headers, spans, size))
            if said.taken:
                self.spans += spans
        time.sleep(said.hangs)
        return said


class HttpEndpoint(Endpoint):
    """`with HttpEndpoint() as there: there.url`"""

    url: str
    _server: ThreadingHTTPServer

    def __enter__(self) -> Self:
        endpoint = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                raw = self.rfile.read(int(self.headers["content-length"]))
                body = gzip.decompress(raw) if self.headers.get("content-encoding") == "gzip" else raw
                headers = {name.lower(): value for name, value in self.headers.items()}
                said = endpoint.take(self.path, headers, body, len(raw))
                answer = said.words
                if said.status == 200:
                    response = ExportTraceServiceResponse()
                    if said.rejected:
                        response.partial_success.rejected_spans = said.rejected
                        response.partial_success.error_message = said.words.decode()
                    answer = response.SerializeToString()
                try:
                    self.send_response(said.status)
                    self.send_header("content-type", "application/x-protobuf")
                    self.send_header("content-length", str(len(answer)))
                    for name, value in said.headers.items():
                        self.send_header(name, value)
                    self.end_headers()
                    self.wfile.write(answer)
                except OSError:
                    # It hung up meanwhile.
                    self.close_connection = True

            def log_message(self, format: str, *args: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", self._wanted_port), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()


class GrpcEndpoint(Endpoint):
    """The same over gRPC."""

    url: str
    _server: grpc.Server

    def __enter__(self) -> Self:
        def export(body: bytes, context: grpc.ServicerContext) -> bytes:
            metadata = {str(name): str(value) for name, value in context.invocation_metadata() or ()}
            said = self.take("Export", metadata, body, len(body))
            if said.code is not grpc.StatusCode.OK:
                if said.details is not None:
                    context.set_trailing_metadata((("grpc-status-details-bin", said.details.SerializeToString()),))
                context.abort(said.code, said.words.decode())
            response = ExportTraceServiceResponse()
            response.partial_success.rejected_spans = said.rejected
            return response.SerializeToString()

        handler = grpc.method_handlers_generic_handler(
            "opentelemetry.proto.collector.trace.v1.TraceService",
            {"Export": grpc.unary_unary_rpc_method_handler(export)},
        )
        self._server = grpc.server(ThreadPoolExecutor(4))
        self._server.add_generic_rpc_handlers((handler,))
        port = self._server.add_insecure_port(f"127.0.0.1:{self._wanted_port}")
        self._server.start()
        self.url = f"http://127.0.0.1:{port}"
        return self

    def __exit__(self, *_: object) -> None:
        self._server.stop(None).wait()
