"""Every DAG through the real `airflow dags test`, on a warehouse with rows, and what it promised is there.

Each Airflow command takes some 15 s of processor time.
"""

import ast
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from nilometer.schemas.settings import Settings
from nilometer.schemas.span import Usage
from nilometer.warehouse import quality
from nilometer.warehouse.sql import query
from tests.support.airflow import DAGS, airflow
from tests.support.traffic import priced, say, traffic, write

SECRET = "do-not-log-me"
DAG_IDS = ("evaluation", "quality", "reports", "retention")

pytestmark = pytest.mark.timeout(1_200)


@pytest.fixture(scope="session")
def airflow_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An AIRFLOW_HOME with a migrated database."""
    home = tmp_path_factory.mktemp("airflow")
    done = airflow(home, "db", "migrate")
    assert done.returncode == 0, done.stdout[-2_000:]
    return home


def dags_test(airflow_home: Path, dag_id: str, settings: Settings) -> subprocess.CompletedProcess[str]:
    ours = {"NILOMETER_BROKER__SASL_PASSWORD": SECRET, "NILOMETER_HOME": str(settings.home)}
    done = airflow(airflow_home, "dags", "test", dag_id, extra=ours)
    assert SECRET not in done.stdout
    return done


def test_each_dag_writes_what_it_promises(airflow_home: Path, settings: Settings) -> None:
    """In the order of a day: scores, checks, the page, and what is over its time goes."""
    lately = datetime.now(UTC) - timedelta(days=2)
    outdated = lately - timedelta(days=200)
    spans = traffic(traces=20, hours=24, start=lately)
    write(settings, [*spans, priced(900, 0, started_at=outdated, ended_at=None)])

    done = dags_test(airflow_home, "evaluation", settings)
    assert done.returncode == 0, done.stdout[-4_000:]
    found = query(settings, "SELECT name, count(*) AS n FROM scores GROUP BY name").to_pylist()
    assert {row["name"]: row["n"] for row in found}["trace_outcome"] == 21

    done = dags_test(airflow_home, "quality", settings)
    assert done.returncode == 0, done.stdout[-4_000:]
    checked = quality.latest(settings)
    assert checked is not None
    assert checked.passed
    assert checked.rows["spans"] == len(spans) + 1

    done = dags_test(airflow_home, "reports", settings)
    assert done.returncode == 0, done.stdout[-4_000:]
    page = (settings.home / "reports" / "dev" / "latest.html").read_text(encoding="utf-8")
    assert "trace_outcome" in page

    done = dags_test(airflow_home, "retention", settings)
    assert done.returncode == 0, done.stdout[-4_000:]
    left = query(settings, "SELECT count(*) AS n, min(started_at) AS first FROM spans").to_pylist()[0]
    assert left["n"] == len(spans)
    assert left["first"] >= lately


def test_bad_rows_fail_the_quality_task_with_a_clear_word(airflow_home: Path, settings: Settings) -> None:
    bad = priced(1, 1, status="PRIVATE", output_messages=say("PRIVATE"), usage=Usage(input_tokens=-1))
    write(settings, [priced(1, 0), bad])
    done = dags_test(airflow_home, "quality", settings)
    assert done.returncode != 0
    assert "quality failed" in done.stdout
    assert "calls.input_tokens" in done.stdout
    assert "PRIVATE" not in done.stdout


def test_every_dag_loads(airflow_home: Path) -> None:
    errors = airflow(airflow_home, "dags", "list-import-errors", "--local")
    assert errors.returncode == 0, errors.stdout[-2_000:]
    assert {file.stem for file in DAGS.glob("*.py")} == set(DAG_IDS)


@pytest.mark.parametrize("dag_id", DAG_IDS)
def test_a_dag_file_is_a_schedule_and_one_call(dag_id: str) -> None:
    tree = ast.parse((DAGS / f"{dag_id}.py").read_text(encoding="utf-8"))
    top = [node for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)]
    assert {node.module for node in top if isinstance(node, ast.ImportFrom)} == {"datetime", "airflow.sdk"}
    assert len(top) == 2
    logic = (ast.If, ast.For, ast.While, ast.Try, ast.With, ast.Lambda, ast.comprehension, ast.BoolOp, ast.Compare)
    assert not [node for node in ast.walk(tree) if isinstance(node, logic)]
    (flow,) = (node for node in tree.body if isinstance(node, ast.FunctionDef))
    (job,) = (node for node in flow.body if isinstance(node, ast.FunctionDef))
    statements = [node for node in job.body if not isinstance(node, ast.ImportFrom)]
    assert len(statements) == 1
    assert isinstance(statements[0], ast.Return)
    options = {keyword.arg: ast.unparse(keyword.value) for keyword in flow.decorator_list[0].keywords}  # pyright: ignore
    assert options["catchup"] == "False"
    assert options["max_active_runs"] == "1"
    assert "'retries'" in options["default_args"]
