"""The systems that are compared: how each is started, where it takes OTLP, what it has stored, what it takes on disk.

Peers are installed from PyPI, each into an environment of its own under .build/peers, and run as their documentation
says, with SQLite. Every start has an empty home.
"""

import contextlib
import json
import os
import re
import secrets
import socket
import sqlite3
import subprocess
import sys
import urllib.error
import urllib.request
from abc import ABC, abstractmethod
from collections.abc import Generator, Mapping
from pathlib import Path

import duckdb
from load import Target
from process import Group

from nilometer.schemas.settings import RetentionSettings, Settings
from nilometer.streams.mask import kinds
from nilometer.warehouse import retention, sql
from nilometer.warehouse.catalog import Catalog

ROOT = Path(__file__).resolve().parents[1]
ENVIRONMENTS = ROOT / ".build" / "peers"
START_SECONDS = 240
INSTALL_SECONDS = 1800


class System(ABC):
    """One system in a home of its own."""

    name: str
    grpc = True
    """Whether it takes OTLP over gRPC."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.log = home / "log.txt"

    @classmethod
    @abstractmethod
    def prepare(cls) -> None:
        """What takes time once a machine."""

    @abstractmethod
    def start(self) -> Group:
        """Returns when it takes requests."""

    @property
    @abstractmethod
    def target(self) -> Target: ...

    @abstractmethod
    def counting(self) -> contextlib.AbstractContextManager["Counter"]:
        """A connection of its own to the store."""

    @abstractmethod
    def queryable(self) -> int:
        """Spans that its users find, once it has ended."""

    @abstractmethod
    def bytes_on_disk(self) -> int:
        """Once it has ended, with its log of writes merged into its store."""

    @abstractmethod
    def settle(self) -> None:
        """Once it has ended: what its operators would do now and then to save space."""


class Counter(ABC):
    """Asks a store how many spans a query finds there."""

    @abstractmethod
    def stored(self) -> int: ...


class _Sqlite(Counter):
    def __init__(self, file: Path) -> None:
        self._connection = sqlite3.connect(f"file:{file}?mode=ro", uri=True, timeout=30)

    def stored(self) -> int:
        return int(self._connection.execute("SELECT count(*) FROM spans").fetchone()[0])

    def close(self) -> None:
        self._connection.close()


class _Peer(System):
    """A server from PyPI that keeps spans in a table `spans` of one SQLite file."""

    requirement: str
    file: str

    @classmethod
    def prepare(cls) -> None:
        directory = ENVIRONMENTS / cls.requirement.replace("==", "-")
        if (directory / "installed").exists():
            return
        create = ["uv", "venv", "--quiet", "--clear", "--python", "3.11", str(directory)]
        install = ["uv", "pip", "install", "--quiet", "--python", str(directory / "bin" / "python"), cls.requirement]
        for command in (create, install):
            subprocess.run(command, check=True, timeout=INSTALL_SECONDS, cwd=ROOT)
        (directory / "installed").touch()

    def __init__(self, home: Path) -> None:
        super().__init__(home)
        self.port, self.grpc_port = free_port(), free_port()
        self.bin = ENVIRONMENTS / self.requirement.replace("==", "-") / "bin"

    def environment(self, **more: str) -> dict[str, str]:
        """Nothing of ours or of the user's but where programs are."""
        kept = {name: os.environ[name] for name in ("PATH", "LANG", "TMPDIR") if name in os.environ}
        return kept | {"HOME": str(self.home)} | more

    @contextlib.contextmanager
    def counting(self) -> Generator[Counter]:
        with contextlib.closing(_Sqlite(self.home / self.file)) as counter:
            yield counter

    def queryable(self) -> int:
        with self.counting() as counter:
            return counter.stored()

    def bytes_on_disk(self) -> int:
        with contextlib.closing(sqlite3.connect(self.home / self.file)) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return sum(file.stat().st_size for file in self.home.rglob("*") if file.is_file() and file != self.log)

    def settle(self) -> None:
        with contextlib.closing(sqlite3.connect(self.home / self.file)) as connection:
            connection.execute("VACUUM")

    def answers(self, path: str) -> bool:
        try:
            with _OPENER.open(f"http://127.0.0.1:{self.port}{path}", timeout=5) as answer:
                return answer.status == 200
        except (urllib.error.URLError, OSError):
            return False


class MLflow(_Peer):
    """`mlflow server`; it takes OTLP over HTTP only, and stores before it answers."""

    name = "MLflow"
    requirement = "mlflow==3.17.2"
    file = "mlflow.db"
    grpc = False

    def start(self) -> Group:
        store = ["--backend-store-uri", f"sqlite:///{self.home / self.file}"]
        artifacts = ["--artifacts-destination", str(self.home / "artifacts")]
        where = ["--host", "127.0.0.1", "--port", str(self.port)]
        environment = self.environment(MLFLOW_DISABLE_TELEMETRY="true")
        group = Group([str(self.bin / "mlflow"), "server", *store, *artifacts, *where], environment, self.log)
        group.wait_for(lambda: self.answers("/health"), "MLflow", START_SECONDS)
        return group

    @property
    def target(self) -> Target:
        return Target(f"http://127.0.0.1:{self.port}", None, {"x-mlflow-experiment-id": "0"})


