"""Where alerts go: stdout, webhooks, Apprise's services. A target never shows its URL, for URLs hold tokens."""

import logging
import os
from collections.abc import Callable
from typing import Protocol, TextIO

import httpx
import msgspec

from nilometer.schemas.alert import Alert
from nilometer.schemas.errors import ConfigurationError, NilometerError
from nilometer.schemas.settings import NotifierSettings
from nilometer.streams.notify.message import details, line, title

_WORTH_TRYING_AGAIN = frozenset({408, 425, 429})


class DeliveryError(NilometerError):
    """A target did not take an alert. `transient`: it may do so later."""

    def __init__(self, message: str, *, transient: bool) -> None:
        super().__init__(message)
        self.transient = transient


class Target(Protocol):
    """Takes one alert at a time."""

    @property
    def name(self) -> str:
        """For people and logs, without secrets, e.g. `webhook 1`."""
        ...

    def send(self, alert: Alert) -> None:
        """Raises DeliveryError."""
        ...


class Console:
    """A line on standard output; in colours where a person looks at it and has not said no (NO_COLOR)."""

    name = "stdout"

    def __init__(self, out: TextIO) -> None:
        self._out = out
        self._colour = out.isatty() and not os.environ.get("NO_COLOR")

    def send(self, alert: Alert) -> None:
        try:
            self._out.write(line(alert, colour=self._colour) + "\n")
            self._out.flush()
        except OSError as error:
            raise DeliveryError(f"cannot write: {error.strerror}", transient=False) from None


class Webhook:
    """A JSON POST of the alert, as schemas/alert.py has it. The header Idempotency-Key is its event id."""

    def __init__(self, number: int, url: str, timeout: float) -> None:
        self.name = f"webhook {number}"
        self._url = url
        self._client = httpx.Client(timeout=timeout)

    def send(self, alert: Alert) -> None:
        headers = {"content-type": "application/json", "idempotency-key": alert.event_id}
        try:
            answer = self._client.post(self._url, content=msgspec.json.encode(alert), headers=headers)
        except httpx.TransportError as error:
            # Its text may hold the URL.
            raise DeliveryError(type(error).__name__, transient=True) from None
        except (httpx.InvalidURL, ValueError):
            raise DeliveryError("not a URL", transient=False) from None
        if not answer.is_success:
            code = answer.status_code
            raise DeliveryError(f"HTTP {code}", transient=code >= 500 or code in _WORTH_TRYING_AGAIN)


class Service:
    """One service that Apprise knows: Slack, PagerDuty, mail and a hundred more."""

    def __init__(self, number: int, url: str) -> None:
        # Here and not above: it takes a second, which those without Apprise's services need not wait.
        import apprise

        self.name = f"apprise {number}"
        self._kinds = {
            "info": apprise.NotifyType.INFO,
            "warning": apprise.NotifyType.WARNING,
            "critical": apprise.NotifyType.FAILURE,
            "resolved": apprise.NotifyType.SUCCESS,
        }
        self._apprise = apprise.Apprise()
        if not self._apprise.add(url):
            raise ConfigurationError(f"notifier.apprise: Apprise does not know what entry {number} is")

    def send(self, alert: Alert) -> None:
        kind = self._kinds["resolved" if alert.state == "resolved" else alert.severity]
        if not self._apprise.notify(title=title(alert), body=details(alert), notify_type=kind):
            # Apprise does not say why.
            raise DeliveryError("not delivered", transient=True)


def make_targets(settings: NotifierSettings, out: TextIO) -> list[Target]:
    """All targets of the settings. Raises ConfigurationError, which says which entry, never what it holds."""
    # Both log URLs.
    logging.getLogger("apprise").disabled = True
    logging.getLogger("httpx").setLevel(logging.WARNING)
    targets: list[Target] = [Console(out)] if settings.stdout else []
    for number, url in enumerate(settings.webhook_urls(), 1):
        targets.append(Webhook(number, url, settings.timeout_seconds))
    for number, url in enumerate(settings.apprise_urls(), 1):
        targets.append(Service(number, url))
    return targets


def send_patiently(
    target: Target, alert: Alert, attempts: int, wait: Callable[[float], bool], first_pause: float = 0.5
) -> str | None:
    """Tries up to so many times, pausing twice as long each time. None once taken, else what went wrong last.

    `wait` sleeps and says whether to stop: then there are no more attempts.
    """
    pause = first_pause
    for attempt in range(1, attempts + 1):
        try:
            target.send(alert)
        except DeliveryError as error:
            if not error.transient or attempt == attempts:
                return f"{error} after {attempt} attempt{'s' if attempt > 1 else ''}"
            if wait(pause):
                raise
            pause = min(2 * pause, 30.0)
        else:
            return None
    return None
