"""A text and the truth about it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Truth:
    """Code points from `start` to before `end` are a value of one kind."""

    start: int
    end: int
    kind: str


@dataclass(frozen=True)
class Sample:
    """One text with everything personal in it. `place` says what it is like: chat, json, code, log, table."""

    text: str
    truths: tuple[Truth, ...]
    place: str


class Writer:
    """Puts a text together and remembers where the values stand in it."""

    def __init__(self, place: str) -> None:
        self._parts: list[str] = []
        self._length = 0
        self._truths: list[Truth] = []
        self._place = place

    def plain(self, text: str) -> "Writer":
        self._parts.append(text)
        self._length += len(text)
        return self

    def value(self, text: str, kind: str | None) -> "Writer":
        """A value of a kind; None where it is nobody's."""
        if kind is not None:
            self._truths.append(Truth(self._length, self._length + len(text), kind))
        return self.plain(text)

    def done(self) -> Sample:
        return Sample("".join(self._parts), tuple(self._truths), self._place)
