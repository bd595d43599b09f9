"""The pass over an event that masks it, with what its keys give away and with what the engine found."""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Protocol

from nilometer.streams.mask import base64_text, kinds, readings, split_text
from nilometer.streams.mask.actions import Actions
from nilometer.streams.mask.errors import MaskError
from nilometer.streams.mask.finding import Finding, Findings, Query, Scope
from nilometer.streams.mask.learn import Heard, Learned
from nilometer.streams.mask.listen import COULD_HOLD_HANDLE, Batch, heard_by_key, query_of
from nilometer.streams.mask.resolve import without_overlaps
from nilometer.streams.mask.walk import Path, Walk

MAX_ROUNDS = 8
"""How often a masked text is looked at again: what stands beside a placeholder can read differently."""

_NOTHING = re.compile(r"[a-z]+(?:[_-][a-z]+)*|\d{1,4}|\s*")
"""In JSON, one code in small letters or a small number, such as `basic_economy`, is nobody's."""
_VALUE_PART = re.compile(r"(?<=\.)(?:[a-z]{2,20}[_-][a-z]{2,20}[_-]?\d{2,8}|[+(]?\d[\d ()/-]{7,22}\d)(?=\.|\Z)")
"""A part of a dotted key that is written as a user's name or a longer number is."""
MAX_HIDDEN = 3
"""How often text in base64 may be wrapped in base64; deeper it is masked unread."""
_WRITTEN = re.compile(r"\S+(?:\s+\S+){3}|\S*\s.*[\d:@]|.*[\d:@]\S*\s\S|.*\+\d{7}|.*\(\d{3}\)", re.DOTALL)
"""A name that is more like a sentence: four words, or several with a number or a colon; or a telephone number."""


