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
from nilometer.streams.mask.learn import Heard, Learned
from nilometer.streams.mask.policy import Policy
from nilometer.streams.mask.resolve import without_overlaps
from nilometer.streams.mask.walk import Pieces, Walk

MAX_ROUNDS = 4
"""How often a masked text is looked at again: what stands beside a placeholder can read differently."""

_NOTHING = re.compile(r"[a-z]+(?:[_-][a-z]+)*|\d{1,4}|\s*")
"""In JSON, one code in small letters or a small number, such as `basic_economy`, is nobody's."""
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
    contexts: dict[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])


class LearningPass(Walk):
    """Changes nothing: it gathers the values whose keys say what they are, and the names in user names. What it would
    have to ask the engine first is left in `missing`; then it has not heard all."""

    def __init__(self, batch: Batch, project: str | None) -> None:
        super().__init__(batch.pieces)
        self._batch = batch
        self._project = project
        self._actions = batch.policy.actions("", project)
        self.heard: list[Heard] = []
        self.missing: set[Query] = set()

    def enter(self, field: str) -> bool:
        self._actions = self._batch.policy.actions(field, self._project)
        return not self._actions.drops_field

    def prose(self, text: str, key: str, in_json: bool) -> str:
        if "PERSON" in self._actions.masked and _COULD_HOLD_HANDLE.search(text):
            query = _query(self._batch, text, key, "text", self._actions)
            heard = handles_in(query, self._batch.answers.get(query))
            if heard is None:
                self.missing.add(query)
            else:
                self.heard += heard
        return text

    def named(self, text: str, kind: str) -> str:
        self.heard += heard_by_key(text, kind, self._actions)
        return text

    def number(self, text: str, key: str) -> str:
        return text

    def key(self, key: str) -> str:
        return key

    def blob(self, content: str | bytes, size: int) -> str:
        return ""


class MaskingPass(Walk):
    """Masks. What it would have to ask the engine first is left in `missing`; then its result is worth nothing."""

    def __init__(self, batch: Batch, project: str | None, learned: Learned) -> None:
        super().__init__(batch.pieces)
        self._batch = batch
        self._project = project
        self._actions = batch.policy.actions("", project)
        self._learned = learned
        self.missing: set[Query] = set()
        self.masked: Counter[str] = Counter()
        self.written: set[str] = set()
        """All that was put in."""

    def enter(self, field: str) -> bool:
        self._actions = self._batch.policy.actions(field, self._project)
        return not self._actions.drops_field

    def prose(self, text: str, key: str, in_json: bool) -> str:
        if in_json and not self._batch.policy.deny and _NOTHING.fullmatch(text):
            return self.apply(text, tuple(self._known(text)), self._actions.replace)
        return self._settle(text, key, "text")

    def named(self, text: str, kind: str) -> str | None:
        actions = self._actions
        if kind not in actions.masked or text in self._batch.policy.allow or actions.is_placeholder(text):
            return self._settle(text, "", "text")
        self.masked[kind] += 1
        new = actions.replace_whole(kind, text)
        self.written.add(new or "")
        return new

    def number(self, text: str, key: str) -> str | None:
        if len(text) < 5 and not self._batch.policy.deny:
            return text
        new = self._settle(text, key, "number")
        if new == text:
            return text
        # A number is masked as a whole.
        match = kinds.PLACEHOLDER.search(new)
        if match is None:
            return None
        self.written.add(match.group())
        return match.group()

    def key(self, key: str) -> str:
        # A name may be a key: {"Maria Silva": "gold"}.
        looks_written = " " in key and not key.islower()
        return self._settle(key, "", "text" if looks_written else "identifier", self._actions.replace_key)

    def blob(self, content: str | bytes, size: int) -> str | bytes | None:
        new = self._actions.replace_blob(content, size)
        if new is not content:
            self.masked[kinds.BLOB] += 1
            if isinstance(new, str):
                self.written.add(new)
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
        memo = self._actions, scope, key, text
        if memo in self._learned.unchanged:
            return text
        replace = replace or self._actions.replace
        text = self.without_forged(text)
        for round_ in range(MAX_ROUNDS):
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
                if not round_ and text == memo[-1]:
                    self._learned.unchanged.add(memo)
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
            new = replace(finding.kind, text[finding.start : finding.end])
            self.written.add(new)
            out += (text[done : finding.start], new)
            done = finding.end
            self.masked[finding.kind] += 1
        return "".join((*out, text[done:]))


class FirstPass(MaskingPass):
    """The first walk over something: as far as can be seen before anything is known, what it gives away and all that
    has to be asked about it."""

    def __init__(self, batch: Batch, project: str | None, learned: Learned) -> None:
        """`learned`: nothing."""
        super().__init__(batch, project, learned)
        self.heard: list[Heard | Query] = []
        """A query: what its answer says."""

    def prose(self, text: str, key: str, in_json: bool) -> str:
        if "PERSON" in self._actions.masked and _COULD_HOLD_HANDLE.search(text):
            query = _query(self._batch, text, key, "text", self._actions)
            self.heard.append(query)
            if query not in self._batch.answers:
                self.missing.add(query)
        return super().prose(text, key, in_json)

    def named(self, text: str, kind: str) -> str | None:
        self.heard += heard_by_key(text, kind, self._actions)
        return super().named(text, kind)


def handles_in(query: Query, answer: Answer | None) -> list[Heard] | None:
    """The user names that a text gives away; None where it has not been asked."""
    if answer is None:
        return None
    found = answer if isinstance(answer, tuple) else ()
    return [
        Heard("handle", "USERNAME", query.text[one.start : one.end])
        for one in found
        if one.kind == "USERNAME" and one.score >= _LABELLED
    ]


def heard_by_key(text: str, kind: str, actions: Actions) -> list[Heard]:
    """What a value gives away whose key says what it is."""
    if kind not in actions.masked:
        return []
    names = kind == "USERNAME" and "PERSON" in actions.masked
    return [Heard("both" if names else "value", kind, text)]


def _query(batch: Batch, text: str, key: str, scope: Scope, actions: Actions) -> Query:
    context = batch.contexts.get(key)
    if context is None:
        words = keys.words_of(key)
        context = batch.contexts[key] = tuple(sorted({*words, " ".join(words)} & batch.context_words))
    return Query(text, scope, context, actions.kept)
