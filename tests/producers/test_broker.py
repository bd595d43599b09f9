"""The sender and a real broker that is killed, paused and started anew; applications that end in every way."""

import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest

from nilometer.producers import Nilometer, Sender
from nilometer.schemas.settings import Settings
from tests.producers.support import arrived, span, wait_until, with_key
from tests.support.tansu import Tansu

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Tansu]:
    base = with_key(tmp_path / "home", delivery_timeout_seconds=1, batch_max_events=10)
    with Tansu(tmp_path / "broker", base) as tansu:
        yield tansu


def names(first: int, last: int) -> list[str]:
    return [f"n{n}" for n in range(first, last)]


def put(sender: Sender, first: int, last: int) -> None:
    assert all(sender.put(span(n)) for n in range(first, last))


def app(settings: Settings, code: str) -> subprocess.Popen[bytes]:
    """An application of its own; it speaks by ending, or by the byte that it writes."""
    lines = textwrap.dedent(code)
    prelude = "import os, sys, time\nfrom nilometer.producers import Sender\nfrom nilometer.schemas.settings import "
    prelude += "load_settings\nfrom tests.producers.support import span\nsender = Sender(load_settings())\n"
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(ROOT),
        "NILOMETER_HOME": str(settings.home),
        "NILOMETER_BROKER__BOOTSTRAP_SERVERS": settings.broker.bootstrap_servers or "",
        "NILOMETER_BROKER__EMBEDDED": "true",
        "NILOMETER_PRODUCER__DELIVERY_TIMEOUT_SECONDS": "1",
    }
    return subprocess.Popen(
        [sys.executable, "-W", "ignore::DeprecationWarning", "-c", prelude + lines],
        cwd=settings.home,
        env=environment,
        stdout=subprocess.PIPE,
    )


def run(settings: Settings, code: str) -> int:
    with app(settings, code) as process:
        return process.wait(60)


def test_events_reach_the_broker(broker: Tansu) -> None:
    sender = Sender(broker.settings)
    put(sender, 0, 1_000)
    assert sender.flush(30)
    assert sorted(arrived(broker.settings, 1_000)) == sorted(names(0, 1_000))
    assert sender.close()


def test_invariant_1_a_broker_that_dies_and_comes_back_gets_everything_in_order(broker: Tansu) -> None:
    """Nothing that was taken is lost, and the application's `put` never fails."""
    sender = Sender(broker.settings)
    put(sender, 0, 50)
    assert sender.flush(30)
    broker.kill()
    put(sender, 50, 150)
    wait_until(lambda: sender.away and sender.stats().spooled == 100)
    put(sender, 150, 250)
    wait_until(lambda: sender.stats().spooled == 200)
    assert not sender.flush(0.1)
    broker.start()
    put(sender, 250, 300)
    assert sender.flush(60)
    # The embedded broker forgot what it had; the rest comes in the order in which it was put.
    found = arrived(broker.settings, 250)
    assert sorted(found) == sorted(names(50, 300))
    assert found[:10] == names(50, 60)
    assert sender.stats().dropped == {}
    assert sender.close()


def test_a_broker_that_is_paused_gets_everything(broker: Tansu) -> None:
    sender = Sender(broker.settings)
    put(sender, 0, 50)
    assert sender.flush(30)
    broker.pause()
    try:
        put(sender, 50, 500)
        wait_until(lambda: sender.stats().spooled == 450)
    finally:
        broker.resume()
    assert sender.flush(60)
    found = arrived(broker.settings, 500)
    # What was on its way when it gave up comes twice; readers drop duplicates.
    assert sorted(set(found)) == sorted(names(0, 500))
    assert sender.close()


def test_an_application_that_is_killed_leaves_its_spool_to_the_next(broker: Tansu) -> None:
    broker.kill()
    code = """
        for n in range(100): sender.put(span(n))
        while sender.stats().spooled < 100: time.sleep(0.01)
        sys.stdout.write("x"); sys.stdout.flush()
        time.sleep(60)
    """
    with app(broker.settings, code) as process:
        assert process.stdout is not None
        assert process.stdout.read(1) == b"x"
        process.send_signal(signal.SIGKILL)
        process.wait()
    broker.start()
    sender = Sender(broker.settings)
    put(sender, 100, 110)
    wait_until(lambda: sender.stats().delivered == 110)
    assert sorted(arrived(broker.settings, 110)) == sorted(names(0, 110))
    assert sender.close()
    assert not list(broker.settings.spool_directory().iterdir())


