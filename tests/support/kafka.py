"""Real Apache Kafka in KRaft mode on this machine, from Maven Central: clusters that tests start, stop and kill."""

import base64
import contextlib
import fcntl
import random
import shutil
import signal
import socket
import subprocess
import time
import uuid
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient

from nilometer.schemas import topics
from nilometer.schemas.broker import admin_client
from nilometer.schemas.settings import Settings

VERSION = "4.1.0"
BUILD = Path(__file__).resolve().parents[2] / ".build" / "kafka" / VERSION
START_SECONDS = 90
_POM = """<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>dev.nilometer</groupId><artifactId>test-kafka</artifactId><version>1</version><packaging>pom</packaging>
  <dependencies>
    <dependency><groupId>org.apache.kafka</groupId><artifactId>kafka_2.13</artifactId><version>{v}</version></dependency>
    <dependency><groupId>org.apache.kafka</groupId><artifactId>kafka-tools</artifactId><version>{v}</version></dependency>
  </dependencies>
</project>
"""


class KafkaUnavailableError(Exception):
    """Kafka cannot be had on this machine; the text says why."""


def classpath() -> str:
    """The Java class path of Kafka, fetched once a machine; workers of pytest wait for each other."""
    for tool in ("java", "mvn"):
        if shutil.which(tool) is None:
            raise KafkaUnavailableError(f"{tool} is not installed")
    libs = BUILD / "libs"
    BUILD.mkdir(parents=True, exist_ok=True)
    with _locked(BUILD / "lock"):
        if not libs.is_dir():
            (BUILD / "pom.xml").write_text(_POM.format(v=VERSION), encoding="utf-8")
            fresh = BUILD / "libs.partial"
            shutil.rmtree(fresh, ignore_errors=True)
            command = ["mvn", "-q", "-B", "dependency:copy-dependencies", f"-DoutputDirectory={fresh}"]
            done = subprocess.run(command, cwd=BUILD, capture_output=True, text=True, stdin=subprocess.DEVNULL)
            if done.returncode:
                raise KafkaUnavailableError(f"Maven could not fetch Kafka: {(done.stdout + done.stderr)[-600:]}")
            fresh.rename(libs)
    return f"{libs}/*"


