"""Images, audio and other binary content in texts and in the parts of messages."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

DATA_URL = re.compile(r"data:[\w.+-]+/[\w.+-]+(?:;[\w=.+-]+)*;base64,([A-Za-z0-9+/=_-]+)")
MARK = ";base64,"
"""In every data URL."""
_BASE64 = re.compile(r"(?:[A-Za-z0-9+/_-]{60,}+={0,2}+\s*+)++")
"""Possessive: a line is one piece, and not also every way to cut it into several, of which a long text has too many."""
_CONTENT = re.compile(r"[A-Za-z0-9+/_\s-]++={0,2}+\s*+")
_MIN_BLOB = 200
_KEYS = frozenset({"content", "data", "base64", "b64_json", "bytes", "file_data", "image_data", "audio_data"})
_TYPES = frozenset({"blob", "image", "audio", "video", "input_image", "input_audio", "output_audio", "base64"})
_MEDIA = ("image/", "audio/", "video/", "application/pdf", "application/octet-stream")
_SAY_MEDIA = ("mime_type", "mimetype", "mimeType", "media_type", "mediaType", "content_type")


def bytes_in(base64_text: str) -> int:
    """About how many bytes a text of base64 stands for."""
    return len(base64_text) * 3 // 4


def is_base64(text: str) -> bool:
    """Whether a whole text is nothing but base64, long enough to be a content."""
    if len(text) < _MIN_BLOB or " " in text[:_MIN_BLOB] or _BASE64.fullmatch(text) is None:
        return False
    head = text[:2_000]
    return any(c.islower() for c in head) and any(c.isupper() for c in head) and any(c.isdigit() for c in head)


def is_content(key: str, value: Any, node: Mapping[str, Any], path: Sequence[object]) -> bool:
    """Whether the part of a message that holds this key says that its value is an image, audio or the like in base64,
    as OpenTelemetry (`blob`), OpenAI (`input_audio`), Anthropic (`source`) and Google (`inline_data`) write them."""
    if key not in _KEYS or not isinstance(value, str) or _CONTENT.fullmatch(value) is None:
        return False
    if any(str(node.get(name, "")).startswith(_MEDIA) for name in _SAY_MEDIA):
        return True
    return node.get("type") in _TYPES or (bool(path) and path[-1] in _TYPES and "format" in node)
