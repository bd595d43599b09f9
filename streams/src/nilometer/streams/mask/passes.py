"""The two passes over an event: what its keys give away, then masking with that and with what the engine found."""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from nilometer.streams.mask import keys, kinds
from nilometer.streams.mask.actions import Actions
from nilometer.streams.mask.engine import Answer
from nilometer.streams.mask.errors import MaskError
from nilometer.streams.mask.finding import Finding, Query, Scope
from nilometer.streams.mask.learn import Learned
from nilometer.streams.mask.policy import Policy
from nilometer.streams.mask.resolve import without_overlaps
from nilometer.streams.mask.walk import Path, Pieces, Walk

MAX_ROUNDS = 4
"""How often a masked text is looked at again: what stands beside a placeholder can read differently."""

_NOTHING = re.compile(r"[a-z]+(?:[_-][a-z]+)*|\d{1,4}|\s*")
"""In JSON, one code in small letters or a small number, such as `basic_economy`, is nobody's."""
_HANDLE = re.compile(r"[a-z]{2,}")
_COULD_HOLD_HANDLE = re.compile(r"[a-z][._-]?\d\d")
_LABELLED = 0.9


Replace = Callable[[str, str], str]
"""Kind and text of a finding in, what stands there afterwards out."""


@dataclass(frozen=True)
class Batch:
    """What the events of one call share. It holds texts, and lives as long as the call."""

    policy: Policy
    context_words: frozenset[str]
    answers: dict[Query, Answer] = field(default_factory=dict[Query, Answer])
    pieces: Pieces = field(default_factory=Pieces)
    heard: dict[tuple[Actions, str], list[tuple[str, str, str]]] = field(
        default_factory=dict[tuple[Actions, str], list[tuple[str, str, str]]]
    )
    """By place and text: what the learning pass learns from it, as (method, text, kind or key)."""
    contexts: dict[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    masked: dict[tuple[Actions, frozenset[tuple[str, str]], str], tuple[str, Counter[str]]] = field(
        default_factory=dict[tuple[Actions, frozenset[tuple[str, str]], str], tuple[str, Counter[str]]]
    )


class LearningPass(Walk):
    """Changes nothing: it gathers the values whose keys say what they are, and the names in user names."""

    def __init__(self, batch: Batch, project: str | None) -> None:
        super().__init__(batch.pieces)
        self._batch = batch
        self._project = project
        self._actions = batch.policy.actions("", project)
        self.learned = Learned()
        self._seen: set[tuple[Actions, str]] = set()
        self._hearing: list[tuple[str, str, str]] | None = None

    def enter(self, field: str) -> bool:
        self._actions = self._batch.policy.actions(field, self._project)
        return not self._actions.drops_field

    def text(self, text: str, path: Path = (), *, in_json: bool = False) -> str:
        if self._hearing is not None:
            super().text(text, path, in_json=in_json)
        elif (memo := (self._actions, text)) not in self._seen:
            self._seen.add(memo)
            heard = self._batch.heard.get(memo)
            if heard is None:
                self._hearing = heard = []
                super().text(text, path, in_json=in_json)
                self._hearing = None
                self._batch.heard[memo] = heard
            for method, what, more in heard:
                (self._name if method == "named" else self._say)(what, more)
        return text

    def prose(self, text: str, key: str, in_json: bool) -> str:
        if _COULD_HOLD_HANDLE.search(text):
            self._hear("prose", text, key)
        return text

    def named(self, text: str, kind: str) -> str:
        if kind in self._actions.masked:
            self._hear("named", text, kind)
        return text

    def _hear(self, method: str, text: str, more: str) -> None:
        if self._hearing is not None:
            self._hearing.append((method, text, more))
        else:
            (self._name if method == "named" else self._say)(text, more)

    def _say(self, text: str, key: str) -> None:
        answer = self._batch.answers.get(_query(self._batch, text, key, "text", self._actions))
        if isinstance(answer, tuple):
            for finding in answer:
                if finding.kind == "USERNAME" and finding.score >= _LABELLED:
                    self._names(text[finding.start : finding.end])

    def _name(self, text: str, kind: str) -> None:
        self.learned.add(kind, text)
        if kind == "USERNAME":
            self._names(text)

    def number(self, text: str, key: str) -> str:
        return text

    def key(self, key: str) -> str:
        return key

    def blob(self, content: str | bytes, size: int) -> str:
        return ""

    def _names(self, handle: str) -> None:
        """`mia_li_3668` gives away Mia and Li."""
        parts = [part for part in re.split(r"[\W_\d]+", handle.lower()) if _HANDLE.fullmatch(part)]
        if len(parts) >= 2 and "PERSON" in self._actions.masked:
            for part in parts:
                self.learned.add("PERSON", part)


class MaskingPass(Walk):
    """Masks. What it would have to ask the engine first is left in `missing`; then its result is worth nothing."""

    def __init__(self, batch: Batch, project: str | None, learned: Learned) -> None:
        super().__init__(batch.pieces)
        self._batch = batch
        self._project = project
        self._actions = batch.policy.actions("", project)
        self._learned = learned
        self._learned_key = learned.key()
        self.missing: set[Query] = set()
        self.masked: Counter[str] = Counter()

    def enter(self, field: str) -> bool:
        self._actions = self._batch.policy.actions(field, self._project)
        return not self._actions.drops_field

    def text(self, text: str, path: Path = (), *, in_json: bool = False) -> str:
        if in_json:
            return super().text(text, path, in_json=in_json)
        # The texts at the top are what is sent again and again.
        memo = (self._actions, self._learned_key, "\x00".join((path[-1] if path else "", text)))
        known = self._batch.masked.get(memo)
        if known is None:
            before, self.masked = self.masked, Counter()
            missing, self.missing = self.missing, set()
            result = super().text(text, path)
            if not self.missing:
                self._batch.masked[memo] = result, self.masked
            self.masked = before + self.masked
            self.missing |= missing
            return result
        self.masked.update(known[1])
        return known[0]

    def prose(self, text: str, key: str, in_json: bool) -> str:
        if in_json and not self._batch.policy.deny and _NOTHING.fullmatch(text):
            return self.apply(text, tuple(self._known(text)), self._actions.replace)
        return self._settle(text, key, "text")

    def named(self, text: str, kind: str) -> str | None:
        actions = self._actions
        if kind not in actions.masked or text in self._batch.policy.allow or actions.is_placeholder(text):
            return self._settle(text, "", "text")
        self.masked[kind] += 1
        return actions.replace_whole(kind, text)

    def number(self, text: str, key: str) -> str | None:
        if len(text) < 5 and not self._batch.policy.deny:
            return text
        new = self._settle(text, key, "number")
        if new == text:
            return text
        # A number is masked as a whole.
        match = kinds.PLACEHOLDER.search(new)
        return match.group() if match else None

    def key(self, key: str) -> str:
        # A name may be a key: {"Maria Silva": "gold"}.
        looks_written = " " in key and not key.islower()
        return self._settle(key, "", "text" if looks_written else "identifier", self._actions.replace_key)

    def blob(self, content: str | bytes, size: int) -> str | bytes | None:
        new = self._actions.replace_blob(content, size)
        if new is not content:
            self.masked[kinds.BLOB] += 1
        return new

    def dropped(self, value: Any) -> None:
        """A whole field that goes."""
        self.masked[kinds.DROPPED] += 1

    def identifier(self, text: str) -> str:
        """A name or an id, such as a feature's or a model's. Something of it stays."""
        return self._settle(text, "", "identifier", self._actions.replace_key)

    def person(self, name: str, text: str) -> str | None:
        """A user's or a session's id, the field `name`."""

        def holds() -> bool:
            before, self.masked = self.masked, Counter()
            found = self.identifier(text) != text
            self.masked = before
            return found

        new = self._actions.replace_id(name, text, holds)
        if new != text:
            self.masked[kinds.USER_ID] += 1
        return new

    def _settle(self, text: str, key: str, scope: Scope, replace: Replace | None = None) -> str:
        """Masks a text until nothing is found in it any more."""
        replace = replace or self._actions.replace
        text = self.without_forged(text)
        for _ in range(MAX_ROUNDS):
            query = _query(self._batch, text, key, scope, self._actions)
            answer = self._batch.answers.get(query)
            if answer is None:
                self.missing.add(query)
                return text
            if isinstance(answer, MaskError):
                raise answer
            known = tuple(self._known(text))
            findings = without_overlaps(text, (*answer, *known)) if known else answer
            if not findings:
                return text
            text = self.apply(text, findings, replace)
            # What is dropped could for ever bring together what is found next.
            replace = self._actions.replace_key
        return text

    def without_forged(self, text: str) -> str:
        """Without what only we may say in a placeholder, where somebody else said it."""
        return self._actions.without_forged(text)

    def _known(self, text: str) -> Iterator[Finding]:
        return (finding for finding in self._learned.find(text) if finding.kind in self._actions.masked)

    def apply(self, text: str, findings: tuple[Finding, ...], replace: Replace) -> str:
        """The text with its findings replaced."""
        out: list[str] = []
        done = 0
        for finding in findings:
            out += (text[done : finding.start], replace(finding.kind, text[finding.start : finding.end]))
            done = finding.end
            self.masked[finding.kind] += 1
        return "".join((*out, text[done:]))


def _query(batch: Batch, text: str, key: str, scope: Scope, actions: Actions) -> Query:
    context = batch.contexts.get(key)
    if context is None:
        words = keys.words_of(key)
        context = batch.contexts[key] = tuple(sorted({*words, " ".join(words)} & batch.context_words))
    return Query(text, scope, context, actions.kept)
