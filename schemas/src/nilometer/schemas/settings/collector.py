"""What the OpenTelemetry Collector's Kafka exporter writes."""

from typing import Literal, Self

from pydantic import Field, model_validator

from nilometer.schemas.settings.broker import ConnectionSettings
from nilometer.schemas.settings.section import MEBIBYTE

_TOPIC = r"^[A-Za-z0-9._-]{1,249}$"

Encoding = Literal["auto", "otlp_proto", "otlp_json"]


class CollectorSettings(ConnectionSettings):
    """Topics that an OpenTelemetry Collector's Kafka exporter writes to. Limits of what is in them: [gateway]."""

    bootstrap_servers: str | None = Field(
        default=None,
        description="HOST:PORT[,…] of the Kafka that the Collector writes to. Unset: our own, with [broker]'s login.",
    )
    enabled: bool = Field(default=False, description="Whether `nilometer up` reads them, and they are made if missing.")
    traces_topic: str | None = Field(
        default="otlp_spans", pattern=_TOPIC, description="The exporter's `traces: topic`; empty: none is read."
    )
    logs_topic: str | None = Field(
        default="otlp_logs", pattern=_TOPIC, description="The exporter's `logs: topic`; empty: none is read."
    )
    encoding: Encoding = Field(
        default="auto", description="The exporter's `encoding`; auto looks at each record: both may be in one topic."
    )
    project: str | None = Field(
        default=None,
        pattern=r"^[A-Za-z0-9_.-]{1,64}$",
        description="What all of it is filed under, whatever it says of itself. Unset: as it says.",
    )
    group: str | None = Field(
        default=None, description="Consumer group that keeps our place. Unset: nilometer.<environment>.collector."
    )
    batch_records: int = Field(default=500, ge=1, le=10_000, description="Records taken at a time.")
    batch_bytes: int = Field(default=8 * MEBIBYTE, ge=1, description="Their size; one record may be larger.")
    metrics_port: int | None = Field(
        default=None, ge=0, le=65_535, description="Where Prometheus finds counts (HTTP). Unset: nowhere."
    )
    metrics_host: str = Field(default="127.0.0.1", description="Address of that port; it asks nobody for a key.")

    @model_validator(mode="before")
    @classmethod
    def _empty_is_none(cls, values: object) -> object:
        if isinstance(values, dict):
            given = dict(values)  # pyright: ignore[reportUnknownVariableType]
            for name in ("traces_topic", "logs_topic"):
                if given.get(name) == "":
                    given[name] = None
            return given  # pyright: ignore[reportUnknownVariableType]
        return values  # pyright: ignore[reportUnknownVariableType]

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.enabled and not self.topics():
            raise ValueError("give traces_topic or logs_topic")
        if self.traces_topic is not None and self.traces_topic == self.logs_topic:
            raise ValueError("traces_topic and logs_topic must differ: records do not say which they are")
        return self

    def topics(self) -> list[str]:
        """Those that are read."""
        return [topic for topic in (self.traces_topic, self.logs_topic) if topic is not None]

    def elsewhere(self) -> ConnectionSettings | None:
        """How to reach the Collector's own Kafka; None where it is ours."""
        return None if self.bootstrap_servers is None else self
