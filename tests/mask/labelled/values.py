"""One value of a kind: what people call it, and how it may be written."""

import base64
from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from faker import Faker

from tests.mask.labelled import numbers as n
from tests.mask.labelled.numbers import ALNUM, DIGITS, HEX, UPPER, digits, pick

SECRET_TAIL = ALNUM + "-_"


class Fakes:
    """Fakers of many countries, all from one seed."""

    def __init__(self, seed: int, locales: tuple[str, ...]) -> None:
        self.locales = locales
        self._fakers = {locale: Faker(locale) for locale in locales}
        for number, faker in enumerate(self._fakers.values()):
            faker.seed_instance(seed * 1_000 + number)

    def of(self, locale: str) -> Faker:
        faker = self._fakers.get(locale)
        if faker is None:
            faker = self._fakers[locale] = Faker(locale)
            faker.seed_instance(sum(map(ord, locale)))
        return faker

    def any(self, r: Random) -> Faker:
        return self._fakers[r.choice(self.locales)]


@dataclass(frozen=True)
class Kind:
    """A kind of value. `labels`: what people call it, the first ones as keys of JSON too. `bare`: whether the form
    alone tells what it is. `accepted`: names under which a finding is right; `checked`: has a checksum or fixed form."""

    name: str
    labels: tuple[str, ...]
    make: Callable[[Random, Fakes], str]
    bare: bool = False
    checked: bool = True
    accepted: tuple[str, ...] = ()

    @property
    def names(self) -> frozenset[str]:
        return frozenset({self.name, *self.accepted})


def _email(r: Random, f: Fakes) -> str:
    fake = f.of(r.choice(["en_US", "en_GB", "de_DE", "fr_FR"]))
    form = r.randrange(5)
    if form == 0:
        return fake.email()
    name = fake.ascii_free_email().split("@")[0]
    if form == 1:
        return f"{name}+{fake.word()}@{fake.domain_name(2)}"
    if form == 2:
        return fake.company_email()
    if form == 3:
        return f"{name.replace('.', '_')}@{fake.domain_word()}.{r.choice(['co.uk', 'com.au', 'io', 'dev', 'local', 'edu'])}"
    return fake.ascii_safe_email()


def _phone(r: Random, f: Fakes) -> str:
    form = r.randrange(8)
    area, middle, last = r.choice(["212", "415", "312", "646", "503"]), r.randint(200, 999), r.randint(0, 9999)
    if form == 0:
        return f"({area}) {middle}-{last:04}"
    if form == 1:
        return f"+1-{area}-{middle}-{last:04}"
    if form == 2:
        return f"{area}.{middle}.{last:04}"
    if form == 3:
        return r.choice(["+44 20 7946 0", "+44 (0)20 7946 0", "020 7946 0"]) + digits(r, 3)
    if form == 4:
        return r.choice(["+49 (0)30 ", "+49 30 ", "030/"]) + f"2{digits(r, 2)} {digits(r, 4)}"
    if form == 5:
        return f"+33 {r.choice('1456')} " + " ".join(digits(r, 2) for _ in range(4))
    if form == 6:
        return f"+91 9{digits(r, 4)} {digits(r, 5)}"
    return f"{area}-{middle}-{last:04}"


def _card(r: Random, _f: Fakes) -> str:
    number = n.card(r)
    if len(number) == 15:
        return r.choice([number, f"{number[:4]} {number[4:10]} {number[10:]}"])
    if len(number) == 14:
        return r.choice([number, f"{number[:4]} {number[4:10]} {number[10:]}"])
    sign = r.choice(["", " ", "-"])
    return sign.join(number[at : at + 4] for at in range(0, 16, 4))


def _iban(r: Random, f: Fakes) -> str:
    iban = f.of(r.choice(["en_GB", "de_DE", "fr_FR", "es_ES", "it_IT", "nl_NL", "pl_PL", "de_CH"])).iban()
    return r.choice([iban, " ".join(iban[at : at + 4] for at in range(0, len(iban), 4))])


def _bic(r: Random, _f: Fakes) -> str:
    bank = r.choice(["DEUTDE", "BNPAFR", "CHASUS", "BARCGB", "INGBNL", "UNCRIT", "BSCHES", "COBADE"])
    return bank + pick(r, UPPER + DIGITS[1:], 2) + r.choice(["", "XXX", digits(r, 3)])


