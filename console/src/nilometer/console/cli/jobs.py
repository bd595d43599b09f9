"""`nilometer run`: the jobs that Airflow runs on a schedule, run now."""

import dataclasses
import importlib
from enum import StrEnum
from typing import Annotated, Any

import msgspec
import typer

from nilometer.console.cli.options import FormatOption, TableOrJson, example, settings_of
from nilometer.console.cli.output import print_json, print_rows
from nilometer.console.errors import ExitCode


class Job(StrEnum):
    evaluation = "evaluation"
    quality = "quality"
    retention = "retention"
    reports = "reports"


MODULES = {
    Job.evaluation: "nilometer.evaluation.runs",
    Job.quality: "nilometer.warehouse.quality",
    Job.retention: "nilometer.warehouse.retention",
    Job.reports: "nilometer.warehouse.reports",
}


def register(app: typer.Typer) -> None:
    app.command("run", epilog=example("nilometer run reports", "nilometer run quality --format json"))(run)


def run(
    context: typer.Context,
    job: Annotated[Job, typer.Argument(help="Which job.", show_default=False)],
    style: FormatOption = TableOrJson.table,
) -> None:
    """Run a job on the warehouse now.

    evaluation: scores of what came in. quality: checks of what was loaded. retention: what is over its time is
    deleted. reports: the cost and quality page. Exit code 1 when the job found something wrong.
    """
    result = importlib.import_module(MODULES[job]).run(settings_of(context))
    found = as_mapping(result)
    if style is TableOrJson.json:
        print_json(found)
    else:
        print_rows(("result", "value"), list(found.items()), style, title=str(job))
    if getattr(result, "passed", True) is False:
        raise typer.Exit(ExitCode.FINDING)


def as_mapping(result: Any) -> dict[str, Any]:
    """A job's result as names and values."""
    if dataclasses.is_dataclass(result) and not isinstance(result, type):
        return dataclasses.asdict(result)
    return dict(msgspec.to_builtins(result))
