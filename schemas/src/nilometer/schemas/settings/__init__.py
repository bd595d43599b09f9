"""Everything that a user can set: `nilometer.toml`, overridden by `NILOMETER_*` environment variables.

Sections nest with two underscores: `NILOMETER_BROKER__BOOTSTRAP_SERVERS`. The file is `./nilometer.toml`, or what
`NILOMETER_CONFIG` names. Settings are built in `main` and passed down; nothing reads them at import.
"""

import os
import tomllib
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from nilometer.schemas.errors import ConfigurationError
from nilometer.schemas.settings.alerts import DIMENSIONS, DetectorSettings, Metric, NotifierSettings, Rule
from nilometer.schemas.settings.broker import (
    BrokerSettings,
    ConnectionSettings,
    KeySettings,
    SchemaRegistrySettings,
    TopicSettings,
)
from nilometer.schemas.settings.collector import CollectorSettings
from nilometer.schemas.settings.forward import Destination, ForwardSettings
from nilometer.schemas.settings.masking import MaskingAction, MaskingRule, MaskingSettings
from nilometer.schemas.settings.producers import GatewaySettings, ProducerSettings
from nilometer.schemas.settings.section import MEBIBYTE, Section
from nilometer.schemas.settings.stack import UpSettings
from nilometer.schemas.settings.streams import ValidationSettings, WorkerSettings
from nilometer.schemas.settings.warehouse import LoaderSettings, RetentionSettings, TraceSettings, WarehouseSettings

__all__ = [
    "DIMENSIONS",
    "MEBIBYTE",
    "BrokerSettings",
    "CollectorSettings",
    "ConnectionSettings",
    "Destination",
    "DetectorSettings",
    "ForwardSettings",
    "GatewaySettings",
    "KeySettings",
    "LoaderSettings",
    "MaskingAction",
    "MaskingRule",
    "MaskingSettings",
    "Metric",
    "NotifierSettings",
    "ProducerSettings",
    "RetentionSettings",
    "Rule",
    "SchemaRegistrySettings",
    "Section",
    "Settings",
    "TopicSettings",
    "TraceSettings",
    "UpSettings",
    "ValidationSettings",
    "WarehouseSettings",
    "WorkerSettings",
    "load_settings",
]


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
    traces: TraceSettings = TraceSettings()
    retention: RetentionSettings = RetentionSettings()
    detector: DetectorSettings = DetectorSettings()
    notifier: NotifierSettings = NotifierSettings()
    up: UpSettings = UpSettings()
    gateway: GatewaySettings = GatewaySettings()
    collector: CollectorSettings = CollectorSettings()
    forward: ForwardSettings = ForwardSettings()

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
