"""`python -m nilometer.streams.notify`: the notifier's process."""

import argparse
import contextlib
import logging
import sys
from collections.abc import Sequence

from nilometer.schemas.broker import find_broker
from nilometer.schemas.publisher import StoppedError
from nilometer.schemas.service import exit_code, ready, start_logging, stop_event
from nilometer.schemas.settings import load_settings
from nilometer.streams.notify.notifier import Notifier
from nilometer.streams.notify.targets import make_targets

_LOG = logging.getLogger("nilometer.streams.notify")
NAME = "notifier"


def main(arguments: Sequence[str] | None = None) -> int:
    argparse.ArgumentParser(
        prog="python -m nilometer.streams.notify", description="Tells people of each change of an alert."
    ).parse_args(arguments)
    start_logging()
    return exit_code(_LOG, _run)


def _run() -> None:
    stop = stop_event()
    settings = find_broker(load_settings())
    notifier = Notifier(settings, make_targets(settings.notifier, sys.stdout), stop)
    with contextlib.suppress(StoppedError), contextlib.closing(notifier):
        notifier.start()
        with ready(settings, NAME):
            notifier.run()


if __name__ == "__main__":
    raise SystemExit(main())
