"""A process with all that it starts: started, watched (memory, CPU time), ended. Linux only: it reads /proc."""

import contextlib
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Self

LOOK_SECONDS = 0.25
STOP_SECONDS = 60
_PAGE = os.sysconf("SC_PAGE_SIZE")
_TICK = os.sysconf("SC_CLK_TCK")


class Group:
    """A running process and its descendants. `with Group(…) as group:` ends them all at the end."""

    def __init__(
        self,
        command: Sequence[str],
        environment: Mapping[str, str],
        log: Path,
        name: Callable[[str], str] = lambda _: "",
    ) -> None:
        """`name`: of a process, from its command line; those of one name are counted together."""
        self._log = log
        self._name = name
        with log.open("ab") as out:
            self._process = subprocess.Popen(
                command,
                env=dict(environment),
                cwd=log.parent,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                start_new_session=True,
            )
        self.peak_bytes = 0
        """The largest sum of resident memory that was seen: what processes share is counted in each."""
        self._cpu: dict[int, tuple[str, float]] = {}
        self._known = {self._process.pid}
        self._stop = threading.Event()
        self._watch = threading.Thread(target=self._run, daemon=True)
        self._watch.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.end()

    def wait_for(self, condition: Callable[[], bool], what: str, seconds: float) -> None:
        """Raises RuntimeError where it ends, or the time is over, before the condition holds; all is ended then."""
        end = time.monotonic() + seconds
        try:
            while not condition():
                if self._process.poll() is not None or time.monotonic() > end:
                    tail = self._log.read_text(encoding="utf-8", errors="replace")[-2000:]
                    raise RuntimeError(f"{what}: not within {seconds:.0f} s; {self._log} ends with:\n{tail}")
                time.sleep(0.1)
        except BaseException:
            # Nobody has it yet who would.
            self.end()
            raise

    def cpu_seconds(self) -> dict[str, float]:
        """CPU time by name, of processes that have ended as well, as far as they were seen."""
        self._look()
        found: dict[str, float] = {}
        for name, seconds in self._cpu.values():
            found[name] = found.get(name, 0) + seconds
        return found

    def end(self) -> None:
        """SIGTERM to the first process, time to end in, then SIGKILL to what is left of all of them."""
        self._stop.set()
        self._watch.join()
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(STOP_SECONDS)
        for pid in self._known & _table().keys():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self._process.wait()

    def _run(self) -> None:
        while not self._stop.wait(LOOK_SECONDS):
            self._look()

    def _look(self) -> None:
        table = _table()
        # Children of a process that has ended are init's, and stay ours.
        self._known &= table.keys()
        while more := {pid for pid, (parent, _, _) in table.items() if parent in self._known} - self._known:
            self._known |= more
        self.peak_bytes = max(self.peak_bytes, sum(table[pid][1] for pid in self._known))
        for pid in self._known:
            name = self._cpu[pid][0] if pid in self._cpu else ""
            # A process may become another program, or give itself a title: the last name that says something counts.
            self._cpu[pid] = self._name(_command(pid)) or name, table[pid][2]


def _table() -> dict[int, tuple[int, int, float]]:
    """Parent, resident bytes and CPU seconds of every process."""
    found: dict[int, tuple[int, int, float]] = {}
    for entry in os.scandir("/proc"):
        if entry.name.isdigit():
            try:
                text = Path(entry.path, "stat").read_text(encoding="utf-8", errors="replace")
            except (FileNotFoundError, ProcessLookupError):
                continue
            # After the name, which may hold anything: state, parent, …
            fields = text.rpartition(")")[2].split()
            cpu = (int(fields[11]) + int(fields[12])) / _TICK
            found[int(entry.name)] = int(fields[1]), int(fields[21]) * _PAGE, cpu
    return found


def _command(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")
    except OSError:
        return ""
