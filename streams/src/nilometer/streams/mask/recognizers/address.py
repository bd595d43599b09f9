"""Street addresses: number and street, unit, post-office box, city with state and ZIP code, UK postcode."""

from presidio_analyzer import EntityRecognizer

from nilometer.streams.mask.recognizers.patterns import CERTAIN, LIKELY, WEAK, recognizer

_STREET = (
    "Street|St|Avenue|Ave|Road|Rd|Boulevard|Blvd|Lane|Ln|Drive|Dr|Court|Ct|Place|Pl|Square|Sq|Terrace|Ter|Trail|Trl|"
    "Parkway|Pkwy|Highway|Hwy|Circle|Cir|Way|Alley|Crescent|Cres|Close|Row|Mews|Plaza|Loop|Path|Walk|Turnpike|"
    "Expressway|Freeway|Broadway|Grove|Gardens|Heights|Hill|Ridge|View|Crossing|Quay"
)
_STATE = (
    "A[KLRZ]|C[AOT]|D[CE]|FL|GA|HI|I[ADLN]|K[SY]|LA|M[ADEINOST]|N[CDEHJMVY]|O[HKR]|P[AR]|RI|S[CD]|T[NX]|UT|V[AT]|"
    "W[AIVY]"
)
_CAPITAL = r"\p{Lu}[\p{L}'’.-]*"
_WORD = rf"(?:{_CAPITAL}|\d{{1,3}}(?:st|nd|rd|th))"
_UNITS = r"(?i:suite|ste\.?|apartment|apt\.?|unit|flat|floor|fl\.?|room|rm\.?|building|bldg\.?)"
_UNIT = rf"{_UNITS}[ ]+#?[A-Za-z]?-?\d+[A-Za-z]?"
_COMPASS = r"(?:[NSEW]\.?|NE|NW|SE|SW)"
_ZIP = r"\d{5}(?:-\d{4})?"
_OF = r"(?:(?:de|du|des|la|le|les|l'|d')[ ]?){0,3}"
_PATTERNS = {
    "street": (
        rf"(?<![\w.])\d{{1,6}}[A-Za-z]?[ ]+(?:{_COMPASS}[ ]+)?(?:{_WORD}[ ]+){{1,4}}(?i:{_STREET})\b\.?"
        rf"(?:[ ]+{_COMPASS}\b)?(?:,?[ ]+{_UNIT}\b)?",
        CERTAIN,
    ),
    "unit": (rf"\b{_UNIT}\b(?=[ ]*(?:,|$))", LIKELY),
    "german": (r"(?<!\w)\p{Lu}[\p{L}-]*(?:straße|strasse|str\.|gasse|allee|platz|weg)[ ]\d{1,4}[ ]?[a-z]?\b", LIKELY),
    "french": (
        r"(?<!\w)\d{1,4}(?:[ ]?(?:bis|ter))?,?[ ](?i:rue|avenue|boulevard|place|chemin|allée|quai|impasse)[ ]"
        rf"{_OF}{_CAPITAL}(?:[ -]{_CAPITAL}){{0,3}}",
        LIKELY,
    ),
    "box": (r"\b(?i:p\.?[ ]?o\.?[ ]?box)[ ]+\d{1,7}\b", CERTAIN),
    "city, state and zip": (
        rf"(?<!\w)(?:{_CAPITAL}[ ]+){{0,3}}{_CAPITAL},?[ ]+(?:{_STATE}),?[ ]+{_ZIP}\b",
        CERTAIN,
    ),
    "state and zip": (rf"\b(?:{_STATE}),?[ ]+{_ZIP}\b", LIKELY),
    "zip": (rf"(?<![\w.$€£-]){_ZIP}(?![\w-]|\.\d)", WEAK),
    "uk postcode": (
        r"\b(?:[A-PR-UWYZ](?:[A-HK-Y]?\d[A-Z\d]?|\d[A-HJKPSTUW]))[ ]\d[ABD-HJLNP-UW-Z]{2}\b",
        LIKELY,
    ),
}


def recognizers() -> list[EntityRecognizer]:
    context = ("zip", "zipcode", "postal", "postcode")
    return [recognizer("AddressRecognizer", "LOCATION", _PATTERNS, context)]
