"""What is wrong with a JSON line, said with places and types only.

msgspec's messages quote values (`Invalid enum value 'x'`) and names of unknown fields, and either may be personal
data. So nothing of a message is passed on but what is on a list: our own field names, JSON's type names, numbers of
bytes; and the name of an unknown field if it is one of ours mistyped.
"""

import re
from difflib import get_close_matches
from typing import NamedTuple, get_args

import msgspec

from nilometer.schemas.detail import RawSpanDetail
from nilometer.schemas.feedback import RawFeedback, Thumbs
from nilometer.schemas.score import RawScore
from nilometer.schemas.span import RawSpan, Status, Usage, UsageSource

_EVENT_FIELDS = {
    name for kind in (RawSpan, RawFeedback, RawScore, RawSpanDetail) for name in kind.__struct_fields__
} | {"type"}
_USAGE_FIELDS = set(Usage.__struct_fields__)
_FIELDS = _EVENT_FIELDS | _USAGE_FIELDS
_CHOICES = {
    "type": ("span", "feedback", "score", "span_detail"),
    "status": get_args(Status),
    "source": get_args(UsageSource),
    "thumbs": get_args(Thumbs),
}

_PLACE = re.compile(r"^(?P<text>.*) - at `(?P<place>\$[^`]*)`$", re.DOTALL)
_PART = re.compile(r"\.([A-Za-z_]+)|\[(?:\d+|\.\.\.)\]")
_TYPE = "(?:object|array|str|int|float|bool|null|datetime)"
_EXPECTED = re.compile(rf"Expected `({_TYPE}(?: \| {_TYPE})*)`(?:, got `({_TYPE})`)?")
_MISSING = re.compile(r"Object missing required field `([a-z_]+)`")
_UNKNOWN = re.compile(r"Object contains unknown field `(.*)`", re.DOTALL)
_PLAIN_NAME = re.compile(r"[a-z][a-z_]{0,39}")
_SLIP = 0.85
"""How much of a name must be one that we know, so that it is that one mistyped and nobody's."""
_BYTE = re.compile(r"\(byte (\d+)\)$")


class Violation(NamedTuple):
    """What is wrong: for machines, and for people."""

    error_type: str
    message: str


def describe(error: Exception) -> Violation:
    """What a decoder of native events raised, told without anything that the line held."""
    if isinstance(error, RecursionError):
        return Violation("too_deep", "values are nested too deeply")
    if isinstance(error, UnicodeDecodeError):
        return Violation("not_utf8", "the line is not UTF-8")
    if isinstance(error, UnicodeEncodeError):
        return Violation("malformed_json", "a text holds half of a surrogate pair")
    if isinstance(error, msgspec.ValidationError):
        return _describe_invalid(str(error))
    at = _BYTE.search(str(error))
    return Violation(
        "malformed_json", f"not JSON from byte {at[1]} of the line on" if at else "the JSON ends too early"
    )


def _describe_invalid(text: str) -> Violation:
    place = "$"
    if (found := _PLACE.match(text)) and _is_place(found["place"]):
        text, place = found["text"], found["place"]
    if found := _EXPECTED.fullmatch(text):
        got = f", not {found[2]}" if found[2] else ""
        return Violation("wrong_type", f"{place}: must be {found[1].replace(' |', ' or')}{got}")
    if (found := _MISSING.fullmatch(text)) and found[1] in _FIELDS:
        return Violation("missing_field", f"{place}: the field {found[1]!r} is missing")
    if found := _UNKNOWN.fullmatch(text):
        return Violation("unknown_field", f"{place}: {_unknown_field(found[1], place)}")
    if text.startswith("Invalid RFC3339"):
        return Violation("wrong_type", f"{place}: must be a time in RFC 3339, e.g. 2026-01-31T12:00:00Z")
    if "out of range" in text:
        return Violation("number_range", f"{place}: the number is too large")
    last = place.rpartition(".")[2]
    if last in _CHOICES:
        return Violation("unknown_value", f"{place}: must be one of {', '.join(_CHOICES[last])}")
    return Violation("invalid", f"{place}: not valid here")


def _unknown_field(name: str, place: str) -> str:
    """A field's name may be data, `credit_card_4421486` as well as `modle`: it is told only where it is a slip."""
    known = sorted(_USAGE_FIELDS if place.endswith(".usage") else _EVENT_FIELDS)
    slip = get_close_matches(name, known, n=1, cutoff=_SLIP) if _PLAIN_NAME.fullmatch(name) else []
    near = slip or get_close_matches(name, known, n=1)
    told = f"unknown field {name!r}" if slip else "an unknown field"
    return told + (f"; did you mean {near[0]!r}?" if near else "")


def _is_place(place: str) -> bool:
    """Whether a JSON path holds nothing but our field names and positions."""
    end = 1
    for part in _PART.finditer(place, 1):
        if part.start() != end or (part[1] and part[1] not in _FIELDS):
            return False
        end = part.end()
    return end == len(place)
