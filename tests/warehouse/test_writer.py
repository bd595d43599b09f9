"""Writing: each event once, rows with their offsets, whoever else writes or is killed."""

import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from nilometer.schemas.settings import LoaderSettings, Settings
from nilometer.schemas.span import Usage
from nilometer.warehouse.catalog import Catalog
from nilometer.warehouse.writer import OffsetKey, Writer
from tests.support.lake import START, dead_letter, fingerprint, lake_settings, rows, score, span, value

KEY = OffsetKey("cluster", "nilometer.dev.events", 0)
SCRIPT = Path(__file__).with_name("write_on.py")


def test_an_event_is_kept_once(tmp_path: Path) -> None:
    """Invariant 2: in one batch, in a later one, and by another writer."""
    settings = lake_settings(tmp_path)
    with Writer(settings) as writer, Writer(settings) as other:
        first = writer.write([span(n) for n in range(50)] + [span(7)])
        second = other.write([span(n) for n in range(25, 75)])
        third = writer.write([span(n) for n in range(75)] + [score(1)])
    assert (first.spans, first.duplicates) == (50, 1)
    assert (second.spans, second.duplicates) == (25, 25)
    assert (third.spans, third.scores, third.duplicates) == (0, 1, 75)
    assert value(settings, "SELECT count(*) = count(DISTINCT event_id) AND count(*) = 75 FROM spans") is True


def test_the_window_bounds_how_far_copies_are_looked_for(tmp_path: Path) -> None:
    settings = lake_settings(tmp_path, loader=LoaderSettings(dedup_window_days=1))
    later = {"started_at": START + timedelta(hours=20), "ended_at": None}
    much_later = {"started_at": START + timedelta(days=3), "ended_at": None}
    with Writer(settings) as writer:
        writer.write([span(1)])
        assert writer.write([span(1, **later)]).spans == 0
        assert writer.write([span(1, **much_later)]).spans == 1


def test_nothing_to_write_is_nothing_written(tmp_path: Path) -> None:
    with Writer(lake_settings(tmp_path)) as writer:
        assert writer.write([]).rows == 0


def test_what_no_table_holds_is_a_dead_letter_and_the_rest_is_kept(tmp_path: Path) -> None:
    settings = lake_settings(tmp_path)
    bad = [
        span(1, usage=Usage(input_tokens=1 << 64)),
        span(2, cost=Decimal("1e30")),
        span(3, cost=Decimal("NaN")),
        span(4, name="half a \ud83d"),
    ]
    with Writer(settings) as writer:
        written = writer.write([*bad, span(5)], dead_letters=[dead_letter(1)])
        again = writer.write(bad)
    assert (written.spans, written.refused, written.dead_letters, written.duplicates) == (1, 4, 5, 0)
    assert (again.dead_letters, again.refused, again.duplicates) == (0, 4, 4)
    assert {row["error_type"] for row in rows(settings, "FROM dead_letters")} == {"clock", "not_storable"}


def test_texts_of_all_kinds_survive(tmp_path: Path) -> None:
    """In the catalog, where small commits stay, and in files."""
    settings = lake_settings(tmp_path)
    texts = ["", "nul \0 nul", "'; DROP TABLE spans; --", "\u2028 \U0001f30a é", '"\\', "x" * 100_000, "[1", "\r\n\t"]
    small = [span(n, name=text, attributes={"text": text}) for n, text in enumerate(texts)]
    large = [span(n, name=texts[n % len(texts)], attributes={"text": texts[n % len(texts)]}) for n in range(100, 200)]
    with Writer(settings) as writer:
        writer.write(small)
        writer.write(large)
    found = rows(settings, "SELECT name, attributes->>'text' AS text FROM spans ORDER BY started_at")
    assert [row["name"] for row in found] == texts + [span.name for span in large]
    assert [row["text"] for row in found] == [row["name"] for row in found]


def test_money_is_exact_and_rounding_is_half_even(tmp_path: Path) -> None:
    settings = lake_settings(tmp_path)
    amounts = [
        "0.1",
        "0.2",
        "99999999999999999999.999999999999999999",
        "0.0000000000000000005",
        "0.0000000000000000015",
    ]
    with Writer(settings) as writer:
        writer.write([span(n, cost=Decimal(amount)) for n, amount in enumerate(amounts)])
    found = [str(row["cost"]) for row in rows(settings, "SELECT cost FROM calls ORDER BY started_at")]
    assert [Decimal(cost) for cost in found] == [
        Decimal("0.1"),
        Decimal("0.2"),
        Decimal("99999999999999999999.999999999999999999"),
        Decimal(0),
        Decimal("0.000000000000000002"),
    ]


