"""What becomes of a finding: the one door through which everything that is masked goes."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from nilometer.schemas.settings import MaskingAction
from nilometer.streams.mask import kinds
from nilometer.streams.mask.pseudonym import Pseudonyms

FROM_PARTIAL = 8
"""Shorter values are not shown in part: their last four would be most of them."""
_NOT_SHOWN = re.compile(r"[\W_]+")


@dataclass(frozen=True, eq=False)
class Actions:
    """What the policy says for one place: a field of an event of one project. Places with the same rules share one, so
    it may stand in the key of what is remembered in a batch."""

    masked: frozenset[str]
    """The kinds that are masked here."""
    pseudonyms: Pseudonyms
    kept: tuple[str, ...] = ()
    """The kinds that the policy masks elsewhere, but keeps here, sorted: the engine does not look for them."""
    by_kind: Mapping[str, MaskingAction] = field(default_factory=dict[str, MaskingAction])
    """What the kinds become; those that are not in it, a typed placeholder. USER_ID missing: a pseudonym if need be."""
    denied: tuple[str, ...] = ()
    """Folded texts that no placeholder may hold."""
    drops_field: bool = False
    """The whole field goes, whatever is in it."""

    def replace(self, kind: str, text: str) -> str:
        """What stands in a text, or in a key, instead of `text`. "": it is dropped."""
        match self.by_kind.get(kind, "placeholder"):
            case "placeholder" | "keep":
                return kinds.placeholder(kind)
            case "drop":
                return ""
            case "pseudonym":
                return self._with(kind, self.pseudonyms.token(kind, text))
            case "hash":
                return self._with(kind, self.pseudonyms.digest(text))
            case "partial":
                shown = _NOT_SHOWN.sub("", text)
                return self._with(kind, f"…{shown[-4:]}" if len(shown) >= FROM_PARTIAL else "")

    def replace_whole(self, kind: str, text: str) -> str | None:
        """The same for a value of JSON that is one finding as a whole. None: it is dropped, and is null."""
        return self.replace(kind, text) or None

    def replace_key(self, kind: str, text: str) -> str:
        """The same for a key of an object, which cannot be dropped."""
        return self.replace(kind, text) or kinds.placeholder(kind)

    def replace_blob(self, content: str | bytes, size: int) -> str | bytes | None:
        """What stands instead of a binary content of `size` bytes; `content` itself where it is kept."""
        match self.by_kind.get(kinds.BLOB, "placeholder"):
            case "keep":
                return content
            case "drop":
                return None
            case _:
                new = kinds.blob(size)
                return kinds.placeholder(kinds.BLOB) if self._denies(new) else new

    def replace_id(self, name: str, text: str, holds: Callable[[], bool]) -> str | None:
        """The same for a whole user or session id, the field `name`. `holds`: whether something personal is in it."""
        action = self.by_kind.get(kinds.USER_ID)
        if action == "keep" or (action is None and not holds()):
            return text
        if self.pseudonyms.is_our_id(name, text) or self.is_placeholder(text):
            return text
        if action in (None, "pseudonym"):
            new = self.pseudonyms.id_of(name, text)
            return kinds.placeholder(kinds.USER_ID) if self._denies(new) else new
        return self.replace_whole(kinds.USER_ID, text)

    def is_placeholder(self, text: str) -> bool:
        """Whether the whole text is a placeholder that is ours, and so is never masked again."""
        return kinds.PLACEHOLDER.fullmatch(text) is not None and self.without_forged(text) == text

    def without_forged(self, text: str) -> str:
        """Takes from placeholders that somebody else wrote what only we may say in them."""
        return kinds.SAYS_MORE.sub(self._genuine, text) if "<" in text and ":" in text else text

    def _genuine(self, match: re.Match[str]) -> str:
        kind, more = match.groups()
        ours = self.by_kind.get(kind) == "partial" if more.startswith("…") else self.pseudonyms.is_ours(kind, more)
        return match.group() if ours and not self._denies(match.group()) else kinds.placeholder(kind)

    def _with(self, kind: str, more: str) -> str:
        new = kinds.placeholder(kind, more)
        return kinds.placeholder(kind) if self._denies(new) else new

    def _denies(self, placeholder: str) -> bool:
        folded = placeholder.lower()
        return any(entry in folded for entry in self.denied)
