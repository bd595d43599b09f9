"""Event ids that are the same however often, and by whichever way, an event arrives."""

import hashlib


def event_id(kind: str, *parts: str) -> str:
    """The id of an event: 32 hexadecimal digits of SHA-256 over its kind and identifying parts.

    Each part is preceded by its length, so that ("ab", "c") and ("a", "bc") differ.
    """
    digest = hashlib.sha256()
    for part in (kind, *parts):
        data = part.encode("utf-8", "surrogatepass")
        digest.update(len(data).to_bytes(4, "big"))
        digest.update(data)
    return digest.hexdigest()[:32]
