"""Every string of a value: by its key where that tells, else by what the engine finds; JSON inside strings too."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, cast

from nilometer.streams.mask import json_text, keys, media
from nilometer.streams.mask.errors import MaskError
from nilometer.streams.mask.json_text import Number, Pairs

MAX_DEPTH = 100

Path = tuple[str, ...]


class Pieces:
    """Strings taken apart, each but once in a batch."""

    def __init__(self) -> None:
        self._known: dict[str, list[tuple[str, Any]]] = {}

    def of(self, text: str) -> list[tuple[str, Any]]:
        found = self._known.get(text)
        if found is None:
            try:
                found = list(json_text.split(text))
            except RecursionError:
                raise MaskError("too_deep", "JSON in a text is nested too deep") from None
            self._known[text] = found
        return found


class Walk(ABC):
    """Visits a value and builds the same with what the visits answered."""

    def __init__(self, pieces: Pieces) -> None:
        self._pieces = pieces
        self._in_list = False

    @abstractmethod
    def prose(self, text: str, key: str, in_json: bool) -> str:
        """A text, or the part of one that is no JSON. `key` is "" at the top."""

    @abstractmethod
    def enter(self, field: str) -> bool:
        """Called before the values of a field of the event, for the policy may differ from field to field. False: the
        field is dropped, and nothing of it need be visited."""

    @abstractmethod
    def named(self, text: str, kind: str) -> str | None:
        """A string or number whose key says what it is. None: it is dropped."""

    @abstractmethod
    def number(self, text: str, key: str) -> str | None:
        """A number as it is written; the same object where it stays. None: it is dropped."""

    @abstractmethod
    def key(self, key: str) -> str:
        """A key of an object."""

    @abstractmethod
    def blob(self, content: str | bytes, size: int) -> str | bytes | None:
        """A binary content of about so many bytes; the same object where it is kept, None where it is dropped."""

    def joined(self, items: Sequence[Any]) -> Sequence[Any]:
        """The items of a list, masked where a text is split over several of them. Called for the outermost lists."""
        return items

    def joined_pairs(self, pairs: list[tuple[str, Any]]) -> list[tuple[str, Any]]:
        """The same for the items of an object whose keys are numbered."""
        return pairs

    def value(self, value: Any, path: Path = (), kind: str | None = None, *, in_json: bool = False) -> Any:
        """Any JSON-like value; `kind` is what its key said. Raises MaskError for what is none, or too deep."""
        if len(path) > MAX_DEPTH:
            raise MaskError("too_deep", f"nested deeper than {MAX_DEPTH} levels")
        match value:
            case None | bool():
                return value
            case Number():
                return self._number(value, str(value), path, kind)
            case str():
                return self._string(value, path, kind, in_json)
            case int() | float():
                return self._number(value, str(value), path, kind)
            case Pairs():
                return Pairs(self._items(cast("list[tuple[str, Any]]", value), path))
            case Mapping():
                return dict(self._items(cast("Mapping[str, Any]", value).items(), path))
            case list() | tuple():
                return self._list(cast("Sequence[Any]", value), (*path, path[-1] if path else ""), kind)
            case bytes() | bytearray() | memoryview():
                return self.blob(bytes(value), len(value))
            case _:
                raise MaskError("unsupported_type", f"a value of the type {type(value).__name__}")

    def text(self, text: str, path: Path = (), *, in_json: bool = False) -> str:
        """A string that may hold JSON."""
        if media.MARK in text:
            text = self.without_media(text)
        if media.is_base64(text):
            return self.text_blob(text, text)
        out: list[str] = []
        for piece, parsed in self._pieces.of(text):
            if parsed is None:
                out.append(self._prose(piece, path[-1] if path else "", in_json))
            else:
                within, self._in_list = self._in_list, False
                masked = self.value(parsed, (*path, ""), in_json=True)
                self._in_list = within
                out.append(piece if masked == parsed else json_text.replace(piece, parsed, masked))
        return "".join(out)

    def _list(self, items: Sequence[Any], path: Path, kind: str | None) -> list[Any]:
        outermost = not self._in_list
        if outermost:
            items = self.joined(items)
        self._in_list = True
        masked = [self.value(one, path, kind, in_json=True) for one in items]
        self._in_list = not outermost
        return masked

    def _prose(self, text: str, key: str, in_json: bool) -> str:
        """What is binary here is kept, and not looked at."""
        if media.MARK not in text:
            return self.prose(text, key, in_json)
        out: list[str] = []
        done = 0
        for match in media.DATA_URL.finditer(text):
            if done < match.start():
                out.append(self.prose(text[done : match.start()], key, in_json))
            out.append(match.group())
            done = match.end()
        if done < len(text) or not text:
            out.append(self.prose(text[done:], key, in_json))
        return "".join(out)

    def without_media(self, text: str) -> str:
        """The text with what the policy leaves of the contents of its data URLs."""
        return media.DATA_URL.sub(lambda match: self.text_blob(match.group(), match[1]), text)

    def text_blob(self, content: str, base64_text: str) -> str:
        """The same as `blob` for a content in a text."""
        new = self.blob(content, media.bytes_in(base64_text))
        return new if isinstance(new, str) else ""

    def _items(self, items: Iterable[tuple[str, Any]], path: Path) -> Iterable[tuple[str, Any]]:
        pairs = self.joined_pairs(list(items))
        node = dict(pairs)
        used: set[str] = set()
        for key, inner in pairs:
            if not isinstance(key, str):  # pyright: ignore[reportUnnecessaryIsInstance]
                raise MaskError("unsupported_type", f"a key of the type {type(key).__name__}")
            new = self.key(key)
            if new != key:
                # Two keys must not become one.
                stem, count = new, 1
                while new in used or new in node:
                    count += 1
                    new = f"{stem}#{count}"
            used.add(new)
            if media.is_content(key, inner, node, path):
                yield new, self.blob(inner, media.bytes_in(inner))
            else:
                yield new, self.value(inner, (*path, key), keys.kind_in(key, path, node), in_json=True)

    def _string(self, value: str, path: Path, kind: str | None, in_json: bool) -> str | None:
        if kind is not None and keys.fits(kind, value):
            return self.named(value, kind)
        new = self.text(value, path, in_json=in_json)
        # A value of which nothing is left is null.
        return None if in_json and value and not new else new

    def _number(self, value: Any, text: str, path: Path, kind: str | None) -> Any:
        if kind is not None and kind not in ("PERSON", "EMAIL_ADDRESS", "ACCESS_TOKEN", "API_KEY", "PRIVATE_KEY"):
            new = self.named(text, kind)
        else:
            new = self.number(text, path[-1] if path else "")
        return value if new == text else new
