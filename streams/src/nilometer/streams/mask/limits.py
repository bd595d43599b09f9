"""How long patterns may look at one text: they share one limit, and stop when it is over."""

import threading
import time

from presidio_analyzer import analyzer_engine, pattern_recognizer
from presidio_analyzer.predefined_recognizers.generic import iban_recognizer

MAX_SECONDS = 20.0
"""Where no policy says otherwise (`masking.max_text_seconds`). For all patterns together, on one text or on one piece
of a long text (`engine.CHUNK_CHARACTERS`). The slowest of the generated texts took 4.4 s for all that the
engine does."""
LEAST = 0.001
"""What is given when nothing is left."""


class Clock(threading.local):
    """The seconds that are left. The `regex` module takes it for a time limit."""

    def __init__(self) -> None:
        # Not started: who asks a recogniser alone has all of the time for each pattern.
        self._end: float | None = None

    def start(self, seconds: float) -> None:
        """From now on, in this thread."""
        self._end = time.monotonic() + seconds

    def __float__(self) -> float:
        return MAX_SECONDS if self._end is None else max(LEAST, self._end - time.monotonic())

    def __str__(self) -> str:
        return f"{MAX_SECONDS:.0f}"


CLOCK = Clock()


def install() -> None:
    """Makes Presidio's patterns, each of which had its own limit of a minute, share the clock."""
    for module in (analyzer_engine, pattern_recognizer, iban_recognizer):
        setattr(module, "REGEX_TIMEOUT_SECONDS", CLOCK)  # noqa: B010 - for the type checker it is a whole number
