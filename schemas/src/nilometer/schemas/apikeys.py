"""API keys: what the gateway lets in, and for what.

A key is `nlm_<id>_<secret>`: 16 hexadecimal digits to find it by, and 256 random bits. Only the SHA-256 of the whole
key is kept: a key of that entropy cannot be guessed back from it, so no slow hash is needed. `api-keys.json`, readable
by its owner only, holds all keys of an environment; whoever checks keys sees a change of it at once.
"""

import fcntl
import hashlib
import hmac
import os
import re
import secrets
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal

import msgspec

from nilometer.schemas.errors import ConfigurationError, KeyUnavailableError
from nilometer.schemas.settings import Settings

Scope = Literal["ingest", "read", "admin"]
Reason = Literal["malformed", "unknown", "wrong_secret", "revoked", "expired", "wrong_environment", "wrong_scope"]
"""Why a key opens nothing."""
SCOPES: tuple[Scope, ...] = ("ingest", "read", "admin")
FILE = "api-keys.json"

_KEY = re.compile(r"^nlm_([0-9a-f]{16})_[A-Za-z0-9_-]{43}$")


class ApiKey(msgspec.Struct, frozen=True, kw_only=True):
    """A key as it is kept: everything but the key."""

    key_id: str
    sha256: str
    name: str
    environment: str
    scopes: tuple[Scope, ...]
    created_at: datetime
    project: str | None = None
    """Set: what comes with this key belongs to that project."""
    expires_at: datetime | None = None
    revoked_at: datetime | None = None
    replaces: str | None = None
    """Id of the key that this one was rotated from."""

    def state(self, now: datetime) -> Literal["valid", "expired", "revoked"]:
        if self.revoked_at is not None:
            return "revoked"
        return "expired" if self.expires_at is not None and self.expires_at <= now else "valid"


class _File(msgspec.Struct, frozen=True):
    version: Literal[1]
    keys: list[ApiKey]


class DeniedError(Exception):
    """A key that does not open what it was used for. `key_id` is known where the key is one of ours."""

    def __init__(self, reason: Reason, key_id: str | None = None) -> None:
        super().__init__(reason)
        self.reason: Reason = reason
        self.key_id = key_id


def keys_file(settings: Settings) -> Path:
    return settings.gateway.api_keys_file or settings.keys_directory() / FILE


class ApiKeys:
    """The keys of a file, for whoever checks them; read again whenever it has changed."""

    def __init__(self, file: Path, environment: str) -> None:
        self._file = file
        self._environment = environment
        self._seen: tuple[int, int, int] | None = None
        self._keys: dict[str, ApiKey] = {}

    def check(self, text: str, scope: Scope, now: datetime) -> ApiKey:
        """The key that this text is. Raises DeniedError, and KeyUnavailableError where the file cannot be read."""
        matched = _KEY.match(text)
        if matched is None:
            raise DeniedError("malformed")
        self._refresh()
        key = self._keys.get(matched[1])
        # An unknown id takes as long as a wrong secret.
        right = hmac.compare_digest(_digest(text), key.sha256 if key else _digest(""))
        if key is None:
            raise DeniedError("unknown")
        if not right:
            raise DeniedError("wrong_secret", key.key_id)
        state = key.state(now)
        if state != "valid":
            raise DeniedError(state, key.key_id)
        if key.environment != self._environment:
            raise DeniedError("wrong_environment", key.key_id)
        if scope not in key.scopes:
            raise DeniedError("wrong_scope", key.key_id)
        return key

    def _refresh(self) -> None:
        try:
            found = self._file.stat()
        except FileNotFoundError:
            self._seen, self._keys = None, {}
            return
        except OSError as error:
            raise KeyUnavailableError(f"cannot read {self._file}: {error.strerror}") from None
        seen = (found.st_ino, found.st_mtime_ns, found.st_size)
        if seen != self._seen:
            self._keys = {key.key_id: key for key in read(self._file)}
            self._seen = seen


