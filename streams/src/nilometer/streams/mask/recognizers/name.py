"""Names of persons by what stands around them: labels, greetings, introductions, titles, signatures."""

from presidio_analyzer import EntityRecognizer

from nilometer.streams.mask.recognizers.form import ABOVE_MODEL, ByForm, compiled
from nilometer.streams.mask.recognizers.lexicon import FUNCTION_WORDS, Is, can_be_given, flags_of, is_ordinary
from nilometer.streams.mask.recognizers.person import name_like

_PART = r"\p{Lu}[\p{L}\p{M}'’]{1,40}(?:[-‐'’]\p{L}[\p{L}\p{M}]{1,40}){0,4}"
_PARTICLE = r"(?:\p{Lu}\.|de|da|do|dos|das|del|della|di|du|van|von|der|den|bin|ibn|al|el|la|le|y|e)"
_NAME = rf"{_PART}(?:[ ]+{_PARTICLE})*(?:[ ]+{_PART}){{1,3}}"
_ANY = r"[\p{L}\p{M}][\p{L}\p{M}'’.-]{0,40}(?:[ ][\p{L}\p{M}][\p{L}\p{M}'’.-]{0,40}){0,4}"
_END = r"(?=[ ]*(?:[\n,;|\"'`<>()\[\]{}/*]|$|[ ]-|\.(?:\s|$)|[ ]\w+[=:]))"
_WHOSE = (
    r"first|last|full|given|family|middle|maiden|customer|client|patient|guest|contact|card ?holder|account[ _-]?holder|passenger|user|employee|display|legal"
    r"|preferred|author|sender|recipient|owner|manager|doctor|physician|emergency[ _]contact|beneficiary|spouse|applicant|candidate|student|buyer|seller"
    r"|tenant|member|driver|insured|subscriber|agent|rep|provider|attorney|witness|signatory|policy ?holder"
)
_LABEL = (
    rf"(?i:\b(?:(?:{_WHOSE})(?:['’]s)?[ _-]?)?(?:names?|nombre|nom|nome|naam|imię|имя|ФИО|vorname|nachname|apellidos?|prénom|cognome|sobrenome|nazwisko|фамилия|姓名|氏名|名前|이름|성명|नाम|الاسم|اسم)"
    rf"|\b(?:passengers?(?:[ ]+\d+)?|customer|tenant|landlord|patient|guest|travell?ers?|cardholder|card holder|account holder|surname|employee|client|attendees?|sender|recipient|assignee"
    rf"|reporter|author|reviewer|contact(?:[ ]person)?|doctor|physician|surgeon|witness|beneficiary|spouse|next of kin|emergency contact|cc|bcc|attn|attention|signed(?: by)?|prepared by|approved by|submitted by|requested by|created by|written by|posted by|from|to))"
    # An attribute of HTML names a field.
    r"(?<!<[a-z]{1,12}\b[^<>\n]{0,80})"
)
_PART_LABEL = r"(?i:\b(?:first|last|given|family|middle|maiden|sur|nick)[ _]?name|\bsurname|\bvorname|\bnachname)"
_COLON = r"(?:[*_\"'`]{0,3}[ ]*[:=：][*_]*[ ]*[\"'`]?|[ ][-–—][ ])"
_BULLET = r"(?:[\r\n]+[ ]*(?:[-*•]|\d+[.)])[ ]+)?"
_GREETING = r"(?i:\b(?:hi|hello|dear|hey|thanks|thank you|good (?:morning|afternoon|evening)|greetings|welcome(?: back)?|hola|bonjour|hallo|ciao|olá|sorry|sure|yes|ok|okay|great|perfect|bye))[ ]*,?[ ]+"
_NOBODY = r"(?!(?:Mr|Mrs|Ms|Miss|Mx|Dr|Prof|Professor|Captain|There|All|Team|Everyone|Sir|Madam|For|So|Again|Valued|Customer|Support|Folks|Guys|Both|The|You|Your|This|That|I|We|My|It|Let|Please|In|And|To|But|Just|Very|Much|Dear|Hiring)\b)"
_INTRODUCTION = (
    r"(?i:\b(?:my|the|his|her|their)(?: full| first| last| given)? name(?:['’]s| is| was)|\bname on (?:the |my )?(?:card|account|booking|reservation|order) is|\bi(?:['’]?m| am) called|\bcall me"
    r"|\bunder the name(?: of)?|\bsigned by|\bme llamo|\bje m['’]appelle|\bich heiße|\bmi chiamo|\bmeu nome é|\bnazywam się|\bменя зовут)[ ]+[\"'*]{0,2}"
)
_I_AM = (
    r"\b(?i:i['’]?m|i am|this is|it['’]s|speaking with|spoke (?:with|to)|speak (?:with|to)|talk(?:ed)? (?:with|to))[ ]+"
)
_TITLE = r"(?i:\b(?:mr|mrs|ms|miss|mx|dr|prof|professor|herr|frau|señor|señora|sr|sra|dra|mme|monsieur|madame|mlle|signor|signora|señorita|senhor|senhora|dona|mevrouw|meneer|dhr|mw|fru|herra|rouva|frøken|doctor|nurse|captain|sgt|judge|rev|fr|sir|lady|dame|lord)|(?-i:\bPani?)\b)"
_CLOSING = r"(?i:\b(?:(?:best|kind|warm|many)?[ ]?(?:regards|wishes)|sincerely(?: yours)?|yours (?:truly|sincerely|faithfully)|cheers|thanks|thank you|best|cordially|respectfully|love|mit freundlichen grüßen|viele grüße|cordialement|saludos|atentamente|cordiali saluti|atenciosamente))[ ]*[,.!]?[ ]*\r?\n{1,3}[ ]*[-–—]?[ ]*"
_WORDS = compiled(r"[\p{L}\p{M}][\p{L}\p{M}'’-]*")


