"""The spool: sealed batches on disk, while the broker is away.

    <directory>/                          one per environment, shared by all processes that use it
        <process>/                        one per process, locked by it as long as it lives
            lock
            <time ns>-<process>.batch     one sealed batch; sorted by name they are in the order they were sealed

A file is one line of JSON (headers, counts, checksum) and the sealed bytes. It appears under its name only when it is
complete. Files are not synced: they survive any death of the process, `kill -9` included; what a power failure tears
is told by its checksum and set aside. Folders whose process is dead are adopted by the next process that looks.
"""

import contextlib
import fcntl
import logging
import os
import secrets
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from nilometer.schemas.wire import Message

_LOG = logging.getLogger(__name__)
_SUFFIX = ".batch"


class _Head(msgspec.Struct, frozen=True):
    """The first line of a file."""

    events: int
    size: int
    crc32: int
    headers: list[tuple[str, str]]


@dataclass(frozen=True)
class Spooled:
    """A batch on disk. Names sort by age."""

    name: str
    events: int
    size: int
    """Bytes of the file."""


@dataclass
class Spool:
    """One process's part of a spool directory. For one thread. Raises OSError where the disk does not play along."""

    directory: Path
    max_bytes: int
    own: Path | None = None
    _lock: int = field(default=-1, repr=False)
    _used: int = 0
    _others: int = 0

    def has_room(self, size: int) -> bool:
        """Whether `size` bytes more stay within `max_bytes`, which all processes share (as of the last `adopt`)."""
        return self._used + self._others + size <= self.max_bytes

    def write(self, name: str, message: Message, events: int) -> Spooled:
        """Keeps a sealed batch. `name` comes from `batch_name`."""
        own = self._own_directory()
        headers = [(key, value.decode()) for key, value in message.headers]
        head = msgspec.json.encode(_Head(events, len(message.value), zlib.crc32(message.value), headers))
        temporary = own / f".{name}"
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(head + b"\n")
                file.write(message.value)
            temporary.replace(own / (name + _SUFFIX))
        except OSError:
            temporary.unlink(missing_ok=True)
            raise
        spooled = Spooled(name, events, len(head) + 1 + len(message.value))
        self._used += spooled.size
        return spooled

    def read(self, spooled: Spooled) -> Message | None:
        """The batch; None where the file is damaged, which is then set aside as `<name>.damaged`."""
        file = self._file(spooled)
        try:
            found = _parse(file.read_bytes())
        except FileNotFoundError:
            found = None
        if found is None:
            with contextlib.suppress(OSError):
                file.rename(file.with_suffix(".damaged"))
        return found

    def remove(self, spooled: Spooled) -> None:
        self._used -= spooled.size
        with contextlib.suppress(OSError):
            self._file(spooled).unlink()

    def adopt(self) -> list[Spooled]:
        """Takes over what dead processes left, oldest first, and measures what the living ones hold."""
        adopted: list[Spooled] = []
        self._others = 0
        if not self.directory.is_dir():
            return adopted
        for place in sorted(self.directory.iterdir()):
            if place == self.own or place.name.startswith(".") or not place.is_dir():
                continue
            lock = _try_lock(place / "lock")
            if lock is None:
                self._others += sum(_size(file) for file in _files(place))
                continue
            try:
                adopted += self._take_over(place)
            finally:
                os.close(lock)
        return sorted(adopted, key=lambda spooled: spooled.name)

    def close(self) -> None:
        """Lets go of the folder: what is left in it may be adopted. An empty one goes away."""
        if self.own is not None and self._lock >= 0:
            if not any(_files(self.own)):
                _remove_folder(self.own)
            os.close(self._lock)
        self.own, self._lock, self._used = None, -1, 0

    def forget(self) -> None:
        """In a forked child: the folder stays the parent's, whose lock must end with the parent."""
        if self._lock >= 0:
            os.close(self._lock)
        self.own, self._lock, self._used = None, -1, 0

    def _own_directory(self) -> Path:
        if self.own is None:
            self.directory.mkdir(parents=True, exist_ok=True, mode=0o700)
            own = self.directory / f"{os.getpid()}-{secrets.token_hex(4)}"
            # Made under another name and locked before it can be seen, so that nobody adopts it from under us.
            hidden = self.directory / f".{own.name}"
            hidden.mkdir(mode=0o700)
            lock = _try_lock(hidden / "lock", create=True)
            hidden.rename(own)
            self.own, self._lock = own, -1 if lock is None else lock
        return self.own

    def _take_over(self, place: Path) -> Iterator[Spooled]:
        """Moves a dead process's files, whose lock we hold, to our own folder."""
        for file in sorted(_files(place)):
            spooled = _describe(file)
            if spooled is None:
                with contextlib.suppress(OSError):
                    file.rename(self.directory / (file.stem + ".damaged"))
                continue
            file.rename(self._own_directory() / file.name)
            self._used += spooled.size
            yield spooled
        _remove_folder(place)

    def _file(self, spooled: Spooled) -> Path:
        return self._own_directory() / (spooled.name + _SUFFIX)


def batch_name(time_ns: int) -> str:
    """A name that no other batch has, in no other process either."""
    return f"{time_ns:020d}-{secrets.token_hex(4)}"


def _files(place: Path) -> Iterator[Path]:
    return place.glob(f"[0-9]*{_SUFFIX}")


def _size(file: Path) -> int:
    try:
        return file.stat().st_size
    except OSError:
        return 0


def _describe(file: Path) -> Spooled | None:
    """What a file says of itself, without reading all of it; None where it says nothing."""
    try:
        with file.open("rb") as opened:
            head = msgspec.json.decode(opened.readline(), type=_Head)
    except (OSError, msgspec.DecodeError, UnicodeError):
        return None
    return Spooled(file.stem, head.events, _size(file))


def _parse(data: bytes) -> Message | None:
    first, _, value = data.partition(b"\n")
    try:
        head = msgspec.json.decode(first, type=_Head)
    except (msgspec.DecodeError, UnicodeError):
        return None
    if len(value) != head.size or zlib.crc32(value) != head.crc32:
        return None
    return Message(value, [(key, text.encode()) for key, text in head.headers])


def _try_lock(file: Path, *, create: bool = False) -> int | None:
    """A descriptor that holds the lock; None where a living process has it, or there is no such folder."""
    try:
        descriptor = os.open(file, os.O_RDWR | os.O_CLOEXEC | (os.O_CREAT if create else 0), 0o600)
    except OSError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(descriptor)
        return None
    return descriptor


def _remove_folder(place: Path) -> None:
    with contextlib.suppress(OSError):
        for left in place.glob(".*"):
            left.unlink()
        (place / "lock").unlink(missing_ok=True)
        place.rmdir()
