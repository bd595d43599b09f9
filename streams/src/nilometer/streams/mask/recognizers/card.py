"""Payment cards: the prefixes and lengths that the networks issue, with Luhn's check digit."""

from presidio_analyzer import EntityRecognizer

from nilometer.streams.mask.forms.finance import issued
from nilometer.streams.mask.recognizers.form import CHECKED, GUESS, ByForm, edged

_SEPARATED = r"\d{4}([ -])\d{4}\1\d{4}\1\d{4}|\d{4}([ -])\d{6}\2\d{4,5}"
_LONG = r"\d{4}([ -])\d{4}\1\d{4}\1\d{4}\1\d{3}"
_SHORT = r"(?:5[06-8]|6[0-9])\d{2}([ -])\d{4}\1\d{4}(?:\1\d{1,3})?"


def recognizers() -> list[EntityRecognizer]:
    patterns = {
        "in groups": (edged(_SEPARATED), CHECKED),
        # Not one pattern with the former: a number of its own may follow that one.
        "in groups, 19 digits": (edged(_LONG), CHECKED),
        "in groups, 12 digits and more": (edged(_SHORT), GUESS),
        "15 digits and more": (edged(r"\d{15,19}"), CHECKED),
        # So many other numbers are as long.
        "12 to 14 digits": (edged(r"\d{12,14}"), GUESS),
    }
    return [ByForm("CreditCardRecognizer", "CREDIT_CARD", patterns, issued)]
