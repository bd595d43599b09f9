"""Ids of payment methods, such as `credit_card_4421486` or `pm_1J5gXt2eZvKYlo2C`."""

from presidio_analyzer import EntityRecognizer

from nilometer.streams.mask.recognizers.patterns import CERTAIN, recognizer

_WHAT = (
    "credit[_-]?card|debit[_-]?card|gift[_-]?card|card|certificate|voucher|paypal|bank[_-]?account|wallet|payment"
    "|payment[_-]?method|apple[_-]?pay|google[_-]?pay|ach|sepa"
)
_WRITTEN = "(?:credit|debit|gift)[ ]card|certificate|voucher"


def recognizers() -> list[EntityRecognizer]:
    return [
        recognizer(
            "PaymentIdRecognizer",
            "PAYMENT_ID",
            {
                "named": (rf"(?<![\w-])(?i:{_WHAT})[_-]#?\d{{4,19}}(?![\w-])", CERTAIN),
                "written": (rf"(?<![\w-])(?i:{_WRITTEN})[ ]#?\d{{6,19}}(?![\w-])", CERTAIN),
                "stripe": (r"\b(?:pm|card|ba|src|cus|pi|ch|seti|tok|btok|acct)_[A-Za-z0-9]{14,64}\b", CERTAIN),
            },
        )
    ]
