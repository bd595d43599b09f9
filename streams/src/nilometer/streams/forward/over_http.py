"""OTLP/HTTP with protobuf, as https://opentelemetry.io/docs/specs/otlp/#otlphttp has it."""

import gzip
import logging
import ssl
import time
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import httpx
from google.protobuf import json_format
from google.protobuf.message import DecodeError
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceResponse
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse

from nilometer.schemas.errors import ConfigurationError
from nilometer.schemas.settings import Destination
from nilometer.streams.forward.answer import Answer, Later, Refused, Taken, wait_of

_BUSY = frozenset({408, 425, 429, 502, 503, 504})
_NOT_US = frozenset({401, 402, 403, 404, 405, 407, 415})
"""Of our key, our path or our contract: no span is at fault, so they wait until somebody mends it."""
_MOST_ANSWER_BYTES = 64 * 1024
_PROTOBUF = "application/x-protobuf"


class HttpSender:
    """Requests one after another over a kept connection. Redirects are not followed: headers hold secrets."""

    def __init__(self, destination: Destination) -> None:
        """Raises ConfigurationError."""
        # It logs URLs, which are no secret here, but are of no use either.
        logging.getLogger("httpx").setLevel(logging.WARNING)
        self._timeout = destination.timeout_seconds
        self._gzip = destination.compression == "gzip"
        self._traces, self._logs = destination.url("traces"), destination.url("logs")
        headers = {
            "user-agent": "nilometer",
            "accept-encoding": "identity",
            **destination.secret_headers(),
            "content-type": _PROTOBUF,
        }
        if self._gzip:
            headers["content-encoding"] = "gzip"
        self._client = httpx.Client(headers=headers, timeout=self._timeout, verify=_context(destination))

    def traces(self, body: bytes) -> Answer:
        return self._send(self._traces, body, ExportTraceServiceResponse, "rejected_spans")

    def logs(self, body: bytes) -> Answer:
        return self._send(self._logs, body, ExportLogsServiceResponse, "rejected_log_records")

    def close(self) -> None:
        self._client.close()

    def _send(self, url: str, body: bytes, response: Any, rejected: str) -> Answer:
        content = gzip.compress(body, 5) if self._gzip else body
        end = time.monotonic() + self._timeout
        said = b""
        try:
            with self._client.stream("POST", url, content=content) as answer:
                # As it comes: what it says is not much, and a compressed answer may be anything.
                for part in answer.iter_raw():
                    said += part
                    # Each read has a limit of its own; all of them together must have one, too.
                    if len(said) > _MOST_ANSWER_BYTES or time.monotonic() > end:
                        return Later("its answer is too long, or took too long")
        except httpx.HTTPError as error:
            # Its text may hold the address.
            return Later(type(error).__name__)
        return _judge(answer, said, response, rejected)


def _judge(answer: httpx.Response, said: bytes, response: Any, rejected: str) -> Answer:
    code = answer.status_code
    if answer.is_success:
        return Taken(_rejected(answer, said, response, rejected))
    if code in _BUSY:
        return Later(f"HTTP {code}", _retry_after(answer.headers.get("retry-after", "")))
    if code in _NOT_US or answer.has_redirect_location:
        return Later(f"HTTP {code}: see the destination's endpoint and headers")
    return Refused(f"HTTP {code}", sure=code < 500)


def _rejected(answer: httpx.Response, said: bytes, response: Any, rejected: str) -> int:
    """Of the partial success. Many answer with a text of their own, or with nothing at all."""
    try:
        match answer.headers.get("content-type", "").partition(";")[0].strip():
            case "application/x-protobuf":
                return int(getattr(response.FromString(said).partial_success, rejected))
            case "application/json" if said:
                partial = json_format.Parse(said, response(), ignore_unknown_fields=True).partial_success
                return int(getattr(partial, rejected))
            case _:
                return 0
    except (DecodeError, json_format.ParseError, UnicodeDecodeError):
        return 0


def _retry_after(text: str) -> float | None:
    """Seconds, or a date (RFC 9110, 10.2.3)."""
    if text.strip().isdigit():
        return wait_of(float(text))
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    return wait_of((moment.replace(tzinfo=moment.tzinfo or UTC) - datetime.now(UTC)).total_seconds())


def _context(destination: Destination) -> ssl.SSLContext:
    try:
        if destination.ca_file is None:
            return httpx.create_ssl_context()
        return ssl.create_default_context(cafile=destination.ca_file)
    except (OSError, ssl.SSLError) as error:
        raise ConfigurationError(
            f"forward.destinations, {destination.name}: cannot use ca_file: {type(error).__name__}"
        ) from None
