"""Pseudonyms of users and sessions: the same id is the same pseudonym in one environment, and nobody without the key
can find the id again, or tell that two environments know the same user."""

import hashlib
import hmac
import re

from nilometer.streams.mask import kinds
from nilometer.streams.mask.passes import MaskingPass

_PSEUDONYM = re.compile(r"[us]_[0-9a-f]{16}")


class Pseudonyms:
    """Keyed pseudonyms, `u_` or `s_` and 16 hexadecimal digits of HMAC-SHA256."""

    def __init__(self, key: bytes, environment: str, *, keep_users: bool) -> None:
        self._key = key
        self._environment = environment
        self._keep_users = keep_users

    def __repr__(self) -> str:
        return f"Pseudonyms({self._environment!r})"

    def user(self, user_id: str, walk: MaskingPass) -> str:
        """Raises MaskError where the engine fails."""
        if self._keep_users or _PSEUDONYM.fullmatch(user_id):
            return user_id
        walk.masked[kinds.USER_ID] += 1
        return self._make("u", user_id)

    def session(self, session_id: str, walk: MaskingPass) -> str:
        """A session id stays unless something personal is found in it."""
        counts = walk.masked.copy()
        found = walk.identifier(session_id) != session_id
        walk.masked = counts
        if not found or _PSEUDONYM.fullmatch(session_id):
            return session_id
        walk.masked[kinds.USER_ID] += 1
        return self._make("s", session_id)

    def _make(self, letter: str, value: str) -> str:
        message = f"{letter}\x00{self._environment}\x00{value}".encode("utf-8", "surrogatepass")
        return f"{letter}_{hmac.new(self._key, message, hashlib.sha256).hexdigest()[:16]}"
