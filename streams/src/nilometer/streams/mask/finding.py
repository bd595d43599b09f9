"""What is asked of the engine, and what it answers: offsets, no text."""

from typing import Literal, NamedTuple

Scope = Literal["text", "written", "identifier", "number"]
"""What is looked for: all; all without the language model; the kinds of `kinds.IDENTIFIER` or `kinds.NUMBER`."""


class Query(NamedTuple):
    """A text and what is known of it. `context`: words of its JSON key that recognisers know, sorted. `kept`: kinds
    that the policy keeps where the text stands, sorted; they are not looked for."""

    text: str
    scope: Scope = "text"
    context: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return f"Query({len(self.text)} characters, {self.scope})"


class Finding(NamedTuple):
    """One masked stretch: code points from `start` to before `end`."""

    start: int
    end: int
    kind: str
    score: float
    recognizer: str


Findings = tuple[Finding, ...]
"""Of one text: ordered, without overlaps, none inside a placeholder."""