Replace = Callable[[str, str], str]
"""Kind and text of a finding in, what stands there afterwards out."""


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
        self._depth = 0
        self._misses = 0
        """How often something was missing."""

    def enter(self, field: str) -> bool:
        self._actions = self._batch.policy.actions(field, self._project)
        return not self._actions.drops_field

    def text(self, text: str, path: Path = (), *, in_json: bool = False) -> str:
        """A mark where it cannot be masked."""
        try:
            return super().text(text, path, in_json=in_json)
        except RecursionError:
            return self._unmasked(MaskError("too_deep", "a text is nested too deep"))
        except MaskError as error:
            return self._unmasked(error)

    def _unmasked(self, error: MaskError) -> str:
        """What stands instead of a text that cannot be masked. Raises where the whole event shall fail."""
        if self._batch.policy.fails_events:
            raise error
        self.masked[kinds.UNMASKED] += 1
        mark = kinds.unmasked(error.error_type)
        self.written.add(mark)
        return mark

    def joined(self, items: Sequence[Any]) -> Sequence[Any]:
        for series in split_text.series_in(items):
            for place, old, new in zip(series.places, series.texts, self._rejoined(series), strict=True):
                if new != old:
                    items = split_text.replaced(items, place, new)
        return items

    def joined_pairs(self, pairs: list[tuple[str, Any]]) -> list[tuple[str, Any]]:
        for series in split_text.numbered(pairs):
            for (index,), old, new in zip(series.places, series.texts, self._rejoined(series), strict=True):
                if new != old and isinstance(index, int):
                    pairs[index] = (pairs[index][0], new)
        return pairs

    def _rejoined(self, series: split_text.Series) -> list[str]:
        """The texts of a series, masked where something is split over them."""
        texts = series.texts
        whole = self.concatenated(texts)
        if split_text.is_stream(texts):
            new = self.text(whole, (series.key,), in_json=True)
            return texts if new == whole else [new, *("" for _ in texts[1:])]
        across = [finding for seam in split_text.seams(series) for finding in self._across(whole, seam, series.key)]
        if not across:
            return texts
        changes: dict[int, list[tuple[int, int, str]]] = {}
        for finding in without_overlaps(whole, across):
            instead = self.found(whole, finding, self._actions.replace)
            for index, start, end in split_text.shares(texts, finding.start, finding.end):
                changes.setdefault(index, []).append((start, end, instead))
                # It stands where it begins, and nowhere else.
                instead = ""
        for index, taken in changes.items():
            taken += self._beside(texts[index], taken, series.key)
        return [self.spliced(text, sorted(changes.get(index, ()))) for index, text in enumerate(texts)]

    def _beside(self, text: str, taken: Sequence[tuple[int, int, str]], key: str) -> list[tuple[int, int, str]]:
        """What a text holds by itself, besides the parts that are taken from it: those may have said what it is."""
        more: list[tuple[int, int, str]] = []
        for finding in self._find(text, key, "text") or ():
            rest = [(finding.start, finding.end)]
            for start, end, _ in taken:
                rest = [
                    (first, last)
                    for left, right in rest
                    for first, last in ((left, min(right, start)), (max(left, end), right))
                    if first < last
                ]
            if rest == [(finding.start, finding.end)]:
                more.append((finding.start, finding.end, self.found(text, finding, self._actions.replace)))
            else:
                # The other part of it has its placeholder.
                more += [(first, last, "") for first, last in rest]
        return more

    def _across(self, whole: str, seam: split_text.Seam, key: str) -> Iterator[Finding]:
        """What lies across a seam, of the joined texts."""
        scope: Scope = "written" if seam.anything else "identifier"
        for finding in self._find(whole[seam.start : seam.end], key, scope) or ():
            start, end = seam.start + finding.start, seam.start + finding.end
            if seam.at in (start, end) and finding.kind in split_text.TOKENS:
                # What says that it is a secret stands on the other side: `password: ` before it, `@host` behind it.
                yield finding._replace(start=start, end=end)
            if start < seam.at < end and (seam.anything or finding.kind in split_text.TOKENS):
                left, right = whole[start : seam.at], whole[seam.at : end]
                # A value that is whole on one side may have got a word of the other side by accident.
                by_accident = (split_text.is_word(left) and self._finds(right, finding.kind, key, scope)) or (
                    split_text.is_word(right) and self._finds(left, finding.kind, key, scope)
                )
                if not by_accident:
                    yield finding._replace(start=start, end=end)

    def _finds(self, text: str, kind: str, key: str, scope: Scope) -> bool:
        return any(finding.kind == kind for finding in self._find(text, key, scope) or ())

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
        memo = self._actions, key
        if memo in self._batch.plain_keys and next(self._known(key), None) is None:
            return key
        asked = self._batch.asked_keys.get(memo)
        if asked is not None and asked not in self._batch.answers:
            self.missing.add(asked)
            self._misses += 1
            return key
        misses = self._misses
        # A name may be a key: {"Maria Silva": "gold"}.
        looks_written = " " in key and not key.islower()
        scope = "text" if looks_written else _scope_of(key)
        new = self._settle(key, "", scope, self._actions.replace_key)
        # `metadata.mia_li_3668` is the key `mia_li_3668` of `metadata`, written flat.
        parts = [match.span() for match in _VALUE_PART.finditer(new)]
        alone = [
            (start, end, self._settle(new[start:end], "", _scope_of_part(new, start), self._actions.replace_key))
            for start, end in parts
        ]
        changes = [(start, end, said) for start, end, said in alone if said != new[start:end]]
        if changes:
            return self.spliced(new, changes)
        if new == key and self._misses == misses:
            self._batch.plain_keys.add(memo)
        elif new == key:
            self._batch.asked_keys[memo] = query_of(self._batch, key, "", scope, self._actions)
        return new

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
        return self._settle(text, "", _scope_of(text), self._actions.replace_key)

    def person(self, name: str, text: str) -> str | None:
        """A user's or a session's id, the field `name`."""
        return masked_id(self, self._actions, name, text)

    def _settle(self, text: str, key: str, scope: Scope, replace: Replace | None = None) -> str:
        """Masks a text until nothing is found in it any more."""
        memo = self._actions, scope, key, text
        if memo in self._learned.unchanged:
            return text
        misses = self._misses
        replace = replace or self._actions.replace
        text = self.without_forged(text)
        try:
            for round_ in range(MAX_ROUNDS):
                findings = self._find(text, key, scope)
                if findings is None:
                    return text
                new = self.apply(text, findings, replace) if findings else self._unwrapped(text, key)
                if not findings and new == text:
                    if not round_ and text == memo[-1] and self._misses == misses:
                        self._learned.unchanged.add(memo)
                    return text
                text = new
                # What is dropped could for ever bring together what is found next.
                replace = self._actions.replace_key
        except MaskError as error:
            return self._unmasked(error)
        return text

    def _find(self, text: str, key: str, scope: Scope) -> Findings | None:
        """What is in a text as it is written and as it reads without escapes. None: the engine must be asked first."""
        reading = readings.read(text)
        if reading is None:
            return self._ask(text, key, scope)
        # The model would take escapes for names.
        written = self._ask(text, key, "written" if scope == "text" else scope)
        read = self._ask(reading.text, key, scope)
        if written is None or read is None:
            return None
        return without_overlaps(text, (*written, *reading.placed(read))) if read else written

    def _ask(self, text: str, key: str, scope: Scope) -> Findings | None:
        query = query_of(self._batch, text, key, scope, self._actions)
        answer = self._batch.answers.get(query)
        if answer is None:
            self.missing.add(query)
            self._misses += 1
            return None
        if isinstance(answer, MaskError):
            raise answer
        known = tuple(self._known(text))
        return without_overlaps(text, (*answer, *known)) if known else answer

    def _unwrapped(self, text: str, key: str) -> str:
        """The text without what stands in it as base64 and is binary, or holds something to be masked."""
        changes: list[tuple[int, int, str]] = []
        for run in base64_text.runs(text):
            old = text[run.start : run.end]
            new = self._unwrapped_run(old, run.said, key)
            if new != old:
                changes.append((run.start, run.end, new))
        return self.spliced(text, changes) if changes else text

    def _unwrapped_run(self, run: str, said: str | None, key: str) -> str:
        if said is None or self._depth >= MAX_HIDDEN:
            return self.text_blob(run, run)
        before, self.masked, misses = self.masked, Counter(), self._misses
        self._depth += 1
        try:
            new = self.text(self.standing_at(said, run), (key,), in_json=True)
            # Only what this run still asks: it would be taken for one that holds nothing, were others' questions meant.
            if new == said or self._misses != misses:
                return run
            # Never a part of it, whatever the policy says of parts: it would be one of the encoded text.
            shown = kinds.placeholder(kind) if (kind := _foremost(self.masked)) in self._actions.masked else new
            self.written.add(shown)
            return shown
        finally:
            self._depth -= 1
            self.masked = before + self.masked

    def concatenated(self, texts: Sequence[str]) -> str:
        return "".join(texts)

    def standing_at(self, said: str, run: str) -> str:
        """What a part of a text says, read where that part stands."""
        return said

    def spliced(self, text: str, changes: Sequence[tuple[int, int, str]]) -> str:
        """The text with some of its parts, in order, replaced."""
        out: list[str] = []
        done = 0
        for start, end, new in changes:
            out += (text[done:start], new)
            done = end
        return "".join((*out, text[done:]))

    def without_forged(self, text: str) -> str:
        """Without what only we may say in a placeholder, where somebody else said it."""
        return self._actions.without_forged(text)

    def _known(self, text: str) -> Iterator[Finding]:
        return (finding for finding in self._learned.find(text) if finding.kind in self._actions.masked)

    def apply(self, text: str, findings: tuple[Finding, ...], replace: Replace) -> str:
        """The text with its findings replaced."""
        return self.spliced(text, [(f.start, f.end, self.found(text, f, replace)) for f in findings])

    def found(self, text: str, finding: Finding, replace: Replace) -> str:
        """What stands instead of a finding."""
        new = replace(finding.kind, text[finding.start : finding.end])
        self.written.add(new)
        self.masked[finding.kind] += 1
        return new


