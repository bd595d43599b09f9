"""How traffic gets in: the SDK and the gateway."""

import ipaddress
from pathlib import Path
from typing import Self

from pydantic import Field, model_validator

from nilometer.schemas.settings.section import MEBIBYTE, Section


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
