"""JSON as models write it, read strictly."""

import json
import re
from typing import Any, NoReturn

MASK = re.compile(r"<(?:[A-Z][A-Z0-9_]*(?::(?:[0-9a-f]+|…[^\W_]{1,4}))?|BLOB: \d+ bytes|UNMASKED: [a-z_]+)>")
"""What masking leaves in the place of a value."""
_UNQUOTED_MASK = re.compile(rf'"(?:[^"\\]|\\.)*"|({MASK.pattern})')


class NotJsonError(ValueError):
    """A text is not JSON (RFC 8259). It does not quote the text."""


def loads(text: str) -> Any:
    """The value of a JSON text. Raises NotJsonError: NaN, text around the value and too deep nesting are no JSON."""
    try:
        return json.loads(text, parse_constant=_refuse)
    except (ValueError, RecursionError):
        raise NotJsonError("not JSON") from None


def loads_masked(text: str) -> Any:
    """As `loads`, where masking may have put a mark in the place of a number or a whole value."""
    try:
        return loads(text)
    except NotJsonError:
        return loads(_UNQUOTED_MASK.sub(lambda m: f'"{m[1]}"' if m[1] else m[0], text))


def parse_json(text: str) -> Any:
    """The value of a JSON text, or the text itself where it is none."""
    try:
        return loads_masked(text)
    except NotJsonError:
        return text


def _refuse(_constant: str) -> NoReturn:
    raise NotJsonError("not JSON")