def test_an_application_that_ends_without_flush_delivers(broker: Tansu) -> None:
    assert run(broker.settings, "for n in range(100): sender.put(span(n))") == 0
    assert sorted(arrived(broker.settings, 100)) == sorted(names(0, 100))


def test_an_application_that_fails_delivers(broker: Tansu) -> None:
    assert run(broker.settings, "sender.put(span(1)); sys.stderr = None; raise RuntimeError") == 1
    assert arrived(broker.settings, 1) == ["n1"]


def test_an_application_that_ends_while_the_broker_is_away_leaves_a_spool(broker: Tansu) -> None:
    broker.kill()
    assert run(broker.settings, "for n in range(100): sender.put(span(n))") == 0
    broker.start()
    sender = Sender(broker.settings)
    put(sender, 100, 101)
    wait_until(lambda: sender.stats().delivered == 101)
    assert sorted(arrived(broker.settings, 101)) == sorted(names(0, 101))
    assert sender.close()


@pytest.mark.parametrize(
    "ending",
    ["sys.exit(0)", "sender.close(); os._exit(0)"],
    ids=["exit", "_exit"],
)
def test_parent_and_forked_child_each_deliver_their_own_once(broker: Tansu, ending: str) -> None:
    code = f"""
        for n in range(50): sender.put(span(n))
        sender.flush(30)
        for n in range(50, 100): sender.put(span(n))
        child = os.fork()
        if child == 0:
            for n in range(100, 150): sender.put(span(n))
            {ending}
        for n in range(150, 200): sender.put(span(n))
        _, status = os.waitpid(child, 0)
        sys.exit(os.waitstatus_to_exitcode(status))
    """
    assert run(broker.settings, code) == 0
    assert sorted(arrived(broker.settings, 200)) == sorted(names(0, 200))


def test_children_of_multiprocessing_deliver(broker: Tansu) -> None:
    code = """
        import multiprocessing
        def work(first):
            for n in range(first, first + 10): sender.put(span(n))
        sender.put(span(0))
        sender.flush(30)
        context = multiprocessing.get_context("fork")
        children = [context.Process(target=work, args=(first,)) for first in (1, 11, 21)]
        for child in children: child.start()
        for child in children: child.join(30)
        sys.exit(max(child.exitcode or 0 for child in children))
    """
    assert run(broker.settings, code) == 0
    assert sorted(arrived(broker.settings, 31)) == sorted(names(0, 31))


def test_several_processes_share_a_spool_directory(broker: Tansu) -> None:
    broker.kill()
    processes = [
        app(broker.settings, f"for n in range({first}, {first + 20}): sender.put(span(n))") for first in (0, 20, 40)
    ]
    for process in processes:
        with process:
            assert process.wait(60) == 0
    broker.start()
    sender = Sender(broker.settings)
    put(sender, 60, 61)
    wait_until(lambda: sender.stats().delivered == 61)
    assert sorted(arrived(broker.settings, 61)) == sorted(names(0, 61))
    assert sender.close()


def test_the_client_delivers_what_the_issue_shows(broker: Tansu) -> None:
    with Nilometer(broker.settings) as nm:
        with nm.trace("answer-ticket", user_id="u-17", feature="support", session_id="s-9") as trace:
            with trace.call(provider="openai", model="gpt-4o", input_messages=[], temperature=0.2) as call:
                call.respond({"choices": [{"message": {"content": "done"}, "finish_reason": "stop"}]})
            with trace.tool("lookup_order", arguments={"order": 1}) as tool:
                tool.respond({"status": "sent"})
        nm.feedback(trace_id=trace.id, thumbs="down", comment="slow", correction="faster")
        assert nm.flush(30)
    assert arrived(broker.settings, 4) == ["chat gpt-4o", "execute_tool lookup_order", "answer-ticket", "feedback"]
