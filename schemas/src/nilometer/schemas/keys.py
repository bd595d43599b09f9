"""The keys of an environment: sealing key pairs (X25519) and pseudonym keys.

A keys directory holds, readable by its owner only:

    <key id>.public      raw X25519 public key, base64; all that an application needs
    <key id>.private     raw X25519 private key, base64; stream workers only
    pseudonym            32 random bytes, base64: the first generation
    pseudonym.<n>        the n-th generation; the highest makes pseudonyms, all of them find users again

Several sealing keys may live; the newest seals. Removing a private key makes what it sealed unreadable for good.
"""

import base64
import binascii
import hashlib
import os
import re
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey

from nilometer.schemas.errors import KeyUnavailableError
from nilometer.schemas.settings import Settings

_PSEUDONYM_FILE = re.compile(r"pseudonym(?:\.([1-9][0-9]{0,5}))?")
_KEY_ID = re.compile(r"^[0-9a-f]{16}$")


@dataclass(frozen=True)
class SealingKey:
    """A public key: whoever has it can seal, nobody can open with it."""

    key_id: str
    public: X25519PublicKey

    def text(self) -> str:
        """The key as `keys.public_key` in nilometer.toml takes it."""
        return base64.b64encode(self.public.public_bytes_raw()).decode()


@dataclass(frozen=True)
class KeyRing:
    """All keys that a process has. `private` is empty in an application."""

    sealing: SealingKey
    private: dict[str, X25519PrivateKey] = field(default_factory=dict[str, X25519PrivateKey], repr=False)
    pseudonym: bytes = field(default=b"", repr=False)
    earlier_pseudonyms: tuple[bytes, ...] = field(default=(), repr=False)
    """Of generations that make no new pseudonyms, the newest first."""

    @property
    def pseudonyms(self) -> tuple[bytes, ...]:
        """All pseudonym keys that live, the one in use first."""
        return (self.pseudonym, *self.earlier_pseudonyms)


def key_id(public: X25519PublicKey) -> str:
    """The id of a key: the first 16 hexadecimal digits of SHA-256 over its raw public bytes."""
    return hashlib.sha256(public.public_bytes_raw()).hexdigest()[:16]


def parse_sealing_key(text: str) -> SealingKey:
    """The public key of its base64 text. Raises KeyUnavailableError."""
    try:
        public = X25519PublicKey.from_public_bytes(base64.b64decode(text, validate=True))
    except (binascii.Error, ValueError):
        raise KeyUnavailableError(
            "keys.public_key is not a base64 X25519 public key; see `nilometer keys list`"
        ) from None
    return SealingKey(key_id(public), public)


def create_key(directory: Path) -> SealingKey:
    """Makes a new sealing key pair, and the pseudonym key where there is none. The new pair seals from now on."""
    directory.mkdir(parents=True, exist_ok=True, mode=0o700)
    private = X25519PrivateKey.generate()
    public = private.public_key()
    key = SealingKey(key_id(public), public)
    # The public half last: a key is in use only once its private half is there.
    _write(directory / f"{key.key_id}.private", base64.b64encode(private.private_bytes_raw()))
    _write(directory / f"{key.key_id}.public", key.text().encode())
    if not list_pseudonym_keys(directory):
        _write(directory / "pseudonym", base64.b64encode(secrets.token_bytes(32)), keep=True)
    return key


def list_pseudonym_keys(directory: Path) -> dict[int, Path]:
    """The files of the pseudonym keys by generation, the oldest first; the last one is in use."""
    found = {
        int(match[1] or 1): file
        for file in directory.glob("pseudonym*")
        if (match := _PSEUDONYM_FILE.fullmatch(file.name))
    }
    return dict(sorted(found.items()))


def rotate_pseudonym_key(directory: Path) -> int:
    """Makes the next generation, which makes pseudonyms from now on. Raises KeyUnavailableError where there is none."""
    known = list_pseudonym_keys(directory)
    if not known:
        raise KeyUnavailableError(f"no pseudonym key in {directory}: run `nilometer keys create`")
    generation = max(known) + 1
    _write(directory / f"pseudonym.{generation}", base64.b64encode(secrets.token_bytes(32)), keep=True)
    return generation


