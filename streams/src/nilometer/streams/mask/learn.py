"""Values that keys gave away, to be found in the other texts of the same event: what was `first_name` in a tool's
result is a name in the answer too. Nothing is carried from one event to another."""

import re
from collections.abc import Iterable, Iterator
from datetime import date
from typing import NamedTuple

from spacy.lang.en.stop_words import STOP_WORDS

from nilometer.streams.mask import kinds
from nilometer.streams.mask.errors import MaskError
from nilometer.streams.mask.finding import Finding
from nilometer.streams.mask.recognizers.lexicon import Is, flags_of, is_ordinary
from nilometer.streams.mask.resolve import precedence

MAX_VALUES = 5_000
MAX_LENGTH = 200

_NAME = re.compile(r"[^\W\d_]{2,}(?:['’-][^\W\d_]+)*")
_ISO = re.compile(r"(\d{4})-(\d\d)-(\d\d)(?:T.*)?", re.DOTALL)
_SCORE = 0.95
_MONTHS = [date(2000, month, 1).strftime("%B") for month in range(1, 13)]
_HANDLE = re.compile(r"[a-z]{2,}")
_NUMBER = re.compile(r"-?(?:\d+(?:\.\d+)?(?:e[+-]?\d+)?|nan|inf(?:inity)?)")
_DIGIT = re.compile("[0-9]")
_FOLDS_TO_ASCII = re.compile("[\u0131\u017f\u212a]")
_WRITTEN_IN_MORE_WAYS = re.compile("[\x00-\x1f\ufffd\u03c2\u03c3\ud800-\udfff]")


class Heard(NamedTuple):
    """What a text gave away. `method`: a `value` of that kind; a `handle` that is made of names; or `both`."""

    method: str
    kind: str
    text: str


class Learned:
    """The values of one event by kind. In which order they are learned makes no difference."""

    def __init__(self) -> None:
        self._kinds: dict[str, str] = {}
        self._values: list[str] = []
        self._wordy: list[str] = []
        """Those without a digit."""
        self._folds = False
        """Whether a value has a letter that a pattern which ignores case takes for an ASCII one."""
        self._expression: re.Pattern[str] | None = None
        self.unchanged: set[tuple[object, ...]] = set()
        """For who masks with these values: what comes out as it went in."""

    def __repr__(self) -> str:
        return f"Learned({len(self._kinds)} values)"

    def learn(self, heard: Heard) -> None:
        """Raises MaskError when there are more than MAX_VALUES."""
        for kind, variant in _learnable(heard):
            known = self._kinds.get(variant)
            if known is None or precedence(kind) < precedence(known):
                if known is None:
                    self._values.append(variant)
                    if not _DIGIT.search(variant):
                        self._wordy.append(variant)
                self._kinds[variant] = kind
                self._folds = self._folds or _FOLDS_TO_ASCII.search(variant) is not None
        self._expression = None
        self.unchanged.clear()
        if len(self._kinds) > MAX_VALUES:
            raise MaskError("too_many_values", f"keys name more than {MAX_VALUES} values")

    def find(self, text: str) -> Iterator[Finding]:
        """Whole words, whatever their case; of short and common words only those that are written as names."""
        if not self._kinds:
            return
        for start, end in self._places(text):
            found = text[start:end]
            kind = self._kinds.get(found.lower())
            if kind is None or (kind == "PERSON" and found.islower() and (len(found) < 3 or found in STOP_WORDS)):
                continue
            yield Finding(start, end, kind, _SCORE, "learned")

    def _places(self, text: str) -> Iterator[tuple[int, int]]:
        """Where a value stands as whole words; of those that overlap the first and longest."""
        if text.isascii() and not self._folds:
            # Most texts hold none of them: compiling a pattern of all would take longer than looking for each.
            return _whole_words(text.lower(), self._values if _DIGIT.search(text) else self._wordy)
        if self._expression is None:
            longest_first = sorted(self._kinds, key=lambda value: (-len(value), value))
            # Lower-casing may change a text's length, so the pattern ignores case rather than the text losing it.
            self._expression = re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, longest_first))})(?!\w)", re.IGNORECASE)
        return (match.span() for match in self._expression.finditer(text))


