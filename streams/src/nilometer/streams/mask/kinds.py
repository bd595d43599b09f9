"""Kinds of what is masked, and how a placeholder is written. Where Presidio has a name for a kind, it is Presidio's."""

import re
from typing import Final

NAMES: Final = ("PERSON", "LOCATION")
"""Found by the language model; LOCATION also by rules, for street addresses."""

CONTACTS: Final = (
    *("EMAIL_ADDRESS", "PHONE_NUMBER", "DATE_OF_BIRTH", "USERNAME", "IP_ADDRESS", "MAC_ADDRESS", "COORDINATES"),
)

MONEY: Final = (
    *("CREDIT_CARD", "CARD_EXPIRY", "CVV", "IBAN_CODE", "BIC_CODE", "ABA_ROUTING_NUMBER", "US_BANK_NUMBER"),
    *("UK_SORT_CODE", "CRYPTO", "PAYMENT_ID"),
)

HEALTH: Final = (
    *("MEDICAL_RECORD_NUMBER", "US_HEALTH_INSURANCE_MEMBER_ID", "US_NPI", "MEDICAL_LICENSE", "US_MBI", "UK_NHS"),
    *("US_PRESCRIPTION_NUMBER", "US_CLAIM_NUMBER", "US_PRIOR_AUTHORIZATION_NUMBER", "DE_HEALTH_INSURANCE"),
    *("DE_LANR", "DE_BSNR", "AU_MEDICARE"),
)
"""MEDICAL_LICENSE: an American DEA number or another licence of a doctor."""

NATIONAL_IDS: Final = (
    *("US_SSN", "US_ITIN", "US_EIN", "US_PASSPORT", "US_DRIVER_LICENSE"),
    *("UK_NINO", "UK_PASSPORT", "UK_DRIVING_LICENCE"),
    *("DE_TAX_ID", "DE_TAX_NUMBER", "DE_ID_CARD", "DE_PASSPORT", "DE_SOCIAL_SECURITY", "DE_VAT_ID"),
    *("FR_NIR", "IT_FISCAL_CODE", "IT_VAT_CODE", "IT_IDENTITY_CARD", "IT_DRIVER_LICENSE", "IT_PASSPORT"),
    *("ES_NIF", "ES_NIE", "ES_PASSPORT", "PL_PESEL", "PL_NIP", "FI_PERSONAL_IDENTITY_CODE"),
    *("SE_PERSONNUMMER", "SE_ORGANISATIONSNUMMER", "NO_FODSELSNUMMER", "DK_CPR", "NL_BSN", "BE_NRN", "RO_CNP"),
    *("CH_AHV", "CZ_BIRTH_NUMBER", "TR_NATIONAL_ID", "VAT_ID"),
    *(
        "IN_PAN",
        "IN_AADHAAR",
        "IN_PASSPORT",
        "IN_VOTER",
        "IN_VEHICLE_REGISTRATION",
        "IN_GSTIN",
        "SG_NRIC_FIN",
        "SG_UEN",
    ),
    *("AU_TFN", "AU_ABN", "AU_ACN", "CA_SIN", "KR_RRN", "KR_BRN", "TH_TNIN", "CN_ID", "PH_TIN", "PH_UMID"),
    *("ZA_ID_NUMBER", "NG_NIN", "BR_CPF", "BR_CNPJ", "CL_RUT", "AR_CUIT", "MX_CURP", "MX_RFC"),
    *("PASSPORT", "DRIVER_LICENSE", "NATIONAL_ID"),
)
"""The last three: of which country, nobody said."""

SECRETS: Final = ("API_KEY", "JWT", "PRIVATE_KEY", "ACCESS_TOKEN", "PASSWORD", "URL_CREDENTIALS")

DEFAULT: Final = NAMES + CONTACTS + MONEY + HEALTH + NATIONAL_IDS + SECRETS
"""What is masked when the settings name no kinds."""

OPTIONAL: Final = ("NRP", "ORGANIZATION", "URL", "DATE_TIME", "MEDICAL_DISEASE_DISORDER")
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
    *("CRYPTO", "UK_NINO", "SG_NRIC_FIN", "IN_PAN", "IN_GSTIN", "IT_FISCAL_CODE", "ES_NIF", "ES_NIE", "MX_CURP"),
    *("MEDICAL_LICENSE", "US_MBI"),
    *SECRETS,
)
"""Looked for in names and ids, such as a feature's or a model's: what has a form of its own that ids do not have."""

NUMBER: Final = ("CREDIT_CARD", *(kind for kind in NATIONAL_IDS if kind not in ("NATIONAL_ID", "IN_AADHAAR")))
"""Looked for in numbers of JSON; times and amounts would pass for phone numbers."""

CLASSES: Final = {
    "names": NAMES,
    "contact": CONTACTS,
    "financial": MONEY,
    "national_ids": NATIONAL_IDS,
    "health": HEALTH,
    "secrets": SECRETS,
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
