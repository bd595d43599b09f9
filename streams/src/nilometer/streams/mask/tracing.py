"""The masking pass once more, for what it found: with the places in the text that came in, whatever lay between, such
as JSON, its escapes, and rounds over what was masked already."""

from collections.abc import Sequence
from typing import Any, cast

from nilometer.streams.mask import kinds, media
from nilometer.streams.mask.finding import Finding
from nilometer.streams.mask.learn import Learned
from nilometer.streams.mask.listen import Batch
from nilometer.streams.mask.located import Located, LocatedPieces
from nilometer.streams.mask.passes import MaskingPass, Replace

BY_KEY = "key"
"""Recogniser of a value whose JSON key says what it is."""
BY_FIELD = "field"
"""Of a user's or session's id, and of a field that is dropped."""
BY_FORM = "media"
"""Of binary content."""


class TracingPass(MaskingPass):
    """Give it located strings; its findings are of the input. What it builds is worth nothing."""

    def __init__(self, batch: Batch, project: str | None, learned: Learned) -> None:
        super().__init__(batch, project, learned)
        self._pieces = LocatedPieces()
        self._found: list[Finding] = []

    def findings(self) -> tuple[Finding, ...]:
        """Ordered; without those that lie within another, as it happens where a text is masked in several rounds."""
        kept: list[Finding] = []
        for finding in sorted(self._found, key=lambda f: (f.start, -f.end)):
            if not kept or finding.end > kept[-1].end:
                kept.append(finding)
        return tuple(kept)

    def named(self, text: str, kind: str) -> str | None:
        before = self.masked[kind]
        settled = len(self._found)
        new = super().named(text, kind)
        if self.masked[kind] > before and len(self._found) == settled:
            self._note(text, kind, BY_KEY)
        return new

    def blob(self, content: str | bytes, size: int) -> str | bytes | None:
        new = super().blob(content, size)
        if new is not content and isinstance(content, Located):
            self._note(content, kinds.BLOB, BY_FORM)
        return new

    def person(self, name: str, text: str) -> str | None:
        self._found, found = [], self._found
        new = super().person(name, text)
        self._found = found
        if new != text:
            self._note(text, kinds.USER_ID, BY_FIELD)
        return new

    def dropped(self, value: Any) -> None:
        super().dropped(value)
        if value:
            self._note(value, kinds.DROPPED, BY_FIELD)

    def without_media(self, text: str) -> str:
        located = cast("Located", text)
        matches = list(media.DATA_URL.finditer(text))
        parts = [cast("Located", located[m.start() : m.end()]) for m in matches]
        new = [self.text_blob(part, match[1]) for part, match in zip(parts, matches, strict=True)]
        return located.spliced((m.start(), m.end(), n) for m, n in zip(matches, new, strict=True)) if matches else text

    def without_forged(self, text: str) -> str:
        check = super().without_forged
        if check(text) == text:
            return text
        changes = [(m.start(), m.end(), check(m.group())) for m in kinds.SAYS_MORE.finditer(text)]
        return cast("Located", text).spliced(changes)

    def found(self, text: str, finding: Finding, replace: Replace) -> str:
        start, end = cast("Located", text).place(finding.start, finding.end)
        self._found.append(finding._replace(start=start, end=end))
        return super().found(text, finding, replace)

    def spliced(self, text: str, changes: Sequence[tuple[int, int, str]]) -> str:
        return cast("Located", text).spliced(changes) if changes else text

    def concatenated(self, texts: Sequence[str]) -> str:
        located = [cast("Located", text) for text in texts]
        starts = [start for text in located for start in text.starts]
        return Located.at("".join(texts), starts, [end for text in located for end in text.ends])

    def standing_at(self, said: str, run: str) -> str:
        start, end = cast("Located", run).place()
        return Located.at(said, [start] * len(said), [end] * len(said))

    def _note(self, text: Any, kind: str, recognizer: str) -> None:
        start, end = cast("Located", text).place()
        self._found.append(Finding(start, end, kind, 1.0, recognizer))
