"""Files that are gone when a run ends: DuckDB's, and what waits in a spool."""

import contextlib
import shutil
import threading
from collections.abc import Generator
from pathlib import Path

from tests.canary.site import Site

LOOK_SECONDS = 0.05
FOLDERS = ("spool", "warehouse/*/tmp")
SORT = (
    "SELECT s.*, n FROM spans s, range(300) r(n) "
    "ORDER BY hash(n, s.event_id), s.input_messages::VARCHAR, s.attributes::VARCHAR"
)


@contextlib.contextmanager
def watched(home: Path, copies: Path) -> Generator[None]:
    """While the block runs, what appears in those folders of a home is copied."""
    copies.mkdir()
    stop = threading.Event()
    seen: set[tuple[str, int, int]] = set()

    def look() -> None:
        while not stop.wait(LOOK_SECONDS):
            for path in _files(home):
                with contextlib.suppress(OSError):
                    if not path.is_file():
                        continue
                    state = path.stat()
                    if (what := (str(path), state.st_mtime_ns, state.st_size)) not in seen:
                        seen.add(what)
                        shutil.copyfile(path, copies / f"{len(seen)}-{path.name}")

    watcher = threading.Thread(target=look, daemon=True)
    watcher.start()
    try:
        yield
    finally:
        stop.set()
        watcher.join()


def _files(home: Path) -> list[Path]:
    # Folders come and go while we look.
    with contextlib.suppress(OSError):
        return [path for folder in FOLDERS for path in home.glob(f"{folder}/**/*")]
    return []


def spill(site: Site) -> None:
    """A sort that does not fit into memory."""
    site.run(
        "sql",
        SORT,
        "--format",
        "csv",
        "--output",
        site.temporary / "sorted.csv",
        extra={"NILOMETER_WAREHOUSE__MEMORY_LIMIT": "60MB"},
    )
