"""Persons by the names that they have: given and family names of many countries, where they are written as names."""

from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property

import regex
from presidio_analyzer import EntityRecognizer, Pattern, RecognizerResult

from nilometer.streams.mask.recognizers.form import (
    ABOVE_MODEL,
    GUESS,
    LIKELY,
    Selective,
    Span,
    compiled,
    matches,
    result,
)
from nilometer.streams.mask.recognizers.lexicon import (
    FUNCTION_WORDS,
    Is,
    can_be_family,
    can_be_given,
    flags_of,
    is_family,
    is_given,
    is_ordinary,
    is_unknown,
)

_PART = r"\p{Lu}[\p{L}\p{M}'’]{0,40}(?:[-‐][\p{L}\p{M}'’]{1,40}){0,4}"
_PARTICLE = r"(?:d[aeiou]s?|del|della|dell[ao]?|di|du|le|la|los|las|van|von|vom|zu|zum|zur|der|den|dem|ter|ten|te|af|av|bin|ibn|bint|el|al|ben|y|e|i|de[ ]la|de[ ]los|van[ ]der|van[ ]den|von[ ]der|van[ ]['’]t)"
_SEQUENCE = rf"(?<![\p{{L}}\p{{N}}_@/\\.-]){_PART}\.?(?:[ ]{_PARTICLE}(?=[ ])(?:[ ]{_PARTICLE}(?=[ ]))?[ ]{_PART}\.?|[ ]{_PART}\.?){{0,7}}(?![\p{{L}}\p{{N}}_@])"
_WORD = compiled(rf"{_PART}\.?")
_CUE = compiled(
    r"(?i:\b(?:mr|mrs|ms|miss|mx|dr|prof|sir|madam|dear|hi|hello|hey|thanks|regards|sincerely|cheers|by|from|with|for|told|tell|ask|asked|cc|to|add"
    r"|contact|passenger|patient|customer|guest|client|name is|i am|i'm|this is|signed|met|called|call|and|client|user|employee|mother|father"
    r"|wife|husband|son|daughter|brother|sister|friend|colleague|manager|according to|attn|attention|on behalf of|author|reviewer|assignee|owner|logged in|(?:tenant|patient|customer|contact|driver|owner|manager|guest|agent|assignee|author|doctor) is|married|on behalf of|did|declined for|has sent|have sent))[.,:]?[ \n]{1,2}$"
)
_TOLD = compiled(
    r"(?i:\b(?:ask|asked|tell|told|dear|hi|hello|hey|mr|mrs|ms|miss|mx|dr|thanks|thank you|regards)[.,]?[ \n]{1,2}$)"
)
"""After these words stands a person, of whatever name."""
_DOES = compiled(
    r"[ ](?i:called|said|says|asked|asks|wants|wanted|wrote|writes|signed|agreed|replied|complained|emailed|phoned|confirmed|requested|approved|promised"
    r"|paid|lives|lived|joined|left|has left|was born|is my|is waiting|has been (?:admitted|discharged|assigned)|moved|married|ordered|booked|reported|told|mentioned"
    r"|will (?:bring|call|join|attend|send)|and (?:his|her) )\b|['’]s[ ](?i:account|subscription|order|phone|e-?mail|address|wife|husband|son|daughter|mother"
    r"|father|birthday|booking|reservation|appointment|ticket|passport|card|profile|request|manager|team|flight)\b|[ ]?\((?i:brother|sister|wife|husband|mother"
    r"|father|son|daughter|spouse|partner|friend|manager|he/him|she/her|they/them|ceo|cto|cfo|born|aged?)\b"
)
"""What persons do and have."""
_LIST = compiled(
    r"[ ]*[*_]*(?i:attendees|participants|present|passengers|members|invitees|cc|bcc|to|guests|authors?|speakers|team)[*_]*[ ]?:"
)
_MONTHS = frozenset(
    ("jan", "apr", "may", "june", "april", "august", "juni", "juli", "mai", "avril", "abril", "mar", "jul", "marzo")
)
_NUMBER_AFTER = compiled(r"[.,]?[ ]{1,2}\d")
_NOT_AFTER = frozenset(
    regex.findall(
        r"\w+",
        "inc llc ltd gmbh ag corp corporation co company group bank university hospital airport street road avenue lane drive boulevard hotel airlines airways"
        " school college institute foundation museum park stadium station center centre clinic plc sa bv nv oy ab spa srl kg ohg partners holdings sons brothers"
        " theorem law effect award prize syndrome disease day county city square bridge island lake river tower building hall house church cathedral",
    )
)
_NATIVE = compiled(r"[^\p{Latin}\p{Common}\p{Inherited}]")
_CONTRACTED = compiled(
    r"(?i:i|you|he|she|it|we|they|that|there|who|what|here|let|don|can|won|isn|didn|doesn)['’]\p{L}{1,2}"
)
_INITIAL = compiled(r"\p{Lu}\.?")


