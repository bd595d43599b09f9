"""Everything that a user can set: `nilometer.toml`, overridden by `NILOMETER_*` environment variables.

Sections nest with two underscores: `NILOMETER_BROKER__BOOTSTRAP_SERVERS`. The file is `./nilometer.toml`, or what
`NILOMETER_CONFIG` names. Settings are built in `main` and passed down; nothing reads them at import.
"""

import ipaddress
import os
import tomllib
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from nilometer.schemas.errors import ConfigurationError

MEBIBYTE = 1024 * 1024


class Section(BaseModel):
    """A table of `nilometer.toml`: frozen, and strict about names."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


def _secret(value: SecretStr | None, file: Path | None) -> str | None:
    if value is not None:
        return value.get_secret_value()
    if file is None:
        return None
    try:
        return file.read_text(encoding="utf-8").strip()
    except OSError as error:
        raise ConfigurationError(f"cannot read the secret file {file}: {error.strerror}") from None


def _lines(values: list[SecretStr], file: Path | None) -> list[str]:
    """Secrets, given themselves or one a line of a file."""
    found = [value.get_secret_value() for value in values] + (_secret(None, file) or "").splitlines()
    return [text.strip() for text in found if text.strip()]


class BrokerSettings(Section):
    """How to reach Kafka."""

    bootstrap_servers: str | None = Field(
        default=None, description="HOST:PORT[,…]. Unset: the broker that `nilometer up` started under this home."
    )
    security_protocol: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = Field(
        default="PLAINTEXT", description="As librdkafka's `security.protocol`."
    )
    sasl_mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] | None = Field(
        default=None, description="As librdkafka's `sasl.mechanism`."
    )
    sasl_username: str | None = Field(default=None, description="User of SASL.")
    sasl_password: SecretStr | None = Field(default=None, description="Password of SASL.")
    sasl_password_file: Path | None = Field(default=None, description="A file with it.")
    ssl_ca_location: Path | None = Field(
        default=None, description="File of the authorities that the broker's certificate must come from."
    )
    ssl_certificate_location: Path | None = Field(default=None, description="File of our own certificate.")
    ssl_key_location: Path | None = Field(default=None, description="File of our own private key.")
    ssl_key_password: SecretStr | None = Field(default=None, description="Password of that key.")
    ssl_key_password_file: Path | None = Field(default=None, description="A file with it.")
    replication_factor: int = Field(default=-1, ge=-1, description="For topics we create; -1: the broker's default.")
    embedded: bool = Field(default=False, description="Set by `nilometer up` for its own broker.")
    incarnation: str = Field(
        default="", description="Set by `nilometer up`: which life of the embedded broker this is."
    )

    def sasl_secret(self) -> str | None:
        return _secret(self.sasl_password, self.sasl_password_file)

    def ssl_key_secret(self) -> str | None:
        return _secret(self.ssl_key_password, self.ssl_key_password_file)


class TopicSettings(Section):
    """Sizes of the topics that `nilometer topics create` makes."""

    partitions: int = Field(default=4, ge=1, le=1024, description="Of raw, events and rollups.")
    raw_retention_hours: float = Field(default=6, gt=0, description="How long sealed originals stay on `raw`.")
    max_message_bytes: int = Field(default=8 * MEBIBYTE, ge=MEBIBYTE, description="Largest message on any topic.")


class SchemaRegistrySettings(Section):
    """A Confluent-compatible schema registry; without a URL none is used."""

    url: str | None = Field(
        default=None, description="Where it is; schemas are registered there and messages carry their ids."
    )
    username: str | None = Field(default=None, description="User of basic authentication.")
    password: SecretStr | None = Field(default=None, description="Password of it.")
    password_file: Path | None = Field(default=None, description="A file with it.")

    def secret(self) -> str | None:
        return _secret(self.password, self.password_file)


class KeySettings(Section):
    """Where the environment's keys are. Applications need the public sealing key only."""

    directory: Path | None = Field(default=None, description="Unset: <home>/keys/<environment>.")
    public_key: str | None = Field(default=None, description="The public sealing key itself, as `keys list` prints it.")


