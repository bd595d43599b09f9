"""The real `airflow` command, in a home of its own, on this checkout's DAGs."""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

DAGS = Path(__file__).parents[2] / "dags"
AIRFLOW = Path(sys.executable).with_name("airflow")


def airflow(
    airflow_home: Path, *arguments: str, extra: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Each takes some 15 s of processor time. `extra`: variables, such as NILOMETER_HOME."""
    ours = {
        "AIRFLOW_HOME": str(airflow_home),
        "AIRFLOW__CORE__DAGS_FOLDER": str(DAGS),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{airflow_home}/airflow.db",
    }
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("AIRFLOW", "NILOMETER"))}
    return subprocess.run(
        [str(AIRFLOW), *arguments],
        cwd=airflow_home,
        env=kept | ours | dict(extra or {}),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
