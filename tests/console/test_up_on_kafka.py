"""`nilometer up --broker` on a real Kafka that somebody else runs."""

from pathlib import Path

import pytest

from tests.console.command import nilometer, until, up
from tests.console.events import write
from tests.support.kafka import Cluster

pytestmark = pytest.mark.kafka


@pytest.mark.timeout(420)
def test_up_on_a_kafka_that_exists(kafka: Cluster, tmp_path: Path) -> None:
    home = tmp_path / "home"
    ours = ["--environment", "shown"]
    with up(home, "--broker", kafka.bootstrap_servers, "--yes", *ours) as running:
        assert kafka.bootstrap_servers in running.said()
        file = write(tmp_path / "events.jsonl", range(1, 6))
        done = nilometer("publish", file, "--home", home, *ours)
        assert done.returncode == 0, done.stderr
        question = "SELECT count(*) AS n FROM calls"
        until("five calls", lambda: _counted(home, question) == 5)
        plan = nilometer("topics", "plan", "--home", home, *ours, extra=_address(kafka))
        assert plan.returncode == 0, plan.stderr
        assert running.end() == 0


def _counted(home: Path, question: str) -> int:
    done = nilometer("sql", question, "--format", "csv", "--home", home, "--environment", "shown")
    return int(done.stdout.split()[-1]) if done.returncode == 0 else -1


def _address(kafka: Cluster) -> dict[str, str]:
    return {"NILOMETER_BROKER__BOOTSTRAP_SERVERS": kafka.bootstrap_servers}