class ProducerSettings(Section):
    """The SDK in an application."""

    service: str | None = Field(default=None, description="Name of the application; on every span.")
    project: str | None = Field(default=None, description="What it belongs to; on every span.")
    enabled: bool = Field(default=True, description="False: nothing is recorded.")
    record_content: bool = Field(default=True, description="False: neither messages nor tool contents are sent at all.")
    queue_max_events: int = Field(
        default=10_000, ge=1, description="Events in memory; beyond, they are dropped and counted."
    )
    queue_max_bytes: int = Field(
        default=64 * MEBIBYTE, ge=MEBIBYTE, description="Their size; beyond, they are dropped and counted."
    )
    batch_max_events: int = Field(default=500, ge=1, le=500, description="Events in one sealed batch.")
    batch_max_bytes: int = Field(default=512_000, ge=1_000, description="Size of one batch before sealing.")
    linger_seconds: float = Field(default=0.05, ge=0, description="How long a batch waits for company.")
    spool_directory: Path | None = Field(default=None, description="Unset: <home>/spool/<environment>.")
    spool_max_bytes: int = Field(default=256 * MEBIBYTE, ge=0, description="0: no spool.")
    delivery_timeout_seconds: float = Field(
        default=30, gt=0, description="How long a delivery is tried before it counts as failed."
    )
    close_timeout_seconds: float = Field(default=5, ge=0, description="How long the end of a process may take.")


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


class MaskingSettings(Section):
    """What leaves the worker."""

    language: str = Field(default="en", description="Of the recognisers.")
    entities: list[str] = Field(default_factory=list, description="Kinds to mask; empty: all that the engine knows.")
    score_threshold: float = Field(default=0.35, ge=0, le=1, description="How sure a recogniser must be, 0 to 1.")
    user_ids: Literal["pseudonym", "keep"] = Field(
        default="pseudonym", description="pseudonym: keyed, the same for the same user."
    )
    allow: list[str] = Field(default_factory=list, description="Exact texts that are never masked.")
    deny: list[str] = Field(default_factory=list, description="Exact texts that are always masked.")
    max_text_characters: int = Field(
        default=1_000_000, ge=1_000, description="Longer texts are not passed on: dead letter."
    )


class WorkerSettings(Section):
    """The stream worker."""

    batch_records: int = Field(default=20, ge=1, description="Records taken at a time.")
    batch_seconds: float = Field(default=0.05, gt=0, description="How long a batch waits for more.")
    batch_bytes: int = Field(
        default=MEBIBYTE, ge=1, description="Sealed bytes worked on at once; a rebalance waits for no more than that."
    )
    recent_ids: int = Field(
        default=200_000, ge=0, description="Event ids remembered so that a resend is not counted twice."
    )
    session_timeout_seconds: float = Field(
        default=10, ge=6, description="When a silent worker's partitions go to others."
    )


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
        return _secret(self.catalog_password, self.catalog_password_file)


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


Metric = Literal[
    "calls_per_minute", "error_rate", "cost_per_minute", "latency_ms", "tokens_per_minute", "unpriced_rate"
]


