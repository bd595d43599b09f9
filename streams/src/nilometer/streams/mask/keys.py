"""Keys of JSON and of attributes that name what their value is."""

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Literal

import regex

from nilometer.streams.mask.forms import FORMS, Form, label_key
from nilometer.streams.mask.recognizers.lexicon import Is, can_be_given, flags_of, is_family, is_ordinary, is_unknown

_WORDS = regex.compile(r"\p{Lu}+(?=\p{Lu}\p{Ll})|\p{Lu}?\p{Ll}+|\p{Lu}+|[\p{L}\p{M}]+|\d+")

_BY_KEY = {
    "PERSON": (
        "first name|firstname|fname|last name|lastname|lname|middle name|full name|fullname|given name|given names"
        "|family name|surname|maiden name|nick name|nickname|preferred name|legal name|person name|customer name"
        "|client name|passenger name|patient name|guest name|contact name|cardholder|cardholder name|holder name"
        "|account holder|employee name|recipient name|sender name|author name|traveler name|traveller name|mother name"
    ),
    "DATE_OF_BIRTH": "dob|date of birth|birth date|birthdate|birthday|birth day|born|born on|birth year|year of birth",
    "EMAIL_ADDRESS": "email|emails|e mail|email address|emailaddress|mail address|contact email|user email",
    "PHONE_NUMBER": (
        "phone|phones|phone number|phonenumber|phone no|mobile|mobile number|mobile phone|cell|cell phone"
        "|telephone|telephone number|tel|fax|fax number|msisdn|whatsapp|contact number|home phone|work phone"
    ),
    "LOCATION": (
        "address|address 1|address 2|address 3|address line|address line 1|address line 2|addressline 1|addressline 2"
        "|street|street address|street name|street 1|street 2|house number|home address|billing address"
        "|shipping address|mailing address|postal address|zip|zip code|zipcode|postal code|postalcode|postcode"
        "|post code"
    ),
    "CREDIT_CARD": "card number|cardnumber|card no|credit card|credit card number|cc number|cc|pan|debit card number",
    "IBAN_CODE": "iban|iban number|bank iban",
    "CRYPTO": (
        "wallet address|wallet|bitcoin address|btc address|eth address|ethereum address|crypto address|crypto wallet"
    ),
    "COORDINATES": (
        "coordinates|gps|gps coordinates|geo|lat lng|lat long|latlng|latitude|longitude|geolocation|geo location"
    ),
    "US_BANK_NUMBER": "account number|accountnumber|bank account|bank account number",
    "PAYMENT_ID": "payment id|payment method id|payment source id|gift card number|card id",
    "US_SSN": "ssn|social security|social security number|ssn last 4",
    "US_DRIVER_LICENSE": "driver license|drivers license|driver licence|driving licence|license number|licence number",
    "NATIONAL_ID": (
        "national id|national id number|tax id|tin|tax number|passport|passport number|passport no|passportnumber"
        "|identity number|id number|personal number"
    ),
    "IP_ADDRESS": "ip|ip address|ipaddress|client ip|remote ip|remote addr|client address|source ip|x forwarded for",
    "MAC_ADDRESS": "mac|mac address|hardware address",
    "USERNAME": (
        "user id|userid|username|user name|user|login|login name|screen name|enduser id|customer id|account name"
    ),
    "PASSWORD": (
        "password|passwd|pwd|passphrase|pin|pin code|cvv|cvc|cvv 2|security code|secret answer|otp|one time password"
        "|db password|db pass|user pass|passcode|user password|new password|old password"
    ),
    "ACCESS_TOKEN": (
        "token|access token|refresh token|id token|auth token|bearer token|session token|csrf token|authorization"
        "|proxy authorization|cookie|set cookie|x auth token|sessionid|phpsessid|jsessionid|xsrf token"
    ),
    "API_KEY": (
        "api key|apikey|x api key|secret|secret key|client secret|aws secret access key|secret access key|access key"
        "|secret token"
    ),
    "PRIVATE_KEY": "private key|ssh key|signing key",
}
_KIND_OF = {key: kind for kind, keys in _BY_KEY.items() for key in keys.split("|")}

_Forms = list[tuple[Form, regex.Pattern[str]]]
_BY_LABEL: dict[str, _Forms] = {}
for _form in FORMS:
    for _label in _form.labels.split("|"):
        _BY_LABEL.setdefault(label_key(_label), []).append((_form, regex.compile(_form.value)))

_PEOPLE = frozenset(
    re.findall(
        r"\w+",
        "user users customer customers client clients passenger passengers patient patients guest guests person "
        "persons people contact contacts employee employees traveler travelers traveller travellers member members "
        "attendee attendees recipient recipients sender owner holder author candidate applicant student",
    )
)
_PERSONAL = frozenset({"PERSON", "DATE_OF_BIRTH", "EMAIL_ADDRESS", "PHONE_NUMBER", "US_SSN", "LOCATION"})