def _birth(r: Random, _f: Fakes) -> str:
    day = n.birthday(r)
    return r.choice(
        [
            day.isoformat(),
            f"{day:%m/%d/%Y}",
            f"{day:%d.%m.%Y}",
            f"{day:%B} {day.day}, {day.year}",
            f"{day.day} {day:%b} {day.year}",
            f"{day:%d-%m-%Y}",
            f"{day:%d}/{day:%m}/{day:%y}",
        ]
    )


def _coordinates(r: Random, _f: Fakes) -> str:
    lat, lon = r.uniform(-80, 80), r.uniform(-179, 179)
    if r.random() < 0.3:
        return f"{abs(lat):.4f}° {'N' if lat > 0 else 'S'}, {abs(lon):.4f}° {'E' if lon > 0 else 'W'}"
    return f"{lat:.{r.randint(4, 6)}f}, {lon:.{r.randint(4, 6)}f}"


def _password(r: Random, f: Fakes) -> str:
    return r.choice([f.of("en_US").password(length=12), f"{f.of('en_US').word()}{digits(r, 4)}!"])


def _driver(r: Random, _f: Fakes) -> str:
    # California, Florida, New York, Illinois.
    return r.choice([r.choice(UPPER) + digits(r, 7), r.choice(UPPER) + digits(r, 12), digits(r, 9), r.choice(UPPER) + digits(r, 11)])  # fmt: skip


