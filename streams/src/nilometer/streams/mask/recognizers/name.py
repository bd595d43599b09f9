"""Names of persons in places where the language model often fails: after labels, in lists, in greetings."""

from presidio_analyzer import EntityRecognizer

from nilometer.streams.mask.recognizers.patterns import LIKELY, recognizer

_PART = r"\p{Lu}[\p{Ll}\p{M}'’]+(?:[-'’]\p{Lu}[\p{Ll}\p{M}]+)*"
_PARTICLE = r"\p{Lu}\.?|de|da|del|della|di|van|von|der|den|bin|ibn|al|el|la|le"
_NAME = rf"{_PART}(?:[ ]+(?:{_PARTICLE}))*(?:[ ]+{_PART}){{1,3}}"
_LABEL = (
    r"(?i:\b(?:(?:first|last|full|given|family|middle|maiden|customer|client|patient|guest|contact|cardholder"
    r"|account[ ]holder|passenger|user|employee)[ _]?)?names?|\bpassengers?(?:[ ]+\d+)?|\bcustomer|\bpatient|\bguest"
    r"|\btravell?er|\bcardholder|\bsurname|\bemployee|\bclient|\battendees?|\bsender|\brecipient)"
)
_PART_LABEL = r"(?i:\b(?:first|last|given|family|middle|maiden|sur|nick)[ _]?name)"
_COLON = r"[*_]*[ ]*[:=][*_]*[ ]*"
_BULLET = r"(?:[\r\n]+[ ]*(?:[-*•]|\d+[.)])[ ]+)?"
_GREETING = r"(?i:\b(?:hi|hello|dear|hey|thanks|thank you|good (?:morning|afternoon|evening)))[ ]*,?[ ]+"
_NOBODY = r"(?!(?:There|All|Team|Everyone|Sir|Madam|For|So|Again)\b)"
_INTRODUCTION = r"(?i:\bmy (?:full )?name is|\bmy name['’]s|\bi am called|\bthis is)[ ]+"


def recognizers() -> list[EntityRecognizer]:
    patterns = {
        "after a label": rf"(?<={_LABEL}{_COLON}{_BULLET}){_NAME}\b",
        "one name after its label": rf"(?<={_PART_LABEL}{_COLON}){_PART}\b",
        "before a date of birth": rf"(?<!\w){_NAME}(?=[*_]*,?[ ]*[(\[–-]?[ ]*(?i:dob\b|date of birth|born\b))",
        "greeting": rf"(?<={_GREETING}){_NOBODY}{_PART}(?:[ ]+{_PART})?(?=[ ]*(?:[.,!?;:)]|$))",
        "introduction": rf"(?<={_INTRODUCTION}){_PART}(?:[ ]+{_PART}){{0,3}}",
        "title": rf"\b(?:Mr|Mrs|Ms|Miss|Mx|Dr|Prof)\.?[ ]+{_PART}(?:[ ]+{_PART}){{0,2}}\b",
    }
    scored = {name: (expression, LIKELY) for name, expression in patterns.items()}
    return [recognizer("NameRecognizer", "PERSON", scored)]
