"""What lasts: the loader, the warehouse, and for how long."""

from pathlib import Path

from pydantic import Field, SecretStr

from nilometer.schemas.settings.section import Section, secret_of


class LoaderSettings(Section):
    """The warehouse loader."""

    batch_rows: int = Field(default=20_000, ge=1, description="Rows of one transaction at most.")
    batch_seconds: float = Field(default=0.5, gt=0, description="How long a transaction waits for more.")
    dedup_window_days: float = Field(
        default=7, gt=0, description="How far apart two copies of one event may claim to be."
    )


class WarehouseSettings(Section):
    """Where the warehouse lives. Unset: DuckLake on SQLite under <home>/warehouse."""

    catalog: str | None = Field(
        default=None, description="DuckLake catalog, e.g. `postgres:dbname=lake host=db user=nilometer`."
    )
    catalog_password: SecretStr | None = Field(default=None, description="Password of the catalog's database.")
    catalog_password_file: Path | None = Field(default=None, description="A file with it.")
    data_path: str | None = Field(default=None, description="A folder or s3:// prefix for the Parquet files.")
    memory_limit: str = Field(default="2GB", description="Of DuckDB, in each process.")

    def secret(self) -> str | None:
        return secret_of(self.catalog_password, self.catalog_password_file)


class TraceSettings(Section):
    """When a trace is finished, and therefore evaluated. What files brought is finished at once."""

    quiet_seconds: float = Field(
        default=10, ge=0, le=3_600, description="Its root has ended, and nothing more has arrived for so long."
    )
    timeout_seconds: float = Field(
        default=300, ge=0, le=86_400, description="Its root has not ended or not come, and nothing arrived for so long."
    )
    max_open_seconds: float = Field(
        default=3_600, gt=0, le=86_400, description="However much still arrives, it is not waited for longer than this."
    )


class RetentionSettings(Section):
    """How long rows stay; None keeps them. Files are deleted physically when the time is over."""

    spans_days: float | None = Field(default=90, gt=0, description="Of spans.")
    feedback_days: float | None = Field(default=365, gt=0, description="Of feedback.")
    scores_days: float | None = Field(default=365, gt=0, description="Of scores.")
    alerts_days: float | None = Field(default=365, gt=0, description="Of alerts.")
    dead_letters_days: float | None = Field(default=14, gt=0, description="Of dead letters.")
    snapshots_hours: float = Field(
        default=24, ge=0, description="How long deleted rows can still be reached by time travel."
    )
