"""The whole stack as one supervised thing: broker, worker(s), loader, detector, notifier, gateway,
collector, forward.

    with Stack(settings, …) as stack:      # lock, keys, broker, topics, services
        stack.wait_ready()
        while not stop: stack.step()       # restarts what died

One thread does all of it: the kernel ends the children with the thread that started them.
"""

import fcntl
import json
import os
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Self

from nilometer.console import broker, draining
from nilometer.console.broker import Address
from nilometer.console.child import Child
from nilometer.console.errors import AlreadyRunningError, StartError
from nilometer.schemas import topics
from nilometer.schemas.broker import ADDRESS_FILE, admin_client
from nilometer.schemas.errors import BrokerError
from nilometer.schemas.keys import ensure_keys, list_keys, load_key_ring
from nilometer.schemas.settings import Settings

STOP_SECONDS = 12
NEAR_LIMIT = 0.8
"""Share of the embedded broker's memory limit from which on there is a word about it."""

Say = Callable[[str], None]


class Stack:
    """Everything that `nilometer up` runs. `environment` is what the children get besides our own settings."""

    def __init__(
        self,
        settings: Settings,
        *,
        workers: int | None = None,
        port: int | None = None,
        gateway: bool = True,
        config: Path | None = None,
        base_environment: Mapping[str, str] | None = None,
        say: Say,
        alert: Say | None = None,
    ) -> None:
        self.settings = settings.model_copy(update={"home": settings.home.absolute()})
        self.broker: Child | None = None
        self._say = say
        self._base = dict(os.environ if base_environment is None else base_environment)
        self._config = config
        self._port = port or settings.up.broker_port or broker.free_port()
        self._lock: int | None = None
        self._warned = False
        self.full = False
        """The embedded broker has reached its memory limit: time to stop."""
        embedded = settings.broker.bootstrap_servers is None
        servers = settings.broker.bootstrap_servers or f"{broker.HOST}:{self._port}"
        self.address = Address(servers, embedded, broker.new_incarnation() if embedded else "")
        if embedded:
            self.broker = self._child("broker", broker.command(self._port))
        names = [f"worker-{n}" for n in range(1, (workers or settings.up.workers) + 1)]
        python = [sys.executable, "-m"]
        self.services = [
            self._child(name, [*python, "nilometer.streams.worker", "--name", name], None) for name in names
        ]
        self.services += [
            self._child("loader", [*python, "nilometer.warehouse.loader"]),
            self._child("detector", [*python, "nilometer.streams.detector"]),
            self._child("notifier", [*python, "nilometer.streams.notify"], alert),
        ]
        self.gateway: Child | None = None
        if gateway:
            # What it prints is that a port is taken and which one it has instead: another stack may run beside us.
            self.gateway = self._child("gateway", [*python, "nilometer.producers.gateway", "--free-ports"], say)
            self.services.append(self.gateway)
        if settings.collector.enabled:
            self.services.append(self._child("collector", [*python, "nilometer.producers.collector"]))
        if settings.forward.destinations:
            self.services.append(self._child("forward", [*python, "nilometer.streams.forward"]))

    def __enter__(self) -> Self:
        try:
            self._acquire()
            self._start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def connected(self) -> Settings:
        """The settings with the broker's address."""
        return self.address.apply(self.settings)

    def ready(self, child: Child) -> bool:
        """Whether a service has said so itself, in this life."""
        if not child.running:
            return False
        try:
            word = (self.settings.run_directory() / f"{child.name}.ready").read_text(encoding="utf-8")
        except OSError:
            return False
        return word.strip() == str(child.pid)

    def gateway_addresses(self) -> dict[str, str | bool]:
        """`http`, `grpc` and `require_key`, as the gateway has said; empty where none runs."""
        if self.gateway is None or not self.ready(self.gateway):
            return {}
        return json.loads((self.settings.run_directory() / "gateway.json").read_text(encoding="utf-8"))

    def waiting(self) -> list[str]:
        """Names of the services that are not ready."""
        return [child.name for child in self.services if not self.ready(child)]

    def wait_ready(self, timeout: float | None = None, tick: Callable[[], None] = lambda: None) -> None:
        """Supervises until every service is ready. Raises StartError that names those that are not."""
        end = time.monotonic() + (timeout or self.settings.up.ready_seconds)
        while waiting := self.waiting():
            if time.monotonic() > end:
                slow = next(child for child in self.services if child.name == waiting[0])
                words = slow.log.last_words()
                raise StartError(
                    f"not ready in time: {', '.join(waiting)}; {slow.name} last said: {words!r}; see {slow.log.path}"
                )
            for child in self.services:
                if child.looping:
                    words = child.log.last_words()
                    raise StartError(f"{child.name} does not start; it last said: {words!r}; see {child.log.path}")
            self.step()
            tick()
            time.sleep(0.05)

    def step(self) -> None:
        """One look at everything; starts again what has died and is due."""
        if self.broker is not None:
            self._watch_memory(self.broker)
            if self._note_death(self.broker):
                self._say("  what it held and the warehouse did not yet is lost; a new one starts, with new offsets")
                self._end(self.services)
            if self.broker.due():
                self.broker.restarts += 1
                self._new_broker()
            if not self.broker.running:
                return
        for child in self.services:
            self._note_death(child)
            if child.due():
                child.restarts += 1
                child.start(self._environment())

    def stop(self, drain: bool = False, stopped: Callable[[], bool] = lambda: False) -> None:
        """Ends everything. `drain`: first waits until the embedded broker holds nothing that the warehouse lacks."""
        if self._lock is None:
            return
        if drain and self.broker is not None and self.broker.running and not self.waiting():
            if self.gateway is not None:
                # What it acknowledged after the draining would be lost with the embedded broker.
                self._end([self.gateway])
            draining.wait(self.connected, self.settings.up.drain_seconds, self._say, stopped)
        self._end(self.services)
        if self.broker is not None:
            self._end([self.broker])
        for child in [*self.services, *([self.broker] if self.broker else [])]:
            child.close()
        self._sweep()
        os.close(self._lock)
        self._lock = None

    def _child(self, name: str, command: list[str], echo: Say | None = None) -> Child:
        log = self.settings.home / "logs" / self.settings.environment / f"{name}.log"
        return Child(name, command, log, echo, max_log_bytes=self.settings.up.log_max_bytes)

    def _acquire(self) -> None:
        directory = self.settings.run_directory()
        directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor = os.open(directory / "up.lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(descriptor)
            raise AlreadyRunningError(
                f"another `nilometer up` runs in {self.settings.home} for the environment "
                f"{self.settings.environment}: stop it, or give another --home or --environment"
            ) from None
        self._lock = descriptor
        self._sweep()

    def _sweep(self) -> None:
        """Removes what running processes left word of, ours or those of an `up` that was killed."""
        directory = self.settings.run_directory()
        for file in [*directory.glob("*.ready"), directory / ADDRESS_FILE, directory / "gateway.json"]:
            file.unlink(missing_ok=True)

    def _start(self) -> None:
        keys = self.settings.keys_directory()
        if not list_keys(keys):
            self._say(f"new sealing keys in {keys}: workers on other machines need the same")
        ensure_keys(self.settings)
        load_key_ring(self.settings)
        if self.broker is not None:
            self._new_broker()
        else:
            missing = [c for c in topics.plan(admin_client(self.connected), self.connected) if c.kind == "create"]
            if missing:
                raise BrokerError(f"the topic {missing[0].topic} is not there: see `nilometer topics plan`")
            self.address.write(self.settings)
        for child in self.services:
            child.start(self._environment())

    def _new_broker(self) -> None:
        assert self.broker is not None  # noqa: S101
        self.address = Address(self.address.bootstrap_servers, True, broker.new_incarnation())
        self.broker.start(self._environment())
        end = time.monotonic() + 15
        while not broker.listens(self._port):
            if not self.broker.running or time.monotonic() > end:
                words = self.broker.log.last_words()
                raise BrokerError(
                    f"the embedded broker does not start on port {self._port}: {words or 'it said nothing'}; "
                    "is the port taken? Give another with --port"
                )
            time.sleep(0.02)
        connected = self.connected
        admin = admin_client(connected)
        topics.apply(admin, connected, topics.plan(admin, connected))
        self.address.write(self.settings)

    def _environment(self) -> dict[str, str]:
        own = {
            "NILOMETER_HOME": str(self.settings.home),
            "NILOMETER_ENVIRONMENT": self.settings.environment,
            "NILOMETER_BROKER__BOOTSTRAP_SERVERS": self.address.bootstrap_servers,
            "NILOMETER_BROKER__EMBEDDED": str(self.address.embedded).lower(),
            "NILOMETER_BROKER__INCARNATION": self.address.incarnation,
            "PYTHONUNBUFFERED": "1",
        }
        if self._config is not None:
            own["NILOMETER_CONFIG"] = str(self._config.absolute())
        return self._base | own

    def _note_death(self, child: Child) -> bool:
        code = child.died()
        if code is None:
            return False
        how = f"was killed by signal {-code}" if code < 0 else f"ended with exit code {code}"
        self._say(f"{child.name} {how}; it starts again in {child.wait_seconds:g} s")
        if child.looping:
            words = child.log.last_words()
            self._say(f"  it has died {child.deaths} times in a row; last words: {words!r}; log: {child.log.path}")
        return True

    def _watch_memory(self, child: Child) -> None:
        used = broker.resident_bytes(child.pid)
        limit = self.settings.up.broker_memory_bytes
        if used is None or used < NEAR_LIMIT * limit:
            return
        room = f"{used >> 20} of {limit >> 20} MiB"
        if not self._warned:
            self._warned = True
            self._say(
                f"the embedded broker, which never forgets, uses {room}: at the limit everything is drained to the "
                "warehouse and `up` ends; start it anew then, or use a Kafka: `nilometer up --broker HOST:PORT`"
            )
        if used >= limit and not self.full:
            self.full = True
            self._say(f"the embedded broker is full: {room}")

    def _end(self, children: list[Child]) -> None:
        """SIGTERM, and SIGKILL to what is still there after a while."""
        for child in children:
            child.terminate()
        end = time.monotonic() + STOP_SECONDS
        for child in children:
            if not child.wait(max(0.1, end - time.monotonic())):
                self._say(f"{child.name} did not end in {STOP_SECONDS} s and is killed")
                child.kill()
                child.wait(5)
            child.forget()
