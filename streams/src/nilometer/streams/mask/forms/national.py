"""National and tax ids, passports and licences of many countries."""

from nilometer.streams.mask.forms.checksums import date_in, luhn, mod_11_10, mrz, varied, verhoeff, weighted
from nilometer.streams.mask.forms.form import Form

_NIF = "TRWAGMYFPDXBNJZSQVHLCKE"
_HETU = "0123456789ABCDEFHJKLMNPRSTUVWXY"
_UEN = "ABCDEFGHJKLMNPQRSTUVWX0123456789"
_FISCAL_ODD = (1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23)


def nino(text: str) -> bool:
    """HMRC, National Insurance Manual NIM39110."""
    return (
        text[0] not in "DFIQUV"
        and text[1] not in "DFIQUVO"
        and text[:2] not in {"BG", "GB", "KN", "NK", "NT", "TN", "ZZ"}
    )


def nhs(text: str) -> bool:
    """NHS Data Dictionary: modulus 11."""
    return text.isdigit() and varied(text) and (11 - weighted(text[:9], range(10, 1, -1)) % 11) % 11 == int(text[9])


def german_tax(text: str) -> bool:
    """Bundeszentralamt für Steuern: one digit of the first ten repeats."""
    return text.isdigit() and text[0] != "0" and 8 <= len(set(text[:10])) <= 9 and mod_11_10(text)


def german_pension(text: str) -> bool:
    """VKVV § 4: the letter counts as two digits; weights 2 1 2 5 7 1 2 1 2 1 2 1."""
    number = text[:8] + f"{ord(text[8]) - 64:02}" + text[9:11]
    total = sum(
        sum(divmod(int(char) * weight, 10))
        for char, weight in zip(number, (2, 1, 2, 5, 7, 1, 2, 1, 2, 1, 2, 1), strict=True)
    )
    return total % 10 == int(text[11])


def french(text: str) -> bool:
    """INSEE: 97 minus the number modulo 97; 2A and 2B of Corsica count as 19 and 18."""
    number = text[:13].replace("2A", "19").replace("2B", "18")
    return number.isdigit() and text[13:].isdigit() and 97 - int(number) % 97 == int(text[13:])


def italian(text: str) -> bool:
    """DM 345/1976: odd places by table, even ones by value."""
    values = [int(char) if char.isdigit() else ord(char) - 65 for char in text[:15]]
    total = sum(_FISCAL_ODD[value] if place % 2 == 0 else value for place, value in enumerate(values))
    return chr(65 + total % 26) == text[15]


def italian_vat(text: str) -> bool:
    return len(text) == 11 and luhn(text) and varied(text)


def spanish(text: str) -> bool:
    number = text[:-1].replace("X", "0").replace("Y", "1").replace("Z", "2")
    return number.isdigit() and _NIF[int(number) % 23] == text[-1]


def pesel(text: str) -> bool:
    """MSWiA: months carry the century."""
    month, day = int(text[2:4]) % 20, int(text[4:6])
    total = weighted(text[:10], (1, 3, 7, 9) * 3)
    return 1 <= month <= 12 and 1 <= day <= 31 and (10 - total % 10) % 10 == int(text[10])


def finnish(text: str) -> bool:
    """DVV: the nine digits modulo 31."""
    digits = "".join(char for char in text[:-1] if char.isdigit())[-9:]
    return len(digits) == 9 and _HETU[int(digits) % 31] == text[-1]


def swedish(text: str) -> bool:
    """Skatteverket: Luhn over ten digits; coordination numbers add 60 to the day."""
    short = text[-10:]
    month, day = int(short[2:4]), int(short[4:6])
    return 1 <= month <= 12 and (1 <= day <= 31 or 61 <= day <= 91) and luhn(short)


def turkish(text: str) -> bool:
    digits = [int(char) for char in text]
    tenth = (sum(digits[0:9:2]) * 7 - sum(digits[1:8:2])) % 10
    return text[0] != "0" and digits[9] == tenth and digits[10] == sum(digits[:10]) % 10


def tfn(text: str) -> bool:
    return weighted(text, (1, 4, 3, 7, 5, 8, 6, 9, 10)) % 11 == 0 and varied(text)


def abn(text: str) -> bool:
    return (
        text[0] != "0" and weighted(str(int(text[0]) - 1) + text[1:], (10, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19)) % 89 == 0
    )


def acn(text: str) -> bool:
    return (10 - weighted(text[:8], range(8, 0, -1)) % 10) % 10 == int(text[8])


