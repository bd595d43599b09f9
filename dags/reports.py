"""Writes the report on cost and quality, every hour, after the checks."""

from datetime import UTC, datetime, timedelta

from airflow.sdk import dag, task


@dag(
    schedule="20 * * * *",
    start_date=datetime(2026, 1, 1, tzinfo=UTC),
    catchup=False,
    max_active_runs=1,
    default_args={"retries": 2, "retry_delay": timedelta(minutes=2)},
    tags=["nilometer"],
)
def reports() -> None:
    @task
    def write() -> str:
        from nilometer.schemas.settings import load_settings
        from nilometer.warehouse import reports

        return str(reports.run(load_settings()).path)

    write()


reports()
