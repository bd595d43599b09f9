"""Listens, and keeps the truth of what was served."""

import json
import re
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import unquote

from tests.support.models import anthropic, bedrock, google, openai, others, stores
from tests.support.models.answer import FailureAskedForError, Json, begin_anew


@dataclass
class Served:
    """A reply: `body` at once, or `chunks` one after another; and what the truth says of it."""

    truth: Json
    body: Any = None
    chunks: Iterable[bytes] = ()
    content_type: str = "application/json"
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict[str, str])


Handler = Callable[[str, Json], "tuple[Json, Any, Iterable[bytes], str]"]
"""Path and body → truth, body, chunks, content type."""

ROUTES: tuple[tuple[str, Handler], ...] = (
    *openai.ROUTES,
    *anthropic.ROUTES,
    *google.ROUTES,
    *bedrock.ROUTES,
    *others.ROUTES,
    *stores.ROUTES,
)


class ModelServer:
    """`with ModelServer() as server:` listens at `server.url`; `server.truth` has one line for each request."""

    def __init__(self, first: int = 1) -> None:
        self._first = first
        self.truth: list[Json] = []
        self.unknown: list[str] = []
        """Paths that were asked for and are not spoken here."""
        self._lock = threading.Lock()
        outer = self

        class _Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def do_POST(self) -> None:
                outer.serve(self)

            def do_GET(self) -> None:
                outer.serve(self)

            do_PUT = do_DELETE = do_HEAD = do_GET

            def log_message(self, format: str, *args: Any) -> None:
                pass

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
        self._http.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._http.server_port}"
        self._thread = threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)

    def __enter__(self) -> Self:
        begin_anew(self._first)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._http.shutdown()
        self._http.server_close()

    def serve(self, request: BaseHTTPRequestHandler) -> None:
        length = int(request.headers.get("content-length") or 0)
        raw = request.rfile.read(length)
        path = unquote(request.path.partition("?")[0])
        try:
            body = json.loads(raw) if raw else {}
        except ValueError:
            body = {}
        try:
            served = self._served(path, body if isinstance(body, dict) else {"": body})
        except BrokenPipeError:
            return
        if served.truth:
            with self._lock:
                self.truth.append(served.truth)
        try:
            _reply(request, served)
        except (BrokenPipeError, ConnectionResetError):
            return

    def _served(self, path: str, body: Json) -> Served:
        for pattern, handle in ROUTES:
            if re.search(pattern, path):
                try:
                    truth, answer, chunks, content_type = handle(path, body)
                except FailureAskedForError as error:
                    model = str(body.get("model") or path)
                    return _failure(path, re.sub(r".*(fail-\d+[\w.-]*).*", r"\1", model), error.status)
                line = {"path": path, **truth, "status": 200} if truth else {}
                return Served(line, answer, chunks, content_type)
        self.unknown.append(path)
        return Served({}, {"error": {"message": f"no such path: {path}"}}, status=404)


def _failure(path: str, model: str, status: int) -> Served:
    truth = {"path": path, "model": model, "response_id": None, "status": status, "usage": None}
    if status == 504:
        time.sleep(5)
    kind = {400: "invalid_request_error", 401: "authentication_error", 429: "rate_limit_error"}.get(status, "api_error")
    error = {"type": kind, "message": "as asked for", "code": status, "param": None, "status": kind.upper()}
    body = {"type": "error", "error": error, "message": "as asked for", "request_id": "req_1"}
    return Served(truth, body, status=status, headers={"retry-after": "0"})


def _reply(request: BaseHTTPRequestHandler, served: Served) -> None:
    request.send_response(served.status)
    request.send_header("content-type", served.content_type)
    request.send_header("x-request-id", "req_1")
    for name, value in served.headers.items():
        request.send_header(name, value)
    if served.chunks:
        request.send_header("transfer-encoding", "chunked")
        request.end_headers()
        for chunk in served.chunks:
            request.wfile.write(b"%x\r\n%b\r\n" % (len(chunk), chunk))
            request.wfile.flush()
        request.wfile.write(b"0\r\n\r\n")
        return
    body = served.body if isinstance(served.body, bytes) else json.dumps(served.body).encode()
    request.send_header("content-length", str(len(body)))
    request.end_headers()
    if request.command != "HEAD":
        request.wfile.write(body)
