"""What every long-running process of ours does the same way: logging, stopping, saying that it is ready."""

import logging
import os
import signal
import sys
import threading
from types import FrameType

from nilometer.schemas.settings import Settings


def start_logging(level: str = "INFO") -> None:
    """Log lines on standard error. Nothing that we log quotes an event; libraries below WARNING are silent."""
    logging.basicConfig(
        stream=sys.stderr, level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s %(message)s", force=True
    )
    logging.getLogger("nilometer").setLevel(level)


def stop_event() -> threading.Event:
    """Set on SIGTERM and SIGINT, so that a loop ends after the batch at hand."""
    stop = threading.Event()

    def handle(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    signal.signal(signal.SIGTERM, handle)
    signal.signal(signal.SIGINT, handle)
    return stop


def announce_ready(settings: Settings, name: str) -> None:
    """Leaves `<run directory>/<name>.ready` with our process id, once we take work."""
    directory = settings.run_directory()
    directory.mkdir(parents=True, exist_ok=True, mode=0o700)
    (directory / f"{name}.ready").write_text(f"{os.getpid()}\n", encoding="utf-8")


def withdraw_ready(settings: Settings, name: str) -> None:
    (settings.run_directory() / f"{name}.ready").unlink(missing_ok=True)
