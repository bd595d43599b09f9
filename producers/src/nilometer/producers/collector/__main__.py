"""`python -m nilometer.producers.collector`: the process that reads the Collector's topics."""

import argparse
import contextlib
import logging
from collections.abc import Sequence

from nilometer.producers.collector.collector import Collector
from nilometer.producers.collector.metrics import REGISTRY
from nilometer.schemas.broker import find_broker
from nilometer.schemas.publisher import StoppedError
from nilometer.schemas.service import exit_code, ready, serve_metrics, start_logging, stop_event
from nilometer.schemas.settings import load_settings

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
    ours = settings.collector
    metrics = serve_metrics(REGISTRY, ours.metrics_host, ours.metrics_port, "collector")
    with metrics, contextlib.closing(Collector(settings, stop)) as collector, contextlib.suppress(StoppedError):
        collector.start()
        with ready(settings, NAME):
            collector.run()


if __name__ == "__main__":
    raise SystemExit(main())
