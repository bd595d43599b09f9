"""What a check of quality found: counts and ids, never contents."""

from datetime import datetime
from typing import Self

import msgspec

from nilometer.schemas.errors import NilometerError
from nilometer.warehouse.quality_suites import Severity


class QualityError(NilometerError):
    """Loaded rows break the warehouse's contract. Its text holds names and counts."""


class Check(msgspec.Struct, frozen=True, kw_only=True):
    """One expectation's result over all rows of its suite."""

    suite: str
    expectation: str
    subject: str
    """The column or columns."""
    severity: Severity
    success: bool
    rows: int
    """Rows it applied to: NULLs are left out, but for an expectation about NULLs."""
    unexpected: int
    mostly: float
    """The share of rows that had to meet it."""
    sample: list[str]
    """Keys of a few unexpected rows: event ids, or trace ids in the suite `traces`."""
    error_type: str | None = None
    """Set where it could not be checked at all."""

    def __str__(self) -> str:
        what = f"{self.suite}.{self.subject} {self.expectation}"
        if self.error_type:
            return f"{what}: not checked ({self.error_type})"
        return f"{what}: {self.unexpected} of {self.rows} rows"


class QualityResult(msgspec.Struct, frozen=True, kw_only=True):
    """All checks of a run. It passed where no check of severity `error` failed."""

    environment: str
    checked_at: datetime
    since: datetime | None
    rows: dict[str, int]
    """Suite → rows that were looked at."""
    checks: list[Check]
    path: str
    """The JSON file that holds this."""

    @property
    def passed(self) -> bool:
        return not self.errors

    @property
    def errors(self) -> list[Check]:
        return [check for check in self.checks if check.severity == "error" and not check.success]

    @property
    def warnings(self) -> list[Check]:
        return [check for check in self.checks if check.severity == "warning" and not check.success]

    def require(self) -> Self:
        """Itself. Raises QualityError where it did not pass."""
        if not self.passed:
            raise QualityError(self.summary())
        return self

    def summary(self) -> str:
        """For people, in one line."""
        verdict = "passed" if self.passed else "failed: " + "; ".join(map(str, self.errors))
        return f"{len(self.checks)} checks, {len(self.errors)} errors, {len(self.warnings)} warnings; quality {verdict}"