class Rule(Section):
    """A threshold rule of the detector."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_-]{0,63}$")
    metric: Metric
    above: Decimal | None = None
    below: Decimal | None = None
    quantile: float | None = Field(default=None, gt=0, lt=1, description="For latency_ms: 0.95 is p95.")
    window_seconds: int = Field(default=60, ge=1, le=86_400)
    minimum_calls: int = Field(default=1, ge=0, description="Fewer calls in the window say nothing.")
    by: list[str] = Field(
        default_factory=list, description="Span fields to group by, e.g. feature, request_model, user_id."
    )
    where: dict[str, str] = Field(default_factory=dict, description="Only spans whose fields equal these.")
    severity: Literal["info", "warning", "critical"] = "warning"
    summary: str = ""
    runbook_url: str | None = None

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if (self.above is None) == (self.below is None):
            raise ValueError("give exactly one of `above` and `below`")
        if (self.metric == "latency_ms") != (self.quantile is not None):
            raise ValueError("`quantile` goes with the metric latency_ms, and that one needs it")
        unknown = sorted({*self.by, *self.where} - set(DIMENSIONS))
        if unknown:
            raise ValueError(f"unknown dimension {unknown[0]!r}; known: {', '.join(DIMENSIONS)}")
        return self


DIMENSIONS = (
    "service",
    "project",
    "feature",
    "user_id",
    "session_id",
    "agent_name",
    "operation",
    "provider",
    "request_model",
    "response_model",
    "error_type",
    "prompt_name",
    "prompt_version",
    "trace_id",
)
"""Span fields that rules may group and filter by."""


def _default_rules() -> list[Rule]:
    return [
        Rule(
            name="error-rate",
            metric="error_rate",
            above=Decimal("0.2"),
            window_seconds=120,
            minimum_calls=20,
            by=["service", "feature"],
            severity="critical",
            summary="More than a fifth of the calls fail.",
        ),
        Rule(
            name="unpriced",
            metric="unpriced_rate",
            above=Decimal(0),
            window_seconds=300,
            by=["provider", "request_model"],
            severity="info",
            summary="Calls whose cost is unknown: see unpriced_reason in the view calls.",
        ),
    ]


class DetectorSettings(Section):
    """What raises an alert. Rules that are given replace the default ones."""

    rules: list[Rule] = Field(default_factory=_default_rules)
    watermark_seconds: float = Field(
        default=5,
        ge=0,
        description="How late an event may be and still count on time; rules with `below` wait for so long.",
    )
    max_groups: int = Field(
        default=10_000, ge=1, description="Groups a rule watches one by one; further ones are watched together."
    )
    resolve_seconds: float = Field(
        default=30, ge=0, description="How long a rule must not hold before its alert resolves."
    )

    @model_validator(mode="after")
    def _distinct(self) -> Self:
        names = [rule.name for rule in self.rules]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"two rules are called {twice[0]!r}")
        return self


class NotifierSettings(Section):
    """Who hears of an alert."""

    stdout: bool = Field(default=True, description="Print each change of an alert.")
    webhooks: list[SecretStr] = Field(default_factory=list, description="URLs that get each change as a JSON POST.")
    webhooks_file: Path | None = Field(default=None, description="The same, one a line.")
    apprise: list[SecretStr] = Field(default_factory=list, description="Apprise URLs: Slack, PagerDuty, mail, …")
    apprise_file: Path | None = Field(default=None, description="The same, one a line.")
    timeout_seconds: float = Field(default=5, gt=0, description="Of one attempt.")
    attempts: int = Field(default=5, ge=1, description="Before a change becomes a dead letter.")
    first_start_seconds: float = Field(
        default=300, ge=0, description="A notifier that never ran before does not send what is older than this."
    )

    def webhook_urls(self) -> list[str]:
        return _lines(self.webhooks, self.webhooks_file)

    def apprise_urls(self) -> list[str]:
        return _lines(self.apprise, self.apprise_file)


class UpSettings(Section):
    """`nilometer up`, which runs the whole stack on one machine."""

    workers: int = Field(default=1, ge=1, le=64, description="Stream workers.")
    gateway: bool = Field(default=True, description="Whether it runs the gateway, too.")
    broker_port: int = Field(default=0, ge=0, le=65_535, description="Of the embedded broker; 0: any free one.")
    broker_memory_bytes: int = Field(
        default=2048 * MEBIBYTE, ge=128 * MEBIBYTE, description="Of the embedded broker: at this size `up` ends."
    )
    ready_seconds: float = Field(default=90, gt=0, description="How long the stack may take to start.")
    drain_seconds: float = Field(
        default=15, ge=0, description="On Ctrl-C: how long what is in the embedded broker may take to the warehouse."
    )
    log_max_bytes: int = Field(default=10 * MEBIBYTE, ge=10_000, description="Of one log file; three older ones stay.")


class GatewaySettings(Section):
    """The gateway: OpenTelemetry, Langfuse's OTLP path, CloudEvents and feedback over HTTP, OpenTelemetry over gRPC."""

    host: str = Field(default="127.0.0.1", description="Address to listen on.")
    http_port: int = Field(default=4318, ge=0, le=65_535, description="Of HTTP; 0: any free one.")
    grpc_port: int = Field(default=4317, ge=0, le=65_535, description="Of gRPC; 0: any free one.")
    require_key: bool | None = Field(
        default=None,
        description="Whether requests need an API key. Unset: yes, but for `nilometer up` with its own broker on this "
        "machine's own address. False is refused on any other address.",
    )
    api_keys_file: Path | None = Field(default=None, description="Unset: api-keys.json beside the sealing keys.")
    tls_certificate_file: Path | None = Field(default=None, description="Certificate chain, PEM; makes it https.")
    tls_key_file: Path | None = Field(default=None, description="Its private key, PEM, without a password.")
    max_body_bytes: int = Field(default=16 * MEBIBYTE, ge=1_000, description="Of a request, as it is sent.")
    max_decompressed_bytes: int = Field(default=32 * MEBIBYTE, ge=1_000, description="Of a request, decompressed.")
    max_ratio: int = Field(
        default=200, ge=2, description="Decompressed over sent size that is too much; looked at from 1 MiB on."
    )
    max_spans: int = Field(default=50_000, ge=1, description="Spans, log records or events of one request.")
    max_attribute_bytes: int = Field(
        default=4 * MEBIBYTE, ge=1_000, description="Of one attribute; what has a larger one is not taken."
    )
    max_depth: int = Field(default=32, ge=1, le=40, description="How deep an attribute's value may be nested.")
    max_requests: int = Field(default=256, ge=1, description="At once; further ones are asked to come later.")
    max_connections: int = Field(default=2_000, ge=1, description="Of HTTP, at once; further ones are closed.")
    buffer_bytes: int = Field(
        default=256 * MEBIBYTE,
        ge=MEBIBYTE,
        description="Bodies that wait for the broker's word; beyond, senders are asked to come later (429).",
    )
    acknowledge_seconds: float = Field(
        default=8,
        ge=1,
        description="How long the broker's word may take before a sender is told 503; exporters wait 10 s.",
    )
    header_seconds: float = Field(default=10, gt=0, description="How long a client may take to send a request's head.")
    body_seconds: float = Field(default=30, gt=0, description="How long a client may take to send a request's body.")
    retry_after_seconds: int = Field(default=2, ge=1, description="After which senders are asked to come back.")
    drain_seconds: float = Field(default=10, ge=0, description="On SIGTERM: how long requests at hand may take.")

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if (self.tls_certificate_file is None) != (self.tls_key_file is None):
            raise ValueError("tls_certificate_file and tls_key_file go together")
        if self.require_key is False and not self.is_loopback():
            raise ValueError("require_key = false is for this machine's own address only (host = 127.0.0.1)")
        return self

    def is_loopback(self) -> bool:
        """Whether only this machine can reach it."""
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return self.host == "localhost"