def medicare(text: str) -> bool:
    return weighted(text[:8], (1, 3, 7, 9, 1, 3, 7, 9)) % 10 == int(text[8])


def nric(text: str) -> bool:
    """S and T citizens, F, G and M foreigners."""
    total = weighted(text[1:8], (2, 7, 6, 5, 4, 3, 2)) + {"T": 4, "G": 4, "M": 3}.get(text[0], 0)
    table = {"S": "JZIHGFEDCBA", "T": "JZIHGFEDCBA", "M": "KLJNPQRTUWX"}.get(text[0], "XWUTRQPNMLK")
    return table[total % 11] == text[8] if text[0] != "M" else table[10 - total % 11] == text[8]


def uen(text: str) -> bool:
    """ACRA: businesses by eight digits, local companies by a year and five digits, others by a letter and a year."""
    if text[0] in "TSR":
        values = [_UEN.index(char) for char in text[:-1]]
        total = sum(value * weight for value, weight in zip(values, (4, 3, 5, 3, 10, 2, 2, 5, 7), strict=True))
        return _UEN[(total - 5) % 11] == text[-1]
    weights, letters = ((10, 4, 9, 3, 8, 2, 7, 1), "XMKECAWLJDB")
    if len(text) == 10:
        weights, letters = ((10, 8, 6, 4, 9, 7, 5, 3, 1), "ZKCMDNERGWH")
    return letters[weighted(text[:-1], weights) % 11] == text[-1]


def aadhaar(text: str) -> bool:
    return text[0] not in "01" and verhoeff(text) and varied(text)


def korean(text: str) -> bool:
    """Numbers from October 2020 on carry no check digit, so only the date and the century are asked for."""
    return date_in(text) and text[6] in "12345678"


def thai(text: str) -> bool:
    return text[0] in "12345678" and (11 - weighted(text[:12], range(13, 1, -1)) % 11) % 10 == int(text[12])


def chinese(text: str) -> bool:
    """GB 11643-1999."""
    total = weighted(text[:17], (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2))
    return date_in(text[6:14], 4) and "10X98765432"[total % 11] == text[17]


def south_african(text: str) -> bool:
    return date_in(text) and text[10] in "012" and luhn(text)


def brazilian_person(text: str) -> bool:
    first = weighted(text, range(10, 1, -1)) * 10 % 11 % 10
    second = weighted(text, range(11, 1, -1)) * 10 % 11 % 10
    return varied(text) and text[9:] == f"{first}{second}"


def brazilian_company(text: str) -> bool:
    weights = (5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2)
    first = (11 - weighted(text, weights) % 11) % 11 % 10
    second = (11 - weighted(text, (6, *weights)) % 11) % 11 % 10
    return varied(text) and text[12:] == f"{first}{second}"


def dutch(text: str) -> bool:
    return varied(text) and (weighted(text[:8], range(9, 1, -1)) - int(text[8])) % 11 == 0


def belgian(text: str) -> bool:
    return any(97 - int(century + text[:9]) % 97 == int(text[9:]) for century in ("", "2"))


def romanian(text: str) -> bool:
    check = weighted(text[:12], (2, 7, 9, 1, 4, 6, 3, 5, 8, 2, 7, 9)) % 11
    return date_in(text[1:]) and int(text[12]) == (1 if check == 10 else check)


def norwegian(text: str) -> bool:
    first = (11 - weighted(text, (3, 7, 6, 1, 8, 9, 4, 5, 2)) % 11) % 11
    second = (11 - weighted(text, (5, 4, 3, 2, 7, 6, 5, 4, 3, 2)) % 11) % 11
    return text[9:] == f"{first}{second}"


def swiss(text: str) -> bool:
    """EAN-13."""
    return text.startswith("756") and (10 - weighted(text[:12], (1, 3) * 6) % 10) % 10 == int(text[12])


def chilean(text: str) -> bool:
    total = sum(int(char) * (2 + place % 6) for place, char in enumerate(reversed(text[:-1])))
    return "0123456789K"[(11 - total % 11) % 11] == text[-1]


def argentinian(text: str) -> bool:
    return text[:2] in {"20", "23", "24", "27", "30", "33", "34"} and (
        11 - weighted(text, (5, 4, 3, 2, 7, 6, 5, 4, 3, 2)) % 11
    ) % 11 % 10 == int(text[10])


def ssn(text: str) -> bool:
    """SSA: no area 000, 666 or from 900 on, no group 00, no serial 0000."""
    return text[:3] not in ("000", "666") and text[0] != "9" and text[3:5] != "00" and text[5:] != "0000"


