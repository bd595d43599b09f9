"""`python -m nilometer.streams.notify`: the notifier's process."""

import argparse
import logging
import sys
from collections.abc import Sequence

from nilometer.schemas.broker import find_broker
from nilometer.schemas.errors import NilometerError
from nilometer.schemas.service import announce_ready, start_logging, stop_event, withdraw_ready
from nilometer.schemas.settings import load_settings
from nilometer.streams.notify.notifier import Notifier
from nilometer.streams.notify.targets import make_targets
from nilometer.streams.publisher import StoppedError

_LOG = logging.getLogger("nilometer.streams.notify")
NAME = "notifier"


def main(arguments: Sequence[str] | None = None) -> int:
    argparse.ArgumentParser(
        prog="python -m nilometer.streams.notify", description="Tells people of each change of an alert."
    ).parse_args(arguments)
    start_logging()
    stop = stop_event()
    try:
        settings = find_broker(load_settings())
        notifier = Notifier(settings, make_targets(settings.notifier, sys.stdout), stop)
        try:
            notifier.start()
            announce_ready(settings, NAME)
            notifier.run()
        except StoppedError:
            pass
        finally:
            withdraw_ready(settings, NAME)
            notifier.close()
    except NilometerError as error:
        _LOG.error("%s", error)
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
