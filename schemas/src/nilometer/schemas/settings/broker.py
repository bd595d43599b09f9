"""Kafka, its topics, the schema registry and the environment's keys."""

from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr

from nilometer.schemas.settings.section import MEBIBYTE, Section, secret_of


class ConnectionSettings(Section):
    """How to reach a Kafka."""

    bootstrap_servers: str | None = Field(default=None, description="HOST:PORT[,…].")
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

    def sasl_secret(self) -> str | None:
        return secret_of(self.sasl_password, self.sasl_password_file)

    def ssl_key_secret(self) -> str | None:
        return secret_of(self.ssl_key_password, self.ssl_key_password_file)


class BrokerSettings(ConnectionSettings):
    """How to reach Kafka."""

    bootstrap_servers: str | None = Field(
        default=None, description="HOST:PORT[,…]. Unset: the broker that `nilometer up` started under this home."
    )
    replication_factor: int = Field(default=-1, ge=-1, description="For topics we create; -1: the broker's default.")
    embedded: bool = Field(default=False, description="Set by `nilometer up` for its own broker.")
    incarnation: str = Field(
        default="", description="Set by `nilometer up`: which life of the embedded broker this is."
    )


class TopicSettings(Section):
    """Sizes of the topics that `nilometer topics create` makes."""

    partitions: int = Field(default=4, ge=1, le=1024, description="Of raw, events and rollups.")
    raw_retention_hours: float = Field(default=6, gt=0, description="How long sealed originals stay on `raw`.")
    max_message_bytes: int = Field(default=8 * MEBIBYTE, ge=MEBIBYTE, description="Largest message on any topic.")
    heavy_trace_items: int = Field(
        default=1_000,
        ge=1,
        description="A trace that sends more in a minute has the last partition of `raw` to itself.",
    )


class SchemaRegistrySettings(Section):
    """A Confluent-compatible schema registry; without a URL none is used."""

    url: str | None = Field(
        default=None, description="Where it is; schemas are registered there and messages carry their ids."
    )
    username: str | None = Field(default=None, description="User of basic authentication.")
    password: SecretStr | None = Field(default=None, description="Password of it.")
    password_file: Path | None = Field(default=None, description="A file with it.")

    def secret(self) -> str | None:
        return secret_of(self.password, self.password_file)


class KeySettings(Section):
    """Where the environment's keys are. Applications need the public sealing key only."""

    directory: Path | None = Field(default=None, description="Unset: <home>/keys/<environment>.")
    public_key: str | None = Field(default=None, description="The public sealing key itself, as `keys list` prints it.")