@dataclass
class Node:
    """One Kafka process, broker and controller in one. Its port and data outlive stop and kill."""

    number: int
    directory: Path
    ports: dict[str, int]
    """Listener name → port; CONTROLLER among them."""
    process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    @property
    def running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    @property
    def log(self) -> Path:
        return self.directory / "kafka.log"

    def format(self, cluster_id: str, more: Sequence[str] = ()) -> None:
        config = str(self.directory / "server.properties")
        command = [*_java(), "kafka.tools.StorageTool", "format", "-t", cluster_id, "-c", config, *more]
        done = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL)
        if done.returncode:
            raise RuntimeError(f"cannot format node {self.number}: {done.stdout[-2000:]}{done.stderr[-2000:]}")

    def start(self) -> None:
        """Starts the process and returns at once; `Cluster.wait_ready` waits. Call it in the main thread only:
        the process is killed when the thread that started it ends, so that an aborted test run leaves nothing."""
        assert not self.running
        tether = ["setpriv", "--pdeathsig", "KILL"] if shutil.which("setpriv") else []
        command = [*tether, *_java("-Xmx384m"), "kafka.Kafka", str(self.directory / "server.properties")]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log, stdin=subprocess.DEVNULL)

    def stop(self) -> None:
        """A controlled shutdown."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """kill -9."""
        self._end(signal.SIGKILL)

    def pause(self) -> None:
        """SIGSTOP: the node hangs, its connections stay open."""
        if self.process is not None:
            self.process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        if self.process is not None:
            self.process.send_signal(signal.SIGCONT)

    def _end(self, number: signal.Signals) -> None:
        if self.process is None:
            return
        self.process.send_signal(number)
        self.process.send_signal(signal.SIGCONT)
        self.process.wait(60)
        self.process = None


class Cluster:
    """Brokers that know each other. `with Cluster(directory, nodes=3) as kafka: kafka.bootstrap_servers`.

    `security` adds a client listener of that protocol beside PLAINTEXT (see `address`); `properties` and `format_with`
    go to each node's server.properties and to StorageTool.
    """

    def __init__(
        self,
        directory: Path,
        nodes: int = 1,
        *,
        security: Sequence[str] = (),
        properties: Mapping[str, str] | None = None,
        format_with: Sequence[str] = (),
    ) -> None:
        self.directory = directory
        self.cluster_id = base64.urlsafe_b64encode(b"\x00" + uuid.uuid4().bytes[1:]).decode().rstrip("=")
        self._format_with = format_with
        self._properties = dict(properties or {})
        self._security = tuple(security)
        names = ("PLAINTEXT", "CONTROLLER", *security)
        self.nodes = [
            Node(
                number,
                directory / f"node-{number}",
                {name: free_port() for name in names},
            )
            for number in range(1, nodes + 1)
        ]

    @property
    def bootstrap_servers(self) -> str:
        return self.address("PLAINTEXT")

    def address(self, protocol: str) -> str:
        """Where clients of a security protocol connect to."""
        return ",".join(f"127.0.0.1:{node.ports[protocol]}" for node in self.nodes)

    def __enter__(self) -> Self:
        for node in self.nodes:
            node.directory.mkdir(parents=True)
            text = "".join(f"{name}={value}\n" for name, value in self._config(node).items())
            (node.directory / "server.properties").write_text(text, encoding="utf-8")
            node.format(self.cluster_id, self._format_with)
        try:
            self.start()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Ends all nodes at once; nobody needs their data any more."""
        for node in self.nodes:
            node.kill()

    def start(self) -> None:
        """Starts what is not running, and waits until all nodes serve clients."""
        for node in self.nodes:
            if not node.running:
                node.start()
        self.wait_ready()

    def stop(self) -> None:
        """A controlled shutdown of all nodes, as when somebody takes the cluster down."""
        for node in self.nodes:
            # A single node would wait for a controller that is itself; the last of several as well.
            if node.process is not None:
                node.process.send_signal(signal.SIGTERM)
        for node in self.nodes:
            if node.process is not None:
                with contextlib.suppress(subprocess.TimeoutExpired):
                    node.process.wait(15)
            node.kill()

    def wait_ready(self, seconds: float = START_SECONDS) -> None:
        """Until all running nodes are known to the cluster, and every partition has all its replicas in sync."""
        running = [node for node in self.nodes if node.running]
        admin = AdminClient({"bootstrap.servers": self.bootstrap_servers, "log_level": 0})
        wait_for(lambda: self._serves(admin, len(running)), "Kafka to be ready", seconds, self._alive)

    def _serves(self, admin: AdminClient, brokers: int) -> bool:
        try:
            known = admin.list_topics(timeout=2)
        except KafkaException:
            return False
        partitions = [p for topic in known.topics.values() for p in topic.partitions.values()]
        wanted = min(brokers, len(self.nodes))
        return len(known.brokers) >= brokers and all(
            p.leader >= 0 and len(p.isrs) >= min(len(p.replicas), wanted) for p in partitions
        )

    def _alive(self) -> None:
        for node in self.nodes:
            if node.process is not None and node.process.poll() is not None:
                raise RuntimeError(f"node {node.number} ended: {node.log.read_text(errors='replace')[-3000:]}")

    def _config(self, node: Node) -> dict[str, str]:
        copies = str(min(3, len(self.nodes)))
        in_sync = str(min(2, len(self.nodes)))
        client = ("PLAINTEXT", *self._security)
        return {
            "process.roles": "broker,controller",
            "node.id": str(node.number),
            "controller.quorum.voters": ",".join(f"{n.number}@127.0.0.1:{n.ports['CONTROLLER']}" for n in self.nodes),
            "listeners": ",".join(f"{name}://127.0.0.1:{node.ports[name]}" for name in ("CONTROLLER", *client)),
            "advertised.listeners": ",".join(f"{name}://127.0.0.1:{node.ports[name]}" for name in client),
            "listener.security.protocol.map": ",".join(f"{n}:{n}" for n in client) + ",CONTROLLER:PLAINTEXT",
            "controller.listener.names": "CONTROLLER",
            "inter.broker.listener.name": "PLAINTEXT",
            "log.dirs": str(node.directory / "data"),
            "num.partitions": "4",
            "default.replication.factor": copies,
            "min.insync.replicas": in_sync,
            "offsets.topic.num.partitions": "4",
            "offsets.topic.replication.factor": copies,
            "transaction.state.log.num.partitions": "2",
            "transaction.state.log.replication.factor": copies,
            "transaction.state.log.min.isr": in_sync,
            "group.initial.rebalance.delay.ms": "0",
            "auto.create.topics.enable": "false",
            "num.network.threads": "2",
            "num.io.threads": "4",
            "log.cleaner.dedupe.buffer.size": "2097152",
            "broker.session.timeout.ms": "6000",
        } | self._properties


def free_port() -> int:
    """A port nobody listens on, below the range that the system hands to outgoing connections: a node that is down
    for a while finds it free when it comes back."""
    for _ in range(200):
        port = random.SystemRandom().randint(20_000, 32_000)
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    raise RuntimeError("no free port")


def wait_for(
    condition: Callable[[], bool], what: str, seconds: float = 30, check: Callable[[], None] = lambda: None
) -> None:
    """Until the condition holds. Raises TimeoutError that says what did not happen, and what `check` raises."""
    end = time.monotonic() + seconds
    while not condition():
        check()
        if time.monotonic() > end:
            raise TimeoutError(f"waited {seconds:g} s for {what}")
        time.sleep(0.05)


def _java(*options: str) -> list[str]:
    # Tests start it often: only the quick compiler, and a collector without threads of its own.
    quick = ["-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xshare:auto"]
    return ["java", *quick, *options, "-Dorg.apache.logging.log4j.level=WARN", "-cp", classpath()]


@contextlib.contextmanager
def _locked(file: Path) -> Generator[None]:
    with file.open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def make_topics(settings: Settings) -> None:
    """All topics of the environment."""
    admin = admin_client(settings)
    topics.apply(admin, settings, topics.plan(admin, settings))