def retire_pseudonym_key(directory: Path, generation: int) -> None:
    """Deletes a key: nobody can tell any more whose its pseudonyms are. Raises KeyUnavailableError."""
    known = list_pseudonym_keys(directory)
    if generation not in known:
        raise KeyUnavailableError(f"no such pseudonym key in {directory}; `nilometer keys pseudonym list` shows them")
    if generation == max(known):
        raise KeyUnavailableError("this key is in use: run `nilometer keys pseudonym rotate` first")
    known[generation].unlink()


def load_pseudonym_keys(settings: Settings) -> dict[int, bytes]:
    """The pseudonym keys by generation, the one in use first. Raises KeyUnavailableError."""
    directory = settings.keys_directory()
    known = list_pseudonym_keys(directory)
    if not known:
        raise KeyUnavailableError(
            f"no pseudonym key in {directory}: whose rows are whose can be told only where it lies"
        )
    return {generation: _read(file) for generation, file in reversed(known.items())}


def ensure_keys(settings: Settings) -> SealingKey:
    """The newest sealing key of the environment, made now where there is none. For the embedded stack only."""
    directory = settings.keys_directory()
    newest = list_keys(directory)
    return newest[-1] if newest else create_key(directory)


def list_keys(directory: Path) -> list[SealingKey]:
    """The sealing keys of a directory, oldest first."""
    files = [f for f in directory.glob("*.public") if _KEY_ID.match(f.stem)]
    files.sort(key=lambda f: (f.stat().st_mtime_ns, f.stem))
    return [parse_sealing_key(f.read_text().strip()) for f in files]


def retire_key(directory: Path, retired: str) -> None:
    """Deletes a key pair; what it sealed cannot be read again. Raises KeyUnavailableError."""
    if not _KEY_ID.match(retired) or not (directory / f"{retired}.public").exists():
        raise KeyUnavailableError(f"no such key in {directory}; `nilometer keys list` shows them")
    (directory / f"{retired}.public").unlink()
    (directory / f"{retired}.private").unlink(missing_ok=True)


def load_sealing_key(settings: Settings) -> SealingKey:
    """The key that an application seals with. Raises KeyUnavailableError."""
    if settings.keys.public_key:
        return parse_sealing_key(settings.keys.public_key)
    keys = list_keys(settings.keys_directory())
    if not keys:
        raise KeyUnavailableError(
            f"no sealing key for the environment {settings.environment!r}: set keys.public_key, "
            f"or run `nilometer keys create` (looked in {settings.keys_directory()})"
        )
    return keys[-1]


class FreshKey:
    """The key that seals now, looked up again every few seconds: a new one seals soon after it was made."""

    def __init__(self, settings: Settings, seconds: float = 5.0, now: Callable[[], float] = time.monotonic) -> None:
        """Raises KeyUnavailableError."""
        self._settings = settings
        self._seconds = seconds
        self._now = now
        self._key = load_sealing_key(settings)
        self._read = now()

    def get(self) -> SealingKey:
        """Raises KeyUnavailableError."""
        now = self._now()
        if now - self._read > self._seconds:
            self._key = load_sealing_key(self._settings)
            self._read = now
        return self._key


def load_key_ring(settings: Settings) -> KeyRing:
    """All keys of the environment, for a stream worker. Raises KeyUnavailableError."""
    directory = settings.keys_directory()
    private = {
        file.stem: X25519PrivateKey.from_private_bytes(_read(file))
        for file in directory.glob("*.private")
        if _KEY_ID.match(file.stem)
    }
    if not private or not list_pseudonym_keys(directory):
        raise KeyUnavailableError(f"no private keys in {directory}: run `nilometer keys create`")
    pseudonym, *earlier = load_pseudonym_keys(settings).values()
    return KeyRing(load_sealing_key(settings), private, pseudonym, tuple(earlier))


def _read(file: Path) -> bytes:
    try:
        return base64.b64decode(file.read_bytes().strip(), validate=True)
    except (binascii.Error, OSError):
        raise KeyUnavailableError(f"cannot read the key file {file}") from None


def _write(file: Path, data: bytes, *, keep: bool = False) -> None:
    """Writes a file that only its owner can read, all at once. `keep`: one that is there already stays."""
    temporary = file.with_name(f".{file.name}.{os.getpid()}.{secrets.token_hex(4)}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as out:
            out.write(data)
        if keep:
            try:
                os.link(temporary, file)
            except FileExistsError:
                return
        else:
            temporary.replace(file)
    finally:
        temporary.unlink(missing_ok=True)
