"""The figures of a report, read from the views. What is not known is None, never 0."""

import contextlib
from collections.abc import Generator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import cached_property
from typing import Any

import duckdb

from nilometer.schemas.settings import Settings
from nilometer.warehouse.catalog import Catalog, patient
from nilometer.warehouse.reports import queries

Row = dict[str, Any]
TOP = 12
"""Rows of a table before the rest is summed up, or left out with a word."""


@dataclass(frozen=True)
class Spend:
    """Money in one currency."""

    amount: Decimal
    currency: str


class Figures:
    """Figures of the calls that started in a period, all from one copy of their narrow columns."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, since: datetime | None, until: datetime | None) -> None:
        self._connection = connection
        self._period = {"since": since, "until": until}
        for table, sql in queries.COPIES.items():
            self._rows(f"CREATE OR REPLACE TABLE memory.main.{table} AS {sql}")

    @cached_property
    def totals(self) -> Row:
        """One row: counts, tokens, latency quantiles, first and last start."""
        return self._rows(queries.TOTALS)[0]

    @cached_property
    def spend(self) -> list[Spend]:
        """What is known to have been spent, per currency, the most used one first."""
        return [Spend(row["cost"], row["currency"]) for row in self._rows(queries.SPEND)]

    @property
    def currency(self) -> str | None:
        """The currency of the charts."""
        return self.spend[0].currency if self.spend else None

    @cached_property
    def currencies(self) -> list[str]:
        return [spend.currency for spend in self.spend]

    @cached_property
    def unpriced(self) -> list[Row]:
        return self._rows(queries.UNPRICED)

    @cached_property
    def bucket(self) -> str:
        """How fine the charts over time are: `hour` for up to four days, `day` for up to a hundred, else `week`."""
        first, last = self.totals["first_start"], self.totals["last_start"]
        days = (last - first).total_seconds() / 86_400 if first else 0
        return "hour" if days <= 4 else "day" if days <= 100 else "week"

    @cached_property
    def over_time(self) -> list[Row]:
        """One row per bucket, empty ones too."""
        return self._rows(queries.OVER_TIME.format(bucket=self.bucket), currency=self.currency)

    @cached_property
    def by_feature_and_model(self) -> list[Row]:
        return self._rows(queries.BY_FEATURE_AND_MODEL)

    @cached_property
    def by_model(self) -> list[Row]:
        return self._rows(queries.BY_MODEL)

    @cached_property
    def by_user(self) -> list[Row]:
        return self._rows(queries.BY_USER)

    @cached_property
    def errors(self) -> list[Row]:
        return self._rows(queries.ERRORS)

    @cached_property
    def tools(self) -> list[Row]:
        return self._rows(queries.TOOLS)

    @cached_property
    def scores(self) -> list[Row]:
        """Name, evaluator, which way is better, and how many have which label and value."""
        return self._rows(queries.SCORES)

    @cached_property
    def unfinished(self) -> Row:
        """One row: traces of which more may come, and traces whose root was waited for in vain."""
        return self._rows(queries.UNFINISHED)[0]

    @cached_property
    def feedback(self) -> Row:
        return self._rows(queries.FEEDBACK)[0]

    @cached_property
    def masked(self) -> list[Row]:
        return self._rows(queries.MASKED)

    @cached_property
    def alerts(self) -> list[Row]:
        return self._rows(queries.ALERTS)

    @cached_property
    def dead_letters(self) -> list[Row]:
        return self._rows(queries.DEAD_LETTERS)

    def _rows(self, sql: str, **parameters: Any) -> list[Row]:
        wanted = {name: value for name, value in (self._period | parameters).items() if f"${name}" in sql}

        def fetch() -> list[Row]:
            found = self._connection.execute(sql, wanted)
            names = [column[0] for column in found.description or ()]
            return [dict(zip(names, row, strict=True)) for row in found.fetchall()]

        return patient(fetch)


@contextlib.contextmanager
def figures(settings: Settings, since: datetime | None, until: datetime | None) -> Generator[Figures]:
    """The figures of the period [since, until); None leaves an end open. Raises WarehouseError."""
    with contextlib.closing(Catalog(settings).reader()) as connection:
        yield Figures(connection, since, until)
