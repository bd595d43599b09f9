"""What an event gives away: the values whose keys say what they are, and the names in user names."""

import contextlib
import re
from dataclasses import dataclass, field

from nilometer.streams.mask import keys
from nilometer.streams.mask.actions import Actions
from nilometer.streams.mask.engine import Answer
from nilometer.streams.mask.errors import MaskError
from nilometer.streams.mask.finding import Query, Scope
from nilometer.streams.mask.learn import Heard
from nilometer.streams.mask.policy import Policy
from nilometer.streams.mask.walk import Path, Pieces, Walk

COULD_HOLD_HANDLE = re.compile(r"[a-z][._-]?\d\d")
_LABELLED = 0.9


@dataclass(frozen=True)
class Batch:
    """What the events of one call share. It holds texts, and lives as long as the call."""

    policy: Policy
    context_words: frozenset[str]
    answers: dict[Query, Answer] = field(default_factory=dict[Query, Answer])
    pieces: Pieces = field(default_factory=Pieces)
    contexts: dict[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    plain_keys: set[tuple[Actions, str]] = field(default_factory=set[tuple[Actions, str]])
    """Keys of objects that stay as they are, wherever no value that an event has given away stands in them."""
    asked_keys: dict[tuple[Actions, str], Query] = field(default_factory=dict[tuple[Actions, str], Query])
    """What the engine is asked of a key, where it has not answered when the key was met."""


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

    def text(self, text: str, path: Path = (), *, in_json: bool = False) -> str:
        # What cannot be taken apart is no text in the other pass: there is nothing to learn of it.
        with contextlib.suppress(MaskError, RecursionError):
            super().text(text, path, in_json=in_json)
        return text

    def prose(self, text: str, key: str, in_json: bool) -> str:
        if "PERSON" in self._actions.masked and COULD_HOLD_HANDLE.search(text):
            query = query_of(self._batch, text, key, "text", self._actions)
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


def query_of(batch: Batch, text: str, key: str, scope: Scope, actions: Actions) -> Query:
    context = batch.contexts.get(key)
    if context is None:
        words = keys.words_of(key)
        context = batch.contexts[key] = tuple(sorted({*words, " ".join(words)} & batch.context_words))
    return Query(text, scope, context, actions.kept)