def _whole_words(text: str, values: Iterable[str]) -> Iterator[tuple[int, int]]:
    """The same in a text that is ASCII, in small letters."""
    found: list[tuple[int, int]] = []
    for value in values:
        start = text.find(value)
        while start >= 0:
            end = start + len(value)
            if not (_is_word(text[start - 1 : start]) or _is_word(text[end : end + 1])):
                found.append((start, end))
            start = text.find(value, start + 1)
    done = 0
    for start, end in sorted(found, key=lambda span: (span[0], -span[1])):
        if start >= done:
            yield start, end
            done = end


def _is_word(char: str) -> bool:
    return char.isalnum() or char == "_"


class Needle:
    """One value that was given away, to be looked for in many texts."""

    def __init__(self, heard: Heard) -> None:
        self.heard = heard
        variants = {variant for _, variant in _learnable(heard)}
        self._anywhere = any(_WRITTEN_IN_MORE_WAYS.search(variant) for variant in variants)
        self.is_number = any(_NUMBER.fullmatch(variant) for variant in variants)
        """Whether a number of a value, which is no text, may be it."""
        # A variant that holds another one cannot stand where that one does not.
        self._variants = [one for one in variants if not any(other in one for other in variants if other != one)]
        self._bare = [variant.replace("\\", "") for variant in self._variants]

    def could_stand_in(self, text: str) -> bool:
        """Whether `Learned.find` could find it in a string of a value. `text`: all strings of it, as they are written
        there, in small letters; JSON may be among them."""
        if "\\" not in text:
            return self._anywhere or any(variant in text for variant in self._variants)
        # In JSON a letter may be written as its number.
        if self._anywhere or "\\u" in text:
            return True
        bare = text.replace("\\", "")
        return any(variant in bare for variant in self._bare)


def names_in(handle: str) -> list[str]:
    """`mia_li_3668` gives away Mia and Li."""
    parts = [part for part in re.split(r"[\W_\d]+", handle.lower()) if _HANDLE.fullmatch(part)]
    return list(filter(_can_be_of_name, parts)) if len(parts) >= 2 else []


def _can_be_of_name(word: str) -> bool:
    """`json_output_1234` must not take `json` out of all that stands in the event, nor somebody called Json Export."""
    return not is_ordinary(word) or bool(flags_of(word) & (Is.COMMON_FAMILY | Is.COMMON_GIVEN))


def _learnable(heard: Heard) -> Iterator[tuple[str, str]]:
    """Kind and text in small letters."""
    values = [(heard.kind, heard.text)] if heard.method != "handle" else []
    if heard.method != "value":
        values += [("PERSON", name) for name in names_in(heard.text)]
    for kind, text in values:
        value = text.strip()
        if len(value) <= MAX_LENGTH and not kinds.PLACEHOLDER.search(value):
            for variant in _variants(kind, value):
                yield kind, variant.lower()


def _variants(kind: str, value: str) -> Iterator[str]:
    if kind == "PERSON":
        if len(value) > 1 and _NAME.search(value):
            yield value
            yield from filter(_can_be_of_name, _NAME.findall(value))
    elif kind == "USERNAME":
        # Short ones and plain words, such as `admin`, mean other things too.
        if len(value) > 4 and not value.isalpha() and not value.isdigit():
            yield value
    elif kind == "DATE_OF_BIRTH":
        yield from _dates(value)
    elif kind == "LOCATION":
        if len(value) > 3 and (not value.isalpha() or len(value) > 5):
            yield value
    elif kind not in ("PASSWORD", "IP_ADDRESS") and len(value) > 5:
        yield value


def _dates(value: str) -> Iterator[str]:
    """The same day as people write it."""
    match = _ISO.fullmatch(value)
    if match is None:
        if len(value) > 5:
            yield value
        return
    try:
        day = date(*map(int, match.groups()))
    except ValueError:
        yield value
        return
    month = _MONTHS[day.month - 1]
    yield match.group()[:10]
    for name in (month, month[:3]):
        yield from (f"{name} {day.day}, {day.year}", f"{name} {day.day} {day.year}", f"{day.day} {name} {day.year}")
        yield f"{name} {day.day:02}, {day.year}"
    for sign in "/.-":
        yield from (f"{day.month}{sign}{day.day}{sign}{day.year}", f"{day.day}{sign}{day.month}{sign}{day.year}")
        yield f"{day.month:02}{sign}{day.day:02}{sign}{day.year}"
        yield f"{day.day:02}{sign}{day.month:02}{sign}{day.year}"
    yield from (f"{day.year}/{day.month:02}/{day.day:02}", f"{day.year}/{day.month}/{day.day}")
