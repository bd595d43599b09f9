"""`python -m nilometer.producers.collector`: the process that reads the Collector's topics."""

import argparse
import contextlib
import logging
from collections.abc import Generator, Sequence

from prometheus_client import start_http_server

from nilometer.producers.collector.collector import Collector
from nilometer.producers.collector.metrics import REGISTRY
from nilometer.schemas.broker import find_broker
from nilometer.schemas.errors import ConfigurationError
from nilometer.schemas.publisher import StoppedError
from nilometer.schemas.service import announce_ready, exit_code, start_logging, stop_event, withdraw_ready
from nilometer.schemas.settings import CollectorSettings, load_settings

_LOG = logging.getLogger("nilometer.producers.collector")
NAME = "collector"


def main(arguments: Sequence[str] | None = None) -> int:
    argparse.ArgumentParser(
        prog="python -m nilometer.producers.collector",
        description="Reads what an OpenTelemetry Collector's Kafka exporter has written.",
    ).parse_args(arguments)
    start_logging()
    return exit_code(_LOG, _run)


def _run() -> None:
    stop = stop_event()
    settings = find_broker(load_settings())
    collector = Collector(settings, stop)
    with contextlib.closing(collector), _metrics(settings.collector), contextlib.suppress(StoppedError):
        try:
            collector.start()
            announce_ready(settings, NAME)
            collector.run()
        finally:
            withdraw_ready(settings, NAME)


@contextlib.contextmanager
def _metrics(settings: CollectorSettings) -> Generator[None]:
    if settings.metrics_port is None:
        yield
        return
    try:
        server, thread = start_http_server(settings.metrics_port, settings.metrics_host, REGISTRY)
    except OSError as error:
        raise ConfigurationError(f"collector.metrics_port: cannot listen there: {error.strerror}") from None
    try:
        yield
    finally:
        server.shutdown()
        thread.join()


if __name__ == "__main__":
    raise SystemExit(main())