class Settings(BaseSettings):
    """All settings. Raises ConfigurationError, with the place, through `load_settings`."""

    model_config = SettingsConfigDict(
        env_prefix="NILOMETER_", env_nested_delimiter="__", frozen=True, extra="forbid", hide_input_in_errors=True
    )

    environment: Annotated[
        str, Field(pattern=r"^[a-z][a-z0-9-]{0,31}$", description="Topics, keys and warehouse of each are apart.")
    ] = "dev"
    home: Path = Field(default=Path(".nilometer"), description="Where state lives.")
    broker: BrokerSettings = BrokerSettings()
    topics: TopicSettings = TopicSettings()
    schema_registry: SchemaRegistrySettings = SchemaRegistrySettings()
    keys: KeySettings = KeySettings()
    producer: ProducerSettings = ProducerSettings()
    validation: ValidationSettings = ValidationSettings()
    masking: MaskingSettings = MaskingSettings()
    worker: WorkerSettings = WorkerSettings()
    loader: LoaderSettings = LoaderSettings()
    warehouse: WarehouseSettings = WarehouseSettings()
    retention: RetentionSettings = RetentionSettings()
    detector: DetectorSettings = DetectorSettings()
    notifier: NotifierSettings = NotifierSettings()
    up: UpSettings = UpSettings()
    gateway: GatewaySettings = GatewaySettings()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        # The file comes in through `load_settings` as initial values; the environment overrides it.
        return env_settings, init_settings

    def keys_directory(self) -> Path:
        return self.keys.directory or self.home / "keys" / self.environment

    def spool_directory(self) -> Path:
        return self.producer.spool_directory or self.home / "spool" / self.environment

    def run_directory(self) -> Path:
        """Where running processes leave word of themselves, e.g. the embedded broker's address."""
        return self.home / "run" / self.environment


class _Exact(Settings):
    """Only what it is given: the environment stands above the file, but not above the caller."""

    @classmethod
    def settings_customise_sources(cls, *_: Any, init_settings: PydanticBaseSettingsSource, **__: Any) -> Any:
        return (init_settings,)


def load_settings(config: Path | None = None, **overrides: Any) -> Settings:
    """The settings of the file, overridden by the environment, overridden by `overrides` (top-level fields).

    Raises ConfigurationError that names the setting, never its value.
    """
    named = config or (Path(os.environ["NILOMETER_CONFIG"]) if os.environ.get("NILOMETER_CONFIG") else None)
    path = named or Path("nilometer.toml")
    values: dict[str, Any] = {}
    if path.is_file():
        try:
            values = tomllib.loads(path.read_text(encoding="utf-8"))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            place = str(error) if isinstance(error, tomllib.TOMLDecodeError) else "not UTF-8"
            raise ConfigurationError(f"{path}: {place}") from None
    elif named:
        raise ConfigurationError(f"{path}: no such file")
    try:
        settings = Settings(**values)
        if overrides:
            exact = _Exact(**{name: getattr(settings, name) for name in Settings.model_fields} | overrides)
            settings = settings.model_copy(update={name: getattr(exact, name) for name in overrides})
    except ValidationError as error:
        places = "; ".join(f"{'.'.join(map(str, e['loc'])) or 'settings'}: {e['msg']}" for e in error.errors())
        raise ConfigurationError(f"{path if path.is_file() else 'environment'}: {places}") from None
    return settings
