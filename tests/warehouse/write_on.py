"""python write_on.py HOME FIRST LAST STEP: writes spans, a commit each STEP, and goes on where the offsets say."""

import sys
from pathlib import Path

from nilometer.schemas.settings import Settings
from nilometer.warehouse.writer import OffsetKey, Writer
from tests.support.lake import span


def main(home: str, first: int, last: int, step: int) -> None:
    key = OffsetKey("cluster", "nilometer.dev.events", 0 if first == 0 else 1)
    with Writer(Settings(home=Path(home))) as writer:
        print("ready", flush=True)  # noqa: T201
        start = writer.offsets("cluster").get(key, first)
        for begin in range(start, last, step):
            writer.write([span(n) for n in range(begin, begin + step)], offsets={key: begin + step})


if __name__ == "__main__":
    main(sys.argv[1], *map(int, sys.argv[2:]))
