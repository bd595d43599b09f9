"""One `nilometer up` on the embedded broker: traffic flows, what dies comes back, nothing stays behind."""

import json
import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.console.command import COMMAND, Up, alive, environment, nilometer, rows, until, up
from tests.console.events import SECRET, write

COUNT = "SELECT count(*) AS n FROM calls"
CALLS = "SELECT * EXCLUDE (environment) FROM calls ORDER BY event_id"


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Up]:
    with up(tmp_path_factory.mktemp("up") / "home") as started:
        yield started


def count(home: Path) -> int:
    return int(rows(home, COUNT)[0]["n"])


def test_what_is_published_is_in_sql_and_the_same_as_a_backfill(running: Up, tmp_path: Path) -> None:
    file = write(tmp_path / "events.jsonl", range(1, 21), "{not json")
    done = nilometer("publish", file, "--home", running.home)
    assert done.returncode == 1, done.stderr
    assert "events.jsonl:21:" in done.stderr
    assert "20 events sent" in done.stderr
    until("20 calls in the warehouse", lambda: count(running.home) == 20)
    assert nilometer("backfill", file, "--home", tmp_path / "other").returncode == 1
    live = rows(running.home, CALLS)
    assert live == rows(tmp_path / "other", CALLS)
    assert SECRET not in json.dumps(live, default=str)


def test_a_second_up_in_the_same_home_is_refused(running: Up) -> None:
    done = nilometer("up", "--home", running.home)
    assert done.returncode == 5
    assert "another `nilometer up`" in done.stderr


def test_doctor_finds_nothing_wrong(running: Up) -> None:
    done = nilometer("doctor", "--home", running.home)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("name", ["loader", "worker-1"])
def test_what_is_killed_comes_back_and_no_row_is_lost_or_twice(running: Up, tmp_path: Path, name: str) -> None:
    before = count(running.home)
    pid = running.pid_of(name)
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    file = write(tmp_path / "events.jsonl", range(before + 1, before + 11))
    assert nilometer("publish", file, "--home", running.home).returncode == 0
    until(f"another {name}", lambda: running.pid_of(name) not in {None, pid})
    until("the rows", lambda: count(running.home) == before + 10)
    assert f"{name} was killed by signal 9" in running.said()
    assert rows(running.home, "SELECT count(*) - count(DISTINCT event_id) AS n FROM spans") == [{"n": 0}]


def test_a_dead_broker_is_replaced_and_its_readers_begin_anew(running: Up, tmp_path: Path) -> None:
    address = running.home / "run" / "dev" / "broker.json"
    old = json.loads(address.read_text())
    before = count(running.home)
    broker = next(pid for pid, command in running.children().items() if "tansu" in command)
    services = {name: running.pid_of(name) for name in ("worker-1", "loader", "detector", "notifier", "gateway")}
    os.kill(broker, signal.SIGKILL)
    until("another incarnation", lambda: json.loads(address.read_text())["incarnation"] != old["incarnation"])
    until(
        "all services anew",
        lambda: all(running.pid_of(name) not in {None, pid} for name, pid in services.items()),
    )
    assert json.loads(address.read_text())["bootstrap_servers"] == old["bootstrap_servers"]
    file = write(tmp_path / "events.jsonl", range(before + 1, before + 11))
    assert nilometer("publish", file, "--home", running.home).returncode == 0
    until("the rows", lambda: count(running.home) == before + 10)


def test_ctrl_c_ends_everything_and_leaves_nothing_behind(running: Up, tmp_path: Path) -> None:
    before = count(running.home)
    children = running.children()
    assert len(children) == 6
    file = write(tmp_path / "events.jsonl", range(before + 1, before + 11))
    assert nilometer("publish", file, "--home", running.home).returncode == 0
    assert running.end(signal.SIGINT) == 0, running.said()
    assert not [pid for pid in children if alive(pid)]
    assert sorted(file.name for file in (running.home / "run" / "dev").iterdir()) == ["up.lock"]
    # What was published right before was brought to the warehouse first.
    assert count(running.home) == before + 10
    assert (running.home / "logs" / "dev" / "worker-1.log").exists()


def test_kill_9_of_up_leaves_no_child(tmp_path: Path) -> None:
    process = subprocess.Popen(
        [*COMMAND, "up", "--home", str(tmp_path / "home")],
        env=environment(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    started = Up(tmp_path / "home", process, tmp_path / "none")
    until("its children", lambda: len(started.children()) == 6)
    children = started.children()
    process.kill()
    process.wait(10)
    until("their end", lambda: not [pid for pid in children if alive(pid)])