class Phoenix(_Peer):
    """`phoenix serve`; it answers first and stores later."""

    name = "Phoenix"
    requirement = "arize-phoenix==20.26.1"
    file = "phoenix.db"

    def start(self) -> Group:
        environment = self.environment(
            PHOENIX_WORKING_DIR=str(self.home),
            PHOENIX_HOST="127.0.0.1",
            PHOENIX_PORT=str(self.port),
            PHOENIX_GRPC_PORT=str(self.grpc_port),
            PHOENIX_TELEMETRY_ENABLED="false",
        )
        group = Group([str(self.bin / "phoenix"), "serve"], environment, self.log)
        group.wait_for(lambda: self.answers("/healthz"), "Phoenix", START_SECONDS)
        return group

    @property
    def target(self) -> Target:
        return Target(f"http://127.0.0.1:{self.port}", f"127.0.0.1:{self.grpc_port}")


class _Lake(Counter):
    """Rows that a new statement of SQL finds; of the table, so that asking takes little of what is measured."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection

    def stored(self) -> int:
        row = self._connection.execute("SELECT count(*) FROM store.spans").fetchone()
        return int(row[0]) if row else 0


class Nilometer(System):
    """`nilometer up` with the broker that comes along; it masks, prices and counts before it stores."""

    name = "Nilometer"
    broker: str | None = None
    """HOST:PORT of a Kafka instead."""
    more: Mapping[str, str] = {}
    """Settings, as environment variables."""

    def __init__(self, home: Path) -> None:
        super().__init__(home)
        # Topics of its own: a Kafka may have those of other runs. What a merge replaced is deleted at once.
        self._settings = Settings(
            home=home / "home",
            environment=f"bench-{secrets.token_hex(4)}",
            retention=RetentionSettings(snapshots_hours=0),
        )
        self._target = Target("", "")

    @classmethod
    def prepare(cls) -> None:
        pass

    def start(self) -> Group:
        command = [str(Path(sys.executable).with_name("nilometer")), "up"]
        if self.broker is not None:
            command += ["--broker", self.broker, "--yes"]
        environment = {name: value for name, value in os.environ.items() if not name.startswith("NILOMETER_")} | {
            "NILOMETER_HOME": str(self._settings.home),
            "NILOMETER_ENVIRONMENT": self._settings.environment,
            "NILOMETER_GATEWAY__REQUIRE_KEY": "false",
            **self.more,
        }
        group = Group(command, environment, self.log, _service)
        ready = [self._settings.run_directory() / f"{name}.ready" for name in ("worker-1", "loader", "gateway")]
        group.wait_for(lambda: all(file.exists() for file in ready), "nilometer up", START_SECONDS)
        where = json.loads((self._settings.run_directory() / "gateway.json").read_text(encoding="utf-8"))
        self._target = Target(where["http"], where["grpc"])
        return group

    @property
    def target(self) -> Target:
        return self._target

    @contextlib.contextmanager
    def counting(self) -> Generator[Counter]:
        with contextlib.closing(Catalog(self._settings).connect(read_only=True)) as connection:
            yield _Lake(connection)

    def queryable(self) -> int:
        return int(sql.query(self._settings, "SELECT count(*) AS calls FROM calls")["calls"][0].as_py())

    def bytes_on_disk(self) -> int:
        return Catalog(self._settings).bytes_on_disk()

    def settle(self) -> None:
        retention.run(self._settings)


class NilometerKeeping(Nilometer):
    """The same with a policy that keeps all that masking would find."""

    name = "Nilometer, all kept"
    more = {
        "NILOMETER_MASKING__RULES": json.dumps([{"kinds": list(kinds.CLASSES), "action": "keep"}]),
        "NILOMETER_MASKING__USER_IDS": "keep",
        "NILOMETER_MASKING__SESSION_IDS": "keep",
        "NILOMETER_MASKING__MEDIA": "keep",
        "NILOMETER_MASKING__ACCEPT": json.dumps(list(kinds.CLASSES)),
    }


SYSTEMS: dict[str, type[System]] = {
    "nilometer": Nilometer,
    "mlflow": MLflow,
    "phoenix": Phoenix,
    "nilometer-keep": NilometerKeeping,
}

_OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))
"""Past any proxy: it is this machine that we talk to."""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _service(command: str) -> str:
    """Which of our processes a command line is; empty where it does not say."""
    for name in ("worker", "loader", "detector", "notify", "gateway"):
        if re.search(rf"-m nilometer\.\w+\.{name}\b", command):
            return name
    return "broker" if "--listener-url" in command else "up" if " up" in command else ""
