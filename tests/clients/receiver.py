"""Where a client's OpenTelemetry goes while it is captured: keeps the bodies."""

import gzip
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self


def read_body(request: BaseHTTPRequestHandler) -> bytes:
    """With a length, or in chunks as Node sends it."""
    if request.headers.get("transfer-encoding") != "chunked":
        return request.rfile.read(int(request.headers.get("content-length") or 0))
    parts: list[bytes] = []
    while size := int(request.rfile.readline().split(b";")[0], 16):
        parts.append(request.rfile.read(size))
        request.rfile.readline()
    request.rfile.readline()
    return b"".join(parts)


class Receiver:
    """`with Receiver() as receiver:` listens at `receiver.url`; bodies of one kind, one after another, are one body."""

    def __init__(self) -> None:
        self.traces: list[bytes] = []
        self.logs: list[bytes] = []
        self.unknown: list[str] = []
        lock = threading.Lock()
        outer = self

        class _Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = read_body(self)
                if self.headers.get("content-encoding") == "gzip":
                    body = gzip.decompress(body)
                kept = outer.kept(self.path)
                with lock:
                    if "json" in str(self.headers.get("content-type")):
                        outer.unknown.append(f"{self.path} as JSON")
                    elif kept is None:
                        outer.unknown.append(self.path)
                    else:
                        kept.append(body)
                self.send_response(200)
                self.send_header("content-length", "0")
                self.send_header("content-type", str(self.headers.get("content-type")))
                self.end_headers()

            def do_GET(self) -> None:
                answer = json.dumps({"data": []}).encode()
                self.send_response(200)
                self.send_header("content-length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, format: str, *args: Any) -> None:
                pass

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
        self._http.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._http.server_port}"

    def kept(self, path: str) -> list[bytes] | None:
        if path.endswith("/v1/traces"):
            return self.traces
        return self.logs if path.endswith("/v1/logs") else [] if path.endswith("/v1/metrics") else None

    def __enter__(self) -> Self:
        threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._http.shutdown()
        self._http.server_close()
