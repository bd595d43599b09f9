"""A protobuf request in OTLP's JSON: ids in hexadecimal, enums as numbers, 64-bit numbers as text."""

import base64
import json
from typing import Any

from google.protobuf import json_format
from google.protobuf.message import Message

_IDS = frozenset({"traceId", "spanId", "parentSpanId"})


def as_json(request: Message) -> bytes:
    document = json_format.MessageToDict(request, use_integers_for_enums=True)
    return json.dumps(_hexadecimal(document)).encode()


def _hexadecimal(value: Any) -> Any:
    if isinstance(value, list):
        return [_hexadecimal(item) for item in value]
    if not isinstance(value, dict):
        return value
    return {
        name: base64.b64decode(inner).hex() if name in _IDS and isinstance(inner, str) else _hexadecimal(inner)
        for name, inner in value.items()
    }
