"""Findings by content: real agents resend their whole history with every call.

A key is a keyed hash of the text under a key that only this process knows; a value is offsets and kinds. So the cache
holds no text, and cannot be asked whether it has seen one. It lives as long as the masker, that is for one policy and
one version of the engine.
"""

import hashlib
import secrets

from nilometer.streams.mask.finding import Findings, Query
from nilometer.streams.mask.memory import Bounded


class FindingsCache:
    """A bounded cache; the entries that were used longest ago make room."""

    def __init__(self, max_entries: int) -> None:
        self._max = max_entries
        self._key = secrets.token_bytes(32)
        self._entries: Bounded[Findings] = Bounded(max_entries)

    def __repr__(self) -> str:
        return f"FindingsCache({len(self._entries)} of {self._max} entries)"

    def __len__(self) -> int:
        return len(self._entries)

    def get(self, query: Query) -> Findings | None:
        return self._entries.get(self._hash(query))

    def put(self, query: Query, findings: Findings) -> None:
        self._entries.put(self._hash(query), findings)

    def _hash(self, query: Query) -> bytes:
        head = "\x00".join((query.scope, *query.context, "", *query.kept, ""))
        data = f"{len(head)}\x00{head}{query.text}".encode("utf-8", "surrogatepass")
        return hashlib.blake2b(data, digest_size=16, key=self._key).digest()
