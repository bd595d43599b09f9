"""The detector's rules, and who hears of an alert."""

from decimal import Decimal
from pathlib import Path
from typing import Literal, Self

from pydantic import Field, SecretStr, model_validator

from nilometer.schemas.rollup import SECRET_KIND
from nilometer.schemas.settings.section import Section, lines_of

Metric = Literal[
    "calls_per_minute",
    "error_rate",
    "cost_per_minute",
    "latency_ms",
    "tokens_per_minute",
    "unpriced_rate",
    "secrets_found",
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
        own = {SECRET_KIND} if self.metric == "secrets_found" else set[str]()
        if self.metric == "secrets_found" and self.below is not None:
            raise ValueError("the metric secrets_found goes with `above`")
        unknown = sorted({*self.by, *self.where} - set(DIMENSIONS) - own)
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

SECRET_LEAKED = Rule(
    name="secret_leaked",
    metric="secrets_found",
    above=Decimal(0),
    # Calls that take minutes are known only when they end.
    window_seconds=900,
    by=["service", SECRET_KIND],
    severity="critical",
    summary="A key, token or password is in the traffic of this service. Masking took it out; revoke it all the same.",
)
"""In force whatever rules are given: a leak should not go unnoticed because somebody wrote a rule about costs."""


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
    """What raises an alert. Rules that are given replace the default ones, but for `secret_leaked`."""

    rules: list[Rule] = Field(default_factory=_default_rules)
    secret_alert: bool = Field(
        default=True,
        description="Alert (rule secret_leaked) when masking finds a key, token or password, by service and kind.",
    )
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

    @property
    def watched(self) -> list[Rule]:
        """The rules in force. One of the user's may take the name and the place of ours."""
        ours = self.secret_alert and all(rule.name != SECRET_LEAKED.name for rule in self.rules)
        return [*self.rules, SECRET_LEAKED] if ours else list(self.rules)

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
        return lines_of(self.webhooks, self.webhooks_file)

    def apprise_urls(self) -> list[str]:
        return lines_of(self.apprise, self.apprise_file)
