"""The long-running processes, as somebody else's supervisor would run them: started, killed with -9, started again."""

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Self

from nilometer.schemas.settings import Settings
from tests.support.kafka import wait_for

MODULES = {
    "worker-1": ("nilometer.streams.worker", "--name", "worker-1"),
    "worker-2": ("nilometer.streams.worker", "--name", "worker-2"),
    "loader": ("nilometer.warehouse.loader",),
    "detector": ("nilometer.streams.detector",),
    "notifier": ("nilometer.streams.notify",),
    "gateway": ("nilometer.producers.gateway",),
    "collector": ("nilometer.producers.collector",),
    "forward": ("nilometer.streams.forward",),
}
READY_SECONDS = 120


def environment(settings: Settings) -> dict[str, str]:
    """The variables that give another process these settings."""
    values: dict[str, Any] = settings.model_dump(mode="json", exclude_defaults=True)
    return {key: value for key, value in os.environ.items() if not key.startswith("NILOMETER_")} | dict(
        _variables("NILOMETER", values, "_")
    )


def _variables(prefix: str, values: Mapping[str, Any], joint: str) -> Iterator[tuple[str, str]]:
    for name, value in values.items():
        variable = f"{prefix}{joint}{name.upper()}"
        if isinstance(value, dict):
            yield from _variables(variable, value, "__")  # pyright: ignore[reportUnknownArgumentType]
        else:
            yield variable, value if isinstance(value, str) else json.dumps(value)


def command(*arguments: str) -> list[str]:
    """`nilometer` with arguments, of the environment that the tests run in."""
    return [str(Path(sys.executable).with_name("nilometer")), *arguments]


def run(settings: Settings, *arguments: str, timeout: float = 280) -> str:
    """Runs `nilometer` to its end and returns what it printed. Raises AssertionError with its complaint."""
    done = subprocess.run(
        command(*arguments),
        env=environment(settings),
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        timeout=timeout,
    )
    assert done.returncode == 0, f"{arguments}: {done.returncode}\n{done.stdout[-2000:]}\n{done.stderr[-3000:]}"
    return done.stdout


def start(settings: Settings, arguments: Sequence[str], log: Path) -> subprocess.Popen[bytes]:
    """A process that ends with the thread that started it, at the latest. Its output goes to the end of `log`."""
    tether = ["setpriv", "--pdeathsig", "KILL"] if shutil.which("setpriv") else []
    with log.open("ab") as out:
        return subprocess.Popen(
            [*tether, *arguments], env=environment(settings), stdout=out, stderr=out, stdin=subprocess.DEVNULL
        )


class Stack:
    """`with Stack(settings, ["worker-1", "loader"]) as stack:` waits until all of them take work."""

    def __init__(self, settings: Settings, names: Sequence[str] = ("worker-1", "loader", "detector")) -> None:
        self.settings = settings
        self.names = tuple(names)
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        self._logs = settings.home / "test-logs"

    def __enter__(self) -> Self:
        self._logs.mkdir(parents=True, exist_ok=True)
        try:
            for name in self.names:
                self.start(name)
            self.wait_ready(*self.names)
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def start(self, name: str) -> None:
        self._processes[name] = start(self.settings, [sys.executable, "-m", *MODULES[name]], self.log(name))

    def kill(self, name: str) -> None:
        """kill -9."""
        process = self._processes.pop(name)
        process.kill()
        process.wait(30)

    def stop(self, name: str) -> int:
        """SIGTERM, as a supervisor that takes its time; returns the exit code."""
        process = self._processes.pop(name)
        process.send_signal(signal.SIGTERM)
        return process.wait(60)

    def close(self) -> None:
        for name in list(self._processes):
            self.kill(name)

    def log(self, name: str) -> Path:
        return self._logs / f"{name}.log"

    def ready(self, name: str) -> bool:
        """Whether the process of this life, not of an earlier one, takes work."""
        file = self.settings.run_directory() / f"{name}.ready"
        process = self._processes.get(name)
        return process is not None and file.exists() and file.read_text().strip() == str(process.pid)

    def wait_ready(self, *names: str) -> None:
        for name in names:
            wait_for(lambda name=name: self.ready(name), f"{name} to be ready", READY_SECONDS, self.check)

    def check(self) -> None:
        """Raises where a process has ended that nobody killed."""
        for name, process in self._processes.items():
            if process.poll() is not None:
                tail = self.log(name).read_text(errors="replace")[-3000:]
                raise AssertionError(f"{name} ended with {process.returncode}: {tail}")
