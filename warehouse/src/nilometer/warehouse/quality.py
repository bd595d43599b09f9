"""Quality of what was loaded: Great Expectations suites on the analysts' views.

Each suite's rows are copied into a local table and checked frame by frame, so that memory stays bounded and no
transaction on the catalog stays open.
"""

import contextlib
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import msgspec

from nilometer.schemas.settings import Settings
from nilometer.warehouse.catalog import Catalog, patient
from nilometer.warehouse.quality_result import Check, QualityResult
from nilometer.warehouse.quality_suites import SUITES, Suite

FRAME_VECTORS = 50
"""Rows per frame, in DuckDB's vectors of 2,048."""
LATEST = "latest.json"


def run(settings: Settings, *, since: datetime | None = None, now: datetime | None = None) -> QualityResult:
    """Checks all rows, or those that started at or after `since`; the result is also JSON under <home>/quality.

    Raises WarehouseError. What is wrong with the data is in the result, not an exception.
    """
    at = now or datetime.now(UTC)
    rows: dict[str, int] = {}
    checks: list[Check] = []
    with contextlib.closing(Catalog(settings).reader()) as connection:
        for suite in SUITES:
            rows[suite.name], found = _check(connection, suite, at, since)
            checks += found
    path = directory(settings) / f"{at.astimezone(UTC):%Y%m%dT%H%M%S.%fZ}.json"
    result = QualityResult(
        environment=settings.environment, checked_at=at, since=since, rows=rows, checks=checks, path=str(path)
    )
    text = msgspec.json.format(msgspec.json.encode(result), indent=2)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    for file in (path, path.parent / LATEST):
        part = file.with_suffix(".part")
        part.write_bytes(text)
        part.replace(file)
    return result


def directory(settings: Settings) -> Path:
    """Where results are kept."""
    return settings.home / "quality" / settings.environment


def latest(settings: Settings) -> QualityResult | None:
    """The latest result; None where there is none, or of another version."""
    try:
        return msgspec.json.decode((directory(settings) / LATEST).read_bytes(), type=QualityResult)
    except (OSError, msgspec.DecodeError):
        return None


def _check(
    connection: duckdb.DuckDBPyConnection, suite: Suite, now: datetime, since: datetime | None
) -> tuple[int, list[Check]]:
    """How many rows the suite's query has, and its checks over them."""
    from nilometer.warehouse.quality_engine import Engine  # Great Expectations takes seconds to import.

    parameters = {name: value for name, value in (("now", now), ("since", since)) if f"${name}" in suite.query}
    sql = f"CREATE OR REPLACE TABLE memory.main.checked AS {suite.query}"
    patient(lambda: connection.execute(sql, parameters))
    engine = Engine(suite)
    rows = 0
    found = connection.execute("SELECT * FROM memory.main.checked")
    while not (frame := found.fetch_df_chunk(FRAME_VECTORS)).empty:
        rows += len(frame)
        engine.check(frame)
    return rows, engine.checks()
