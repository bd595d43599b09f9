"""Runs the `nilometer` command as a person would."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from nilometer.console.cli import main
from nilometer.schemas import crash
from nilometer.schemas.settings import load_settings
from nilometer.warehouse.sql import query

START_SECONDS = 120.0
COMMAND = [sys.executable, "-c", "from nilometer.console.cli import main; main()"]


@dataclass(frozen=True)
class Outcome:
    returncode: int
    stdout: str
    stderr: str


def environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """Ours without any Nilometer setting, so that a test does not depend on who runs it."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("NILOMETER_")}
    return clean | {"NO_COLOR": "1", "COLUMNS": "250"} | dict(extra or {})


def nilometer(
    *arguments: str | Path, extra: Mapping[str, str] | None = None, stdin: str | None = None, cwd: Path | None = None
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND, *map(str, arguments)],
        env=environment(extra),
        input=stdin,
        cwd=cwd,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )


def here(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *arguments: str | Path) -> Outcome:
    """The same in this process, which saves a second of imports: for commands that only say something."""
    monkeypatch.setattr(sys, "argv", ["nilometer", *map(str, arguments)])
    # The hooks of this process are pytest's.
    monkeypatch.setattr(crash, "keep_quiet", lambda: None)
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "250")
    for switch in ("NILOMETER_REQUIRE_KAFKA", "NILOMETER_CHAOS"):
        # Of the tests, not of Nilometer: `config check` would say so.
        monkeypatch.delenv(switch, raising=False)
    with pytest.raises(SystemExit) as ended:
        main()
    out, err = capsys.readouterr()
    return Outcome(int(ended.value.code or 0), out, err)


def sql(home: Path, query: str) -> list[dict[str, Any]]:
    done = nilometer("sql", query, "--format", "json", "--home", home)
    assert done.returncode == 0, done.stderr
    found: list[dict[str, Any]] = json.loads(done.stdout)
    return found


def rows(home: Path, question: str) -> list[dict[str, Any]]:
    """The same answer as Python objects, without a process."""
    return query(load_settings(home=home), question).to_pylist()


def until(what: str, truth: Callable[[], bool], seconds: float = 90) -> None:
    """Waits until it is true, and fails saying what was waited for."""
    end = time.monotonic() + seconds
    while not truth():
        assert time.monotonic() < end, f"waited {seconds} s for {what}"
        time.sleep(0.2)


@dataclass
class Up:
    """A running `nilometer up`."""

    home: Path
    process: subprocess.Popen[str]
    output: Path
    extra: dict[str, str] = field(default_factory=dict[str, str])

    def said(self) -> str:
        return self.output.read_text(encoding="utf-8")

    def children(self) -> dict[int, str]:
        """Pid → command of each process that it started."""
        found: dict[int, str] = {}
        for folder in Path("/proc").iterdir():
            if not folder.name.isdigit():
                continue
            try:
                parent = int((folder / "stat").read_text().rsplit(")", 1)[1].split()[1])
                if parent == self.process.pid:
                    found[int(folder.name)] = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode()
            except (OSError, IndexError):
                continue
        return found

    def pid_of(self, name: str) -> int | None:
        """Of a service, as its readiness file says; None while it is not ready."""
        try:
            return int((self.home / "run" / "dev" / f"{name}.ready").read_text())
        except (OSError, ValueError):
            return None

    def end(self, number: int = signal.SIGINT) -> int:
        self.process.send_signal(number)
        return self.process.wait(60)


def alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except OSError:
        return False
    return state != "Z"


@contextmanager
def up(home: Path, *arguments: str, extra: Mapping[str, str] | None = None) -> Generator[Up]:
    """`nilometer up`, ready; `extra`: variables."""
    output = home.parent / f"{home.name}.up.txt"
    with output.open("w", encoding="utf-8") as file:
        process = subprocess.Popen(
            [*COMMAND, "up", "--home", str(home), *arguments],
            env=environment(extra),
            stdout=file,
            stderr=subprocess.STDOUT,
            text=True,
        )
    running = Up(home, process, output)
    try:
        until(
            "`nilometer up`",
            lambda: process.poll() is not None or "everything is ready" in running.said(),
            START_SECONDS,
        )
        assert process.poll() is None, running.said()
        yield running
    finally:
        if process.poll() is None:
            process.kill()
            process.wait(30)
