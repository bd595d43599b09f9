"""Pseudonyms and hashes of values: the same value gives the same in one environment, and nobody without the key can
find the value again, make one up, or tell that two environments know the same user."""

import hashlib
import hmac
import re
import unicodedata
from collections.abc import Sequence

from nilometer.streams.mask import kinds

_CHECK_DIGITS = 4
"""At the end: what proves a pseudonym ours, so that nobody can write one into a prompt to pass for somebody else."""
_AS_WRITTEN = frozenset({"USERNAME", kinds.USER_ID, *kinds.SECRETS})
_AS_WORDS = frozenset({"PERSON", "LOCATION", "EMAIL_ADDRESS", "ORGANIZATION", "NRP", "URL"})
_SPACE = re.compile(r"\s+")
_NOT_ALNUM = re.compile(r"[\W_]+")
_USER = re.compile(r"[us]_([0-9a-f]{16})")
_LETTERS = {"user_id": "u", "session_id": "s"}


class Pseudonyms:
    """HMAC-SHA256 under the pseudonym keys of an environment, the one in use first; the others know theirs again."""

    def __init__(self, keys: Sequence[bytes], environment: str) -> None:
        self._keys = tuple(keys)
        self._environment = environment

    def __repr__(self) -> str:
        return f"Pseudonyms({self._environment!r}, {len(self._keys)} keys)"

    def token(self, kind: str, text: str) -> str:
        """The pseudonym's 16 hexadecimal digits. A user id as `user_id` and as a USERNAME in a text has the same."""
        return self.tokens(kind, text)[0]

    def tokens(self, kind: str, text: str) -> list[str]:
        """The same under every key, the one in use first."""
        kind = _domain(kind)
        what = canonical(kind, text)
        return [self._checked(key, kind, self._mac(key, "pseudonym", kind, what)[:12]) for key in self._keys]

    def digest(self, text: str) -> str:
        """64 hexadecimal digits, whatever the kind, and 4 to check."""
        key = self._keys[0]
        return self._checked(key, "hash", self._mac(key, "hash", "", canonical("", text)))

    def is_ours(self, kind: str, token: str) -> bool:
        """Whether one of our keys made this pseudonym or hash of that kind."""
        domain = "hash" if len(token) == kinds.HASH_DIGITS else _domain(kind)
        return any(hmac.compare_digest(self._checked(key, domain, token[:-_CHECK_DIGITS]), token) for key in self._keys)

    def id_of(self, field: str, text: str) -> str:
        """The pseudonym of the field `user_id` (`u_…`) or `session_id` (`s_…`)."""
        return self.ids_of(field, text)[0]

    def ids_of(self, field: str, text: str) -> list[str]:
        """The same under every key, the one in use first."""
        return [f"{_LETTERS[field]}_{token}" for token in self.tokens(_id_kind(field), text)]

    def is_our_id(self, field: str, text: str) -> bool:
        match = _USER.fullmatch(text)
        return bool(match and text[0] == _LETTERS[field] and self.is_ours(_id_kind(field), match[1]))

    def _checked(self, key: bytes, domain: str, digits: str) -> str:
        return digits + self._mac(key, "check", domain, digits)[:_CHECK_DIGITS]

    def _mac(self, key: bytes, purpose: str, domain: str, text: str) -> str:
        message = "\x00".join((purpose, self._environment, domain, text)).encode("utf-8", "surrogatepass")
        return hmac.new(key, message, hashlib.sha256).hexdigest()


def canonical(kind: str, text: str) -> str:
    """What makes two spellings one value: case and spaces of names and e-mail addresses; of numbers also what stands
    between their digits. Ids of users and secrets are taken as they are written."""
    if kind in _AS_WRITTEN or kind.endswith("_id"):
        return text
    folded = _SPACE.sub(" ", unicodedata.normalize("NFKC", text).casefold()).strip()
    if kind in _AS_WORDS:
        return folded
    return _NOT_ALNUM.sub("", folded) or folded


def _domain(kind: str) -> str:
    return "USERNAME" if kind == kinds.USER_ID else kind


def _id_kind(field: str) -> str:
    return kinds.USER_ID if field == "user_id" else field
