"""Many patterns as one Hyperscan database. Compiling takes seconds, so what was compiled is kept on disk, under
`$XDG_CACHE_HOME/nilometer` or `~/.cache/nilometer`: the patterns of this version, nothing of any text or policy."""

import contextlib
import hashlib
import os
import stat
import tempfile
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

import hyperscan

KEPT_FILES = 64
"""A version has about 16, 20 MB; those that were written longest ago make room."""


@lru_cache(maxsize=16)
def database(expressions: tuple[tuple[str, int], ...]) -> bytes:
    """All of these patterns and their flags as one database, serialised. Raises hyperscan.error."""
    file = _file(expressions)
    kept = None if file is None else _read(file)
    if kept is not None:
        return kept
    made = hyperscan.Database()
    made.compile(
        expressions=[expression.encode() for expression, _ in expressions],
        ids=list(range(len(expressions))),
        elements=len(expressions),
        flags=[flags for _, flags in expressions],
    )
    data: bytes = hyperscan.dumpb(made)
    if file is not None and len(expressions) > 1:
        _write(file, data)
    return data


def opened(data: bytes) -> Any:
    """Ready for scans by one thread. Raises hyperscan.error where it was compiled for another processor."""
    found = hyperscan.loadb(data, hyperscan.HS_MODE_BLOCK)
    found.scratch = hyperscan.Scratch(found)
    return found


def _file(expressions: tuple[tuple[str, int], ...]) -> Path | None:
    """None where there is no home."""
    name = hashlib.sha256(repr((version("hyperscan"), expressions)).encode()).hexdigest()[:32]
    try:
        root = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    except RuntimeError:
        return None
    return root / "nilometer" / f"patterns-{name}.hs"


def _read(file: Path) -> bytes | None:
    """None where it is not there, not ours alone to write, damaged or of another processor."""
    with contextlib.suppress(OSError, hyperscan.error):
        with file.open("rb") as stream:
            about = os.fstat(stream.fileno())
            if about.st_uid != os.geteuid() or about.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
                return None
            data = stream.read()
        # Hyperscan checks its version, the processor and a checksum.
        opened(data)
        return data
    return None


def _write(file: Path, data: bytes) -> None:
    with contextlib.suppress(OSError):
        file.parent.mkdir(parents=True, mode=0o700, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=file.parent, prefix=".patterns-", delete=False) as stream:
            stream.write(data)
        # Whoever reads at the same time sees all of it or nothing.
        Path(stream.name).replace(file)
        old = sorted(file.parent.glob("patterns-*.hs"), key=lambda one: one.stat().st_mtime, reverse=True)
        for one in old[KEPT_FILES:]:
            one.unlink(missing_ok=True)