def passport(text: str) -> str:
    """The country whose form a passport number has, as Presidio names it; several countries share some of them."""
    letters = len(text) - len(text.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ"))
    if len(text) == 9 and text[letters:].isdigit() and letters < 4:
        return ("US_PASSPORT", "US_PASSPORT", "UK_PASSPORT", "ES_PASSPORT")[letters]
    if len(text) == 9 and mrz(text):
        return "DE_PASSPORT"
    return "IN_PASSPORT" if len(text) == 8 and letters == 1 and text[1:].isdigit() else "PASSPORT"


_INDIAN_STATES = "A[NPRS]|BR|C[GH]|D[DLN]|G[AJ]|H[PR]|J[HK]|K[AL]|L[AD]|M[HLNPZ]|NL|O[DR]|P[BY]|RJ|SK|T[GNRS]|U[AKP]|WB"
_PASSPORT = r"(?:(?=(?:[A-Z]*\d){2})[A-Z\d]{6,12}|[CFGHJ-NPRTV-Z\d]{8}\d|[a-z]{1,2}\d{6,9})"

FORMS = (
    Form("US_SSN", r"\d{3}[- .–]?\d{2}[- .–]?\d{4}", "ssn|social security number|social security no|social security|social security num|ssn number|ss number|social", bare=r"\d{3}([- ])\d{2}\1\d{4}", check=ssn),
    Form("US_ITIN", r"9\d{2}[- ]?\d{2}[- ]?\d{4}", "itin|taxpayer identification number|individual taxpayer id|taxpayer id|individual taxpayer identification number|itin number"),
    Form("US_EIN", r"\d{2}[- ]?\d{7}", "ein|employer identification number|employer id number|employer id|federal tax id|fein|employer tax id|tax id|tax id number|us tax id|provider tax id"),
    Form("UK_NINO", r"[A-Za-z]{2}[ -]?\d{2}[ -]?\d{2}[ -]?\d{2}[ -]?[A-Da-d]?", "national insurance number|national insurance no|national insurance|nino|ni number|ni no|ni num|national insurance num|nat ins no|n.i. number", bare=r"[A-Z]{2} ?\d{2} ?\d{2} ?\d{2} ?[A-D]", check=nino),
    Form("UK_NHS", r"\d{3}[ -]?\d{3}[ -]?\d{4}", "nhs number|nhs no|nhs|nhs num|national health service number|nhs id|nhs patient number", bare=r"(?<![=#/])(?!1[5-9]\d{8})\d{3}( ?)\d{3}\1\d{4}", check=nhs, score=0.8),
    Form("UK_DRIVING_LICENCE", r"[A-Z9]{5}[ ]?\d{6}[ ]?[A-Z9]{2}[ ]?[A-Z\d]{3}(?:[ ]?\d{2})?", "driving licence number|driving licence|driving license number|driving license|driver number|licence number|licence no|licence|driver s licence|drivers licence|dvla number|dvla|uk driving licence|uk licence no|uk driver licence", bare=r"[A-Z9]{5}\d(?:[05][1-9]|[16][0-2])(?:0[1-9]|[12]\d|3[01])\d[A-Z9]{2}[A-Z\d][A-Z]{2}", score=0.9),
    Form("DE_TAX_ID", r"\d{2}[ ]?\d{3}[ ]?\d{3}[ ]?\d{3}", "steuer id|steuer identifikationsnummer|steueridentifikationsnummer|steueridnr|steuer idnr|idnr|idnr.|steuerliche identifikationsnummer|german tax id|tax id|tax identification number|tin|steuernummer", bare=r"[1-9]\d[ ]?\d{3}[ ]?\d{3}[ ]?\d{3}", check=german_tax),
    Form("DE_TAX_NUMBER", r"\d{2,3}/\d{3,4}/\d{4,5}|\d{13}", "steuernummer|steuer nr|st nr|tax number"),
    Form("DE_ID_CARD", r"[CFGHJ-NPRTV-Z][CFGHJ-NPRTV-Z\d]{7}[ ]?[CFGHJ-NPRTV-Z\d]\d?|T\d{8}", "personalausweis|personalausweisnummer|ausweisnummer|ausweis nr|ausweis|identity card number|identity card|id card number|id card|german id card|german identity card|german id|perso", check=mrz),
    Form("DE_SOCIAL_SECURITY", r"\d{2}[ ]?\d{6}[ ]?[A-Z][ ]?\d{3}", "rentenversicherungsnummer|sozialversicherungsnummer|versicherungsnummer|sv nummer|rvnr|svnr|german social security number|social security number|pension insurance number", bare=r"\d{2}(?:0[1-9]|[12]\d|3[01]|5[1-9]|[67]\d|8[01])(?:0[1-9]|1[0-2])\d{2}[A-Z]\d{3}", check=german_pension),
    Form("DE_HEALTH_INSURANCE", r"[A-Z]\d{9}", "krankenversicherungsnummer|krankenversichertennummer|versichertennummer|kvnr|krankenkasse|egk"),
    Form("DE_VAT_ID", r"DE[ ]?\d{3}[ ]?\d{3}[ ]?\d{3}", "vat id|vat number|vat no|vat|ust idnr|ust id|ustidnr|ust idnr.|umsatzsteuer id|umsatzsteuer identifikationsnummer|vat registration number", bare=r"DE\d{9}", check=lambda t: t.startswith("DE"), score=0.8),
    Form("VAT_ID", r"(?:AT[ ]?U\d{8}|BE[ ]?[01]?\d{9}|BG\d{9,10}|CY\d{8}[A-Z]|CZ\d{8,10}|DK\d{8}|EE\d{9}|EL\d{9}|ES[ ]?[A-Z\d]\d{7}[A-Z\d]|FI\d{8}|FR[ ]?[A-Z\d]{2}[ ]?\d{3}[ ]?\d{3}[ ]?\d{3}|GB[ ]?\d{3}[ ]?\d{4}[ ]?\d{2}(?:\d{3})?|HR\d{11}|HU\d{8}|IE\d[A-Z\d]\d{5}[A-Z]{1,2}|LT\d{9}(?:\d{3})?|LU\d{8}|LV\d{11}|MT\d{8}|NL\d{9}B\d{2}|PL\d{10}|PT\d{9}|RO\d{6,10}|SE\d{12}|SI\d{8}|SK\d{10}|CHE[- ]?\d{3}\.?\d{3}\.?\d{3})", "vat id|vat number|vat no|vat|vat registration number|tva|numéro de tva|btw|btw nummer|nip|iva|mwst|uid|moms|tax id", bare=r"ATU\d{8}|NL\d{9}B\d{2}|FR[ ]?[A-Z\d]{2}[ ]?\d{3}[ ]?\d{3}[ ]?\d{3}|CHE-\d{3}\.\d{3}\.\d{3}|HR\d{11}", score=0.8),
    Form("IT_VAT_CODE", r"(?:IT[ ]?)?\d{11}", "partita iva|p iva|p.iva|piva|vat id|vat number|vat|vat code|partita i.v.a.|italian vat|italian vat number|codice iva|vat id italy|p. iva|numero partita iva", bare=r"IT\d{11}", check=lambda t: italian_vat(t.removeprefix("IT")) or t.startswith("IT"), score=0.8),
    Form("FR_NIR", r"[12][ ]?\d{2}[ ]?\d{2}[ ]?(?:\d{2}|2[AB])[ ]?\d{3}[ ]?\d{3}[ ]?\d{2}", "numéro de sécurité sociale|numero de securite sociale|sécurité sociale|securite sociale|nir|insee|numéro insee|numéro de sécu|social security number|french social security number|numero de secu|numero secu|num secu|n° sécu|num sécu|sécu|secu|numéro ss|french nir|insee number|french social security", bare=r"[12][ ]?\d{2}[ ]?(?:0[1-9]|1[0-2]|[2-9]\d)[ ]?(?:\d{2}|2[AB])[ ]?\d{3}[ ]?\d{3}[ ]?\d{2}", check=french),
    Form("IT_FISCAL_CODE", r"[A-Za-z]{6}[ ]?[\dLMNP-Vlmnp-v]{2}[A-Za-z][\dLMNP-Vlmnp-v]{2}[ ]?[A-Za-z][\dLMNP-Vlmnp-v]{3}[A-Za-z]", "codice fiscale|cod fiscale|c.f.|cf|fiscal code|italian tax code|tax code|codice fiscale italiano|italian fiscal code|c f|cod. fiscale|codicefiscale", bare=r"(?i:[A-Z]{6}[\dLMNP-V]{2}[ABCDEHLMPRST][\dLMNP-V]{2}[A-Z][\dLMNP-V]{3}[A-Z])", check=italian),
    Form("IT_IDENTITY_CARD", r"[A-Z]{2}[ ]?\d{5}[A-Z]{2}|[A-Z]{2}[ ]?\d{7}|\d{7}[A-Z]{2}", "carta d identità|carta d'identità|carta di identità|carta di identità n|carta d'identità n|numero carta di identità|carta d'identita|carta identità|cie|carta identita|carta d identita|carta d’identità|carta di identita|italian identity card|italian id card|italian id|identity card|identity card number|id card|numero documento|numero carta d'identità|documento d'identità|documento di identità|documento identità|documento identita"),
    Form("IT_DRIVER_LICENSE", r"(?:[A-Z]{2}\d{7}[A-Z]|U1[A-Z\d]{7}[A-Z])", "patente|patente di guida|numero patente|patente italiana|patente n|numero di patente|italian driving licence|italian driver license|italian driving license|italian driver licence|driving licence|driving license|driver licence|driver license|license number|licence number"),
    Form("ES_NIF", r"\d{8}[- ]?[A-Za-z]|[KLM]\d{7}[A-Z]|\d{1,2}\.\d{3}\.\d{3}[- ]?[A-Za-z]", "dni|nif|documento nacional de identidad|dni nif|n.i.f.|d.n.i.|national id|número de identificación|spanish id|documento identidad|documento de identidad|número de dni|numero de dni|spanish nif|spanish dni|nif number|dni number", bare=r"\d{8}[- ]?[A-Z]|\d{1,2}\.\d{3}\.\d{3}-?[A-Z]", check=lambda t: spanish(t.lstrip("KLM").zfill(9))),
    Form("ES_NIE", r"[XYZxyz][- ]?\d{7}[- ]?[A-Za-z]", "nie|número de identificación de extranjero|foreigner id|n.i.e.|número de nie|numero de nie|nie number|spanish nie", bare=r"[XYZ]-?\d{7}-?[A-Z]", check=spanish),
    Form("PL_PESEL", r"\d{11}", "pesel|numer pesel|nr pesel|pesel number|polish pesel|polish national id|polish id", bare=r"\d{11}", check=pesel),
    Form("PL_NIP", r"\d{3}-?\d{3}-?\d{2}-?\d{2}", "nip|numer nip|polish nip|polish tax id|nip number", check=lambda t: weighted(t, (6, 5, 7, 2, 3, 4, 5, 6, 7)) % 11 == int(t[9])),
    Form("FI_PERSONAL_IDENTITY_CODE", r"\d{6}[-+ABCDEFYXWVU]\d{3}[\dA-Y]", "henkilötunnus|hetu|personal identity code|personbeteckning|finnish personal id|henkilotunnus|finnish identity code|finnish personal identity code|finnish ssn|hetu code|sotu", bare=r"(?:0[1-9]|[12]\d|3[01])(?:0[1-9]|1[0-2])\d{2}[-+ABCDEFYXWVU]\d{3}[\dA-Y]", check=finnish),
    Form("SE_PERSONNUMMER", r"(?:\d{2})?\d{6}[-+]?\d{4}", "personnummer|samordningsnummer|svenskt personnummer|personal identity number|swedish personal number|personal number|swedish personal identity number|swedish personnummer|svenskt personnr|personnr", bare=r"(?:19|20)?\d{6}[-+]\d{4}|(?:19|20)\d{10}", check=swedish),
    Form("SE_ORGANISATIONSNUMMER", r"\d{6}-?\d{4}", "organisationsnummer|orgnr|org nr|org.nr", check=luhn),
    Form("NO_FODSELSNUMMER", r"\d{6}[ ]?\d{5}", "fødselsnummer|fodselsnummer|personnummer|norwegian national id|birth number|norwegian fodselsnummer|fnr", bare=r"(?:0[1-9]|[12]\d|3[01]|[4-7]\d)(?:0[1-9]|1[0-2])\d{7}", check=norwegian),
    Form("DK_CPR", r"\d{6}[- ]?\d{4}", "cpr|cpr nummer|cpr nr|cpr number|personnummer|danish cpr|cpr-nummer|danish personal number"),
    Form("TR_NATIONAL_ID", r"[1-9]\d{10}", "tc kimlik no|tc kimlik|tckn|tc no|kimlik no|kimlik numarası|t.c. kimlik no|turkish id|turkish national id|national id|national id number|tc kimlik numarası|t.c. no|vatandaşlık no|turkish identity number|kimlik", bare=r"[1-9]\d{10}", check=turkish),
    Form("IN_PAN", r"[A-Za-z]{5}\d{4}[A-Za-z]", "pan|pan number|pan no|pan card|permanent account number|permanent account no|pan num|indian pan|income tax pan", bare=r"[A-Z]{3}[ABCFGHJLPT][A-Z]\d{4}[A-Z]", score=0.85),
    Form("IN_AADHAAR", r"\d{4}[ :-]?\d{4}[ :-]?\d{4}", "aadhaar|aadhaar number|aadhaar no|aadhar|aadhar number|adhaar|uidai|uid number|aadhaar card|आधार|uidai number|uid|aadhaar id|aadhaar num|aadhar no|aadhar card|aadhaar card number", bare=r"[2-9]\d{3}[ -]?\d{4}[ -]?\d{4}", check=aadhaar),
    Form("IN_GSTIN", r"\d{2}[A-Z]{5}\d{4}[A-Z][A-Z\d]Z[A-Z\d]", "gstin|gst number|gst no|gst", bare=r"[0-3]\d[A-Z]{5}\d{4}[A-Z][A-Z\d]Z[A-Z\d]", score=0.9),
    Form("IN_VOTER", r"[A-Z]{3}\d{7}", "voter id|voter|epic|epic number|voter card|voter id number|epic no|voter card number|epic id|indian voter id|voter number|voterid|election card|electoral photo identity card"),
    Form("IN_VEHICLE_REGISTRATION", r"[A-Za-z]{2}[ -]?\d{1,2}[ -]?[A-Za-z]{1,3}[ -]?\d{4}|\d{2}[ -]?BH[ -]?\d{4}[ -]?[A-Z]{1,2}", "vehicle registration|vehicle registration number|vehicle registration no|vehicle number|vehicle no|vehicle reg|vehicle plate|car number|car registration|registration number|registration no|reg no|reg number|rto number|number plate|license plate|licence plate|license plate number|plate number|plate no|plate", bare=rf"(?:{_INDIAN_STATES})[ -]?\d{{2}}[ -]?[A-Z]{{1,3}}[ -]?\d{{4}}", score=0.7),
    Form("IN_PASSPORT", r"[A-Z][1-9]\d[ ]?\d{4}[1-9]", "indian passport|indian passport number|indian passport no|passport india"),
    Form("AU_TFN", r"\d{3}[ -]?\d{3}[ -]?\d{2,3}", "tfn|tax file number|tax file no|australian tax file number|tfn number|aus tfn", bare=r"\d{3} \d{3} \d{3}", check=tfn),
    Form("AU_ABN", r"\d{2}[ ]?\d{3}[ ]?\d{3}[ ]?\d{3}", "abn|australian business number|abn number|aus abn", bare=r"\d{2} \d{3} \d{3} \d{3}", check=abn),
    Form("AU_ACN", r"\d{3}[ ]?\d{3}[ ]?\d{3}", "acn|australian company number|acn number|aus acn", check=acn),
    Form("AU_ABN", r"\d{2}[ ]?\d{3}[ ]?\d{3}[ ]?\d{3}", "business number|business no|company abn", check=abn, strict=True),
    Form("AU_ACN", r"\d{3}[ ]?\d{3}[ ]?\d{3}", "company number|company no|company registration number", check=acn, strict=True),
    Form("AU_MEDICARE", r"[2-6]\d{3}[ -]?\d{5}[ -]?\d(?:[ /-]?\d)?", "medicare|medicare card|medicare card number|medicare number|medicare no|medicare card no|australian medicare|medicare card #|medicare australia", bare=r"[2-6]\d{3} \d{5} \d", check=medicare),
    Form("SG_NRIC_FIN", r"[STFGMstfgm]\d{7}[A-Za-z]", "nric|fin|nric number|fin number|nric no|nric fin|singapore id|identity card|singapore nric|foreign identification number|singapore fin|sg nric", bare=r"[STFGM]\d{7}[A-Z]", check=None, score=0.8),
    Form("SG_UEN", r"\d{8,9}[A-Z]|[TSR]\d{2}[A-Z]{2}\d{4}[A-Z]", "uen|unique entity number|singapore uen|company uen|uen number|uen no", bare=r"\d{8,9}[A-Z]|[TSR]\d{2}[A-Z]{2}\d{4}[A-Z]", check=uen, score=0.6),
    Form("CA_SIN", r"\d{3}[- ]?\d{3}[- ]?\d{3}", "sin|social insurance number|social insurance no|social insurance|sin number|numéro d'assurance sociale|nas|canadian sin|sin no|canadian social insurance number", bare=r"\d{3}([ -])\d{3}\1\d{3}", check=luhn),
    Form("KR_RRN", r"\d{6}[- ]?[1-8]\d{6}", "rrn|resident registration number|주민등록번호|korean id|resident registration no|korean rrn|korean resident registration number|jumin number|주민번호", bare=r"\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])-[1-8]\d{6}", check=korean),
    Form("KR_BRN", r"\d{3}-?\d{2}-?\d{5}", "brn|business registration number|사업자등록번호|korean business registration number|business registration no"),
    Form("ZA_ID_NUMBER", r"\d{6}[ ]?\d{4}[ ]?[0-2]\d{2}", "south african id|south african id number|sa id|sa id number|rsa id|identity number|id number|national id|south african identity number|rsa id number", bare=r"\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{4}[01][89]\d", check=south_african),
    Form("NG_NIN", r"\d{11}", "nin|national identification number|national identity number|nimc|nigerian nin|nin number|nigeria national identification number"),
    Form("PH_TIN", r"\d{3}-\d{3}-\d{3}(?:-\d{3})?", "bir|philippine tin"),
    Form("PH_UMID", r"\d{4}-\d{7}-\d", "umid|umid number|crn", bare=r"\d{4}-\d{7}-\d", score=0.6),
    Form("CN_ID", r"\d{17}[\dXx]", "身份证|身份证号|身份证号码|resident identity card|chinese id|national id|id number|identity number|resident id|id card no|citizen id|chinese national id|chinese id number|chinese id card", bare=r"[1-9]\d{5}(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}[\dXx]", check=chinese),
    Form("BR_CPF", r"\d{3}\.?\d{3}\.?\d{3}-?\d{2}", "cpf|cadastro de pessoas físicas|national id|tax id|número do cpf|cpf number|cpf no|brazilian cpf|cpf do cliente", bare=r"\d{3}\.\d{3}\.\d{3}-\d{2}|\d{11}", check=brazilian_person),
    Form("BR_CNPJ", r"\d{2}\.?\d{3}\.?\d{3}/?\d{4}-?\d{2}", "cnpj|cnpj number|brazilian cnpj", bare=r"\d{2}\.\d{3}\.\d{3}/\d{4}-\d{2}", check=brazilian_company),
    Form("NL_BSN", r"\d{8,9}|\d{3}[ .]\d{3}[ .]\d{3}|\d{4}\.\d{2}\.\d{3}", "bsn|burgerservicenummer|sofinummer|citizen service number|national id|national id number|national identity number|id number|burger service nummer|dutch bsn|bsn nummer|bsn number|dutch citizen service number", check=lambda t: dutch(t.zfill(9))),
    Form("BE_NRN", r"\d{2}\.?\d{2}\.?\d{2}[- ]?\d{3}[. ]?\d{2}", "rijksregisternummer|numéro de registre national|registre national|national register number|rrn|national number|insz", bare=r"\d{2}\.\d{2}\.\d{2}-\d{3}\.\d{2}", check=belgian),
    Form("RO_CNP", r"[1-9]\d{12}", "cnp|cod numeric personal|national id|national identity number|id number", bare=r"(?<![=:])[1-8]\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{6}", check=romanian),
    Form("TH_TNIN", r"\d[- ]?\d{4}[- ]?\d{5}[- ]?\d{2}[- ]?\d", "thai national id|thai id number|thai id|tnin|เลขประจำตัวประชาชน|เลขบัตรประชาชน|national id|national id number|citizen id|thai identification number|thai national identification number|thai citizen id|หมายเลขบัตรประชาชน|บัตรประชาชน|thai national id number", bare=r"[1-8]-\d{4}-\d{5}-\d{2}-\d|(?!1[67])[1-8]\d{12}", check=thai),
    Form("CH_AHV", r"756\.?\d{4}\.?\d{4}\.?\d{2}", "ahv|ahv nummer|avs|ahv nr|numéro avs|social security number|sozialversicherungsnummer", bare=r"756\.\d{4}\.\d{4}\.\d{2}|756\d{10}", check=swiss),
    Form("CL_RUT", r"\d{1,2}\.?\d{3}\.?\d{3}-[\dkK]", "rut|run|rol único tributario", bare=r"\d{1,2}\.\d{3}\.\d{3}-[\dkK]", check=chilean),
    Form("AR_CUIT", r"\d{2}-?\d{8}-?\d", "cuit|cuil|cuit cuil", bare=r"(?:20|23|24|27|30|33|34)-\d{8}-\d", check=argentinian),
    Form("MX_CURP", r"[A-Z]{4}\d{6}[HMX][A-Z]{5}[A-Z\d]\d", "curp|clave curp|clave única de registro de población", bare=r"[A-Z][AEIOUX][A-Z]{2}\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])[HMX][A-Z]{5}[A-Z\d]\d", score=0.9),
    Form("MX_RFC", r"[A-ZÑ&]{3,4}\d{6}[A-Z\d]{3}", "rfc", bare=None),
    Form("CZ_BIRTH_NUMBER", r"\d{6}/\d{3,4}", "rodné číslo|rodne cislo|birth number|rč", bare=r"\d{2}[0-8]\d[0-3]\d/\d{3,4}", score=0.6),
    Form("US_PASSPORT", r"[A-Z]?\d{8,9}", "us passport|us passport number|us passport no|american passport|american passport number|u.s. passport|u.s. passport number|united states passport"),
    Form("UK_PASSPORT", r"\d{9}|[A-Z]{2}\d{7}", "uk passport|uk passport number|uk passport no|british passport|british passport number|hm passport"),
    Form("IT_PASSPORT", r"[A-Z]{2}[ ]?\d{7}", "passaporto|numero di passaporto|numero passaporto|passaporto n|passaporto n.|passaporto italiano|italian passport|italian passport number|italian passport no"),
    Form("ES_PASSPORT", r"[A-Z]{3}\d{6}", "pasaporte|número de pasaporte|numero de pasaporte|pasaporte español|spanish passport|spanish passport number"),
    Form("DE_PASSPORT", r"[CFGHJ-NPRTV-Z][CFGHJ-NPRTV-Z\d]{7}\d", "reisepass|reisepassnummer|reisepass nr|german passport|german passport number|deutscher reisepass"),
    Form("PASSPORT", _PASSPORT, "passport number|passport no|passport num|passport id|passport|passport #|pass number|reisepass|reisepassnummer|passnummer|pasaporte|número de pasaporte|passaporto|passaporte|passeport|numéro de passeport|travel document|travel document number|paszport|pasaport|паспорт|パスポート|护照|护照号|passaporto n|passport numbers|travel passport|pass no|pass nr|reisepass nr|reisepass nummer|passport book number|nr paszportu|numéro passeport|num passeport|pasaporte no|パスポート番号|여권번호|여권 번호", kind_of=passport),
    Form("US_DRIVER_LICENSE", r"[A-Z]{0,2}[- ]?\d{1,3}(?:[- ]?\d){3,14}[A-Z]?|[A-Z]{1,2}\d{4,14}", "driver license|drivers license|driver s license|driver's license|driver’s license|driver license number|drivers license number|driver's license number|driver s license number|license number|license no|driver licence|dl number|dl no|dl|driver id|driving permit|cdl|driving license|driving license number|driving licence|driving licence number|driver licence number|us driver license|driver lic|drivers lic|dl num|operator license|state license number|driver's licence|drivers licence|drivers licence number"),
    Form("DRIVER_LICENSE", r"(?=[A-Z\d /-]*\d)[A-Z\d][A-Z\d /-]{4,18}[A-Z\d]", "führerschein|führerscheinnummer|fuehrerschein|permis de conduire|permiso de conducir|carnet de conducir|prawo jazdy|rijbewijs|körkort|licencia de conducir|permis|numéro de permis|fahrerlaubnis|rijbewijsnummer|licencia de manejo|cnh|carteira de motorista|driving licence|driving licence number|driving permit number|licencia"),
    Form("NATIONAL_ID", r"(?=[\p{Lu}\d ./-]*\d)[\p{Lu}\d][\p{Lu}\d./-]{4,20}[\p{Lu}\d]", "national id|national id number|national identity number|national identification number|national id no|identity number|identity card number|id number|government id|government issued id|citizen id|personal id|personal identification number|personal id number|identification number|tax identification number|tax id|tax id number|tax number|tax no|taxpayer number|tax reference|id card|id no|id card no|carte d'identité|cédula|cedula|documento de identidad|cnie|oib|egn|emirates id|hkid|my number|マイナンバー|voter number|residence permit number|residence permit|visa number|numéro fiscal|numero fiscal|numéro spi|spi|référence fiscale|french tax number|french tax id|french tax identification number|national insurance id|documento|personnummer|national registration number|citizenship number|identity no|identity document|document number|numero documento|nid|nid number|nric number|curp|jmbg|emso|amka|tautotita|asmens kodas|isikukood|teudat zehut|israeli id|egn number|my number card"),
)  # fmt: skip
"""Presidio's names where it has one. A more general label gives way to a more certain kind with the same label."""
