"""Files into the warehouse without a broker, and questions to it."""

import json
from decimal import Decimal
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from tests.console.command import nilometer, rows, sql
from tests.console.events import SECRET, write

PRICE = Decimal(1000) * Decimal("2.5") / 10**6 + Decimal(100) * Decimal(10) / 10**6


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A warehouse with five calls and two refused lines."""
    folder = tmp_path_factory.mktemp("backfill")
    file = write(folder / "events.jsonl", range(1, 6), '{"type": "span"', '{"type": "span", "trace_id": 5}')
    done = nilometer("backfill", file, "--home", folder / "home")
    assert done.returncode == 1, done.stderr
    assert "events.jsonl:6: decode/" in done.stderr
    assert "events.jsonl:7: decode/" in done.stderr
    assert "5 new rows" in done.stderr
    assert "Traceback" not in done.stderr
    return folder / "home"


def test_rows_are_masked_and_priced(home: Path) -> None:
    found = sql(home, "SELECT cost, status, started_at, input_messages FROM calls ORDER BY started_at")
    assert len(found) == 5
    assert all(Decimal(row["cost"]) == PRICE for row in found)
    assert found[0]["started_at"] == "2026-05-01T09:01:00Z"
    assert SECRET not in json.dumps(found)


def test_running_it_twice_changes_nothing(home: Path) -> None:
    before = rows(home, "FROM spans ORDER BY event_id"), rows(home, "SELECT event_id FROM dead_letters")
    done = nilometer("backfill", home.parent / "events.jsonl", "--home", home)
    assert "0 new rows, 5 there already" in done.stderr
    assert rows(home, "FROM spans ORDER BY event_id") == before[0]
    assert rows(home, "SELECT event_id FROM dead_letters") == before[1]


def test_refused_lines_are_dead_letters_that_show_nothing(home: Path) -> None:
    listed = nilometer("dead", "list", "--format", "json", "--home", home)
    letters = json.loads(listed.stdout)
    assert {letter["step"] for letter in letters} == {"decode"}
    shown = nilometer("dead", "show", letters[0]["event_id"], "--reveal", "--home", home)
    assert shown.returncode == 0, shown.stderr
    assert json.loads(shown.stdout)["original"].startswith('{"type": "span"')
    acts = rows(home, "SELECT action, target FROM audit")
    assert acts == [{"action": "dead.reveal", "target": letters[0]["event_id"]}]


def test_each_event_of_a_refused_conversation_is_a_dead_letter_of_its_own(tmp_path: Path) -> None:
    turns = [{"role": "user", "content": "hi"}, {"role": "assistant", "content": "hello"}]
    file = tmp_path / "chat.jsonl"
    file.write_text(json.dumps({"messages": turns + turns}) + "\n", encoding="utf-8")
    options = ["--format", "openai-chat", "--started-at", "2099-01-01T00:00:00Z", "--home", tmp_path / "home"]
    done = nilometer("backfill", file, *options)
    assert done.returncode == 1, done.stderr
    found = rows(tmp_path / "home", "SELECT error_type, count(*) AS n FROM dead_letters GROUP BY ALL")
    assert found == [{"error_type": "clock", "n": 3}]


def test_sql_speaks_csv_parquet_and_reads_standard_input(home: Path, tmp_path: Path) -> None:
    done = nilometer("sql", "-", "--format", "csv", "--home", home, stdin="SELECT count(*) AS n FROM calls")
    assert done.stdout == "n\n5\n"
    file = tmp_path / "calls.parquet"
    done = nilometer("--home", home, "sql", "SELECT cost FROM calls", "--format", "parquet", "--output", file)
    assert done.returncode == 0, done.stderr
    assert pq.read_table(file).num_rows == 5  # pyright: ignore[reportUnknownMemberType]


@pytest.mark.parametrize("query", ["SELECT nothing FROM calls", "DELETE FROM spans", "SELECT 1; SELECT 2"])
def test_a_wrong_query_is_one_line(home: Path, query: str) -> None:
    done = nilometer("sql", query, "--home", home)
    assert done.returncode == 1
    assert len(done.stderr.strip().splitlines()) == 1
    assert done.stderr.startswith("nilometer: ")


@pytest.mark.parametrize("job", ["evaluation", "quality", "retention", "reports"])
def test_every_job_runs_and_tells_what_it_did(home: Path, job: str) -> None:
    done = nilometer("run", job, "--format", "json", "--home", home)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)