class FirstPass(MaskingPass):
    """The first walk over something: as far as can be seen before anything is known, what it gives away and all that
    has to be asked about it."""

    def __init__(self, batch: Batch, project: str | None, learned: Learned) -> None:
        """`learned`: nothing."""
        super().__init__(batch, project, learned)
        self.heard: list[Heard | Query] = []
        """A query: what its answer says."""

    def prose(self, text: str, key: str, in_json: bool) -> str:
        if "PERSON" in self._actions.masked and COULD_HOLD_HANDLE.search(text):
            query = query_of(self._batch, text, key, "text", self._actions)
            self.heard.append(query)
            if query not in self._batch.answers:
                self.missing.add(query)
        return super().prose(text, key, in_json)

    def named(self, text: str, kind: str) -> str | None:
        self.heard += heard_by_key(text, kind, self._actions)
        return super().named(text, kind)


class Identifies(Protocol):
    """Who masks identifiers and counts what was masked."""

    masked: Counter[str]

    def identifier(self, text: str) -> str: ...


def masked_id(walk: Identifies, actions: Actions, name: str, text: str) -> str | None:
    """A user's or a session's id, the field `name`, as the policy of its place says."""

    def holds() -> bool:
        before, walk.masked = walk.masked, Counter()
        found = walk.identifier(text) != text
        walk.masked = before
        return found

    new = actions.replace_id(name, text, holds)
    if new != text:
        walk.masked[kinds.USER_ID] += 1
    return new


def _scope_of_part(key: str, start: int) -> Scope:
    """A plus or a parenthesis begins a telephone number, which identifiers are not looked through for."""
    return "written" if key[start : start + 1] in ("+", "(") else "identifier"


def _scope_of(name: str) -> Scope:
    return "written" if _WRITTEN.match(name) else "identifier"


def _foremost(counts: Counter[str]) -> str:
    """The kind that was found most often; "" where none was."""
    return min(counts, key=lambda kind: (-counts[kind], kind), default="")