def _somebody(text: str) -> bool:
    return name_like(_WORDS.findall(text))


def _capitalised(text: str) -> bool:
    """Written as a name and not all of ordinary words."""
    words = _WORDS.findall(text)
    return not all(is_ordinary(word) or flags_of(word) == Is.WORD for word in words)


def _called(text: str) -> bool:
    """Any word but an ordinary one, for somebody is called so."""
    words = _WORDS.findall(text)
    return bool(words) and (can_be_given(words[0]) or not is_ordinary(words[0])) and flags_of(words[0]) != Is.WORD


def _no_words(text: str) -> bool:
    """No word that a language has: somebody is called so."""
    words = [word for word in _WORDS.findall(text) if word not in FUNCTION_WORDS]
    return len(words) > 1 and not any(is_ordinary(word) or flags_of(word) & Is.EVERYDAY for word in words)


def recognizers() -> list[EntityRecognizer]:
    capitalised = {
        "after a label": rf"{_LABEL}{_COLON}{_BULLET}(?P<value>{_NAME})\b",
        "one name after its label": rf"{_PART_LABEL}{_COLON}(?P<value>{_PART})\b",
        "before a date of birth": rf"(?<!\w)(?P<value>{_NAME})(?=[*_]*,?[ ]*[(\[–-]?[ ]*(?i:dob\b|d\.o\.b|date of birth|born\b))",
        "greeting": rf"{_GREETING}{_NOBODY}(?P<value>{_PART}(?:[ ]+{_PART})?)(?=[ ]*(?:[.,!?;:)]|$))",
        # Not a chat's `User: …`.
        "assigned": rf"(?i:\b(?:user|owner|agent|account|login|actor|operator|employee|customer|manager|driver|created_by|updated_by|assigned_to))[ ]?=[ ]?[\"'](?P<value>{_NAME})[\"']",
        "title": rf"{_TITLE}\.?[ ]+(?P<value>(?:(?:van|von|de|der|den|ten|ter|del|della|di|da|dos|al|el|bin|le|la|du)[ ](?:(?:der|den|la|['’]t)[ ])?)?{_PART}(?:[ ]+(?:{_PARTICLE}[ ]+)?{_PART}){{0,3}})",
        "signature": rf"{_CLOSING}(?P<value>{_PART}(?:[ ]+(?:{_PARTICLE}[ ]+)?{_PART}){{0,3}})[ ]*$",
    }
    anyhow = {
        "labelled": rf"{_LABEL}{_COLON}{_BULLET}(?P<value>{_ANY}){_END}",
        "introduction in small letters": rf"(?:{_INTRODUCTION}|{_I_AM})(?P<value>\p{{Ll}}[\p{{L}}'’-]+(?:[ ]\p{{Ll}}[\p{{L}}'’-]+)?)(?=[ ]*(?:[.,!?;:)\n]|$)|[ ](?:and|but|from|i|my|with|the)\b)",
    }
    unheard_of = {
        "introduction, unknown in small letters": rf"{_INTRODUCTION}(?P<value>\p{{Ll}}[\p{{L}}'’-]{{2,30}}(?:[ ]\p{{Ll}}[\p{{L}}'’-]{{2,30}}){{1,3}}?)(?=[ ]*(?:[.,!?;:)\n]|$)|[ ](?:and|but|from|i|my|with|the)\b)",
    }
    called = {
        "introduction": rf"{_INTRODUCTION}(?P<value>{_PART}(?:[ ]+(?:{_PARTICLE}[ ]+)?{_PART}){{0,3}})",
        "speaker": rf"{_I_AM}(?P<value>{_PART}(?:[ ]+(?:{_PARTICLE}[ ]+)?{_PART}){{1,3}})",
        "native label": r"(?:姓名|氏名|名前|이름|성명|我叫|我是|저는|नाम|मेरा नाम|الاسم|اسمي|اسم|ชื่อ|имя|ФИО|меня зовут)[ ]*[:：]?[ ]*(?P<value>[^\p{Latin}\p{N}\p{P}\p{S}\s]{2,24}?(?:[ ](?!है)[^\p{Latin}\p{N}\p{P}\p{S}\s]{2,24}?){0,2})(?=입니다|이에요|예요|이고|라고|[ ]है|[^\p{L}\p{M}]|$)",
    }
    return [
        ByForm(
            "NameRecognizer", "PERSON", {name: (form, ABOVE_MODEL) for name, form in capitalised.items()}, _capitalised
        ),
        ByForm("NameRecognizer", "PERSON", {name: (form, ABOVE_MODEL) for name, form in anyhow.items()}, _somebody),
        ByForm("NameRecognizer", "PERSON", {name: (form, ABOVE_MODEL) for name, form in called.items()}, _called),
        ByForm("NameRecognizer", "PERSON", {name: (form, ABOVE_MODEL) for name, form in unheard_of.items()}, _no_words),
    ]