class PersonRecognizer(Selective):
    """Runs of capitalised words in which a known name stands in the place of one."""

    def __init__(self) -> None:
        super().__init__(
            supported_entity="PERSON",
            name="PersonRecognizer",
            patterns=[Pattern("capitalised words", _SEQUENCE, ABOVE_MODEL)],
            context=[],
            global_regex_flags=regex.MULTILINE,
        )

    def analyze_by(self, patterns: Sequence[Pattern], text: str, entities: Sequence[str]) -> list[RecognizerResult]:
        found: list[RecognizerResult] = []
        for run in matches(compiled(_SEQUENCE), text):
            words = [(match.group(), match.span()) for match in _WORD.finditer(text, *run.span())]
            after = text[run.end() : run.end() + 1]
            for span, score in _people(text, words):
                # `Maria: ` may speak, `Maria=` is code.
                if not (after == "=" and span[1] == run.end()):
                    found.append(result(self, "PERSON", span, ABOVE_MODEL + score / 100))
        return found


def _people(text: str, words: Sequence[tuple[str, Span]]) -> Iterator[tuple[Span, float]]:
    at = 0
    while at < len(words):
        length, score = _length(words[at:], _Cues(text, words, at))
        if not length and len(words) - at == 1 and _acts(text, *words[at]):
            length, score = 1, GUESS
        if length == 1 and _is_no_name_here(text, *words[at]):
            length = 0
        if length == 1 and len(words) > at + 1 and (score < LIKELY or _bare(words[at + 1][0]) in _NOT_AFTER):
            following = words[at + 1][0]
            # `Sofia Airport`, `Jordan Shoes`: the next word says that it is no person.
            length = length if not is_ordinary(following) and _bare(following) not in _NOT_AFTER else 0
        elif length > 1 and at + length < len(words) and _bare(words[at + length][0]) in _NOT_AFTER:
            at += length
            continue
        if length and _bare(words[at + length - 1][0]) in _NOT_AFTER and length > 1:
            at += length
            continue
        if length:
            end = words[at + length - 1][1][1]
            if text[end - 1] == "." and len(words[at + length - 1][0]) > 3:
                end -= 1
            yield (words[at][1][0], end), score
            at += length
        else:
            at += 1


class _Cues:
    """What stands around a run of words, looked at where its words alone do not tell."""

    def __init__(self, text: str, words: Sequence[tuple[str, Span]], at: int) -> None:
        self._text = text
        self._start = words[at][1][0]
        self._end = words[-1][1][1]
        self._few = len(words) - at < 4
        self._before = text[max(0, self._start - 30) : self._start]

    @cached_property
    def sure(self) -> bool:
        """A name may well stand here."""
        return _CUE.search(self._before) is not None or (
            self._few
            and (
                _DOES.match(self._text, self._end) is not None
                or _is_cell(self._text, self._start, self._end)
                or _in_list(self._text, self._start)
            )
        )

    @cached_property
    def told(self) -> bool:
        """A name must stand here."""
        return _TOLD.search(self._before) is not None


def _acts(text: str, word: str, span: Span) -> bool:
    """`Grace will call you`."""
    known = flags_of(word)
    return bool(known & Is.COMMON_GIVEN) and not known & Is.TECHNICAL and _DOES.match(text, span[1]) is not None


def _in_list(text: str, start: int) -> bool:
    line = text.rfind("\n", 0, start) + 1
    return text.startswith(", ", start - 2) and _LIST.match(text, line, start) is not None


def _is_cell(text: str, start: int, end: int) -> bool:
    """All that stands in a cell of a table."""
    return text.endswith("| ", max(0, start - 2), start) and text.startswith(" |", end)


def _is_no_name_here(text: str, word: str, span: Span) -> bool:
    """`Jan 03`, and `El` with which a sentence begins."""
    bare = _bare(word)
    return bare in FUNCTION_WORDS or (bare in _MONTHS and _NUMBER_AFTER.match(text, span[1]) is not None)


