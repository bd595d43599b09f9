"""A lock between processes on one machine, for the embedded catalog has one writer at a time."""

import contextlib
import fcntl
from collections.abc import Generator
from pathlib import Path


@contextlib.contextmanager
def file_lock(path: Path) -> Generator[None]:
    """Waits until no other process, thread or connection holds the lock on `path`. The kernel frees it at a kill."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
