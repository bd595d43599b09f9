"""Kinds of what is masked, and how a placeholder is written. Where Presidio has a name for a kind, it is Presidio's."""

import re
from typing import Final

NAMES: Final = ("PERSON", "LOCATION")
"""Found by the language model; LOCATION also by rules, for street addresses."""

CONTACTS: Final = ("EMAIL_ADDRESS", "PHONE_NUMBER", "DATE_OF_BIRTH", "USERNAME", "IP_ADDRESS", "MAC_ADDRESS")

MONEY: Final = ("CREDIT_CARD", "IBAN_CODE", "US_BANK_NUMBER", "CRYPTO", "PAYMENT_ID")

NATIONAL_IDS: Final = (
    "US_SSN",
    "US_ITIN",
    "US_PASSPORT",
    "US_DRIVER_LICENSE",
    "US_MBI",
    "UK_NHS",
    "UK_NINO",
    "UK_PASSPORT",
    "UK_DRIVING_LICENCE",
    "AU_TFN",
    "AU_MEDICARE",
    "CA_SIN",
    "IN_PAN",
    "IN_AADHAAR",
    "IN_PASSPORT",
    "IN_VOTER",
    "SG_NRIC_FIN",
    "MEDICAL_LICENSE",
    "NATIONAL_ID",
)
"""NATIONAL_ID: known by its key only, e.g. `national_id` or `passport_number`."""

SECRETS: Final = ("API_KEY", "JWT", "PRIVATE_KEY", "ACCESS_TOKEN", "PASSWORD", "URL_CREDENTIALS")

DEFAULT: Final = NAMES + CONTACTS + MONEY + NATIONAL_IDS + SECRETS
"""What is masked when the settings name no kinds."""

OPTIONAL: Final = ("NRP", "ORGANIZATION", "URL", "DATE_TIME")
"""What the engine also knows, for those who ask for it: too much of it is not personal."""

DENIED: Final = "DENIED"
"""Of the deny list; always masked."""

USER_ID: Final = "USER_ID"
"""Counted where a user or session id became a pseudonym."""

BLOB: Final = "BLOB"
"""Counted where an image, audio or other binary content was left out."""

DROPPED: Final = "DROPPED"
"""Counted where the policy drops a whole field."""

UNMASKED: Final = "UNMASKED"
"""Counted where a text could not be masked and is left out."""

IDENTIFIER: Final = (
    *("EMAIL_ADDRESS", "CREDIT_CARD", "IBAN_CODE", "US_SSN", "PAYMENT_ID", "USERNAME", "IP_ADDRESS", "MAC_ADDRESS"),
    *("CRYPTO", "UK_NINO", "SG_NRIC_FIN", "IN_PAN", "MEDICAL_LICENSE", "US_MBI"),
    *SECRETS,
)
"""Looked for in names and ids, such as a feature's or a model's: what has a form of its own that ids do not have."""

NUMBER: Final = ("CREDIT_CARD", *(kind for kind in NATIONAL_IDS if kind != "NATIONAL_ID"))
"""Looked for in numbers of JSON; times and amounts would pass for phone numbers."""

_OF_DOCTORS: Final = ("US_MBI", "UK_NHS", "AU_MEDICARE", "MEDICAL_LICENSE")
_OTHERS: Final = {
    "names": NAMES,
    "contact": CONTACTS,
    "financial": MONEY,
    "national_ids": tuple(kind for kind in NATIONAL_IDS if kind not in _OF_DOCTORS),
    "secrets": SECRETS,
}
CLASSES: Final = _OTHERS | {
    "health": tuple(kind for kind in DEFAULT if not any(kind in members for members in _OTHERS.values()))
}
"""What a policy must not let through unnoticed."""

KNOWN: Final = (*DEFAULT, *OPTIONAL)
"""All that a policy can name, besides USER_ID and BLOB."""

_ALL: Final = "|".join(sorted((*KNOWN, DENIED, USER_ID, BLOB), key=len, reverse=True))

TOKEN_DIGITS: Final = 16
"""Hexadecimal digits of a pseudonym: 48 bits that join, 16 that prove it ours."""
HASH_DIGITS: Final = 68
"""Of a hash: 256 bits, and 16 that prove it ours."""
_MORE: Final = rf"[0-9a-f]{{{TOKEN_DIGITS}}}|[0-9a-f]{{{HASH_DIGITS}}}|…[^\W_]{{1,4}}"

PLACEHOLDER: Final = re.compile(rf"<(?:(?:{_ALL})(?::(?:{_MORE}))?|BLOB: \d{{1,7}} bytes|UNMASKED: [a-z_]{{1,40}})>")
"""A placeholder as `placeholder` and `blob` write it: it is never masked again."""

SAYS_MORE: Final = re.compile(rf"<({_ALL}):({_MORE})>")
"""Those of them that hold something of a value: kind, and what they hold. Anybody can write one, so see
`Actions.without_forged`."""


def placeholder(kind: str, more: str = "") -> str:
    return f"<{kind}:{more}>" if more else f"<{kind}>"


def blob(size: int) -> str:
    # Sizes of up to seven digits: a longer number could be somebody's.
    return f"<{BLOB}: {size} bytes>" if size < 10_000_000 else placeholder(BLOB)


def unmasked(reason: str) -> str:
    """What stands instead of a text that could not be masked; `reason` is a MaskError's error type."""
    return f"<{UNMASKED}: {reason}>"
