"""Two demos at once: one passes, and one that lets a planted name through says so."""

import json
import subprocess
from collections.abc import Generator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from nilometer.console.demo.setup import make_home
from nilometer.console.simulate.scenario import INCIDENT_CALLS, Scenario
from tests.console.command import COMMAND, environment

CALLS = 90


@contextmanager
def demo(home: Path, seed: int, extra: dict[str, str]) -> Generator[subprocess.Popen[str]]:
    with subprocess.Popen(
        [*COMMAND, "demo", "--calls", str(CALLS), "--seed", str(seed), "--home", str(home)],
        env=environment(extra),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.terminate()


def test_two_at_once_and_the_truth_is_checked(tmp_path: Path) -> None:
    planted = Scenario(2, CALLS - INCIDENT_CALLS, datetime.now(UTC)).people[0].name
    leaky = {"NILOMETER_MASKING__ALLOW": json.dumps([planted])}
    with demo(tmp_path / "good", 1, {}) as good, demo(tmp_path / "bad", 2, leaky) as bad:
        said, notes = good.communicate(timeout=240)
        assert good.returncode == 0, said + notes
        assert "WRONG" not in said
        assert f"{CALLS} of {CALLS} calls" in said
        assert 'error-burst (critical) {"feature":"search"}' in said
        assert "everything is as it was sent" in notes
        (report,) = (file for file in (tmp_path / "good").rglob("*.html") if file.name != "latest.html")
        assert f"Report:  {report}" in said
        said, notes = bad.communicate(timeout=240)
        assert bad.returncode == 1, said + notes
        assert "planted values: name in the table store.spans" in said
        assert planted not in said + notes


def test_the_same_seed_gives_the_same_conversations() -> None:
    now = datetime(2026, 5, 1, 12, tzinfo=UTC)
    first, again, other = (Scenario(seed, 100, now) for seed in (3, 3, 4))
    assert first.history == again.history
    assert first.incident() == again.incident()
    assert first.history != other.history
    assert sum(len(c.calls()) for c in first.history) == 100


def test_every_demo_has_a_home_of_its_own(tmp_path: Path) -> None:
    assert make_home(tmp_path) != make_home(tmp_path)
    assert make_home(tmp_path).is_relative_to(tmp_path)
