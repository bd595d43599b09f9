"""HTTP: paths, heads and bodies, to what the gateway does and back. An ASGI application."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable, Mapping, MutableMapping
from dataclasses import dataclass
from typing import Any

import msgspec
from google.protobuf import json_format
from prometheus_client import generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST

from nilometer.producers.gateway import events, openapi
from nilometer.producers.gateway.access import Access
from nilometer.producers.gateway.delivery import Delivery
from nilometer.producers.gateway.door import Door, Room
from nilometer.producers.gateway.intake import Intake
from nilometer.producers.gateway.metrics import REGISTRY, REQUESTS
from nilometer.producers.gateway.otlp import Taken
from nilometer.producers.gateway.refusals import Kind, RefusedError
from nilometer.producers.gateway.signals import LOGS, METRICS, TRACES, Signal
from nilometer.schemas.apikeys import Scope
from nilometer.schemas.settings import GatewaySettings
from nilometer.schemas.wire import OTLP_JSON, OTLP_PROTOBUF

Scope_ = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

LOCAL_HOSTS = frozenset({"localhost", "127.0.0.1", "[::1]"})
OTLP_PATHS: Mapping[str, Signal] = {
    "/v1/traces": TRACES,
    "/v1/logs": LOGS,
    "/v1/metrics": METRICS,
    "/api/public/otel/v1/traces": TRACES,
}
NATIVE_PATHS = frozenset({"/v1/events", "/v1/feedback"})
PAGES = frozenset({"/healthz", "/readyz", "/metrics", "/openapi.json"})

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Request:
    method: str
    path: str
    headers: Mapping[str, str]
    receive: Receive

    @property
    def content_type(self) -> str:
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    @property
    def encoding(self) -> str:
        return self.headers.get("content-encoding", "").strip().lower()


@dataclass(frozen=True)
class Answer:
    status: int
    content_type: str
    body: bytes
    headers: tuple[tuple[str, str], ...] = ()
    close: bool = False


class GoneError(Exception):
    """The client has hung up."""


class HttpApp:
    """The ASGI application."""

    def __init__(
        self, settings: GatewaySettings, *, door: Door, access: Access, intake: Intake, delivery: Delivery
    ) -> None:
        self._settings = settings
        self._door = door
        self._access = access
        self._intake = intake
        self._delivery = delivery

    async def __call__(self, scope: Scope_, receive: Receive, send: Send) -> None:
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        request = Request(scope["method"], scope["path"], headers, receive)
        try:
            answer = await self._answer(request)
        except GoneError:
            return
        known = request.path in OTLP_PATHS or request.path in NATIVE_PATHS or request.path in PAGES
        REQUESTS.labels(request.path if known else "other", str(answer.status)).inc()
        await _send(send, answer, request.method)

    async def _answer(self, request: Request) -> Answer:
        try:
            self._check_host(request)
            if request.path in PAGES:
                return self._page(request)
            if request.path in OTLP_PATHS:
                return await self._otlp(request, OTLP_PATHS[request.path])
            if request.path in NATIVE_PATHS:
                return await self._native(request)
            raise RefusedError(Kind.no_such_path, "no such path; see /openapi.json")
        except RefusedError as refused:
            return self._refusal(request, refused)
        except (GoneError, asyncio.CancelledError):
            raise
        except Exception as error:
            # The message of an error that we do not know may quote.
            _log.error("%s answered 500: %s", request.path, type(error).__name__)
            return self._refusal(request, RefusedError(Kind.internal, "an error of the gateway; see its log"))

    async def _otlp(self, request: Request, signal: Signal) -> Answer:
        if request.method != "POST":
            raise RefusedError(Kind.wrong_method, "POST only")
        grant = self._grant(request, "ingest")
        json = request.content_type == OTLP_JSON
        if not json and request.content_type != OTLP_PROTOBUF:
            raise RefusedError(Kind.media_type, f"the content-type is neither {OTLP_PROTOBUF} nor {OTLP_JSON}")
        with self._door.enter() as room:
            body = await self._body(request, room)
            taken = await self._intake.otlp(signal, body, request.encoding, room, json=json, project=grant.project)
        response: Any = signal.response()
        if taken.rejected or taken.message:
            setattr(response.partial_success, signal.rejected, taken.rejected)
            response.partial_success.error_message = taken.message
        return Answer(200, OTLP_JSON if json else OTLP_PROTOBUF, _encoded(response, json))

    async def _native(self, request: Request) -> Answer:
        if request.method != "POST":
            raise RefusedError(Kind.wrong_method, "POST only")
        grant = self._grant(request, "ingest")
        form = _form(request)
        with self._door.enter() as room:
            body = await self._body(request, room)
            taken = await self._intake.events(body, request.encoding, room, form, project=grant.project)
        return Answer(200, "application/json", msgspec.json.encode(_summary(taken)))

    def _page(self, request: Request) -> Answer:
        if request.method not in ("GET", "HEAD"):
            raise RefusedError(Kind.wrong_method, "GET only")
        match request.path:
            case "/healthz":
                return Answer(200, "text/plain", b"ok\n")
            case "/readyz":
                if self._door.closed:
                    return Answer(503, "text/plain", b"draining\n")
                if self._delivery.away:
                    return Answer(503, "text/plain", b"the broker is away\n")
                return Answer(200, "text/plain", b"ready\n")
            case "/metrics":
                self._grant(request, "read")
                return Answer(200, CONTENT_TYPE_LATEST, generate_latest(REGISTRY))
            case _:
                return Answer(200, "application/json", openapi.encoded())

    def _grant(self, request: Request, scope: Scope) -> Any:
        headers = request.headers
        return self._access.check(headers.get("authorization", ""), headers.get("x-api-key", ""), scope, request.path)

    def _check_host(self, request: Request) -> None:
        """Without keys a web page must not reach us under a name of its own (DNS rebinding)."""
        if self._access.required:
            return
        host = request.headers.get("host", "")
        name = host.rpartition(":")[0] if host.rpartition(":")[2].isdigit() else host
        if name.lower() not in LOCAL_HOSTS and name != self._settings.host:
            raise RefusedError(Kind.wrong_host, "without API keys the gateway answers to localhost only")

    async def _body(self, request: Request, room: Room) -> bytes:
        """The whole body, as it is sent. Raises RefusedError: too_large, too_slow, full, bad_body."""
        limit = self._settings.max_body_bytes
        refusal = RefusedError(Kind.too_large, f"the body is larger than {limit} bytes (gateway.max_body_bytes)")
        try:
            announced = int(request.headers.get("content-length", "0"))
        except ValueError:
            raise RefusedError(Kind.bad_body, "content-length is not a number") from None
        if announced > limit:
            raise refusal
        parts: list[bytes] = []
        size = 0
        try:
            async with asyncio.timeout(self._settings.body_seconds):
                while True:
                    message = await request.receive()
                    if message["type"] == "http.disconnect":
                        raise GoneError
                    part = message.get("body", b"")
                    size += len(part)
                    if size > limit:
                        raise refusal
                    room.grow(len(part))
                    parts.append(part)
                    if not message.get("more_body", False):
                        return b"".join(parts)
        except TimeoutError:
            raise RefusedError(Kind.too_slow, "the body did not come in time (gateway.body_seconds)") from None

    def _refusal(self, request: Request, refused: RefusedError) -> Answer:
        """google.rpc.Status, in the request's own form where that is one of OTLP's."""
        kind = refused.kind
        protobuf = request.content_type == OTLP_PROTOBUF
        headers: list[tuple[str, str]] = []
        if kind.again:
            headers.append(("retry-after", str(self._settings.retry_after_seconds)))
        if kind is Kind.unauthenticated:
            headers.append(("www-authenticate", 'Bearer realm="nilometer", Basic realm="nilometer"'))
        if kind is Kind.wrong_method:
            headers.append(("allow", "GET, HEAD" if request.path in PAGES else "POST"))
        if kind is Kind.media_type:
            headers.append(("accept-encoding", "gzip, deflate, zstd, identity"))
        body = _encoded(refused.status(self._settings.retry_after_seconds), not protobuf)
        # What is still on its way of the body is not waited for.
        return Answer(kind.http, OTLP_PROTOBUF if protobuf else OTLP_JSON, body, tuple(headers), close=True)


def _form(request: Request) -> events.Form:
    """Which of CloudEvents' modes it is. Raises RefusedError(media_type)."""
    content_type = request.content_type
    if request.path == "/v1/feedback":
        if content_type != events.JSON:
            raise RefusedError(Kind.media_type, f"the content-type is not {events.JSON}")
        return events.Form("feedback")
    if content_type == events.STRUCTURED:
        return events.Form("structured")
    if content_type == events.BATCH:
        return events.Form("batch")
    context = {name.removeprefix("ce-"): value for name, value in request.headers.items() if name.startswith("ce-")}
    if content_type == events.JSON and context:
        return events.Form("binary", context)
    raise RefusedError(
        Kind.media_type,
        f"no CloudEvents: {events.STRUCTURED}, {events.BATCH}, or {events.JSON} with ce- headers",
    )


def _summary(taken: Taken) -> dict[str, Any]:
    summary: dict[str, Any] = {"accepted": taken.accepted}
    if taken.rejected:
        summary |= {"rejected": taken.rejected, "message": taken.message}
    return summary


def _encoded(message: Any, json: bool) -> bytes:
    if json:
        return json_format.MessageToJson(message, indent=None).encode()
    return message.SerializeToString()


async def _send(send: Send, answer: Answer, method: str) -> None:
    body = b"" if method == "HEAD" else answer.body
    headers: Iterable[tuple[str, str]] = (
        ("content-type", answer.content_type),
        ("content-length", str(len(answer.body))),
        ("x-content-type-options", "nosniff"),
        *((("connection", "close"),) if answer.close else ()),
        *answer.headers,
    )
    encoded = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers]
    await send({"type": "http.response.start", "status": answer.status, "headers": encoded})
    await send({"type": "http.response.body", "body": body})
