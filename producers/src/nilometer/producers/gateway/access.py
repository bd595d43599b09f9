"""Who may do what: credentials to a grant, or a refusal that the audit topic hears of."""

import base64
import binascii
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from nilometer.producers.gateway.metrics import DENIED
from nilometer.producers.gateway.refusals import Kind, RefusedError
from nilometer.schemas.apikeys import ApiKeys, DeniedError, Scope, keys_file
from nilometer.schemas.audit import AuditEntry
from nilometer.schemas.errors import KeyUnavailableError
from nilometer.schemas.settings import Settings

AUDIT_SECONDS = 60.0
"""How often one and the same denial is put on the audit topic; what came in between is counted in the next entry."""
MAX_AUDITED = 1_000
"""Different denials that are told apart at a time; further ones are one."""

_FORBIDDEN = frozenset({"wrong_scope", "wrong_environment"})
_WORDS = {
    "missing": "an API key is needed: `Authorization: Bearer <key>`, `x-api-key: <key>`, or Basic",
    "wrong_scope": "this API key is not for that",
    "wrong_environment": "this API key is of another environment",
    "expired": "this API key has expired",
    "revoked": "this API key has been revoked",
}
_OTHER = "this API key is not valid"


@dataclass(frozen=True)
class Grant:
    """Who it is, and which project what they send belongs to."""

    actor: str
    project: str | None = None


OPEN = Grant("anonymous")
"""Where no key is needed."""


def key_required(settings: Settings) -> bool:
    """Whether requests need an API key: yes, unless only this machine can reach us and nothing here is to last."""
    gateway = settings.gateway
    if gateway.require_key is None:
        return not (gateway.is_loopback() and settings.broker.embedded)
    return gateway.require_key


class Access:
    """Checks credentials. `tell` takes audit entries."""

    def __init__(
        self, settings: Settings, tell: Callable[[AuditEntry], None], now: Callable[[], float] = time.monotonic
    ) -> None:
        self.required = key_required(settings)
        self._settings = settings
        self._keys = ApiKeys(keys_file(settings), settings.environment)
        self._tell = tell
        self._now = now
        self._told: dict[tuple[str, str, str], tuple[float, int]] = {}

    def check(self, authorization: str, api_key: str, scope: Scope, target: str) -> Grant:
        """The grant of a request. Raises RefusedError: unauthenticated, forbidden, unavailable."""
        if not self.required:
            return OPEN
        text = api_key or _key_of(authorization)
        if not text:
            raise self._denied("missing", "anonymous", target)
        try:
            key = self._keys.check(text, scope, datetime.now(UTC))
        except DeniedError as denied:
            raise self._denied(denied.reason, denied.key_id or "anonymous", target) from None
        except KeyUnavailableError:
            raise RefusedError(Kind.unavailable, "the API keys cannot be read") from None
        return Grant(key.key_id, key.project)

    def _denied(self, reason: str, actor: str, target: str) -> RefusedError:
        DENIED.labels(reason).inc()
        self._audit(reason, actor, target)
        kind = Kind.forbidden if reason in _FORBIDDEN else Kind.unauthenticated
        return RefusedError(kind, _WORDS.get(reason, _OTHER))

    def _audit(self, reason: str, actor: str, target: str) -> None:
        now = self._now()
        what = (reason, actor, target)
        if what not in self._told and len(self._told) >= MAX_AUDITED:
            self._told = {w: (at, n) for w, (at, n) in self._told.items() if now - at < AUDIT_SECONDS or n}
            if len(self._told) >= MAX_AUDITED:
                what = ("various", "various", "gateway")
        at, unsaid = self._told.get(what, (None, 0))
        if at is not None and now - at < AUDIT_SECONDS:
            self._told[what] = at, unsaid + 1
            return
        self._told[what] = now, 0
        reason, actor, target = what
        self._tell(
            AuditEntry(
                event_id=secrets.token_hex(16),
                at=datetime.now(UTC),
                actor=actor,
                action="gateway.enter",
                target=target,
                outcome="denied",
                environment=self._settings.environment,
                details={"reason": reason, "times": str(unsaid + 1)},
            )
        )


def _key_of(authorization: str) -> str:
    """The key in an Authorization header. Of Basic it is the password; the user, Langfuse's public key, is its id."""
    scheme, _, rest = authorization.strip().partition(" ")
    rest = rest.strip()
    if scheme.lower() == "bearer":
        return rest
    if scheme.lower() != "basic":
        return rest and "of another scheme"
    try:
        user, _, password = base64.b64decode(rest, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError, ValueError):
        return "not base64"
    return password if password.split("_")[1:2] == [user.removeprefix("pk-lf-")] else "of another user"
