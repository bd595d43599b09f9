"""What a process of ours says when something unexpected ends it: types and places, never what the error says.

The text of an error, the repr of a task or a core dump may hold what the process was working on.
"""

import asyncio
import logging
import re
import sys
import threading
import traceback
import warnings
from contextlib import suppress
from pathlib import Path, PurePath
from types import TracebackType

_ExcInfo = tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]

_BEGINNING = re.compile(r"[\n(<'\"]")
FRAMES = 12
"""Places that are told, the innermost ones."""


def describe(error: BaseException) -> str:
    """`ValueError at chain.py:88 run, price.py:40 _cost; from KeyError at …`."""
    said: list[str] = []
    seen: set[int] = set()
    one: BaseException | None = error
    while one is not None and id(one) not in seen:
        seen.add(id(one))
        frames = traceback.extract_tb(one.__traceback__)[-FRAMES:]
        places = ", ".join(f"{PurePath(frame.filename).name}:{frame.lineno} {frame.name}" for frame in frames)
        said.append(f"{type(one).__name__} at {places or 'no place'}")
        one = one.__cause__ or (None if one.__suppress_context__ else one.__context__)
    return "; from ".join(said)


class QuietFormatter(logging.Formatter):
    """Writes exceptions as `describe` does. Of asyncio's messages only what they begin with: they show tasks."""

    def formatException(self, ei: _ExcInfo) -> str:
        return "an exception" if ei[1] is None else describe(ei[1])

    def formatStack(self, stack_info: str) -> str:
        return "(stack left out)"

    def format(self, record: logging.LogRecord) -> str:
        # Another handler may have written it with its text already.
        record.exc_text = None
        if record.name == asyncio.__name__:
            record = logging.makeLogRecord(
                record.__dict__ | {"msg": _BEGINNING.split(record.getMessage())[0], "args": ()}
            )
        return super().format(record)


def keep_quiet() -> None:
    """For the rest of this process: uncaught exceptions and warnings are told on standard error as `describe` tells
    them, and there is no core dump."""

    def tell(text: str) -> None:
        sys.stderr.write(text + "\n")

    def uncaught(_kind: type[BaseException], error: BaseException, _trace: TracebackType | None) -> None:
        tell(f"unexpected {describe(error)}: a fault of Nilometer, please report it")

    def in_thread(arguments: threading.ExceptHookArgs) -> None:
        if arguments.exc_value is not None and not isinstance(arguments.exc_value, SystemExit):
            tell(f"unexpected {describe(arguments.exc_value)}, in a thread: a fault of Nilometer, please report it")

    def unraisable(arguments: "sys.UnraisableHookArgs") -> None:
        if arguments.exc_value is not None:
            tell(f"ignored {describe(arguments.exc_value)}")

    def warn(_message: object, category: type[Warning], filename: str, lineno: int, *_: object) -> None:
        tell(f"{category.__name__} at {PurePath(filename).name}:{lineno}")

    sys.excepthook = uncaught
    threading.excepthook = in_thread
    sys.unraisablehook = unraisable
    warnings.showwarning = warn
    with suppress(ImportError):
        # Applications import this module, too, and not on Unix only.
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))
    with suppress(OSError):
        # That limit is not asked where dumps are piped to a program (`core_pattern`): there they hold no memory.
        Path("/proc/self/coredump_filter").write_text("0x0", encoding="ascii")