@lru_cache(maxsize=10_000)
def words_of(key: str) -> tuple[str, ...]:
    """`billingAddress.line1` → billing, address, line, 1."""
    return tuple(word.lower() for word in _WORDS.findall(key[:200]))


@lru_cache(maxsize=10_000)
def kind_of(key: str) -> str | None:
    """What the value of this key is, as far as the key alone tells."""
    words = words_of(key)
    # `contact.email` and `customer_first_name` say with their end what they are.
    for length in range(min(4, len(words)), 0, -1):
        kind = _KIND_OF.get(" ".join(words[-length:]))
        if kind is not None and (length == len(words) or length > 1 or kind in _BY_LAST_WORD):
            return kind
    if len(words) > 1 and words[0] not in _OF_PAGES:
        if words[-1] == "token":
            return "ACCESS_TOKEN"
        if words[-1] == "secret" or (words[-1] == "key" and _OF_SECRETS.intersection(words)):
            return "API_KEY"
    return None


_BY_LAST_WORD = frozenset(
    {"EMAIL_ADDRESS", "PASSWORD", "PHONE_NUMBER", "IBAN_CODE", "US_SSN", "DATE_OF_BIRTH", "LOCATION"}
)
_OF_PAGES = frozenset(
    ("next", "page", "prev", "previous", "continuation", "sync", "max", "min", "num", "first", "last", "per")
)
"""`next_token` is a place in a list."""
_OF_SECRETS = frozenset(
    (
        *(
            "api",
            "secret",
            "access",
            "private",
            "encryption",
            "signing",
            "master",
            "account",
            "storage",
            "subscription",
        ),
        *(
            "azure",
            "openai",
            "anthropic",
            "aws",
            "license",
            "deploy",
            "webhook",
            "service",
            "auth",
            "shared",
            "hmac",
            "jwt",
        ),
    )
)


def kind_in(key: str, path: Iterable[str], node: Mapping[str, object]) -> str | None:
    """The same with what stands around it: `name` of a passenger, `city` in an address. `node` holds the key and its
    value, which tells a tax id of one country from another's."""
    return None if says_nothing(key) else kind_around(key, path, node)


def kind_around(key: str, path: Iterable[str], node: Mapping[str, object]) -> str | None:
    """The slow way, for keys that may say something."""
    kind = kind_by_form(key, node.get(key)) or kind_of(key) or _kind_beside(key, node)
    if kind is not None:
        return kind
    last = words_of(key)
    if last in (("name",), ("display", "name"), ("real", "name"), ("formatted", "name")):
        if node.get("role") == "user":
            return "USERNAME"
        above = {word for parent in path for word in words_of(parent)}
        if above & _PEOPLE or any(kind_of(sibling) in _PERSONAL for sibling in node):
            return "PERSON"
        if _is_persons_name(node.get(key), known=True):
            return "PERSON"
    if last and last[-1] in _ROLES and _is_persons_name(node.get(key)):
        return "PERSON"
    if last in (("city",), ("town",), ("hometown",)) and _is_place(node.get(key)):
        return "LOCATION"
    if last in (("city",), ("town",), ("line", "1"), ("line", "2")) and any(
        kind_of(near) == "LOCATION" for near in (*path, *node)
    ):
        return "LOCATION"
    return None


@lru_cache(maxsize=10_000)
def says_nothing(key: str) -> bool:
    """Whether no value and nothing around it would make a key say what its value is, as most keys do not."""
    last = words_of(key)
    return (
        not _forms_of(key)
        and kind_of(key) is None
        and key not in _VALUES
        and last[-1:] not in (("name",), ("city",), ("town",), ("hometown",), ("1",), ("2",))
        and (not last or last[-1] not in _ROLES)
    )


def _is_persons_name(value: object, *, known: bool = False) -> bool:
    """Two to four words as names are written and no ordinary word; `known`: and a name that a list has."""
    if not isinstance(value, str) or not 1 < len(words := value.split()) < 5 or len(value) > 60:
        return False
    return (
        all(word[0].isupper() and not word.isupper() and not is_ordinary(word) for word in words)
        and (not known or any(can_be_given(word) or is_family(word) for word in words) or all(map(is_unknown, words)))
        and not any(word.lower().strip(".,") in _OF_COMPANIES for word in words)
        and _NAME.fullmatch(value) is not None
    )


def _is_place(value: object) -> bool:
    if not isinstance(value, str) or not 2 < len(value) <= 60:
        return False
    words = words_of(value)
    return value[0].isupper() and all(flags_of(word) & Is.PLACE for word in words) and len(words) > 0


