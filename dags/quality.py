"""Checks what was loaded, every hour; the task fails where rows break the warehouse's contract."""

from datetime import UTC, datetime

from airflow.sdk import dag, task


@dag(
    schedule="5 * * * *",
    start_date=datetime(2026, 1, 1, tzinfo=UTC),
    catchup=False,
    max_active_runs=1,
    default_args={"retries": 0},  # Rows that break the contract still do so five minutes later.
    tags=["nilometer"],
)
def quality() -> None:
    @task
    def check() -> str:
        from nilometer.schemas.settings import load_settings
        from nilometer.warehouse import quality

        return quality.run(load_settings()).require().summary()

    check()


quality()
