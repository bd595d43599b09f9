"""Payment cards: the prefixes and lengths that the networks issue, with Luhn's check digit."""

from presidio_analyzer import EntityRecognizer

from nilometer.streams.mask.forms import compact
from nilometer.streams.mask.forms.checksums import luhn
from nilometer.streams.mask.recognizers.form import CHECKED, GUESS, ByForm, edged

_SEPARATED = r"\d{4}([ -])\d{4}\1\d{4}\1\d{4}(?:\1\d{3})?|\d{4}([ -])\d{6}\2\d{4,5}"


def issued(text: str) -> bool:
    """ISO/IEC 7812: what American Express, Diners, Discover, JCB, Maestro, Mastercard, UnionPay and Visa give out."""
    number = compact(text)
    length, two, four = len(number), int(number[:2]), int(number[:4])
    known = (
        (number[0] == "4" and length in (13, 16, 19))
        or (length == 16 and (51 <= two <= 55 or 2221 <= four <= 2720 or two == 35))
        or (length == 15 and (two in (34, 37) or four in (1800, 2131)))
        or (length == 14 and (two in (36, 38, 39) or 300 <= int(number[:3]) <= 305))
        or (length in (16, 19) and (four == 6011 or two in (64, 65, 62)))
        or (12 <= length <= 19 and (two in (50, 56, 57, 58, 63, 67) or (number[0] == "6" and length > 15)))
    )
    return known and luhn(number) and len(set(number)) > 1


def recognizers() -> list[EntityRecognizer]:
    patterns = {
        "in groups": (edged(_SEPARATED), CHECKED),
        "15 digits and more": (edged(r"\d{15,19}"), CHECKED),
        # So many other numbers are as long.
        "12 to 14 digits": (edged(r"\d{12,14}"), GUESS),
    }
    return [ByForm("CreditCardRecognizer", "CREDIT_CARD", patterns, issued)]
