"""What a policy would let through unnoticed: each with its place in the settings, and what to write where it is so
meant."""

import hashlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from presidio_analyzer import EntityRecognizer, PatternRecognizer

from nilometer.schemas.errors import ConfigurationError
from nilometer.schemas.settings import MaskingSettings
from nilometer.streams.mask import kinds
from nilometer.streams.mask.cache import FindingsCache
from nilometer.streams.mask.engine import Engine
from nilometer.streams.mask.finding import Query
from nilometer.streams.mask.languages import ENGLISH, MODEL_RECOGNIZER, model_package
from nilometer.streams.mask.policy import Policy, make_policy
from nilometer.streams.mask.pseudonym import Pseudonyms
from nilometer.streams.mask.recognizers import all_recognizers
from nilometer.streams.mask.rules import named

_ENVIRONMENT = re.compile(r"[a-z][a-z0-9-]{0,31}")
_WILDCARD = re.compile(r"\*|\.\+|\\[dwsSDW]|^\^|\$$|\[[^\]]*-[^\]]*\]|^%|%$")
_NO_ALLOWED_VALUES = ("secrets", "financial", "health", "national_ids")
_MODEL_SCORE = 0.85
"""Presidio's for what the language model finds."""
_CONTEXT = 0.35
_WITH_CONTEXT = 0.4
"""What Presidio adds where a recogniser's words stand near, and what that comes to at least."""


@dataclass(frozen=True)
class Problem:
    """One thing that the policy would let through."""

    accept: str
    """What `masking.accept` must hold where it is meant."""
    where: str
    what: str

    def __str__(self) -> str:
        return f'{self.where}: {self.what}; if that is meant, add "{self.accept}" to masking.accept'


def problems(settings: MaskingSettings, environment: str) -> list[Problem]:
    """What is wrong and not accepted. Raises ConfigurationError for what makes no sense at all."""
    policy = make_policy(settings, Pseudonyms((b"",), environment), environment)
    for language in settings.languages:
        if language != ENGLISH:
            model_package(language)
    found = [*_classes(policy), *_thresholds(policy), *_allowed(settings, environment)]
    return [problem for problem in found if problem.accept not in settings.accept]


def refuse(settings: MaskingSettings, environment: str) -> None:
    """Raises ConfigurationError where the policy would let something through unnoticed."""
    found = problems(settings, environment)
    if found:
        more = f" ({len(found)} such things: `nilometer config check` shows all)" if len(found) > 1 else ""
        raise ConfigurationError(f"{found[0]}{more}")


def environments(settings: MaskingSettings) -> list[str]:
    """Those that rules name. Raises ConfigurationError for what can be the name of none."""
    for index, rule in enumerate(settings.rules):
        if rule.environment is not None and not _ENVIRONMENT.fullmatch(rule.environment):
            raise ConfigurationError(f"masking.rules[{index}].environment: no name of an environment, such as `prod`")
    return sorted({rule.environment for rule in settings.rules if rule.environment is not None})


def unknown_projects(settings: MaskingSettings, known: Iterable[str]) -> list[Problem]:
    """Rules for projects that nothing is known of, which would change nothing."""
    known = frozenset(known)
    return [
        Problem(
            f"project:{rule.project}",
            f"masking.rules[{index}].project",
            f"no such project: {named(rule.project, known)}",
        )
        for index, rule in enumerate(settings.rules)
        if rule.project is not None and rule.project not in known and f"project:{rule.project}" not in settings.accept
    ]


def _classes(policy: Policy) -> Iterator[Problem]:
    """Classes of which nothing is masked, anywhere or at a place that rules name."""
    rules = policy.settings.rules
    fields = ["", *sorted({rule.field for rule in rules if rule.field is not None})]
    projects = [None, *sorted(policy.rules.projects)]
    gone: set[str] = set()
    for field in fields:
        for project in projects:
            masked = policy.actions(field, project).masked
            for name, members in kinds.CLASSES.items():
                general = name in gone or f"{name}{_at(field, None)}" in gone or f"{name}{_at('', project)}" in gone
                if masked & set(members) or general:
                    continue
                code = f"{name}{_at(field, project)}"
                gone.add(code)
                shown = ", ".join(members[:3]) + (", …" if len(members) > 3 else "")
                yield Problem(
                    code,
                    _cause(policy, members),
                    f"nothing of the class {name} ({shown}) is masked{_in(field, project)}",
                )


