"""Kinds of values: how one is made, what people and programs call it, whether its form alone gives it away."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from random import Random

from faker import Faker

from tests.mask.labelled.fresh import numbers as n
from tests.mask.labelled.fresh.numbers import some


@dataclass(frozen=True)
class Id:
    """names: what an engine may call it. bare: whether it is looked for where nothing says what it is."""

    kind: str
    make: Callable[[Random], str]
    labels: tuple[str, ...]
    keys: tuple[str, ...]
    bare: bool = False
    names: frozenset[str] = frozenset()
    fixed: bool = True


@lru_cache(maxsize=64)
def fake(locale: str) -> Faker:
    return Faker(locale)


def faked(r: Random, locale: str) -> Faker:
    one = fake(locale)
    one.seed_instance(r.randrange(2**32))
    return one


def _email(r: Random) -> str:
    f = faked(r, r.choice(["en_US", "de_DE", "fr_FR", "it_IT", "pl_PL", "en_IN", "pt_BR", "es_ES"]))
    first, last = (
        part.encode("ascii", "ignore").decode().lower().replace(" ", "") or "ana"
        for part in (f.first_name(), f.last_name())
    )
    domain = r.choice(
        [f.domain_name(), f.free_email_domain(), "corp.internal", "mail.uni-bonn.de", "acme.co.uk", "xn--mnchen-3ya.de"]
    )
    return r.choice(
        [
            f"{first}.{last}@{domain}",
            f"{first[0]}{last}{r.randint(1, 99)}@{domain}",
            f"{first}+{r.choice(['news', 'shop', 'test1'])}@{domain}",
            f"{last.upper()}_{first}@{domain}",
            f"{first}-{last}@{r.choice(['eu', 'hr', 'mx1'])}.{domain}",
            f"o'{last}@{domain}",
        ]
    )


_E164 = {
    "+1": "2+4##5####", "+44": "7#########", "+49": "15########", "+33": "6########", "+39": "3#########", "+34": "6########",
    "+55": "119########", "+91": "9#########", "+61": "4########", "+81": "90########", "+82": "10########", "+86": "13#########",
    "+31": "6########", "+48": "5########", "+46": "70#######", "+90": "53########", "+84": "9########", "+972": "52#######",
    "+971": "50#######", "+234": "80########", "+27": "82#######", "+65": "9#######", "+66": "8########", "+52": "55########",
}  # fmt: skip


def _phone(r: Random) -> str:
    if r.random() < 0.5:
        locale = r.choice(
            [
                "en_US",
                "en_GB",
                "de_DE",
                "fr_FR",
                "it_IT",
                "es_ES",
                "pt_BR",
                "nl_NL",
                "pl_PL",
                "sv_SE",
                "en_AU",
                "en_CA",
                "ja_JP",
                "zh_CN",
                "ko_KR",
                "tr_TR",
                "he_IL",
                "fi_FI",
                "da_DK",
                "cs_CZ",
            ]
        )
        return until_long(lambda: faked(r, locale).phone_number())
    code = r.choice(list(_E164))
    rest = some(r, _E164[code])
    if code == "+1" and r.random() < 0.6:
        return r.choice(["({}) {}-{}", "{}-{}-{}", "{}.{}.{}", "1-{}-{}-{}", "+1 ({}) {}-{}"]).format(
            rest[:3], rest[3:6], rest[6:]
        )
    if r.random() < 0.5:
        return code + rest
    return f"{code} {n.grouped(rest, (len(rest) % 3 + 2, 3), r.choice(' -'))}"


def until_long(make: Callable[[], str]) -> str:
    return n.until(make, lambda text: sum(char.isdigit() for char in text) >= 8)


def _iban(r: Random) -> str:
    f = faked(
        r,
        r.choice(
            [
                "de_DE",
                "en_GB",
                "fr_FR",
                "it_IT",
                "es_ES",
                "nl_NL",
                "pl_PL",
                "pt_PT",
                "de_AT",
                "de_CH",
                "sv_SE",
                "no_NO",
                "fi_FI",
                "tr_TR",
            ]
        ),
    )
    text = f.iban()
    return n.grouped(text, (4,) * (len(text) // 4), " ").strip() if r.random() < 0.5 else text


def _card(r: Random) -> str:
    kind = r.choice(["visa16", "mastercard", "amex", "discover", "jcb16", "diners", "maestro", "visa16", "mastercard"])
    text = faked(r, "en_US").credit_card_number(kind)
    sign = r.choice(["", " ", "-"])
    if not sign:
        return text
    return n.grouped(
        text, (4, 6, 5) if len(text) == 15 else (4, 6, 4) if len(text) == 14 else (4, 4, 4, 4), sign
    ).strip(sign)


def _birth(r: Random) -> str:
    d = faked(r, "en_US").date_of_birth(minimum_age=18, maximum_age=90)
    return d.strftime(
        r.choice(
            [
                "%Y-%m-%d",
                "%d/%m/%Y",
                "%m/%d/%Y",
                "%d.%m.%Y",
                "%B %d, %Y",
                "%d %b %Y",
                "%d-%m-%Y",
                "%d %B %Y",
                "%Y/%m/%d",
            ]
        )
    )


def _coordinates(r: Random) -> str:
    lat, lon = r.uniform(-60, 70), r.uniform(-170, 170)
    degrees = f"{abs(lat):.4f}° {'N' if lat > 0 else 'S'}, {abs(lon):.4f}° {'E' if lon > 0 else 'W'}"
    seconds = f"{int(abs(lat))}°{r.randint(0, 59)}'{r.randint(0, 59)}\"{'N' if lat > 0 else 'S'} {int(abs(lon))}°{r.randint(0, 59)}'{r.randint(0, 59)}\"{'E' if lon > 0 else 'W'}"
    return r.choice([f"{lat:.5f}, {lon:.5f}", f"{lat:.6f},{lon:.6f}", degrees, seconds])


def _license(r: Random) -> str:
    return some(
        r,
        r.choice(["@#######", "@############", "########", "@##########", "@@######@", "@###-####-####", "#########"]),
    )


def _ipv6(r: Random) -> str:
    text = faked(r, "en_US").ipv6()
    return r.choice(
        [text, "2001:db8::" + some(r, "!!!!") + ":" + some(r, "!!!!"), "fe80::" + some(r, "!!!!:!!ff:fe!!:!!!!")]
    )


def _mac(r: Random) -> str:
    text = faked(r, "en_US").mac_address()
    return r.choice([text, text.upper(), text.replace(":", "-"), n.grouped(text.replace(":", ""), (4, 4), ".")])


def _uk_licence(r: Random) -> str:
    name = r.choice(["MORGA", "SMITH", "JONES", "KHAN9", "PATEL", "EVANS"])
    year, month, date = n.day(r, 1950, 1999)
    return f"{name}{year % 100 // 10}{month + r.choice([0, 50]):02}{date:02}{year % 10}" + some(r, "@@9@@")


_WALLETS: tuple[Callable[[Random], str], ...] = (
    lambda r: "0x" + some(r, "!" * 40),
    lambda r: r.choice(
        [
            "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa",
            "1BvBMSEYstWetqTFn5Au4m4GFg7xJaNVN2",
            "1dice8EMZmqKvrGE4Qc9bUFf9PX3xaYDp",
        ]
    ),
    lambda r: r.choice(["3J98t1WpEZ73CNmQviecrnyiWrnqRhWNLy", "3EktnHQD7RiAE6uzMj2ZifT9YgRrkSgzQX"]),
    lambda r: r.choice(
        ["bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq", "bc1p5cyxnuxmeuwuvkwfem96lqzszd02n6xdcjrs20cac6yqjjwudpxqkedrcr"]
    ),
)


def _plate(r: Random) -> str:
    return n.written(
        r,
        r.choice(["MH", "DL", "KA", "TN", "UP", "GJ", "WB"]) + f"{r.randint(1, 30):02}" + some(r, "@@####"),
        (2, 2, 2),
        " ",
    )


def _gb_passport(r: Random) -> str:
    return some(r, "#########")


PASSPORTS = frozenset(
    {
        "PASSPORT",
        "US_PASSPORT",
        "UK_PASSPORT",
        "IT_PASSPORT",
        "IN_PASSPORT",
        "ES_PASSPORT",
        "DE_PASSPORT",
        "DE_ID_CARD",
        "NATIONAL_ID",
        "IT_IDENTITY_CARD",
    }
)
ITALIANS = frozenset({"IT_PASSPORT", "IT_IDENTITY_CARD", "PASSPORT", "NATIONAL_ID"})

IDS = (
    Id("EMAIL_ADDRESS", _email, ("email", "e-mail address", "mail", "contact email"), ("email", "user_email", "contactEmail", "mailTo"), True),
    Id("PHONE_NUMBER", _phone, ("phone", "phone number", "mobile", "cell", "tel", "WhatsApp", "contact number"), ("phone", "mobile_no", "phoneNumber", "contact_phone"), fixed=False),
    Id("CREDIT_CARD", _card, ("card number", "credit card", "Visa", "card"), ("card_number", "cc", "cardNo", "pan"), True),
    Id("IBAN_CODE", _iban, ("IBAN", "bank account", "account"), ("iban", "creditor_iban", "accountIban"), True),
    Id("US_SSN", lambda r: n.written(r, f"{r.choice([*range(100, 666)])}{r.randint(10, 99)}{r.randint(1000, 9999)}", (3, 2, 4), "---"), ("SSN", "social security number", "social", "ssn"), ("ssn", "social_security_number", "taxpayerSsn")),
    Id("US_ITIN", lambda r: f"9{r.randint(10, 99)}-{r.choice(['71', '75', '82', '91'])}-{r.randint(1000, 9999)}", ("ITIN", "individual taxpayer id", "taxpayer identification number"), ("itin", "us_itin"), True, frozenset({"US_ITIN", "US_SSN"})),
    Id("US_EIN", lambda r: f"{r.choice([12, 20, 36, 47, 81])}-{some(r, '#######')}", ("EIN", "employer identification number", "federal tax id"), ("ein", "employer_id_number"), names=frozenset({"US_EIN", "NATIONAL_ID", "US_PROVIDER_TAX_ID"})),
    Id("US_PASSPORT", lambda r: some(r, r.choice(["#########", "@########"])), ("passport number", "US passport", "passport no."), ("passport_number", "us_passport", "passportNo"), names=PASSPORTS),
    Id("US_DRIVER_LICENSE", _license, ("driver's license", "driver license number", "driving license", "DL number"), ("driver_license", "drivers_license_number", "dl_number"), names=frozenset({"US_DRIVER_LICENSE", "DRIVER_LICENSE"})),
    Id("US_BANK_NUMBER", lambda r: some(r, "+" + "#" * r.randint(7, 16)), ("bank account number", "checking account", "account number"), ("account_number", "bank_account", "acctNumber")),
    Id("ABA_ROUTING_NUMBER", n.aba, ("routing number", "ABA", "ABA routing number"), ("routing_number", "aba_routing", "routingNo")),
    Id("BIC_CODE", lambda r: some(r, "@@@@") + r.choice(["DE", "FR", "GB", "US", "ES", "IT", "NL"]) + some(r, "@#") + r.choice(["", "XXX"]), ("BIC", "SWIFT", "SWIFT code", "BIC/SWIFT"), ("bic", "swift_code", "swiftBic")),
    Id("US_MBI", n.mbi, ("Medicare number", "MBI", "Medicare beneficiary identifier"), ("mbi", "medicare_id"), True),
    Id("US_NPI", n.npi, ("NPI", "national provider identifier", "provider NPI"), ("npi", "provider_npi", "npiNumber")),
    Id("MEDICAL_LICENSE", n.dea, ("DEA number", "DEA", "DEA registration"), ("dea", "dea_number"), True),
    Id("MEDICAL_RECORD_NUMBER", lambda r: r.choice(["", "MRN", "MRN-", "H"]) + some(r, "+#######"), ("MRN", "medical record number", "patient id", "chart number"), ("mrn", "medical_record_number", "patientId")),
    Id("US_HEALTH_INSURANCE_MEMBER_ID", lambda r: some(r, r.choice(["@@@#########", "W#########", "XY@########", "@@@-##-#######"])), ("member ID", "health plan number", "insurance id", "policy number", "subscriber ID"), ("member_id", "health_plan_id", "insuranceMemberId", "subscriber_id")),
    Id("UK_NINO", n.nino, ("NI number", "National Insurance number", "NINO"), ("nino", "ni_number", "nationalInsuranceNumber"), True),
    Id("UK_NHS", n.nhs, ("NHS number", "NHS no"), ("nhs_number", "nhsNo", "nhs")),
    Id("UK_DRIVING_LICENCE", _uk_licence, ("driving licence", "driving licence number", "DVLA number"), ("driving_licence", "uk_licence_no"), True, frozenset({"UK_DRIVING_LICENCE", "DRIVER_LICENSE", "US_DRIVER_LICENSE"})),
    Id("UK_PASSPORT", _gb_passport, ("UK passport", "British passport number", "passport number"), ("uk_passport", "passport"), names=PASSPORTS),
    Id("DE_TAX_ID", n.german_tax, ("Steuer-ID", "Steueridentifikationsnummer", "IdNr", "German tax ID"), ("steuer_id", "tax_id", "steuerId")),
    Id("DE_PASSPORT", n.german_document, ("Reisepassnummer", "Personalausweisnummer", "German passport"), ("passport_no", "reisepass_nr", "ausweisnummer"), names=PASSPORTS),
    Id("FR_NIR", n.nir, ("numéro de sécurité sociale", "NIR", "numéro de sécu", "INSEE number"), ("nir", "numero_secu", "num_secu")),
    Id("FR_SPI", lambda r: r.choice("0123") + some(r, "############"), ("numéro fiscal", "numéro SPI", "French tax number"), ("numero_fiscal", "spi"), names=frozenset({"FR_SPI", "NATIONAL_ID", "FR_TAX_ID"})),
    Id("IT_FISCAL_CODE", lambda r: faked(r, "it_IT").ssn(), ("codice fiscale", "fiscal code", "CF"), ("codice_fiscale", "fiscal_code", "cf"), True),
    Id("IT_VAT_CODE", n.italian_vat, ("partita IVA", "P.IVA", "Italian VAT number"), ("partita_iva", "p_iva", "vat_code"), names=frozenset({"IT_VAT_CODE", "VAT_ID"})),
    Id("IT_DRIVER_LICENSE", lambda r: r.choice([some(r, "@@#######@"), "U1" + "".join(r.choice("BCDFGHJKLMNPRSTWXYZ0123456789") for _ in range(7)) + some(r, "@")]), ("patente", "patente di guida", "Italian driving licence", "numero patente"), ("patente", "numero_patente", "license_number"), names=frozenset({"IT_DRIVER_LICENSE", "DRIVER_LICENSE", "US_DRIVER_LICENSE"})),
    Id("IT_PASSPORT", lambda r: some(r, "@@#######"), ("passaporto", "numero di passaporto", "Italian passport", "passaporto n."), ("passaporto", "passport_number"), names=PASSPORTS),
    Id("IT_IDENTITY_CARD", lambda r: some(r, r.choice(["@@#######", "C@#####@@", "@@ #######"])), ("carta d'identità", "carta di identità n.", "Italian identity card", "CIE"), ("carta_identita", "identity_card", "numero_documento"), names=ITALIANS),
    Id("ES_NIF", n.spanish, ("DNI", "NIF", "número de DNI"), ("dni", "nif", "documento_identidad"), True, frozenset({"ES_NIF", "ES_NIE"})),
    Id("ES_NIE", lambda r: n.spanish(r, r.choice("XYZ")), ("NIE", "número de NIE", "foreigner id"), ("nie", "nie_number"), True, frozenset({"ES_NIF", "ES_NIE"})),
    Id("PL_PESEL", n.pesel, ("PESEL", "numer PESEL"), ("pesel", "nr_pesel")),
    Id("PL_NIP", n.nip, ("NIP", "numer NIP"), ("nip",), names=frozenset({"PL_NIP", "VAT_ID", "NATIONAL_ID"})),
    Id("FI_PERSONAL_IDENTITY_CODE", lambda r: faked(r, "fi_FI").ssn(), ("henkilötunnus", "HETU", "Finnish identity code"), ("hetu", "henkilotunnus", "personal_identity_code"), True),
    Id("SE_PERSONNUMMER", n.swedish, ("personnummer", "Swedish personal number"), ("personnummer", "personal_number"), True),
    Id("NL_BSN", n.bsn, ("BSN", "burgerservicenummer"), ("bsn", "burger_service_nummer")),
    Id("SG_NRIC_FIN", n.nric, ("NRIC", "FIN", "NRIC/FIN"), ("nric", "fin_number", "nric_no"), True),
    Id("SG_UEN", n.uen, ("UEN", "unique entity number"), ("uen", "company_uen"), True),
    Id("AU_ABN", n.abn, ("ABN", "Australian Business Number"), ("abn", "business_number")),
    Id("AU_ACN", n.acn, ("ACN", "Australian Company Number"), ("acn", "company_number")),
    Id("AU_TFN", n.tfn, ("TFN", "tax file number"), ("tfn", "tax_file_number")),
    Id("AU_MEDICARE", n.medicare, ("Medicare card", "Medicare number", "medicare card number"), ("medicare_number", "medicareCard"), names=frozenset({"AU_MEDICARE", "US_MBI"})),
    Id("IN_PAN", lambda r: some(r, "@@@P@####@"), ("PAN", "PAN card", "permanent account number"), ("pan_number", "pan_card", "panNo"), True),
    Id("IN_AADHAAR", n.aadhaar, ("Aadhaar", "Aadhaar number", "UIDAI number"), ("aadhaar", "aadhaar_no", "aadharNumber")),
    Id("IN_PASSPORT", lambda r: r.choice("JKLMNPRSTVZ") + r.choice("123456789") + some(r, "#####+"), ("passport", "Indian passport", "passport no"), ("passport_no", "indian_passport"), names=PASSPORTS),
    Id("IN_VOTER", lambda r: some(r, "@@@#######"), ("voter ID", "EPIC number", "voter card"), ("voter_id", "epic_no")),
    Id("IN_VEHICLE_REGISTRATION", _plate, ("vehicle registration", "car number", "registration number", "number plate"), ("vehicle_registration", "reg_no", "vehicle_number"), names=frozenset({"IN_VEHICLE_REGISTRATION", "LICENSE_PLATE"})),
    Id("IN_GSTIN", n.gstin, ("GSTIN", "GST number"), ("gstin", "gst_no"), True),
    Id("KR_RRN", n.rrn, ("RRN", "resident registration number", "주민등록번호"), ("rrn", "resident_registration_number"), True),
    Id("TH_TNIN", n.thai, ("Thai ID", "Thai national ID number", "เลขบัตรประชาชน"), ("thai_id", "national_id", "tnin"), names=frozenset({"TH_TNIN", "NATIONAL_ID"})),
    Id("CA_SIN", n.sin, ("SIN", "social insurance number"), ("sin", "social_insurance_number")),
    Id("BR_CPF", n.cpf, ("CPF", "número do CPF"), ("cpf", "cpf_cliente")),
    Id("BR_CNPJ", n.cnpj, ("CNPJ",), ("cnpj",), True, frozenset({"BR_CNPJ", "VAT_ID"})),
    Id("CN_ID", n.chinese, ("身份证号", "Chinese ID", "resident identity card"), ("id_card_no", "citizen_id"), True, frozenset({"CN_ID", "NATIONAL_ID"})),
    Id("ZA_ID_NUMBER", n.south_african, ("South African ID", "SA ID number", "ID number"), ("sa_id", "id_number"), names=frozenset({"ZA_ID_NUMBER", "NATIONAL_ID"})),
    Id("TR_NATIONAL_ID", n.turkish, ("TC kimlik no", "T.C. Kimlik No", "Turkish ID"), ("tc_kimlik_no", "tckn"), names=frozenset({"TR_NATIONAL_ID", "NATIONAL_ID"})),
    Id("MX_CURP", n.curp, ("CURP",), ("curp",), True),
    Id("IP_ADDRESS", lambda r: faked(r, "en_US").ipv4() if r.random() < 0.6 else _ipv6(r), ("IP", "IP address", "source ip"), ("ip", "client_ip", "remoteAddr"), True),
    Id("MAC_ADDRESS", _mac, ("MAC", "MAC address", "hardware address"), ("mac", "mac_address", "hwaddr"), True),
    Id("CRYPTO", lambda r: r.choice(_WALLETS)(r), ("wallet", "BTC address", "wallet address", "ETH wallet"), ("wallet", "wallet_address", "payoutAddress"), True),
    Id("DATE_OF_BIRTH", _birth, ("date of birth", "DOB", "birthday", "born on", "birth date"), ("date_of_birth", "dob", "birthDate", "birthday"), names=frozenset({"DATE_OF_BIRTH", "DATE_TIME"})),
    Id("COORDINATES", _coordinates, ("coordinates", "location", "GPS", "position"), ("coordinates", "gps", "latlng"), names=frozenset({"COORDINATES", "LOCATION"})),
)  # fmt: skip

SECRETS = frozenset({"API_KEY", "ACCESS_TOKEN", "PASSWORD", "URL_CREDENTIALS", "JWT", "PRIVATE_KEY"})
NAMES = {one.kind: one.names | {one.kind} for one in IDS} | {"SECRET": SECRETS, "JWT": SECRETS, "PRIVATE_KEY": SECRETS}
FIXED = frozenset(one.kind for one in IDS if one.fixed) | {"SECRET", "JWT", "PRIVATE_KEY"}
