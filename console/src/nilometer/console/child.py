"""One process of the stack: started, watched, started again with back-off, ended."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO

from nilometer.console.logfile import LogFile
from nilometer.schemas.settings import MEBIBYTE

BACKOFF_SECONDS = (0.2, 0.5, 1, 2, 4, 8, 15, 30)
"""Waits before a restart: the n-th after n deaths in a row, the last one from then on."""
STABLE_SECONDS = 20
"""Having lived this long, a process starts again with the first wait."""
LOOP_DEATHS = 4
"""So many deaths in a row are a crash loop."""
LEASH = Path(__file__).with_name("leash.py")


class Child:
    """A supervised process. Its output goes to a log file; `echo` gets the lines of its standard output."""

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        log: Path,
        echo: Callable[[str], None] | None = None,
        max_log_bytes: int = 10 * MEBIBYTE,
    ) -> None:
        self.name = name
        self.command = list(command)
        self.log = LogFile(log, max_log_bytes)
        self.deaths = 0
        """In a row."""
        self.restarts = 0
        self.wait_seconds = 0.0
        """Before the next restart."""
        self._echo = echo
        self._process: subprocess.Popen[bytes] | None = None
        self._pumps: list[threading.Thread] = []
        self._started = 0.0
        self._due = 0.0

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    @property
    def looping(self) -> bool:
        return self.deaths >= LOOP_DEATHS

    def start(self, environment: Mapping[str, str]) -> None:
        # The parent-death signal belongs to the thread that starts the child: one thread must do all of it.
        leash = [sys.executable, "-I", "-S", str(LEASH), str(os.getpid())]
        self._process = subprocess.Popen(
            leash + self.command,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            # Ctrl-C reaches the supervisor only, which then ends its children in order.
            start_new_session=True,
        )
        self._started = time.monotonic()
        assert self._process.stdout  # noqa: S101
        assert self._process.stderr  # noqa: S101
        self._pumps = [
            threading.Thread(target=self._pump, args=(stream, echo), daemon=True, name=f"log-{self.name}")
            for stream, echo in ((self._process.stdout, self._echo), (self._process.stderr, None))
        ]
        for pump in self._pumps:
            pump.start()

    def died(self) -> int | None:
        """The exit code, once, when the process has ended by itself; sets when it is due again."""
        if self._process is None or (code := self._process.poll()) is None:
            return None
        self._process = None
        for pump in self._pumps:
            pump.join(1)
        stable = time.monotonic() - self._started > STABLE_SECONDS
        self.deaths = 1 if stable else self.deaths + 1
        self.wait_seconds = BACKOFF_SECONDS[min(self.deaths, len(BACKOFF_SECONDS)) - 1]
        self._due = time.monotonic() + self.wait_seconds
        return code

    def due(self) -> bool:
        return self._process is None and time.monotonic() >= self._due

    def terminate(self) -> None:
        self._signal(signal.SIGTERM)

    def kill(self) -> None:
        self._signal(signal.SIGKILL)

    def wait(self, timeout: float) -> bool:
        """Whether the process has ended within `timeout` seconds."""
        if self._process is not None:
            try:
                self._process.wait(timeout)
            except subprocess.TimeoutExpired:
                return False
        return True

    def forget(self) -> None:
        """After `wait`: it has not died by itself, and may be started again at once."""
        self._process = None
        self._due = 0.0

    def close(self) -> None:
        for pump in self._pumps:
            pump.join(1)
        self.log.close()

    def _signal(self, number: int) -> None:
        if self._process is not None and self._process.poll() is None:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, number)

    def _pump(self, stream: IO[bytes], echo: Callable[[str], None] | None) -> None:
        with stream:
            # readline has a limit, so that a line without an end cannot fill our memory.
            while line := stream.readline(65_536):
                self.log.write(line)
                if echo is not None:
                    echo(line.decode("utf-8", "replace").rstrip("\n"))