def _length(words: Sequence[tuple[str, Span]], cues: _Cues) -> tuple[int, float]:
    """How many words from the first on are one person, and how sure that is."""
    first = words[0][0]
    if _CONTRACTED.fullmatch(first):
        return 0, 0.0
    if first.endswith(".") and len(first) > 2:
        # The end of a sentence, or an abbreviation.
        return (1, GUESS) if is_given(first) and _alone(first) and not first.isupper() else (0, 0.0)
    rest = [word for word, _ in words[1:6]]
    if first.isupper() and len(first) > 1:
        return _capitals(words)
    if is_given(first):
        if _bare(first) in FUNCTION_WORDS and rest and not (is_family(rest[0]) or is_given(rest[0])):
            return 0, 0.0
        length = 1 + _tail(rest)
        if length > 1:
            return length, LIKELY
        return (1, GUESS) if _alone(first) else (0, 0.0)
    if not rest:
        known = can_be_given(first) and not flags_of(first) & (Is.AMBIGUOUS | Is.EVERYDAY)
        return (1, GUESS) if (known and cues.sure) or ((known or is_unknown(first)) and cues.told) else (0, 0.0)
    second = rest[0]
    if _shouted(second):
        return 0, 0.0
    if _bare(first) in FUNCTION_WORDS and (second.isupper() or not (is_family(second) or is_given(second))):
        return 0, 0.0
    if can_be_given(first):
        # `Will Okafor`, but not `Will Order`.
        tail = _tail(rest)
        last = rest[tail - 1] if tail else ""
        if tail and (is_family(last) or is_given(last) or ((is_unknown(last) or can_be_family(last)) and cues.sure)):
            return 1 + tail, LIKELY
        return 0, 0.0
    if is_family(first) and (is_given(second) or (can_be_given(second) and not is_ordinary(second))):
        return 2 + _more(rest[1:]), LIKELY
    if is_unknown(first) and (
        is_family(second) or is_given(second) or ((is_unknown(second) or flags_of(second) == Is.PLACE) and cues.sure)
    ):
        return 2 + _more(rest[1:]), LIKELY
    if is_family(first) and (is_family(second) or is_unknown(second)) and cues.sure:
        return 2 + _more(rest[1:]), LIKELY
    if _INITIAL.fullmatch(first) and (is_family(second) or (can_be_family(second) and cues.sure)):
        return 2, LIKELY
    return 0, 0.0


def _capitals(words: Sequence[tuple[str, Span]]) -> tuple[int, float]:
    """`GONZALEZ, MARIA` and `MARIA GONZALEZ`: both must be known, for codes are written so as well."""
    names = [word for word, _ in words[:4]]
    if len(names) < 2 or not all(name.isupper() for name in names[:2]) or min(map(len, names[:2])) < 3:
        return 0, 0.0
    first, second = names[:2]
    if (is_given(first) and can_be_family(second)) or (is_family(first) and is_given(second)):
        return 2 + (1 if len(names) > 2 and is_family(names[2]) else 0), LIKELY
    return 0, 0.0


def _tail(words: Sequence[str]) -> int:
    """How many words after a given name belong to it; the last of them can be a family name."""
    length = 0
    for place, word in enumerate(words):
        if _INITIAL.fullmatch(word):
            continue
        if _shouted(word):
            break
        if can_be_family(word) or can_be_given(word) or is_unknown(word) or _is_namesake(word):
            length = place + 1
            if word.endswith("."):
                break
            continue
        break
    return length


def _is_namesake(word: str) -> bool:
    """`Jenkins`: a product that has somebody's name."""
    known = flags_of(word)
    return bool(known & Is.TECHNICAL and known & Is.COMMON_FAMILY)


def _more(words: Sequence[str]) -> int:
    length = 0
    for word in words:
        if _shouted(word) or not (is_family(word) or is_given(word) or is_unknown(word)):
            break
        length += 1
    return length


def _alone(word: str) -> bool:
    return not flags_of(word) & Is.PLACE or bool(flags_of(word) & Is.COMMON_GIVEN)


def _shouted(word: str) -> bool:
    """An acronym beside a word that is none."""
    return word.isupper() and len(_bare(word)) > 2


def _bare(word: str) -> str:
    return word.lower().strip(".'’")


def _of_things(word: str) -> bool:
    known = flags_of(word)
    return is_ordinary(word) or (bool(known & Is.EVERYDAY) and not known & (Is.GIVEN | Is.COMMON_FAMILY))


def name_like(words: Iterable[str]) -> bool:
    """Whether a label's value can be somebody: a known name in it, and in small letters nothing but names."""
    listed = list(words)
    if not listed:
        return False
    if any(_NATIVE.search(word) for word in listed):
        return True
    if any(len(word) > 3 and _of_things(word) for word in listed):
        return False
    known = [
        word for word in listed if (can_be_given(word) or can_be_family(word)) and _bare(word) not in FUNCTION_WORDS
    ]
    if all(word.islower() for word in listed):
        return bool(known) and (len(listed) > 1 or is_given(listed[0]))
    return bool(known) or (len(listed) > 1 and any(is_unknown(word) for word in listed))


def recognizers() -> list[EntityRecognizer]:
    return [PersonRecognizer()]
