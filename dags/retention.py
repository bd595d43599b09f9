"""Deletes what is over its time, with its files, every night."""

from datetime import UTC, datetime, timedelta

from airflow.sdk import dag, task


@dag(
    schedule="30 3 * * *",
    start_date=datetime(2026, 1, 1, tzinfo=UTC),
    catchup=False,
    max_active_runs=1,
    default_args={"retries": 2, "retry_delay": timedelta(minutes=10)},
    tags=["nilometer"],
)
def retention() -> None:
    @task
    def delete() -> dict[str, int]:
        from nilometer.schemas.settings import load_settings
        from nilometer.warehouse import retention

        return retention.run(load_settings()).deleted_rows

    delete()


retention()
