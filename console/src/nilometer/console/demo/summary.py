"""What a person gets to see of the demo."""

from collections.abc import Iterator
from decimal import Decimal

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from nilometer.console.demo.run import Result

QUESTION = "SELECT feature, sum(cost) FROM calls GROUP BY ALL"
MARKS = {True: Text("ok", style="green"), False: Text("WRONG", style="bold red")}


def summary(result: Result) -> Iterator[RenderableType]:
    yield _costs(result)
    yield Text()
    masked = ", ".join(f"{kind} {count}" for kind, count in result.masked.items())
    yield Text(f"Masked before anything was stored: {masked or 'nothing'}")
    for rule, dimensions, severity, value, threshold, *_ in result.alerts:
        yield Text(f"Alert: {rule} ({severity}) {dimensions}: {value:.2f}, threshold {threshold:g}")
    if result.alert_seconds is not None:
        yield Text(f"From the call that broke the rule to the alert: {result.alert_seconds:.2f} s")
    scores = ", ".join(f"{name} {count}" for name, count in result.scores.items())
    yield Text(f"Scores: {scores or 'none'}")
    yield Text(
        f"{result.events} events, in the warehouse {result.arrival_seconds:.1f} s after the first of them was sent; "
        f"the whole demo took {result.seconds:.0f} s"
    )
    yield Text()
    yield _checks(result)
    yield Text()
    yield Text(f"Report:  {result.report}")
    yield Text(f"Ask on:  nilometer --home {result.home} sql '{QUESTION}'")
    yield Text(f"Remove:  rm -r {result.home}")


def _costs(result: Result) -> Table:
    table = Table(title="Cost by feature and model", title_justify="left", header_style="bold")
    for name in ("feature", "model"):
        table.add_column(name)
    for name in ("calls", "failed", "input tokens", "output tokens", "cost (USD)", "unpriced"):
        table.add_column(name, justify="right")
    total = Decimal(0)
    for feature, model, calls, failed, sent, got, cost, unpriced in result.costs:
        total += cost or 0
        # Unknown is never zero.
        amount = "unknown" if cost is None else f"{cost:.6f}"
        numbers = [str(v if v is not None else "") for v in (calls, failed, sent, got)]
        table.add_row(feature, model, *numbers, amount, str(unpriced or ""))
    table.add_section()
    table.add_row("all", "", str(sum(row[2] for row in result.costs)), "", "", "", f"{total:.6f}", "")
    return table


def _checks(result: Result) -> Table:
    table = Table(title="What came out is what went in", title_justify="left", header_style="bold")
    table.add_column("check")
    table.add_column("")
    table.add_column("found", overflow="fold")
    for check in result.checks:
        table.add_row(check.name, MARKS[not check.problems], Text(check.found))
        for problem in check.problems:
            table.add_row("", "", Text(problem, style="red"))
    return table
