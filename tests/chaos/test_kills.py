"""kill -9 of any process at any time changes no row: invariant 2, on real Kafka with three nodes and on Tansu.

NILOMETER_CHAOS=full takes the whole file and ten kills; otherwise a part of it and fewer.
"""

import contextlib
import json
import os
import random
from collections.abc import Callable, Generator, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from nilometer.console import draining
from nilometer.schemas.keys import create_key
from nilometer.schemas.settings import KeySettings, ProducerSettings, Settings, WorkerSettings
from nilometer.warehouse.writer import Writer
from tests.conftest import on_cluster
from tests.support import rows
from tests.support.kafka import Cluster, make_topics, wait_for
from tests.support.rollups import counted_calls
from tests.support.stack import Stack, command, run, start
from tests.support.tansu import Tansu

pytestmark = [pytest.mark.real_data, pytest.mark.timeout(1800)]

FULL = os.environ.get("NILOMETER_CHAOS") == "full"
RUNS = 100 if FULL else 20
KILLS = 10 if FULL else 4
STARTED_AT = "2026-05-01T09:00:00Z"
INPUT = ("--format", "openai-chat", "--started-at", STARTED_AT, "--provider", "openai", "--model", "gpt-4o")
VICTIMS = ("worker-1", "loader", "detector")


@pytest.fixture(scope="module")
def file(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The first runs of the real file."""
    lines = (shared_data / "tau_airline_gpt4o.jsonl").read_text(encoding="utf-8").splitlines(keepends=True)[:RUNS]
    path = tmp_path_factory.mktemp("data") / "runs.jsonl"
    path.write_text("".join(lines), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Keys that all share, so that pseudonyms agree; small batches, so that a kill always finds one at work."""
    home = tmp_path_factory.mktemp("undisturbed")
    create_key(home / "keys")
    return Settings(
        home=home,
        keys=KeySettings(directory=home / "keys"),
        producer=ProducerSettings(batch_max_events=20),
        worker=WorkerSettings(batch_records=2),
    )


@pytest.fixture(scope="module")
def undisturbed(base: Settings, file: Path) -> Settings:
    """What the same file gives without a broker, twice."""
    run(base, "backfill", str(file), *INPUT, timeout=1200)
    once = rows.digests(base)
    run(base, "backfill", str(file), *INPUT, timeout=1200)
    assert rows.digests(base) == once, "backfilling twice changes nothing"
    assert once["calls"][0] == messages(file, "assistant")
    assert once["tool_calls"][0] == messages(file, "tool")
    return base


def messages(file: Path, role: str) -> int:
    conversations = [json.loads(line)["traj"] for line in file.read_text(encoding="utf-8").splitlines()]
    return sum(message["role"] == role for conversation in conversations for message in conversation)


@contextlib.contextmanager
def three_nodes(base: Settings, directory: Path) -> Generator[Settings]:
    with Cluster(directory / "kafka", nodes=3) as cluster:
        settings = on_cluster(base.model_copy(update={"home": directory / "home"}), cluster)
        make_topics(settings)
        yield settings


@contextlib.contextmanager
def embedded(base: Settings, directory: Path) -> Generator[Settings]:
    with Tansu(directory / "tansu", base.model_copy(update={"home": directory / "home"})) as broker:
        yield broker.settings


@pytest.mark.parametrize(
    "broker",
    [
        pytest.param(three_nodes, id="kafka", marks=pytest.mark.kafka),
        pytest.param(embedded, id="embedded"),
    ],
)
def test_ten_kills_change_no_row(
    broker: Callable[[Settings, Path], AbstractContextManager[Settings]],
    base: Settings,
    undisturbed: Settings,
    file: Path,
    tmp_path: Path,
) -> None:
    expected = rows.digests(undisturbed)
    with broker(base, tmp_path) as settings, Stack(settings, VICTIMS) as stack:
        publisher = start(settings, command("publish", str(file), *INPUT, "--quiet"), tmp_path / "publish.log")
        for threshold, victim in kills(seed=17, expected=expected["spans"][0]):
            wait_for(lambda at=threshold: rows.count(settings) >= at, f"{threshold} rows", 600, stack.check)
            stack.kill(victim)
            stack.start(victim)
        assert publisher.wait(600) == 0, (tmp_path / "publish.log").read_text()[-3000:]
        settle(settings, stack)
        same_rows(settings, undisturbed)
        assert counted_calls(settings) == expected["calls"][0], "a kill neither loses nor adds a count"

        run(settings, "publish", str(file), *INPUT, "--quiet")
        settle(settings, stack)
        same_rows(settings, undisturbed)
        assert rows.count(settings, "dead_letters") == 0


def kills(seed: int, expected: int) -> Iterator[tuple[int, str]]:
    """After how many rows which process is killed: random, the same each time, each process about as often."""
    rng = random.Random(seed)
    points = sorted(rng.randrange(expected * 9 // 10) for _ in range(KILLS))
    victims = [VICTIMS[number % len(VICTIMS)] for number in range(KILLS)]
    rng.shuffle(victims)
    return zip(points, victims, strict=True)


def settle(settings: Settings, stack: Stack) -> None:
    """Until everything that the broker holds has been dealt with, by processes that are all up again."""
    stack.wait_ready(*stack.names)
    with Writer(settings) as writer:
        wait_for(lambda: not draining.waiting(settings, writer), "the warehouse to have everything", 900, stack.check)


def same_rows(settings: Settings, undisturbed: Settings) -> None:
    if rows.digests(settings) != rows.digests(undisturbed):
        pytest.fail("; ".join(rows.difference(settings, undisturbed, view) for view in rows.VIEWS))
