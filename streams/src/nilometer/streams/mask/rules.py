"""Which action holds for a kind at a place. The most specific rule wins: one that names the kind before one that names
its class before one that names neither; of those one that names the field, then the project, then the environment."""

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from nilometer.schemas.errors import ConfigurationError
from nilometer.schemas.settings import MaskingAction, MaskingRule
from nilometer.streams.mask import kinds
from nilometer.streams.mask.places import FIELDS, PEOPLE, TEXTS

ANY, CLASS, KIND = 0, 1, 2
"""How exactly a rule names a kind."""
_NO_KINDS_OF_TEXTS = (kinds.USER_ID, kinds.BLOB)


@dataclass(frozen=True)
class _Rule:
    index: int
    levels: dict[str, int]
    """The kinds that the rule names, and how; empty where it names none."""
    action: MaskingAction
    field: str | None
    project: str | None
    environment: str | None

    def level(self, kind: str) -> int | None:
        if self.levels:
            return self.levels.get(kind)
        # What is no text's kind must be named, or its own field.
        return None if kind == kinds.BLOB or (kind == kinds.USER_ID and self.field not in PEOPLE) else ANY

    def covers(self, field: str, project: str | None) -> bool:
        return self.field in (None, field) and self.project in (None, project)

    def rank(self, kind: str) -> tuple[int, bool, bool, bool]:
        return (self.level(kind) or ANY, self.field is not None, self.project is not None, self.environment is not None)


class Rules:
    """The rules of one environment, in the order of the settings. Raises ConfigurationError for what makes no sense."""

    def __init__(self, rules: Sequence[MaskingRule], environment: str) -> None:
        every = [_checked(index, rule) for index, rule in enumerate(rules)]
        self._rules = [rule for rule in every if rule.environment in (None, environment)]
        self.projects = frozenset(rule.project for rule in self._rules if rule.project is not None)
        self.named = frozenset(kind for rule in self._rules if rule.action != "keep" for kind in rule.levels)
        """Kinds that some rule masks, whether or not they are among those that are masked without it."""
        self._refuse_contradictions()

    def of(self, kind: str, field: str, project: str | None) -> tuple[MaskingAction, int] | None:
        """The action for a kind in a field of a project's spans, and how exactly its rule names the kind."""
        found = [rule for rule in self._rules if rule.covers(field, project) and rule.level(kind) is not None]
        if not found:
            return None
        best = max(found, key=lambda rule: rule.rank(kind))
        return best.action, best.level(kind) or ANY

    def drops_field(self, field: str, project: str | None) -> bool:
        """Whether the whole field goes: a rule with `drop` that names the field and no kinds."""
        found = [
            rule for rule in self._rules if not rule.levels and rule.field == field and rule.covers(field, project)
        ]
        return bool(found) and max(found, key=lambda rule: rule.rank("")).action == "drop"

    def _refuse_contradictions(self) -> None:
        for position, rule in enumerate(self._rules):
            for other in self._rules[:position]:
                same = (rule.field, rule.project, rule.environment) == (other.field, other.project, other.environment)
                if not same or rule.action == other.action:
                    continue
                both = [kind for kind in (*rule.levels, *other.levels) if rule.level(kind) == other.level(kind)]
                if both or not (rule.levels or other.levels):
                    what = both[0] if both else "every kind"
                    raise ConfigurationError(
                        f"masking.rules[{other.index}] and masking.rules[{rule.index}] say different things of {what} "
                        "at the same place: remove one, or name a field, project or kind"
                    )


def _checked(index: int, rule: MaskingRule) -> _Rule:
    where = f"masking.rules[{index}]"
    if rule.field is not None and rule.field not in FIELDS:
        raise ConfigurationError(f"{where}.field: no such field of an event: {named(rule.field, FIELDS)}")
    levels: dict[str, int] = {}
    for name in rule.kinds:
        for kind, level in kinds_of(name, f"{where}.kinds", _NO_KINDS_OF_TEXTS):
            levels[kind] = max(level, levels.get(kind, ANY))
    if kinds.BLOB in levels and rule.action not in ("placeholder", "drop", "keep"):
        raise ConfigurationError(f"{where}: {kinds.BLOB} can be placeholder, drop or keep")
    if rule.field is not None and rule.action == "drop" and not levels and rule.field not in TEXTS | PEOPLE:
        raise ConfigurationError(f"{where}: the field {rule.field} cannot be dropped: events need it")
    if rule.action == "keep" and not levels and rule.field is None:
        raise ConfigurationError(f"{where}: `keep` must name kinds or a field")
    return _Rule(index, levels, rule.action, rule.field, rule.project, rule.environment)


def kinds_of(name: str, where: str, more: Sequence[str] = ()) -> list[tuple[str, int]]:
    """The kinds that the name of a kind or class stands for. Raises ConfigurationError where it is neither."""
    if name in kinds.CLASSES:
        return [(kind, CLASS) for kind in kinds.CLASSES[name]]
    if name in kinds.KNOWN or name in more:
        return [(name, KIND)]
    raise ConfigurationError(f"{where}: unknown kind {named(name, (*kinds.CLASSES, *kinds.KNOWN, *more))}")


def named(name: str, known: Sequence[str] | frozenset[str]) -> str:
    """A name that nobody knows, as an error shows it: with the nearest, or with all."""
    near = get_close_matches(name, sorted(known), n=1) or get_close_matches(name.upper(), sorted(known), n=1)
    return f"{name!r}; " + (f"did you mean {near[0]!r}?" if near else f"known: {', '.join(sorted(known))}")
