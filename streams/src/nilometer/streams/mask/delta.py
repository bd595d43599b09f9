"""What masking changed of a value: offsets and what was written there. With the value it gives the masked one again;
alone it holds nothing of it but what the policy lets through."""

import re
from collections.abc import Collection
from typing import Any, Final, cast

Delta = tuple[Any, ...]
"""("text", pieces): a piece is what was written, or (start, end) of what stays. ("whole", what stands there instead).
("list", ((index, delta), …)). ("object", ((index, delta of the key or None, delta of the value or None), …))."""


class Untraceable(Exception):
    """What was changed cannot be told by offsets, e.g. where JSON was written anew."""


SAME: Final = None


def delta(before: Any, after: Any, written: Collection[str]) -> Delta | None:
    """None: nothing changed. `written`: all that was put in. Raises Untraceable."""
    if before is after or (type(before) is type(after) and before == after):
        return SAME
    if after is None or (isinstance(after, str) and after in written):
        return "whole", after
    if isinstance(before, str) and isinstance(after, str):
        return "text", tuple(_pieces(before, after, written))
    if isinstance(before, list | tuple) and isinstance(after, list):
        inner = cast("list[Any]", before)
        pairs = zip(inner, cast("list[Any]", after), strict=True)
        return "list", tuple((i, one) for i, (a, b) in enumerate(pairs) if (one := delta(a, b, written)) is not SAME)
    if isinstance(before, dict) and isinstance(after, dict):
        old, new = cast("dict[str, Any]", before), cast("dict[str, Any]", after)
        if len(old) == len(new):
            return "object", tuple(_members(old, new, written))
    raise Untraceable


def apply(before: Any, change: Delta | None) -> Any:
    """The masked value; where nothing changed, the same object."""
    if change is None:
        return before
    kind, parts = change
    if kind == "whole":
        return parts
    if kind == "text":
        return "".join([piece if isinstance(piece, str) else before[piece[0] : piece[1]] for piece in parts])
    if kind == "list":
        items = list(before)
        for index, inner in parts:
            items[index] = apply(items[index], inner)
        return items
    pairs = list(before.items())
    for index, key, inner in parts:
        pairs[index] = apply(pairs[index][0], key), apply(pairs[index][1], inner)
    return dict(pairs)


def _members(old: dict[str, Any], new: dict[str, Any], written: Collection[str]) -> Any:
    for index, ((key, a), (other, b)) in enumerate(zip(old.items(), new.items(), strict=True)):
        of_key, of_value = delta(key, other, written), delta(a, b, written)
        if of_key is not SAME or of_value is not SAME:
            yield index, of_key, of_value


def _pieces(before: str, after: str, written: Collection[str]) -> Any:
    """`after` is parts of `before`, in order, with something of `written` between them."""
    marks = sorted((text for text in written if text), key=lambda text: (-len(text), text))
    # Of two keys that became the same the second is numbered.
    splitter = re.compile(rf"((?:{'|'.join(map(re.escape, marks))})(?:#\d{{1,3}}(?!\d))?)") if marks else None
    at = 0
    for index, piece in enumerate(splitter.split(after) if splitter else [after]):
        if index % 2:
            yield piece
        elif piece:
            start = before.find(piece, at)
            if start < 0:
                for run in _runs(before, piece, at):
                    yield run
                    at = run[1]
                continue
            at = start + len(piece)
            yield start, at


def _runs(before: str, piece: str, at: int) -> list[tuple[int, int]]:
    """The same for a piece of which something was dropped."""
    runs: list[tuple[int, int]] = []
    for letter in piece:
        found = before.find(letter, at)
        if found < 0:
            raise Untraceable
        if runs and runs[-1][1] == found:
            runs[-1] = runs[-1][0], found + 1
        else:
            runs.append((found, found + 1))
        at = found + 1
    return runs
