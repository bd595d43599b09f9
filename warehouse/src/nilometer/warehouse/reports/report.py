"""Writing a report: one HTML file that needs nothing else."""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from nilometer.schemas.settings import Settings
from nilometer.warehouse import quality
from nilometer.warehouse.reports.figures import figures
from nilometer.warehouse.reports.page import render

LATEST = "latest.html"


@dataclass(frozen=True, kw_only=True)
class Report:
    """A report that was written."""

    path: Path
    latest: Path
    """Always the newest one, under a name that stays."""
    calls: int
    traces: int
    size_bytes: int


def run(
    settings: Settings, *, since: datetime | None = None, until: datetime | None = None, now: datetime | None = None
) -> Report:
    """Writes the report on calls started in [since, until), all without them, to <home>/reports/<environment>.

    Raises WarehouseError.
    """
    at = (now or datetime.now(UTC)).astimezone(UTC)
    directory = settings.home / "reports" / settings.environment
    directory.mkdir(parents=True, exist_ok=True, mode=0o700)
    with figures(settings, since, until) as found:
        page = render(found, settings.environment, (since, until), quality.latest(settings), at).encode()
        calls, traces = found.totals["calls"], found.totals["traces"]
    path, latest = directory / f"{at:%Y%m%dT%H%M%S.%fZ}.html", directory / LATEST
    for file in (path, latest):
        part = file.with_suffix(".part")
        part.write_bytes(page)
        part.replace(file)
    return Report(path=path, latest=latest, calls=calls, traces=traces, size_bytes=len(page))
