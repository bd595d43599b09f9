"""Phone numbers: Presidio's recogniser without its guesses, and the ways in which people write them.

Presidio asks libphonenumber about every run of digits for eight countries, so seconds since 1970, order numbers and
prices become phone numbers. Here a number must be written like one: with its country, in groups, or after a word.
"""

import phonenumbers
import regex
from presidio_analyzer import EntityRecognizer

from nilometer.streams.mask.forms import compact
from nilometer.streams.mask.recognizers.form import CERTAIN, LIKELY, TAG_END, ByForm

_EXTENSION = r"(?:[ ]?(?:x|ext\.?|extension|#)[ ]?\d{1,6})?"
_END = rf"{_EXTENSION}(?![\p{{L}}\p{{N}}_]|[.,:/-]\p{{N}})"
_START = r"(?<![\p{L}\p{N}_+$€£#])(?<!\p{N}[.,:/-])(?<![0-9a-f]{4}-)"
_SAID = (
    r"(?i:\b(?:(?:tele)?phones?|mobiles?|cell(?:phone|ular)?s?|tel|telefon|téléphone|teléfono|telefono|handy|fax|whats ?app|sms|call(?:ed)?|text(?:ed)?"
    r"|dial|ring|rang|reach(?: (?:me|us|him|her|them))?(?: (?:on|at))?|contact|callback|hotline|msisdn|電話|电话|手机))"
)
_PATTERNS = {
    # With its country: libphonenumber knows the codes.
    "international": (
        rf"{_START}(?P<value>(?:\+|00)[ ]?\(?[1-9]\d{{0,2}}\)?(?:[ ./-]?\(?\d{{1,5}}\)?){{2,6}}{_END})",
        CERTAIN,
    ),
    "country in brackets": (rf"{_START}(?P<value>\(\+?[1-9]\d{{0,2}}\)(?:[ ./-]?\d{{2,5}}){{2,5}}{_END})", LIKELY),
    "north america": (
        rf"{_START}(?P<value>(?:(?:\+|00)?1[ .-]?)?(?:\(\d{{3}}\)[ ]?|\d{{3}}([ .-]))\d{{3}}[ .-]\d{{4}}{_END})",
        LIKELY,
    ),
    "area in brackets": (rf"{_START}(?P<value>\(0?\d{{1,5}}\)[ -]?\d{{2,4}}(?:[ -]?\d{{2,4}}){{1,3}}{_END})", LIKELY),
    "trunk zero in groups": (
        rf"{_START}(?P<value>0\d{{1,4}}(?:(?:[ ]\d{{2,4}}){{2,4}}|[/-][ ]?(?:\d{{5,8}}|\d{{2,4}}(?:[ -]\d{{2,4}}){{1,3}})|[ ]\d{{5,8}}){_END})",
        LIKELY,
    ),
    "after a word": (
        rf"{_SAID}(?:[^\d\n<>;|,=.!?]|[.=:](?=[ ]?[\d+(\"'])|,(?=[ ][\d+(])|\?(?=[ ]{{1,2}}(?:\p{{L}}{{1,10}}:[ ])?[\d+(])|{TAG_END}(?=[\d+(])|[ ]?\|[ ]?(?=[\d+(])|(?<=\b(?i:no|tel|nr|ph|mob))\.|(?<=[:=*-])\n){{0,30}}?(?P<value>(?:\+|(?<![\p{{L}}\p{{N}}.]))\(?\d(?:[ ./()-]{{0,2}}\d){{5,14}}{_END})",
        CERTAIN,
    ),
}


def plausible(text: str) -> bool:
    """Enough digits, and after a plus a country that there is."""
    number = regex.sub(r"(?:x|ext|#).*", "", text)
    digits = compact(number)
    if not 6 <= len(digits) <= 16 or len(set(digits)) < 3:
        return False
    if number.startswith("00"):
        digits = digits[2:]
        if len(digits) < 9:
            return False
    return not number.startswith(("+", "00")) or any(
        int(digits[:size]) in phonenumbers.COUNTRY_CODE_TO_REGION_CODE for size in (1, 2, 3)
    )


def recognizers() -> list[EntityRecognizer]:
    return [ByForm("PhoneRecognizer", "PHONE_NUMBER", _PATTERNS, plausible)]
