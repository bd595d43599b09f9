"""A log file that stays within its size."""

import threading
from collections import deque
from pathlib import Path
from typing import BinaryIO

from nilometer.schemas.settings import MEBIBYTE


class LogFile:
    """Lines appended to `path`; at `max_bytes` it becomes `path.1`, and so on up to `path.<keep>`."""

    def __init__(self, path: Path, max_bytes: int = 10 * MEBIBYTE, keep: int = 3) -> None:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.path = path
        self._max_bytes = max_bytes
        self._keep = keep
        self._last: deque[str] = deque(maxlen=20)
        self._lock = threading.Lock()
        self._file: BinaryIO = path.open("ab")

    def write(self, line: bytes) -> None:
        with self._lock:
            self._last.append(line.decode("utf-8", "replace").rstrip())
            if self._file.closed:
                return
            if self._file.tell() + len(line) > self._max_bytes and self._file.tell():
                self._rotate()
            self._file.write(line)
            self._file.flush()

    def last_words(self) -> str:
        """The last line that says something."""
        with self._lock:
            return next((line.strip() for line in reversed(self._last) if line.strip()), "")

    def close(self) -> None:
        with self._lock:
            self._file.close()

    def _rotate(self) -> None:
        self._file.close()
        for number in range(self._keep, 0, -1):
            older = self.path.with_name(f"{self.path.name}.{number}")
            newer = self.path if number == 1 else self.path.with_name(f"{self.path.name}.{number - 1}")
            if newer.exists():
                newer.replace(older)
        self._file = self.path.open("ab")
