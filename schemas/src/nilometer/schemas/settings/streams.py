"""The stream worker and what it accepts."""

from datetime import datetime

from pydantic import Field, field_validator

from nilometer.schemas.settings.section import MEBIBYTE, Section


class ValidationSettings(Section):
    """What the chain accepts."""

    earliest: str = Field(default="2015-01-01T00:00:00Z", description="Events that claim to be older are dead letters.")
    max_future_seconds: float = Field(
        default=86_400, ge=0, le=315_360_000, description="How far in the future an event may claim to be."
    )
    max_span_bytes: int = Field(default=8 * MEBIBYTE, ge=1_000, description="Larger events are dead letters.")
    max_name_length: int = Field(default=512, ge=16, description="Of ids, names and models, in characters.")

    @field_validator("earliest")
    @classmethod
    def _is_a_time(cls, value: str) -> str:
        datetime.fromisoformat(value)
        return value


class WorkerSettings(Section):
    """The stream worker."""

    batch_records: int = Field(default=20, ge=1, description="Records worked on at once, of all partitions in turn.")
    batch_seconds: float = Field(default=0.05, gt=0, description="How long a batch waits for more.")
    batch_bytes: int = Field(
        default=MEBIBYTE, ge=1, description="Sealed bytes worked on at once; a rebalance waits for no more than that."
    )
    batch_items: int = Field(default=200, ge=1, description="Spans worked on at once; one record may have more.")
    recent_ids: int = Field(
        default=200_000, ge=0, description="Event ids remembered so that a resend is not counted twice."
    )
    session_timeout_seconds: float = Field(
        default=10, ge=6, description="When a silent worker's partitions go to others."
    )
