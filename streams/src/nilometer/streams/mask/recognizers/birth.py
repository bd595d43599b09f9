"""Dates of birth. A date alone is none: flights, orders and appointments have dates too and stay readable."""

from presidio_analyzer import EntityRecognizer

from nilometer.streams.mask.recognizers.patterns import CERTAIN, recognizer

_MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|"
    r"nov(?:ember)?|dec(?:ember)?)\.?"
)
_DAY = r"\d{1,2}(?:st|nd|rd|th)?"
DATE = (
    rf"(?:\d{{4}}[-/.]\d{{1,2}}[-/.]\d{{1,2}}|\d{{1,2}}[-/.]\d{{1,2}}[-/.](?:\d{{4}}|\d{{2}})"
    rf"|(?i:{_MONTH})[ ]+{_DAY},?[ ]+(?:of[ ]+)?\d{{4}}|{_DAY}[ ]+(?:of[ ]+)?(?i:{_MONTH}),?[ ]+\d{{4}}"
    rf"|(?i:{_MONTH})[ ]+{_DAY}\b)"
)
_SAID = r"(?i:\bdate[ _-]?of[ _-]?birth|\bbirth[ _-]?dates?|\bbirthdays?|\bd\.?o\.?b\b\.?|\bborn(?:[ ]+on)?|\bbirth)"
_BETWEEN = r"[\s\"'*_:=()\[\],–—-]*(?:(?i:is|are|was|on|remains|as|of|to|the)[\s\"'*_:]+){0,3}"


def recognizers() -> list[EntityRecognizer]:
    return [
        recognizer(
            "BirthDateRecognizer",
            "DATE_OF_BIRTH",
            {
                "after the word": (rf"(?<={_SAID}{_BETWEEN})(?<!\w){DATE}(?!\w)", CERTAIN),
                # "Kevin's date of birth … is": a few words of the same line may stand between.
                "near the word": (rf"(?<={_SAID}[^\n.;\d]{{0,40}})(?<!\w){DATE}(?!\w)", CERTAIN),
                "before the word": (rf"(?<!\w){DATE}(?=[ ]*[(\[]?(?i:date of birth|birth|dob\b))", CERTAIN),
            },
        )
    ]
