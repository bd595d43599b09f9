"""The process: listening, saying where, and ending in good order."""

import asyncio
import errno
import json
import logging
import os
import signal
import socket
import sys
from pathlib import Path

import grpc

from nilometer.producers.gateway import rpc
from nilometer.producers.gateway.access import Access
from nilometer.producers.gateway.delivery import Delivery
from nilometer.producers.gateway.door import Door
from nilometer.producers.gateway.http import HttpApp
from nilometer.producers.gateway.intake import Intake
from nilometer.producers.gateway.server import make_server
from nilometer.schemas.errors import BrokerError, ConfigurationError
from nilometer.schemas.service import announce_ready, withdraw_ready
from nilometer.schemas.settings import GatewaySettings, Settings

NAME = "gateway"
ADDRESS_FILE = "gateway.json"
"""In the run directory: `{"http", "grpc", "require_key"}` of the gateway that runs there, or ran there last."""
BACKLOG = 1024
WAIT_SECONDS = 2.0
"""Of one look whether the broker is there, before we are ready."""

_log = logging.getLogger(__name__)


async def serve(settings: Settings, *, free_ports: bool = False) -> None:
    """Runs until SIGTERM or SIGINT. `free_ports`: where a port is taken, another one.

    Raises ConfigurationError, KeyUnavailableError and BrokerError where it cannot start.
    """
    gateway = settings.gateway
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    last = _last_ports(settings) if free_ports else (None, None)
    door = Door(gateway.max_requests, gateway.buffer_bytes)
    delivery = Delivery(settings)
    intake = Intake(settings, delivery, threads=max(2, os.cpu_count() or 2))
    access = Access(settings, delivery.tell)
    app = HttpApp(gateway, door=door, access=access, intake=intake, delivery=delivery)
    http = make_server(app, gateway)
    calls = rpc.make_server(gateway, door, access, intake)
    listener = _listen(gateway, free_ports, last[0])
    grpc_port = _bind(calls, gateway, free_ports, last[1])
    await _wait_for_broker(delivery, stop)
    serving = asyncio.create_task(http.serve([listener]))
    try:
        await calls.start()
        _say_where(settings, listener.getsockname()[1], grpc_port, access.required)
        announce_ready(settings, NAME)
        waiting = asyncio.create_task(stop.wait())
        await asyncio.wait({serving, waiting}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        # New requests are told to come back; those at hand get their answer.
        door.closed = True
        withdraw_ready(settings, NAME)
        http.should_exit = True
        await asyncio.gather(serving, calls.stop(gateway.drain_seconds))
        intake.close()
        if not await asyncio.to_thread(delivery.close, gateway.acknowledge_seconds):
            _log.warning("some records had no answer from the broker; their senders were not answered 200 either")


def _listen(gateway: GatewaySettings, free_ports: bool, last: int | None) -> socket.socket:
    family = socket.AF_INET6 if ":" in gateway.host else socket.AF_INET
    for port in _candidates(gateway.http_port, free_ports, last):
        listener = socket.socket(family, socket.SOCK_STREAM)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((gateway.host, port))
            listener.listen(BACKLOG)
        except OSError as error:
            listener.close()
            if error.errno != errno.EADDRINUSE:
                raise ConfigurationError(
                    f"gateway.host, gateway.http_port: cannot listen on {gateway.host}:{port}: {error.strerror}"
                ) from None
        else:
            listener.setblocking(False)
            _say_other_port("HTTP", gateway.http_port, listener.getsockname()[1])
            return listener
    raise ConfigurationError(f"gateway.http_port: {gateway.host}:{gateway.http_port} is taken")


def _bind(server: grpc.aio.Server, gateway: GatewaySettings, free_ports: bool, last: int | None) -> int:
    host = f"[{gateway.host}]" if ":" in gateway.host else gateway.host
    credentials = _credentials(gateway)
    for port in _candidates(gateway.grpc_port, free_ports, last):
        try:
            address = f"{host}:{port}"
            bound = (
                server.add_insecure_port(address)
                if credentials is None
                else server.add_secure_port(address, credentials)
            )
        except RuntimeError:
            continue
        if bound:
            _say_other_port("gRPC", gateway.grpc_port, bound)
            return bound
    raise ConfigurationError(f"gateway.grpc_port: cannot listen on {gateway.host}:{gateway.grpc_port}: is it taken?")


def _candidates(port: int, free_ports: bool, last: int | None) -> list[int]:
    """The port that is wanted, else the one that we had before a restart, else any."""
    others = [last, 0] if last else [0]
    return [port, *others] if free_ports and port else [port]


def _credentials(gateway: GatewaySettings) -> grpc.ServerCredentials | None:
    if gateway.tls_certificate_file is None or gateway.tls_key_file is None:
        return None
    try:
        pair = gateway.tls_key_file.read_bytes(), gateway.tls_certificate_file.read_bytes()
    except OSError as error:
        raise ConfigurationError(f"gateway.tls_*: cannot read {error.filename}: {error.strerror}") from None
    return grpc.ssl_server_credentials([pair])


def _say_other_port(what: str, wanted: int, got: int) -> None:
    if wanted not in (0, got):
        # `nilometer up` shows what a service prints.
        print(f"gateway: port {wanted} is taken; {what} listens on {got} instead", file=sys.stdout, flush=True)  # noqa: T201


async def _wait_for_broker(delivery: Delivery, stop: asyncio.Event) -> None:
    """Until the topic `raw` is there, or we are to stop."""
    said = False
    while not stop.is_set():
        try:
            await asyncio.to_thread(delivery.check, WAIT_SECONDS)
        except BrokerError as error:
            if not said:
                _log.warning("waiting: %s", error)
            said = True
            await asyncio.sleep(0.2)
        else:
            return


def _say_where(settings: Settings, http_port: int, grpc_port: int, required: bool) -> None:
    gateway = settings.gateway
    host = f"[{gateway.host}]" if ":" in gateway.host else gateway.host
    scheme = "http" if gateway.tls_certificate_file is None else "https"
    where = {
        "http": f"{scheme}://{host}:{http_port}",
        "grpc": f"{scheme}://{host}:{grpc_port}",
        "require_key": required,
    }
    file = _address_file(settings)
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    temporary = file.with_name(f".{file.name}.{os.getpid()}")
    temporary.write_text(json.dumps(where), encoding="utf-8")
    temporary.replace(file)
    words = "API keys are needed" if required else "no API key is needed: only this machine can reach it"
    _log.info("listening: %s (OTLP/HTTP), %s (OTLP/gRPC); %s", where["http"], where["grpc"], words)


def _address_file(settings: Settings) -> Path:
    return settings.run_directory() / ADDRESS_FILE


def _last_ports(settings: Settings) -> tuple[int | None, int | None]:
    """The ports of the gateway that ran here before: its senders know them."""
    try:
        where = json.loads(_address_file(settings).read_text(encoding="utf-8"))
        return int(where["http"].rpartition(":")[2]), int(where["grpc"].rpartition(":")[2])
    except (OSError, ValueError, KeyError, AttributeError, TypeError):
        return None, None
