"""`python -m nilometer.producers.gateway`: the gateway's process."""

import argparse
import sys

import uvloop

from nilometer.producers.gateway.service import serve
from nilometer.schemas.broker import find_broker
from nilometer.schemas.errors import NilometerError
from nilometer.schemas.service import start_logging
from nilometer.schemas.settings import load_settings


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--free-ports", action="store_true", help="where a port is taken, listen on another one")
    arguments = options.parse_args()
    start_logging()
    try:
        uvloop.run(serve(find_broker(load_settings()), free_ports=arguments.free_ports))
    except NilometerError as error:
        print(f"gateway: {error}", file=sys.stderr)  # noqa: T201
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