_OF_COMPANIES = frozenset(
    re.findall(r"\w+", "inc llc ltd gmbh ag corp co kg ohg plc sa srl spa bv nv oy ab group holding holdings bank")
)
_NAME = regex.compile(r"[\p{L}\p{M}'’. -]+")
_ROLES = _PEOPLE | {
    *("assignee", "reporter", "requester", "approver", "reviewer", "manager", "driver", "agent", "doctor", "physician"),
    *("spouse", "beneficiary", "tenant", "landlord", "teacher", "by", "to", "from", "cc", "attn", "representative"),
}
_VALUES = ("value", "val", "answer", "content")
_NAMES = ("field", "name", "key", "label", "type", "attribute", "system", "column", "property")


def _kind_beside(key: str, node: Mapping[str, object]) -> str | None:
    """Of `{"field": "passport_number", "value": …}` what the field is."""
    if key not in _VALUES:
        return None
    value = node.get(key)
    for sibling in _NAMES:
        name = node.get(sibling)
        if isinstance(name, str) and 1 < len(name) <= 60:
            kind = kind_by_form(name, value) or kind_of(name)
            if kind is not None:
                return kind
    return None


def is_label(text: str) -> bool:
    """Whether a text is what people call a value, such as `IBAN`, `The IBAN` or `clientSecret`."""
    words = [word for word in words_of(text) if word not in ("the", "my", "your", "his", "her", "our", "their")]
    return " ".join(words) in _KIND_OF or "".join(words) in _BY_LABEL


def kind_by_form(key: str, value: object) -> str | None:
    """The kind whose label the key is, or ends with, where the value is written as that kind is."""
    if isinstance(value, list) and value:
        value = value[0]
    if not isinstance(value, str | int) or isinstance(value, bool):
        return None
    text = str(value).strip()
    if not 3 <= len(text) <= 40:
        return None
    for forms, trust in _forms_of(key):
        fitting = [form for form, expression in forms if expression.fullmatch(text)]
        for form in fitting:
            if form.check is not None and form.holds(text):
                return form.named(text)
        if trust == "borne out":
            continue
        # Without a check digit before those whose check digit is wrong.
        for form in sorted(fitting, key=lambda one: one.check is not None):
            if not form.strict and (form.check is None or trust == "phrase"):
                return form.named(text)
    return None


_Trust = Literal["word", "phrase", "borne out"]
"""How much a label in a key says: all of the key in one word, a key of several words, or only where a check digit bears
it out."""


@lru_cache(maxsize=10_000)
def _forms_of(key: str) -> tuple[tuple[_Forms, _Trust], ...]:
    """Those whose label the key is, or ends with, the longest ends first; then those that it begins with."""
    words = words_of(key)
    size = len(words)
    trust: _Trust = "phrase" if size > 1 else "word"
    parts: list[tuple[str, _Trust]] = []
    for start in range(max(0, size - 5), size):
        # `origin_id`: the end of a longer key must say more than that.
        short = start > 0 and start == size - 1 and len(words[start]) < 4
        parts.append(("".join(words[start:]), "borne out" if short else trust))
    # `cpf_cliente`
    beginnings: list[tuple[str, _Trust]] = [("".join(words[:end]), "borne out") for end in range(1, size)]
    parts += beginnings
    return tuple((forms, how) for part, how in parts if (forms := _BY_LABEL.get(part)))


_HEADERS = _PEOPLE | {"name", "names", "email", "manager", "participant", "agent", "driver"}


def could_name(line: str) -> bool:
    """Whether a line can be a header with a column that says what it holds."""
    return any(_could_name(cell.strip()) for cell in re.split(r"[,;|\t]", line[:2_000]))


@lru_cache(maxsize=10_000)
def _could_name(cell: str) -> bool:
    words = words_of(cell)
    size = len(words)
    if not 0 < size <= 6:
        return False
    if kind_of(cell) is not None or words[size - 1] in _HEADERS:
        return True
    return any("".join(words[start:end]) in _BY_LABEL for start in range(size) for end in range(start + 1, size + 1))


def fits(kind: str, value: str) -> bool:
    """Whether a string can be what its key says, not prose that happens to stand there."""
    if not value or value.isspace():
        return False
    if kind == "USERNAME":
        return len(value) <= 128 and len(value.split()) == 1
    if kind == "PERSON":
        return len(value) <= 100 and "\n" not in value and any(letter.isalpha() for letter in value)
    if kind in ("CRYPTO", "COORDINATES", "API_KEY", "ACCESS_TOKEN"):
        return any(char.isdigit() for char in value)
    if kind == "PHONE_NUMBER":
        return sum(char.isdigit() for char in value) >= 4
    if kind == "LOCATION" and value.isascii() and " " not in value and len(value) > 20:
        # `payout_address` of a wallet
        return False
    # An address may be an object as text; then its own keys say more.
    return not (kind == "LOCATION" and value.lstrip()[:1] in ("{", "["))