def _secret(r: Random, _f: Fakes) -> str:
    t = SECRET_TAIL
    forms = (
        lambda: "sk-" + pick(r, ALNUM, 48),
        lambda: "sk-proj-" + pick(r, t, 120) + "x",
        lambda: "sk-ant-api03-" + pick(r, t, 92) + "AA",
        lambda: "AIza" + pick(r, t, 34) + "k",
        lambda: "gsk_" + pick(r, ALNUM, 52),
        lambda: "hf_" + pick(r, UPPER + UPPER.lower(), 34),
        lambda: "pk-lf-" + n_uuid(r),
        lambda: "sk-lf-" + n_uuid(r),
        lambda: r.choice(["AKIA", "ASIA"]) + pick(r, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", 16),
        lambda: r.choice(["ghp_", "gho_", "ghs_"]) + pick(r, ALNUM, 36),
        lambda: "github_pat_" + pick(r, ALNUM, 22) + "_" + pick(r, ALNUM, 59),
        lambda: "glpat-" + pick(r, t, 19) + "z",
        lambda: f"xoxb-{digits(r, 12)}-{digits(r, 12)}-{pick(r, ALNUM, 24)}",
        lambda: f"https://hooks.slack.com/services/T{pick(r, UPPER, 8)}/B{pick(r, UPPER, 8)}/{pick(r, ALNUM, 24)}",
        lambda: r.choice(["sk_live_", "sk_test_", "rk_live_"]) + pick(r, ALNUM, 24),
        lambda: r.choice(["AC", "SK"]) + pick(r, HEX, 32),
        lambda: f"SG.{pick(r, t, 21)}a.{pick(r, t, 42)}b",
        lambda: "npm_" + pick(r, ALNUM, 36),
        lambda: "pypi-AgEIcHlwaS5vcmc" + pick(r, t, 80) + "q",
        lambda: "dop_v1_" + pick(r, HEX, 64),
        lambda: "r8_" + pick(r, ALNUM, 37),
        lambda: "pplx-" + pick(r, ALNUM, 48),
        lambda: "nlm_" + pick(r, ALNUM, 40),
    )
    return r.choice(forms)()


def _named_secret(r: Random, _f: Fakes) -> str:
    """No form of its own: only its name tells."""
    return r.choice(
        [
            pick(r, HEX, 32),
            pick(r, ALNUM, 40),
            base64.b64encode(r.randbytes(32)).decode(),
            pick(r, ALNUM + "/+", 39) + "Q",
            n_uuid(r),
        ]
    )


def n_uuid(r: Random) -> str:
    text = pick(r, HEX, 32)
    return f"{text[:8]}-{text[8:12]}-4{text[13:16]}-a{text[17:20]}-{text[20:]}"


def _of(locale: str, method: str) -> Callable[[Random, Fakes], str]:
    return lambda _r, f: str(getattr(f.of(locale), method)())


def _mac(r: Random, _f: Fakes) -> str:
    sign = r.choice(":-")
    text = sign.join(pick(r, HEX, 2) for _ in range(6))
    return r.choice([text, text.upper()])


def _ip(r: Random, f: Fakes) -> str:
    fake = f.of("en_US")
    return fake.ipv4() if r.random() < 0.6 else fake.ipv6()


def _crypto(r: Random, _f: Fakes) -> str:
    return r.choice([n.bitcoin, n.bitcoin_bech32, n.ethereum])(r)


_PASSPORTS = ("US_PASSPORT", "UK_PASSPORT", "DE_PASSPORT", "IT_PASSPORT", "ES_PASSPORT", "IN_PASSPORT", "KR_PASSPORT", "PH_PASSPORT", "ZA_PASSPORT", "PASSPORT", "NATIONAL_ID", "DE_ID_CARD", "IT_DRIVER_LICENSE")  # fmt: skip

KINDS = (
    Kind("EMAIL_ADDRESS", ("email", "e-mail address", "contact email"), _email, bare=True),
    Kind(
        "PHONE_NUMBER",
        ("phone", "phone number", "mobile number", "cell", "telephone"),
        _phone,
        bare=True,
        checked=False,
    ),
    Kind("DATE_OF_BIRTH", ("date of birth", "dob", "birthday", "birth date"), _birth),
    Kind("CREDIT_CARD", ("card number", "credit card", "credit card number"), _card, bare=True),
    Kind("IBAN_CODE", ("iban", "IBAN"), _iban, bare=True),
    Kind("BIC_CODE", ("bic", "SWIFT code", "swift"), _bic),
    Kind("ABA_ROUTING_NUMBER", ("routing number", "ABA routing number"), lambda r, f: n.aba(r)),
    Kind(
        "US_BANK_NUMBER",
        ("account number", "bank account number", "checking account"),
        lambda r, f: digits(r, r.randint(9, 14)),
        checked=False,
    ),
    Kind("CRYPTO", ("wallet address", "bitcoin address", "wallet"), _crypto, bare=True),
    Kind(
        "US_SSN",
        ("ssn", "social security number", "SSN"),
        lambda r, f: r.choice([n.ssn(r), n.ssn(r).replace("-", " "), n.ssn(r)]),
        bare=True,
    ),
    Kind("US_ITIN", ("itin", "taxpayer identification number"), lambda r, f: n.itin(r), bare=True),
    Kind("US_EIN", ("ein", "employer identification number"), lambda r, f: n.ein(r), accepted=("US_PROVIDER_TAX_ID",)),
    Kind("US_NPI", ("npi", "NPI number", "national provider identifier"), lambda r, f: n.npi(r)),
    Kind("MEDICAL_LICENSE", ("dea number", "DEA registration"), lambda r, f: n.dea(r), bare=True),
    Kind("US_MBI", ("mbi", "Medicare number", "medicare beneficiary identifier"), lambda r, f: n.mbi(r), bare=True),
    Kind(
        "MEDICAL_RECORD_NUMBER",
        ("mrn", "medical record number", "patient id"),
        lambda r, f: r.choice(["MRN-", "", "", "P"]) + digits(r, r.randint(6, 9)),
    ),
    Kind(
        "US_HEALTH_INSURANCE_MEMBER_ID",
        ("member id", "insurance member id", "health plan number", "policy number"),
        lambda r, f: pick(r, UPPER, 3) + digits(r, 9),
        accepted=("HEALTH_PLAN_NUMBER",),
    ),
    Kind("UK_NHS", ("nhs number", "NHS no"), lambda r, f: n.nhs(r), bare=True),
    Kind("UK_NINO", ("national insurance number", "nino", "NI number"), lambda r, f: n.nino(r), bare=True),
    Kind(
        "UK_DRIVING_LICENCE",
        ("driving licence", "driving licence number"),
        lambda r, f: n.uk_licence(r, f.of("en_GB").last_name()),
        bare=True,
    ),
    Kind("US_DRIVER_LICENSE", ("driver license", "driver's license number", "license number"), _driver),
    Kind(
        "US_PASSPORT",
        ("passport number", "passport"),
        lambda r, f: r.choice([digits(r, 9), r.choice(UPPER) + digits(r, 8)]),
        accepted=_PASSPORTS,
    ),
    Kind(
        "PASSPORT",
        ("passport number", "passport no"),
        lambda r, f: r.choice([n.german_card(r), pick(r, UPPER, 2) + digits(r, 7), pick(r, UPPER, 3) + digits(r, 6)]),
        accepted=_PASSPORTS,
    ),
    Kind(
        "DE_TAX_ID",
        ("Steuer-ID", "tax id", "steueridentifikationsnummer"),
        lambda r, f: n.german_tax_id(r),
        bare=True,
        accepted=("NATIONAL_ID",),
    ),
    Kind(
        "DE_ID_CARD",
        ("Personalausweis", "Ausweisnummer", "identity card number"),
        lambda r, f: n.german_card(r),
        accepted=("DE_PASSPORT",),
    ),
    Kind("DE_VAT_ID", ("vat id", "USt-IdNr."), _of("de_DE", "vat_id"), bare=True, accepted=("VAT_ID",)),
    Kind(
        "FR_NIR",
        ("numéro de sécurité sociale", "NIR", "social security number"),
        lambda r, f: n.french_nir(r),
        bare=True,
    ),
    Kind("IT_FISCAL_CODE", ("codice fiscale", "fiscal code"), _of("it_IT", "ssn"), bare=True),
    Kind("ES_NIF", ("DNI", "NIF"), lambda r, f: n.spanish_dni(r), bare=True),
    Kind("ES_NIE", ("NIE", "nie"), lambda r, f: n.spanish_nie(r), bare=True),
    Kind("PL_PESEL", ("pesel", "PESEL"), _of("pl_PL", "pesel"), bare=True),
    Kind(
        "FI_PERSONAL_IDENTITY_CODE", ("henkilötunnus", "hetu", "personal identity code"), _of("fi_FI", "ssn"), bare=True
    ),
    Kind("SE_PERSONNUMMER", ("personnummer",), _of("sv_SE", "ssn"), bare=True),
    Kind("TR_NATIONAL_ID", ("TC kimlik no", "national id"), _of("tr_TR", "ssn"), accepted=("NATIONAL_ID",)),
    Kind("IN_PAN", ("PAN", "permanent account number"), lambda r, f: n.pan_india(r), bare=True),
    Kind("IN_AADHAAR", ("aadhaar", "Aadhaar number"), lambda r, f: n.aadhaar(r)),
    Kind("AU_TFN", ("tfn", "tax file number"), lambda r, f: n.tfn(r)),
    Kind("AU_MEDICARE", ("medicare card", "Medicare card number"), lambda r, f: n.medicare_au(r)),
    Kind("AU_ABN", ("abn", "Australian business number"), lambda r, f: n.abn(r)),
    Kind("SG_NRIC_FIN", ("nric", "NRIC", "FIN"), lambda r, f: n.nric(r), bare=True),
    Kind("CA_SIN", ("sin", "social insurance number"), lambda r, f: n.sin_canada(r)),
    Kind("KR_RRN", ("resident registration number", "RRN"), lambda r, f: n.rrn_korea(r), bare=True),
    Kind("TH_TNIN", ("Thai national ID", "national id"), lambda r, f: n.thai_id(r), accepted=("NATIONAL_ID",)),
    Kind(
        "ZA_ID_NUMBER",
        ("South African ID", "identity number"),
        lambda r, f: n.south_african_id(r),
        accepted=("NATIONAL_ID",),
    ),
    Kind(
        "NATIONAL_ID",
        ("national id", "national identity number", "id number"),
        lambda r, f: r.choice(
            [n.chinese_id(r), str(f.of("ro_RO").ssn()), str(f.of("nl_NL").ssn()), str(f.of("pt_BR").cpf())]
        ),
        accepted=("BR_CPF", "CN_ID", "RO_CNP", "NL_BSN"),
    ),
    Kind("IP_ADDRESS", ("ip", "client ip", "ip address"), _ip, bare=True),
    Kind("MAC_ADDRESS", ("mac", "mac address"), _mac, bare=True),
    Kind("COORDINATES", ("coordinates", "gps", "location"), _coordinates, bare=True, accepted=("LOCATION",)),
    Kind("API_KEY", ("api key", "api_key", "token", "key"), _secret, bare=True, accepted=("ACCESS_TOKEN",)),
    Kind(
        "SECRET",
        ("client secret", "api key", "secret key", "access token", "auth token"),
        _named_secret,
        checked=False,
        accepted=("API_KEY", "ACCESS_TOKEN", "PASSWORD"),
    ),
    Kind("JWT", ("token", "session token"), lambda r, f: n.jwt(r), bare=True, accepted=("ACCESS_TOKEN", "API_KEY")),
    Kind("PASSWORD", ("password", "passwd"), _password, checked=False, accepted=("API_KEY",)),
)
"""All kinds but names, addresses, keys over several lines and URLs, which frames of their own carry."""
