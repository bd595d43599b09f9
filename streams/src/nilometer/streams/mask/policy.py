"""What is masked, and how: the settings, checked, in the form that the engine and the passes use."""

import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from nilometer.schemas.errors import ConfigurationError
from nilometer.schemas.settings import MaskingAction, MaskingSettings
from nilometer.streams.mask import kinds
from nilometer.streams.mask.actions import Actions
from nilometer.streams.mask.places import PEOPLE
from nilometer.streams.mask.pseudonym import Pseudonyms
from nilometer.streams.mask.rules import ANY, Rules, kinds_of


@dataclass(frozen=True)
class Policy:
    """Which kinds are masked where and how, from which score on, and what is always or never masked."""

    languages: tuple[str, ...]
    entities: frozenset[str]
    """All kinds that are masked anywhere: what the engine looks for."""
    threshold: float
    """The lowest of `thresholds`."""
    thresholds: Mapping[str, float]
    allow: frozenset[str]
    deny: tuple[str, ...]
    max_text_characters: int
    max_text_seconds: float
    fails_events: bool
    """Whether an event goes no further as a whole when a text of it cannot be masked."""
    pseudonyms: Pseudonyms
    rules: Rules
    settings: MaskingSettings
    _made: dict[tuple[str, str | None], Actions] = field(
        default_factory=dict[tuple[str, str | None], Actions], compare=False
    )

    def actions(self, field: str, project: str | None) -> Actions:
        """What is done with findings in a field of an event of a project; "": in no field that a rule could name."""
        # Projects that no rule names are one, so that there are never many.
        place = field, project if project in self.rules.projects else None
        known = self._made.get(place)
        if known is None:
            made = self._make(*place)
            # Places with the same rules share what is remembered of their texts.
            same = (one for one in self._made.values() if _content(one) == _content(made))
            known = self._made[place] = next(same, made)
        return known

    def __repr__(self) -> str:
        # The lists hold what nobody should see.
        return f"Policy({len(self.entities)} kinds, {len(self.allow)} allowed, {len(self.deny)} denied)"

    def fingerprint(self, key: bytes) -> str:
        """Changes with the policy. Keyed, for the lists could be guessed from a plain hash."""
        settings = self.settings.model_dump(mode="json", exclude={"accept"})
        return hmac.new(key, json.dumps(settings, sort_keys=True).encode(), hashlib.sha256).hexdigest()

    def _make(self, place: str, project: str | None) -> Actions:
        plain = frozenset(self.settings.entities or kinds.DEFAULT)
        by_kind: dict[str, MaskingAction] = {}
        for kind in kinds.KNOWN:
            rule = self.rules.of(kind, place, project)
            # A rule that names a kind masks it; one for all kinds is for those that are masked anyway.
            if rule is not None and (rule[1] > ANY or kind in plain):
                by_kind[kind] = rule[0]
            elif kind in plain:
                by_kind[kind] = self.settings.action
        masked = frozenset(kind for kind, action in by_kind.items() if action != "keep")
        kept = tuple(sorted(self.entities - masked))
        for kind in (kinds.BLOB, *((kinds.USER_ID,) if place in PEOPLE else ())):
            action = self._other(kind, place, project)
            if action is not None:
                by_kind[kind] = action
        if self.settings.user_ids == "keep":
            masked -= {"USERNAME"}
        return Actions(
            masked=masked | {kinds.DENIED},
            pseudonyms=self.pseudonyms,
            kept=kept,
            by_kind=by_kind,
            denied=tuple(entry.lower() for entry in self.deny),
            drops_field=self.rules.drops_field(place, project),
        )

    def _other(self, kind: str, place: str, project: str | None) -> MaskingAction | None:
        rule = self.rules.of(kind, place, project)
        if rule is not None:
            return rule[0]
        if kind == kinds.BLOB:
            return self.settings.media
        if place == "user_id":
            return self.settings.user_ids
        return None if self.settings.session_ids == "found" else self.settings.session_ids


def make_policy(settings: MaskingSettings, pseudonyms: Pseudonyms, environment: str) -> Policy:
    """Raises ConfigurationError for kinds, fields and languages that nobody knows, for rules that contradict each other
    and for deny entries that placeholders hold."""
    for name in settings.entities:
        if name not in kinds.KNOWN:
            kinds_of(name, "masking.entities")
            raise ConfigurationError(f"masking.entities: {name!r} is a class: {', '.join(kinds.CLASSES[name])}")
    placeholders = " ".join(kinds.placeholder(kind) for kind in (*kinds.KNOWN, kinds.DENIED, kinds.USER_ID))
    placeholders = f"{placeholders} {kinds.blob(0)}".casefold()
    for index, entry in enumerate(settings.deny):
        if not entry or entry.isspace() or entry.casefold() in placeholders:
            raise ConfigurationError(f"masking.deny[{index}]: empty, or a part of the placeholders themselves")
    rules = Rules(settings.rules, environment)
    entities = frozenset(settings.entities or kinds.DEFAULT) | (rules.named & set(kinds.KNOWN))
    thresholds = dict.fromkeys(sorted(entities), settings.score_threshold)
    # A class first, so that its kinds can say otherwise.
    for name in sorted(settings.thresholds, key=lambda name: name not in kinds.CLASSES):
        for kind, _ in kinds_of(name, "masking.thresholds"):
            thresholds[kind] = settings.thresholds[name]
    return Policy(
        languages=tuple(dict.fromkeys(settings.languages)),
        entities=entities,
        threshold=min(thresholds.values()),
        thresholds=thresholds,
        allow=frozenset(settings.allow),
        deny=tuple(sorted(set(settings.deny), key=lambda entry: (-len(entry), entry))),
        max_text_characters=settings.max_text_characters,
        max_text_seconds=settings.max_text_seconds,
        fails_events=settings.on_failure == "dead_letter",
        pseudonyms=pseudonyms,
        rules=rules,
        settings=settings,
    )


def _content(actions: Actions) -> object:
    return actions.masked, actions.kept, dict(actions.by_kind), actions.drops_field
