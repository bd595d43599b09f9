"""Real processes of the streams room, started as `nilometer up` starts them."""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self

from nilometer.schemas.settings import Settings

READY_SECONDS = 90


class Service:
    """One process; killed at the end of the `with` block if it still runs."""

    def __init__(self, settings: Settings, name: str, module: str, *arguments: str, **environment: str) -> None:
        self._settings = settings
        self._name = name
        self._command = [sys.executable, "-m", f"nilometer.streams.{module}", *arguments]
        broker = settings.broker
        self._environment = os.environ | {
            "NILOMETER_HOME": str(settings.home),
            "NILOMETER_ENVIRONMENT": settings.environment,
            "NILOMETER_BROKER__BOOTSTRAP_SERVERS": broker.bootstrap_servers or "",
            "NILOMETER_BROKER__EMBEDDED": str(broker.embedded).lower(),
            "NILOMETER_BROKER__INCARNATION": broker.incarnation,
            **environment,
        }
        self._process: subprocess.Popen[bytes] | None = None
        self.folder = settings.home / "cwd"
        self.log: Path = settings.home / f"{name}.log"
        self.out: Path = settings.home / f"{name}.out"

    @property
    def ready_file(self) -> Path:
        return self._settings.run_directory() / f"{self._name}.ready"

    def start(self, *, wait: bool = True) -> Self:
        self.folder.mkdir(parents=True, exist_ok=True)
        self.ready_file.unlink(missing_ok=True)
        with self.log.open("ab") as log, self.out.open("ab") as out:
            self._process = subprocess.Popen(
                self._command,
                env=self._environment,
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=log,
            )
        if wait:
            self.wait_ready()
        return self

    def wait_ready(self) -> None:
        process = self._process
        assert process is not None
        until(lambda: self.ready_file.exists() or process.poll() is not None, READY_SECONDS)
        assert process.poll() is None, self.log.read_text()

    def kill(self) -> None:
        """kill -9."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()

    def stop(self) -> int:
        """SIGTERM; the exit code."""
        assert self._process is not None
        self._process.terminate()
        return self._process.wait(30)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, _t: type[BaseException] | None, _e: BaseException | None, _b: TracebackType | None) -> None:
        if self._process is not None and self._process.poll() is None:
            self.kill()


def until(condition: Callable[[], bool], seconds: float = 30) -> None:
    """Returns once the condition holds; fails after so many seconds."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"still not so after {seconds} s"
        time.sleep(0.02)
