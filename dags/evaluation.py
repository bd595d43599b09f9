"""Scores what has come into the warehouse, every quarter of an hour."""

from datetime import UTC, datetime, timedelta

from airflow.sdk import dag, task


@dag(
    schedule="*/15 * * * *",
    start_date=datetime(2026, 1, 1, tzinfo=UTC),
    catchup=False,
    max_active_runs=1,
    default_args={"retries": 2, "retry_delay": timedelta(minutes=1)},
    tags=["nilometer"],
)
def evaluation() -> None:
    @task
    def score() -> dict[str, int]:
        from nilometer.evaluation import runs
        from nilometer.schemas.settings import load_settings

        return runs.run(load_settings()).require().scores

    score()


evaluation()
