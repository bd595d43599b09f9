"""Alerts: each change of state of a rule for one group of its dimensions."""

from datetime import datetime
from typing import Literal

import msgspec

AlertState = Literal["firing", "resolved"]
Severity = Literal["info", "warning", "critical"]


class Alert(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One change of state. `alert_id` is the same from firing to resolved; `event_id` is one change's own."""

    event_id: str
    alert_id: str
    rule: str
    state: AlertState
    severity: Severity
    metric: str
    value: float
    threshold: float
    window_seconds: int
    dimensions: dict[str, str]
    environment: str
    started_at: datetime
    """Event time at which the rule first held."""
    changed_at: datetime
    """Event time of this change."""
    detected_at: datetime
    """Wall clock of the detector."""
    summary: str = ""
    runbook_url: str | None = None