def _at(field: str, project: str | None) -> str:
    parts = [f"field={field}"] * bool(field) + [f"project={project}"] * (project is not None)
    return f"@{','.join(parts)}" if parts else ""


def _in(field: str, project: str | None) -> str:
    return (f" in the field {field}" if field else "") + (f" of the project {project}" if project is not None else "")


def _cause(policy: Policy, members: Iterable[str]) -> str:
    if policy.settings.entities and not set(members) & set(policy.settings.entities):
        return "masking.entities"
    keeping = [f"[{i}]" for i, rule in enumerate(policy.settings.rules) if rule.action == "keep"]
    return f"masking.rules{keeping[0]}" if len(keeping) == 1 else "masking.rules"


def _thresholds(policy: Policy) -> Iterator[Problem]:
    """Kinds that no recogniser can be sure enough of, and names of which the language model cannot be."""
    reach: dict[str, float] = {}
    for recognizer in all_recognizers():
        for kind in recognizer.supported_entities:
            reach[kind] = max(reach.get(kind, 0.0), _reach(recognizer))
    for kind in sorted(policy.entities):
        wanted = policy.thresholds[kind]
        where = "masking.thresholds" if kind in policy.settings.thresholds else "masking.score_threshold"
        if kind in reach and wanted > reach[kind]:
            what = (
                f"{kind} is never found: {wanted:g} is more than any of its recognisers can reach ({reach[kind]:.2g})"
            )
        elif kind in kinds.NAMES and wanted > _MODEL_SCORE:
            what = f"the language model finds no {kind} any more: {wanted:g} is more than the {_MODEL_SCORE:g} it gives"
        else:
            continue
        yield Problem(f"threshold:{kind}", where, what)


def _reach(recognizer: EntityRecognizer) -> float:
    """The highest score that it can give, words around it included; 1 where that cannot be told."""
    if recognizer.name == MODEL_RECOGNIZER:
        return _MODEL_SCORE
    if isinstance(recognizer, PatternRecognizer):
        if type(recognizer).validate_result is not PatternRecognizer.validate_result:
            return 1.0
        best = max((pattern.score for pattern in recognizer.patterns), default=1.0)
    else:
        best = float(getattr(recognizer, "SCORE", 1.0))
    return min(1.0, max(best + _CONTEXT, _WITH_CONTEXT)) if recognizer.context else best


def _allowed(settings: MaskingSettings, environment: str) -> Iterator[Problem]:
    """Entries of the allow list that are meant to stand for more than themselves, or are secrets or numbers."""
    if not settings.allow:
        return
    strict = settings.model_copy(update={"allow": [], "deny": [], "rules": [], "entities": [], "thresholds": {}})
    engine = Engine(
        make_policy(strict, Pseudonyms((b"",), environment), environment), FindingsCache(len(settings.allow))
    )
    answers = engine.detect(Query(entry) for entry in settings.allow)
    of_class = {kind: name for name in _NO_ALLOWED_VALUES for kind in kinds.CLASSES[name]}
    for index, entry in enumerate(settings.allow):
        where = f"masking.allow[{index}]"
        # Not the entry itself: it may be what nobody should see.
        code = f"allow:{hashlib.sha256(entry.encode('utf-8', 'surrogatepass')).hexdigest()[:12]}"
        answer = answers[Query(entry)]
        if len(entry.strip()) < 2:
            yield Problem(code, where, "empty or a single character")
        elif _WILDCARD.search(entry):
            yield Problem(code, where, "looks like a pattern, and entries are exact texts: it allows only itself")
        elif isinstance(answer, tuple):
            found = sorted({finding.kind for finding in answer if finding.kind in of_class})
            if found:
                yield Problem(code, where, f"is a value of the class {of_class[found[0]]} ({found[0]})")
