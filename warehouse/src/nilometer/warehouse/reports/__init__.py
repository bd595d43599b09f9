"""Reports: one self-contained HTML page on cost and quality. `run` writes it."""

from nilometer.warehouse.reports.report import Report, run

__all__ = ["Report", "run"]
