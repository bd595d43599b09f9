"""`nilometer up`."""

from pydantic import Field

from nilometer.schemas.settings.section import MEBIBYTE, Section


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
