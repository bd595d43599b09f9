"""Dates of birth. A date alone is none: flights, orders and appointments have dates too and stay readable."""

from presidio_analyzer import EntityRecognizer

from nilometer.streams.mask.recognizers.form import CERTAIN, LIKELY, TAG_END, ByForm

_MONTH = (
    r"(?:jan(?:uary|uar)?|feb(?:ruary|ruar)?|mar(?:ch)?|märz|apr(?:il)?|may|mai|june?|juni|july?|juli|aug(?:ust)?|sept?(?:ember)?"
    r"|o[ck]t(?:ober)?|nov(?:ember)?|de[cz](?:ember)?)\.?"
)
_DAY = r"\d{1,2}(?:st|nd|rd|th|\.)?"
DATE = (
    rf"(?:\d{{4}}(?P<sign>[-/.])\d{{1,2}}(?P=sign)\d{{1,2}}(?:T[\d:.]+Z?)?|\d{{1,2}}[-/.][ ]?\d{{1,2}}[-/.][ ]?(?:\d{{4}}|\d{{2}})"
    rf"|(?i:{_MONTH})[ ]+{_DAY},?[ ]+(?:of[ ]+)?\d{{4}}|{_DAY}[ -]*(?:of[ ]+)?(?i:{_MONTH}),?[ -]*\d{{2,4}}"
    rf"|(?i:{_MONTH})[ ]+{_DAY}\b|\d{{4}}年\d{{1,2}}月\d{{1,2}}日|\d{{8}})"
)
_WORD = (
    r"(?i:\bdate[ _-]?of[ _-]?birth|\bbirth[ _-]?(?:date|day)s?|\bd\.?[ ]?o\.?[ ]?b\b\.?|\bborn\b|\bbirth\b|\bb-?day\b|\bb\.[ ]"
    r"|\bgeb(?:oren(?:[ ]am)?|urtsdatum|\.)|\bdate de naissance|\bnée?[ ]le|\bfecha de nacimiento|\bdata di nascita|\bnat[oa][ ]il"
    r"|\bdata de nascimento|\bdata urodzenia|\bgeboortedatum|\bfödelsedatum|\bdoğum tarihi|生年月日|出生日期)"
)


def recognizers() -> list[EntityRecognizer]:
    return [
        ByForm(
            "BirthDateRecognizer",
            "DATE_OF_BIRTH",
            {
                # "Kevin's date of birth … is": a few words of the same line may stand between.
                "after the word": (
                    rf"{_WORD}(?:[^\n;\d<>|]|(?<=[:*=-])\n|{TAG_END}(?=\S)|\|(?=[ ]?\S)){{0,40}}?(?<!\w)(?P<value>{DATE})(?!\w)",
                    CERTAIN,
                ),
                "before the word": (
                    rf"(?<![\w.-])(?P<value>{DATE})[ ]*[(\[,-]*[ ]*(?:(?:is|was|as|for)[ ](?:(?:the|my|his|her|their|your|our|a|right|correct|new)[ ]){{0,3}})?(?i:date of birth|birth[ ]?(?:day|date)|dob\b|d\.o\.b|born\b)",
                    CERTAIN,
                ),
                "with an age": (rf"(?<![\w.-])(?P<value>{DATE})[ ]*\((?:age|aged)[ ]*:?[ ]*\d{{1,3}}\)", LIKELY),
            },
        )
    ]
