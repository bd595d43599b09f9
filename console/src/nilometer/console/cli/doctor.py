"""`nilometer doctor`: what is wrong here, and what to do."""

import typer

from nilometer.console.cli.options import FormatOption, TableOrJson, example, settings_of
from nilometer.console.cli.output import print_rows, say
from nilometer.console.errors import ExitCode


def register(app: typer.Typer) -> None:
    app.command(epilog=example("nilometer doctor", "nilometer doctor --format json"))(doctor)


def doctor(context: typer.Context, style: FormatOption = TableOrJson.table) -> None:
    """Check this installation: settings, keys, broker, topics, services, models, warehouse, spool, disk.

    Exit code 1 when something does not work; warnings alone leave it 0.
    """
    from nilometer.console.doctor import Health, examine

    findings = examine(settings_of(context))
    rows = [(f.check, str(f.health), f.what, f.do) for f in findings]
    print_rows(("check", "health", "what", "what to do"), rows, style)
    problems = sum(f.health is Health.problem for f in findings)
    warnings = sum(f.health is Health.warning for f in findings)
    say(f"{problems} problems, {warnings} warnings")
    if problems:
        raise typer.Exit(ExitCode.FINDING)