def test_offsets_are_written_with_the_rows(tmp_path: Path) -> None:
    """Invariant 1: no offset without its rows, no rows without their offset."""
    settings = lake_settings(tmp_path)
    with Writer(settings) as writer:
        writer.write([span(1)], offsets={KEY: 5})
        with pytest.raises(TypeError):
            writer.write([object()], offsets={KEY: 9})  # pyright: ignore[reportArgumentType]
        writer.write([], offsets={KEY: 6, KEY._replace(partition=1): 3})
        assert writer.offsets("cluster") == {KEY: 6, KEY._replace(partition=1): 3}
        assert writer.offsets("cluster", ["other"]) == {}
        assert writer.offsets("another") == {}


def test_a_topic_made_anew_begins_below_its_old_offsets(tmp_path: Path) -> None:
    with Writer(lake_settings(tmp_path)) as writer:
        writer.write([span(1)], offsets={KEY: 1000})
        writer.write([span(2)], offsets={KEY: 2})
        assert writer.offsets("cluster") == {KEY: 2}


def test_writers_in_several_processes_lose_and_double_nothing(tmp_path: Path) -> None:
    settings = lake_settings(tmp_path)
    with running(settings, "0", "200", "20"), running(settings, "100", "300", "20"), Writer(settings) as writer:
        for first in range(50, 250, 25):
            writer.write([span(n) for n in range(first, first + 25)])
            # A reader is never in the way, and sees whole commits only.
            assert value(settings, "SELECT count(*) = count(DISTINCT event_id) FROM spans") is True
    assert value(settings, "SELECT count(*) FROM spans") == 300
    assert value(settings, "SELECT count(DISTINCT event_id) FROM spans") == 300


def test_a_reader_sees_each_commit_and_never_half_of_one(tmp_path: Path) -> None:
    settings = lake_settings(tmp_path)
    done = threading.Event()
    seen: list[int] = []
    with Writer(settings) as writer:
        writer.write([span(0)])
        reader = Catalog(settings).reader()

        def watch() -> None:
            while not done.is_set():
                seen.append(reader.execute("SELECT count(*) FROM calls").fetchone()[0])  # pyright: ignore
            seen.append(reader.execute("SELECT count(*) FROM calls").fetchone()[0])  # pyright: ignore

        watcher = threading.Thread(target=watch)
        watcher.start()
        for commit in range(15):
            writer.write([span(n) for n in range(1 + commit * 40, 41 + commit * 40)])
        done.set()
        watcher.join()
        reader.close()
    assert seen == sorted(seen)
    assert {count % 40 for count in seen} == {1}
    assert seen[-1] == 601


def test_killed_at_any_time_the_rows_are_those_of_an_undisturbed_run(tmp_path: Path) -> None:
    """Invariant 2: kill -9 of a writer, ten times at random."""
    calm, hunted = lake_settings(tmp_path / "calm"), lake_settings(tmp_path / "hunted")
    with running(calm, "0", "400", "8"):
        pass
    dice = random.Random(7)
    kills = 0
    while kills < 10:
        with running(hunted, "0", "400", "8", wait=False) as process:
            assert process.stdout is not None
            process.stdout.readline()
            time.sleep(dice.uniform(0, 0.15))
            process.kill()
            kills += 1
    with running(hunted, "0", "400", "8"):
        pass
    assert value(hunted, "SELECT count(*) FROM spans") == 400
    assert fingerprint(hunted) == fingerprint(calm)
    with Writer(hunted) as writer:
        assert writer.offsets("cluster") == {KEY: 400}


class running:
    """A process that writes spans FIRST to LAST, STEP at a time, from where the offsets say."""

    def __init__(self, settings: Settings, *arguments: str, wait: bool = True) -> None:
        command: Sequence[str] = [sys.executable, str(SCRIPT), str(settings.home), *arguments]
        environment = os.environ | {"PYTHONPATH": str(SCRIPT.parents[2])}
        self._wait = wait
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, env=environment)

    def __enter__(self) -> subprocess.Popen[bytes]:
        return self._process

    def __exit__(self, *_: object) -> None:
        if self._wait:
            self._process.wait(120)
            assert self._process.returncode == 0
        else:
            self._process.send_signal(signal.SIGKILL)
            self._process.wait(10)
        if self._process.stdout:
            self._process.stdout.close()