def read(file: Path) -> list[ApiKey]:
    """The keys of a file, oldest first; none where there is no file. Raises KeyUnavailableError."""
    try:
        return msgspec.json.decode(file.read_bytes(), type=_File).keys
    except FileNotFoundError:
        return []
    except (OSError, msgspec.DecodeError):
        raise KeyUnavailableError(f"cannot read the API keys of {file}") from None


def create(
    file: Path,
    *,
    environment: str,
    name: str,
    scopes: Iterable[Scope],
    project: str | None = None,
    lifetime: timedelta | None = None,
    now: datetime | None = None,
) -> tuple[ApiKey, str]:
    """A new key, and its text, which is kept nowhere. Raises ConfigurationError where it has no scope."""
    at = now or datetime.now(UTC)
    wanted = set(scopes)
    if not wanted:
        raise ConfigurationError("an API key needs at least one scope")
    key, text = _make(
        name, environment, tuple(s for s in SCOPES if s in wanted), project, at, at + lifetime if lifetime else None
    )
    with _changing(file) as keys:
        keys.append(key)
    return key, text


def revoke(file: Path, key_id: str, *, now: datetime | None = None) -> ApiKey:
    """From now on it opens nothing. Raises KeyUnavailableError where there is no such key."""
    with _changing(file) as keys:
        place, key = _find(keys, key_id, file)
        if key.revoked_at is None:
            keys[place] = key = msgspec.structs.replace(key, revoked_at=now or datetime.now(UTC))
    return key


def rotate(file: Path, key_id: str, *, overlap: timedelta, now: datetime | None = None) -> tuple[ApiKey, str]:
    """A successor with the same rights and length of life, and its text; the old one ends after `overlap`.

    Raises KeyUnavailableError where there is no such key, or it is not valid any more.
    """
    at = now or datetime.now(UTC)
    with _changing(file) as keys:
        place, old = _find(keys, key_id, file)
        if old.state(at) != "valid":
            raise KeyUnavailableError(f"the API key {key_id} is {old.state(at)}: make a new one")
        lifetime = old.expires_at - old.created_at if old.expires_at else None
        new, text = _make(old.name, old.environment, old.scopes, old.project, at, at + lifetime if lifetime else None)
        new = msgspec.structs.replace(new, replaces=old.key_id)
        ends = at + overlap
        keys[place] = msgspec.structs.replace(old, expires_at=min(ends, old.expires_at) if old.expires_at else ends)
        keys.append(new)
    return new, text


def _make(
    name: str,
    environment: str,
    scopes: tuple[Scope, ...],
    project: str | None,
    at: datetime,
    expires_at: datetime | None,
) -> tuple[ApiKey, str]:
    key_id = secrets.token_hex(8)
    text = f"nlm_{key_id}_{secrets.token_urlsafe(32)}"
    key = ApiKey(
        key_id=key_id,
        sha256=_digest(text),
        name=name,
        environment=environment,
        scopes=scopes,
        created_at=at,
        project=project,
        expires_at=expires_at,
    )
    return key, text


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _find(keys: list[ApiKey], key_id: str, file: Path) -> tuple[int, ApiKey]:
    for place, key in enumerate(keys):
        if key.key_id == key_id:
            return place, key
    raise KeyUnavailableError(f"no such API key in {file}; `nilometer keys api list` shows them")


@contextmanager
def _changing(file: Path) -> Generator[list[ApiKey]]:
    """The keys, to be changed by one process at a time; written all at once."""
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    lock = os.open(file.with_name(f".{file.name}.lock"), os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        keys = read(file)
        yield keys
        temporary = file.with_name(f".{file.name}.{secrets.token_hex(4)}")
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(descriptor, "wb") as out:
                out.write(msgspec.json.format(msgspec.json.encode(_File(1, keys)), indent=1))
                out.flush()
                os.fsync(out.fileno())
            temporary.replace(file)
        finally:
            temporary.unlink(missing_ok=True)
    finally:
        os.close(lock)
