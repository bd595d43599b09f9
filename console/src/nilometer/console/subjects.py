"""Whose rows are whose: the pseudonyms of one person under every key of the environment that lives."""

from dataclasses import dataclass, field

from nilometer.schemas.errors import ConfigurationError
from nilometer.schemas.keys import load_pseudonym_keys
from nilometer.schemas.settings import Settings
from nilometer.streams.mask import kinds
from nilometer.streams.mask.pseudonym import Pseudonyms
from nilometer.streams.mask.rules import named
from nilometer.warehouse.subject import Subject


@dataclass(frozen=True)
class Names:
    """What one person is called in the rows, and by which generation of the key."""

    generation: int
    user_id: str
    in_texts: str


@dataclass(frozen=True)
class Person:
    """`reference`: the pseudonym in use, which stands for the person in the audit."""

    reference: str
    names: tuple[Names, ...]
    subject: Subject = field(repr=False)


def person(settings: Settings, text: str, kind: str = kinds.USER_ID) -> Person:
    """Who has this user id, or this value of another kind. Raises KeyUnavailableError, ConfigurationError."""
    if kind not in (*kinds.KNOWN, kinds.USER_ID):
        raise ConfigurationError(f"--kind: {named(kind, (*kinds.KNOWN, kinds.USER_ID))}")
    keys = load_pseudonym_keys(settings)
    pseudonyms = Pseudonyms(tuple(keys.values()), settings.environment)
    tokens = pseudonyms.tokens(kind, text)
    shown = "USERNAME" if kind == kinds.USER_ID else kind
    is_user = shown == "USERNAME"
    names = tuple(
        Names(generation, f"u_{token}" if is_user else "", kinds.placeholder(shown, token))
        for generation, token in zip(keys, tokens, strict=True)
    )
    hashes = [Pseudonyms((key,), settings.environment).digest(text) for key in keys.values()]
    ids: tuple[str, ...] = ()
    if is_user:
        hashed = [kinds.placeholder(kinds.USER_ID, one) for one in hashes]
        # As it is, too: where masking.user_ids was `keep`.
        ids = (*(name.user_id for name in names), *hashed, text)
    return Person(names[0].user_id or names[0].in_texts, names, Subject(ids, (*tokens, *hashes)))
