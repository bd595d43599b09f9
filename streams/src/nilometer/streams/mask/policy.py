"""What is masked: the settings, checked, in the form that the engine uses."""

import hashlib
import hmac
import json
from dataclasses import dataclass

from nilometer.schemas.errors import ConfigurationError
from nilometer.schemas.settings import MaskingSettings
from nilometer.streams.mask import kinds
from nilometer.streams.mask.actions import Actions


@dataclass(frozen=True)
class Policy:
    """Which kinds are masked, from which score on, and what is always or never masked."""

    language: str
    entities: frozenset[str]
    threshold: float
    keep_user_ids: bool
    allow: frozenset[str]
    deny: tuple[str, ...]
    max_text_characters: int
    everywhere: Actions

    def actions(self, field: str, project: str | None) -> Actions:
        """What is done with findings in a field of an event; "" for what is in none."""
        return self.everywhere

    def __repr__(self) -> str:
        # The lists hold what nobody should see.
        return f"Policy({len(self.entities)} kinds, {len(self.allow)} allowed, {len(self.deny)} denied)"

    def fingerprint(self, key: bytes) -> str:
        """Changes with the policy. Keyed, for the lists could be guessed from a plain hash."""
        parts = [
            self.language,
            sorted(self.entities),
            self.threshold,
            self.keep_user_ids,
            sorted(self.allow),
            sorted(self.deny),
            self.max_text_characters,
        ]
        return hmac.new(key, json.dumps(parts).encode(), hashlib.sha256).hexdigest()


def make_policy(settings: MaskingSettings) -> Policy:
    """Raises ConfigurationError for kinds that nobody knows and for deny entries that placeholders hold."""
    if settings.language != "en":
        raise ConfigurationError("masking.language: only `en` has a model installed")
    known = {*kinds.DEFAULT, *kinds.OPTIONAL}
    unknown = sorted(set(settings.entities) - known)
    if unknown:
        raise ConfigurationError(f"masking.entities: unknown kind {unknown[0]!r}; known: {', '.join(sorted(known))}")
    placeholders = " ".join(kinds.placeholder(kind) for kind in (*known, kinds.DENIED)).casefold() + " <blob: 0 bytes>"
    for index, entry in enumerate(settings.deny):
        if not entry or entry.isspace() or entry.casefold() in placeholders:
            raise ConfigurationError(f"masking.deny[{index}]: empty, or a part of the placeholders themselves")
    entities = frozenset(settings.entities or kinds.DEFAULT)
    keeps_users = settings.user_ids == "keep"
    return Policy(
        language=settings.language,
        entities=entities,
        threshold=settings.score_threshold,
        keep_user_ids=keeps_users,
        allow=frozenset(settings.allow),
        deny=tuple(sorted(set(settings.deny), key=lambda entry: (-len(entry), entry))),
        max_text_characters=settings.max_text_characters,
        everywhere=Actions(masked=(entities - {"USERNAME"} if keeps_users else entities) | {kinds.DENIED}),
    )
