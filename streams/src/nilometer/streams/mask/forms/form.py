"""What a value of one kind looks like, and what people call it."""

from collections.abc import Callable
from dataclasses import dataclass

Check = Callable[[str], bool]


@dataclass(frozen=True)
class Form:
    """A value of one kind.

    value: how it is written after its label (a pattern of the `regex` module).
    labels: what people call it, words apart by one space, `|` between labels.
    bare: how it must be written where nothing says what it is; None where it is not looked for then.
    check: what letters and digits alone, in capitals, must fulfil. A bare value must; one that is named is masked all
    the same, unless `strict`.
    score: how sure a bare value is.
    near: how many characters may stand between the label and the value.
    kind_of: the kind of a certain value, where it differs from `kind`.
    """

    kind: str
    value: str
    labels: str
    bare: str | None = None
    check: Check | None = None
    strict: bool = False
    score: float = 0.9
    near: int = 40
    kind_of: Callable[[str], str] | None = None

    def holds(self, text: str) -> bool:
        """Whether a value, as it is written, has the check digit it should have."""
        if self.check is None:
            return True
        try:
            return self.check(compact(text))
        except (ValueError, IndexError):
            return False

    def named(self, text: str) -> str:
        """The kind of a value."""
        return self.kind if self.kind_of is None else self.kind_of(compact(text))


def compact(text: str) -> str:
    """Letters and digits, in capitals."""
    return "".join(char for char in text if char.isalnum()).upper()


def label_key(label: str) -> str:
    """A label without what may stand between its words."""
    return "".join(char for char in label.lower() if char not in " _.-'’")
