"""What every long-running process of ours does the same way: logging, stopping, saying that it is ready."""

import contextlib
import gc
import logging
import os
import signal
import sys
import threading
from collections.abc import Callable, Generator
from types import FrameType
from typing import TYPE_CHECKING

from nilometer.schemas import crash
from nilometer.schemas.errors import ConfigurationError, NilometerError
from nilometer.schemas.settings import Settings

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry


def start_logging(level: str = "INFO") -> None:
    """Log lines on standard error. Nothing that we log quotes an event, not even when the process crashes; libraries
    below WARNING are silent."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(crash.QuietFormatter("%(asctime)s %(levelname)s %(name)s %(message)s"))
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    crash.keep_quiet()
    logging.getLogger("nilometer").setLevel(level)


def exit_code(log: logging.Logger, run: Callable[[], object]) -> int:
    """Runs a service: 0 when it ended in good order, 1 after one line where an error of ours ended it."""
    try:
        run()
    except NilometerError as error:
        log.error("%s", error)
        return 1
    return 0


def settle_memory() -> None:
    """Once everything is loaded: the garbage collector leaves what is there alone, and comes by less often.

    What events become holds no cycles, so that nearly all of it goes without the collector.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)


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


@contextlib.contextmanager
def ready(settings: Settings, name: str) -> Generator[None]:
    """We take work while the block runs."""
    announce_ready(settings, name)
    try:
        yield
    finally:
        withdraw_ready(settings, name)


@contextlib.contextmanager
def serve_metrics(registry: "CollectorRegistry", host: str, port: int | None, section: str) -> Generator[None]:
    """Counts for Prometheus by HTTP, while the block runs; nothing without a port. Raises ConfigurationError."""
    if port is None:
        yield
        return
    # Whoever has a registry has the package; the others need not install it.
    from prometheus_client import start_http_server

    try:
        server, thread = start_http_server(port, host, registry)
    except OSError as error:
        raise ConfigurationError(f"{section}.metrics_port: cannot listen there: {error.strerror}") from None
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
