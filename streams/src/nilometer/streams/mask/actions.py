"""What becomes of a finding: the one door through which everything that is masked goes."""

from collections.abc import Callable
from dataclasses import dataclass

from nilometer.streams.mask import kinds

Action = Callable[[str, str], str]
"""Kind and text of a finding in, what stands there afterwards out; "" where nothing shall."""


def typed_placeholder(kind: str, text: str) -> str:
    """`<PERSON>`."""
    return kinds.placeholder(kind)


@dataclass(frozen=True, eq=False)
class Actions:
    """What the policy says for one place: a field of an event of one project. Places with the same rules share one, so
    it may stand in the key of what is remembered in a batch."""

    masked: frozenset[str]
    """The kinds that are masked here."""
    kept: tuple[str, ...] = ()
    """The kinds that the policy masks elsewhere, but keeps here, sorted: the engine does not look for them."""

    def replace(self, kind: str, text: str) -> str:
        """What stands in a text, or in a key, instead of `text`. "": it is dropped."""
        return typed_placeholder(kind, text)

    def replace_whole(self, kind: str, text: str) -> str | None:
        """The same for a value of JSON that is one finding as a whole. None: it is dropped, and is null."""
        return self.replace(kind, text) or None

    def replace_blob(self, content: str | bytes, size: int) -> str | bytes | None:
        """What stands instead of a binary content of `size` bytes; `content` itself where it is kept."""
        return kinds.blob(size)

    def is_placeholder(self, text: str) -> bool:
        """Whether the whole text is a placeholder that is ours, and so is never masked again."""
        return kinds.PLACEHOLDER.fullmatch(text) is not None

    def without_forged(self, text: str) -> str:
        """Takes from placeholders that somebody else wrote what only we may say in them."""
        return text
