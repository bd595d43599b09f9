"""What a person reads of an alert."""

from nilometer.schemas.alert import Alert

_COLOURS = {"critical": "31", "warning": "33", "info": "36", "resolved": "32"}


def title(alert: Alert) -> str:
    """One line without the details, e.g. `FIRING critical error-rate (feature=support) in prod`."""
    groups = ", ".join(f"{name}={value}" for name, value in sorted(alert.dimensions.items()))
    about = f"{alert.rule} ({groups})" if groups else alert.rule
    return f"{alert.state.upper()} {alert.severity} {about} in {alert.environment}"


def details(alert: Alert) -> str:
    """Value, threshold, since when, what to do; one a line."""
    lines = [
        f"{alert.metric} = {_number(alert.value)} (threshold {_number(alert.threshold)}, "
        f"over {alert.window_seconds} s)",
        f"since {alert.started_at:%Y-%m-%d %H:%M:%S} UTC, now {alert.changed_at:%Y-%m-%d %H:%M:%S} UTC",
    ]
    lines += [alert.summary] if alert.summary else []
    lines += [f"runbook: {alert.runbook_url}"] if alert.runbook_url else []
    return "\n".join(lines)


def line(alert: Alert, *, colour: bool) -> str:
    """All of it on one line, for a terminal or a log."""
    head = title(alert)
    if colour:
        code = _COLOURS["resolved" if alert.state == "resolved" else alert.severity]
        head = f"\x1b[{code}m{head}\x1b[0m"
    rest = details(alert).replace("\n", "; ")
    return f"{alert.changed_at:%Y-%m-%dT%H:%M:%SZ} {head}: {rest}"


def _number(value: float) -> str:
    return f"{value:.4g}" if abs(value) < 1e6 else f"{value:,.0f}"
