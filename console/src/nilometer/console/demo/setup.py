"""A demo's own home and settings, beside which any other may run."""

import os
import tempfile
from decimal import Decimal
from pathlib import Path
from typing import Any

import tomli_w

from nilometer.console.simulate.scenario import INCIDENT_FEATURE
from nilometer.schemas.settings import Rule, Settings, TraceSettings

CONFIG = "nilometer.toml"
RULE = "error-burst"
"""The rule that the incident must break; the others must stay silent."""
RULES: tuple[Rule, ...] = (
    Rule(
        name=RULE,
        metric="error_rate",
        above=Decimal("0.5"),
        window_seconds=10,
        minimum_calls=10,
        by=["feature"],
        severity="critical",
        summary="Most calls of a feature fail.",
    ),
    Rule(
        name="slow-answers",
        metric="latency_ms",
        quantile=0.95,
        above=Decimal(60_000),
        window_seconds=60,
        minimum_calls=10,
        by=["feature"],
        summary="Answers take longer than a minute.",
    ),
    Rule(
        name="cost-jump",
        metric="cost_per_minute",
        above=Decimal(20),
        window_seconds=60,
        by=["feature", "request_model"],
        summary="A feature spends more than planned.",
    ),
)
TRACES = TraceSettings(quiet_seconds=1, timeout_seconds=1)
"""Everything has arrived before the demo asks for scores."""
EXPECTED_DIMENSIONS = {"feature": INCIDENT_FEATURE}


def make_home(given: Path | None) -> Path:
    """A new folder, under the given home or where the system keeps temporary files."""
    under = None
    if given is not None:
        under = given.absolute() / "demo"
        under.mkdir(parents=True, exist_ok=True, mode=0o700)
    return Path(tempfile.mkdtemp(prefix="nilometer-demo-", dir=under))


def make_settings(user: Settings, home: Path) -> tuple[Settings, Path]:
    """The demo's settings and the file that its processes read them from.

    Of the user's settings only `environment`, `masking` and `validation` hold; nothing of theirs is written to.
    """
    detector: dict[str, Any] = {
        "rules": [rule.model_dump(mode="json", exclude_defaults=True) for rule in RULES],
        "watermark_seconds": 1,
        "resolve_seconds": 5,
    }
    file = home / CONFIG
    values = {
        "environment": user.environment,
        "home": str(home),
        "masking": user.masking.model_dump(mode="json", exclude_none=True),
        "validation": user.validation.model_dump(mode="json", exclude_none=True),
        "detector": detector,
        "producer": {"service": "demo-shop", "project": "demo"},
        "traces": TRACES.model_dump(),
    }
    file.write_text(tomli_w.dumps(values), encoding="utf-8")
    defaults = Settings.model_construct()
    update: dict[str, Any] = {name: getattr(defaults, name) for name in Settings.model_fields}
    fresh = user.model_copy(update=update)
    update = {
        "environment": user.environment,
        "home": home,
        "masking": user.masking,
        "validation": user.validation,
        "detector": user.detector.model_copy(
            update={"rules": list(RULES), "watermark_seconds": 1.0, "resolve_seconds": 5.0}
        ),
        "producer": fresh.producer.model_copy(update={"service": "demo-shop", "project": "demo"}),
        "traces": TRACES,
    }
    return fresh.model_copy(update=update), file


def clean_environment() -> dict[str, str]:
    """Our environment without any Nilometer setting: the demo's processes read its own file only."""
    return {name: value for name, value in os.environ.items() if not name.upper().startswith("NILOMETER_")}
