"""A process that crashes says where and what kind of error, never what the error says, and leaves no core dump."""

import logging
import resource
import subprocess
import sys
import textwrap

import pytest

from nilometer.schemas import crash

SECRET = "maria.silva@example.com"

CRASHES = {
    "uncaught": f"raise ValueError('{SECRET}')",
    "from another": f"""
        try:
            int('{SECRET}')
        except ValueError as error:
            raise RuntimeError('{SECRET}') from error
    """,
    "in a thread": f"""
        import threading
        def work():
            raise ValueError('{SECRET}')
        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
    """,
    "in a task that nobody awaits": f"""
        import asyncio, gc
        async def work():
            raise ValueError('{SECRET}')
        async def main():
            asyncio.ensure_future(work())
            await asyncio.sleep(0)
            await asyncio.sleep(0)
        asyncio.run(main())
        gc.collect()
    """,
    "in a callback": f"""
        import asyncio
        def work(text):
            raise ValueError(text)
        async def main():
            asyncio.get_running_loop().call_soon(work, '{SECRET}')
            await asyncio.sleep(0)
        asyncio.run(main())
    """,
    "in a destructor": f"""
        class Thing:
            def __del__(self):
                raise ValueError('{SECRET}')
        Thing()
    """,
    "logged with its trace": f"""
        import logging
        try:
            raise ValueError('{SECRET}')
        except ValueError:
            logging.getLogger('faust.worker').exception('it crashed', stack_info=True)
    """,
    "a warning": f"""
        import warnings
        warnings.simplefilter('always')
        warnings.warn('{SECRET}')
    """,
}


@pytest.mark.parametrize("name", CRASHES)
def test_a_crash_tells_no_value(name: str) -> None:
    body = textwrap.dedent(CRASHES[name])
    program = f"from nilometer.schemas.service import start_logging\nstart_logging()\n{body}"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60)
    said = done.stdout + done.stderr
    assert SECRET not in said
    assert ("UserWarning" if name == "a warning" else "ValueError") in said
    assert "<string>:" in said
    if name in ("uncaught", "from another"):
        assert done.returncode == 1


def test_there_is_no_core_dump() -> None:
    program = (
        "import resource; from nilometer.schemas.service import start_logging; start_logging(); "
        "print(resource.getrlimit(resource.RLIMIT_CORE)[0], int(open('/proc/self/coredump_filter').read(), 16))"
    )
    hard = resource.getrlimit(resource.RLIMIT_CORE)[1]

    def dumps_allowed() -> None:
        resource.setrlimit(resource.RLIMIT_CORE, (hard, hard))

    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60, preexec_fn=dumps_allowed
    )
    # The limit, and what a dump holds of the memory where the kernel pipes it to a program and asks no limit.
    assert done.stdout.split() == ["0", "0"], done.stderr


def test_what_another_handler_has_written_is_not_written_again() -> None:
    try:
        raise ValueError(SECRET)
    except ValueError as error:
        info = (ValueError, error, error.__traceback__)
        record = logging.LogRecord("x", logging.ERROR, "x.py", 1, "it failed", (), info)
    logging.Formatter().format(record)
    assert SECRET in (record.exc_text or "")
    assert SECRET not in crash.QuietFormatter().format(record)
