"""A catalog on Postgres: several writers, wherever they are, lose and double nothing. Skipped where there is none."""

import os
import shutil
import socket
import subprocess
import threading
from collections.abc import Generator, Sequence
from pathlib import Path

import pytest
from pydantic import SecretStr

from nilometer.schemas.settings import RetentionSettings, Settings, WarehouseSettings
from nilometer.warehouse import retention
from nilometer.warehouse.writer import OffsetKey, Writer
from tests.support.lake import START, fingerprint, lake_settings, span, value

PASSWORD = "quote ' and \" hush"


def _binaries() -> Path | None:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"))
    return found[-1].parent if found else None


def _run(*command: str) -> None:
    """As another user where we are root, for Postgres refuses to run as root."""
    as_user: Sequence[str] = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
    subprocess.run([*as_user, *command], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Generator[str]:
    """A server of this module's own; yields its catalog setting."""
    binaries = _binaries()
    if binaries is None:
        pytest.skip("no Postgres server is installed")
    if os.geteuid() == 0 and shutil.which("runuser") is None:
        pytest.skip("Postgres does not run as root, and there is no runuser")
    # Not below pytest's directory, which another user must not enter.
    directory = Path(f"/tmp/nilometer-pg-{os.getpid()}")
    directory.mkdir(mode=0o777)
    directory.chmod(0o777)
    (directory / "password").write_text(PASSWORD)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    data = str(directory / "data")
    options = f"-p {port} -k {directory} -c listen_addresses=127.0.0.1 -c fsync=off"
    try:
        initial = ["-A", "scram-sha-256", "-U", "nilometer", f"--pwfile={directory / 'password'}"]
        _run(str(binaries / "initdb"), "-D", data, *initial)
        _run(str(binaries / "pg_ctl"), "-D", data, "-o", options, "-l", str(directory / "log"), "-w", "start")
        try:
            yield f"postgres:dbname=postgres host=127.0.0.1 port={port} user=nilometer"
        finally:
            _run(str(binaries / "pg_ctl"), "-D", data, "-m", "immediate", "-w", "stop")
    finally:
        shutil.rmtree(directory, ignore_errors=True)


def lake(tmp_path: Path, server: str, environment: str) -> Settings:
    return lake_settings(
        tmp_path,
        environment=environment,
        warehouse=WarehouseSettings(catalog=server, catalog_password=SecretStr(PASSWORD)),
        retention=RetentionSettings(spans_days=1, snapshots_hours=0),
    )


def test_writers_take_turns_and_the_rows_are_those_of_the_embedded_lake(tmp_path: Path, server: str) -> None:
    settings = lake(tmp_path, server, "pg-one")
    embedded = lake_settings(tmp_path / "embedded")
    with Writer(embedded) as writer:
        writer.write([span(n) for n in range(150)])

    def write_on(partition: int) -> None:
        # Homes of their own, as on two machines: the lock must be the database's.
        with Writer(settings.model_copy(update={"home": tmp_path / str(partition)})) as writer:
            for first in range(0, 130, 10):
                batch = [span(n) for n in range(first, first + 30) if n < 150]
                writer.write(batch, offsets={OffsetKey("c", "t", partition): first})

    shared = settings.model_copy(
        update={"warehouse": settings.warehouse.model_copy(update={"data_path": str(tmp_path / "data")})}
    )
    settings = shared
    threads = [threading.Thread(target=write_on, args=(partition,)) for partition in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert value(settings, "SELECT count(*) FROM spans") == 150
    assert fingerprint(settings) == fingerprint(embedded)
    with Writer(settings) as writer:
        assert {key.partition: offset for key, offset in writer.offsets("c").items()} == {0: 120, 1: 120}
    assert retention.run(settings, now=START).deleted_rows["spans"] == 0
    assert fingerprint(settings) == fingerprint(embedded)


def test_environments_share_a_database_and_nothing_else(tmp_path: Path, server: str) -> None:
    with Writer(lake(tmp_path, server, "pg-two")) as writer:
        writer.write([span(1)])
    assert value(lake(tmp_path, server, "pg-three"), "SELECT count(*) FROM spans") == 0
