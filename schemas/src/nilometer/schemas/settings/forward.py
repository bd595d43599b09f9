"""Where masked spans are sent on to."""

import re
from pathlib import Path
from typing import Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator, model_validator

from nilometer.schemas.errors import ConfigurationError
from nilometer.schemas.settings.section import MEBIBYTE, Section, secret_of

_HEADER = re.compile(r"^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,128}$")
_TRACES = "/v1/traces"


class Destination(Section):
    """An OTLP endpoint, and which spans it gets. Lists that are empty let everything pass."""

    name: str = Field(pattern=r"^[a-z][a-z0-9-]{0,31}$", description="In logs, metrics, and for our place in `events`.")
    endpoint: str = Field(
        description="http(s)://HOST[:PORT][/PATH]; /v1/traces is put behind it as OpenTelemetry's exporters do. "
        "No secrets in it."
    )
    protocol: Literal["http/protobuf", "grpc"] = Field(default="http/protobuf", description="Of OTLP.")
    compression: Literal["gzip", "none"] = Field(default="gzip", description="Of requests.")
    headers: dict[str, SecretStr] = Field(default_factory=dict, description="Sent with each request, such as API keys.")
    headers_file: Path | None = Field(default=None, description="The same, one `Name: value` a line.")
    resource: dict[str, str] = Field(
        default_factory=dict, description="Resource attributes that each span gets, such as a project's name there."
    )
    ca_file: Path | None = Field(default=None, description="Authorities that its certificate must come from, PEM.")
    timeout_seconds: float = Field(default=10, gt=0, le=300, description="Of one request, answer included.")
    batch_spans: int = Field(default=200, ge=1, le=10_000, description="Spans of one request at most.")
    batch_bytes: int = Field(default=2 * MEBIBYTE, ge=1_000, description="Their size; one span may be larger.")
    batch_seconds: float = Field(default=1, ge=0, le=60, description="How long a request waits for more spans.")
    attempts: int = Field(
        default=5,
        ge=1,
        description="For answers that may be the spans' own fault (500): then in halves.",
    )
    logs: bool = Field(
        default=False,
        description="Send on what came as log records (/v1/logs), too: some clients have messages there only.",
    )
    projects: list[str] = Field(default_factory=list, description="Only spans of these.")
    services: list[str] = Field(default_factory=list, description="Only spans of these.")
    features: list[str] = Field(default_factory=list, description="Only spans of these.")
    operations: list[str] = Field(default_factory=list, description="Only these, e.g. chat, embeddings, execute_tool.")
    status: Literal["ok", "error"] | None = Field(default=None, description="Only these.")
    calls_only: bool = Field(default=False, description="Only requests to models.")
    sample: float = Field(
        default=1, ge=0, le=1, description="Share of traces, chosen by a hash of their id: all of a trace or nothing."
    )

    @field_validator("endpoint")
    @classmethod
    def _is_an_address(cls, value: str) -> str:
        parts = urlsplit(value)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError("not http(s)://HOST[:PORT][/PATH]")
        if parts.username or parts.password or parts.query or parts.fragment:
            raise ValueError("no user, password or query: secrets belong into headers or headers_file")
        return value

    @field_validator("headers")
    @classmethod
    def _are_headers(cls, value: dict[str, SecretStr]) -> dict[str, SecretStr]:
        for name, text in value.items():
            _check_header(name, text.get_secret_value())
        return value

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.logs and (self.projects or self.services or self.features or self.operations or self.status):
            raise ValueError("logs cannot be filtered by what only spans know: leave one of them out")
        return self

    def secret_headers(self) -> dict[str, str]:
        """All headers. Raises ConfigurationError, without their values."""
        found = {name: text.get_secret_value() for name, text in self.headers.items()}
        for number, line in enumerate((secret_of(None, self.headers_file) or "").splitlines(), 1):
            if not line.strip():
                continue
            name, colon, value = line.partition(":")
            try:
                if not colon:
                    raise ValueError("not `Name: value`")
                _check_header(name.strip(), value.strip())
            except ValueError as error:
                raise ConfigurationError(
                    f"forward.destinations, {self.name}: {self.headers_file}, line {number}: {error}"
                ) from None
            found[name.strip()] = value.strip()
        return found

    def url(self, signal: Literal["traces", "logs"] = "traces") -> str:
        """Where HTTP requests go."""
        return f"{self.endpoint.rstrip('/').removesuffix(_TRACES)}/v1/{signal}"


def _check_header(name: str, value: str) -> None:
    if not _HEADER.fullmatch(name):
        raise ValueError("not the name of a header")
    if not value.isascii() or not value.isprintable():
        raise ValueError("a header's value must be printable ASCII")


class ForwardSettings(Section):
    """Sends masked, priced spans on to OTLP endpoints: Langfuse, Phoenix, LangSmith, Arize, Weave, a Collector."""

    destinations: list[Destination] = Field(
        default_factory=list, description="Each has its own pace and place; `nilometer up` runs it where there is one."
    )
    first_start_seconds: float = Field(
        default=300, ge=0, description="A destination that is new gets what was published this long ago, not before."
    )
    longest_pause_seconds: float = Field(
        default=60, gt=0, description="Between attempts while an endpoint does not take anything."
    )
    metrics_port: int | None = Field(
        default=None, ge=0, le=65_535, description="Where Prometheus finds counts (HTTP). Unset: nowhere."
    )
    metrics_host: str = Field(default="127.0.0.1", description="Address of that port; it asks nobody for a key.")

    @model_validator(mode="after")
    def _distinct(self) -> Self:
        names = [destination.name for destination in self.destinations]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"two destinations are called {twice[0]!r}")
        return self
