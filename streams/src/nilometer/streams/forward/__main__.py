"""`python -m nilometer.streams.forward`: the process that sends masked spans on. One an environment."""

import argparse
import logging
import threading
from collections.abc import Sequence

from nilometer.schemas.broker import find_broker
from nilometer.schemas.deadletter import DeadLetter
from nilometer.schemas.errors import BrokerError, ConfigurationError, NilometerError
from nilometer.schemas.publisher import Publisher, StoppedError
from nilometer.schemas.registry import register
from nilometer.schemas.service import exit_code, ready, serve_metrics, start_logging, stop_event
from nilometer.schemas.settings import Settings, load_settings
from nilometer.streams.forward.answer import make_sender
from nilometer.streams.forward.lane import Lane
from nilometer.streams.forward.metrics import REGISTRY

_LOG = logging.getLogger("nilometer.streams.forward")
NAME = "forward"
PAUSE_SECONDS = 1.0
LOOK_SECONDS = 0.2


class Forwarder:
    """All lanes, each in a thread. A lane that fails ends the process: whoever runs us starts us again."""

    def __init__(self, settings: Settings, stop: threading.Event) -> None:
        """Raises NilometerError."""
        self._stop = stop
        self._publisher = Publisher(settings, stop, register(settings))
        self._publishing = threading.Lock()
        self._failed = ""
        lanes = [Lane(settings, d, make_sender(d), self._bury, stop) for d in settings.forward.destinations]
        if not lanes:
            raise ConfigurationError("forward.destinations: there is none; see docs/forward.md")
        self._started = [threading.Event() for _ in lanes]
        self._threads = [
            threading.Thread(target=self._run, args=(lane, started), name=lane.name, daemon=True)
            for lane, started in zip(lanes, self._started, strict=True)
        ]

    def start(self) -> None:
        """Returns once all lanes have their place, or we are to stop."""
        for thread in self._threads:
            thread.start()
        for started in self._started:
            while not started.wait(LOOK_SECONDS) and not self._stop.is_set():
                pass

    def run(self) -> None:
        """Until told to stop. Raises NilometerError where a lane has failed."""
        self._stop.wait()
        for thread in self._threads:
            thread.join()
        if self._failed:
            raise NilometerError(self._failed)

    def _run(self, lane: Lane, started: threading.Event) -> None:
        try:
            self._begin(lane)
            started.set()
            lane.run()
        except StoppedError:
            pass
        except Exception as error:
            # Never an unknown error's text: it may quote what it failed on.
            known = str(error) if isinstance(error, NilometerError) else type(error).__name__
            self._failed = f"{lane.name}: {known}"
            self._stop.set()
        finally:
            lane.close()

    def _begin(self, lane: Lane) -> None:
        while not self._stop.is_set():
            try:
                lane.start()
            except BrokerError as error:
                _LOG.warning("%s: waiting: %s", lane.name, error)
                self._stop.wait(PAUSE_SECONDS)
            else:
                return

    def _bury(self, letters: Sequence[DeadLetter]) -> None:
        with self._publishing:
            self._publisher.deliver([self._publisher.pack("dead", letter) for letter in letters])


def main(arguments: Sequence[str] | None = None) -> int:
    argparse.ArgumentParser(
        prog="python -m nilometer.streams.forward", description="Sends masked spans on to other OTLP endpoints."
    ).parse_args(arguments)
    start_logging()
    return exit_code(_LOG, _run)


def _run() -> None:
    stop = stop_event()
    settings = find_broker(load_settings())
    ours = settings.forward
    with serve_metrics(REGISTRY, ours.metrics_host, ours.metrics_port, "forward"):
        forwarder = Forwarder(settings, stop)
        forwarder.start()
        with ready(settings, NAME):
            forwarder.run()


if __name__ == "__main__":
    raise SystemExit(main())
