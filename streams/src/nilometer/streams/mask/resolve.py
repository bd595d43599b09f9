"""From what recognisers claim to what is masked: general rules about names, then no overlaps."""

import re
from collections.abc import Iterable

from nilometer.streams.mask import keys, kinds
from nilometer.streams.mask.finding import Finding, Findings
from nilometer.streams.mask.recognizers.lexicon import (
    FUNCTION_WORDS,
    Is,
    can_be_given,
    flags_of,
    is_family,
    is_given,
    is_ordinary,
    is_unknown,
)

_RANK = {
    kind: rank
    for rank, group in enumerate(
        (
            (kinds.DENIED,),
            kinds.SECRETS,
            ("EMAIL_ADDRESS", "PAYMENT_ID", "IBAN_CODE", "DATE_OF_BIRTH"),
            ("USERNAME", "IP_ADDRESS", "MAC_ADDRESS", "CRYPTO"),
            (*kinds.NATIONAL_IDS, *kinds.HEALTH, *kinds.MONEY, *kinds.CONTACTS),
            kinds.NAMES,
        )
    )
    for kind in reversed(group)
}
_MODEL = "SpacyRecognizer"
_NAMING = ("LabelRecognizer", "BackwardsRecognizer", "TableRecognizer")
_EDGE = re.compile(r"^[\W_]+|(?:['’]s)?[\W_]+$|['’]s$")
_LETTERS = re.compile(r"[^\W\d_]{2}")
_CODE = re.compile(r"[A-Z]{1,3}|\w*[\d_]\w*")
"""An airport, a currency, a state, a flight or a reservation: a word that is all code is nobody's name."""
_PIECE = re.compile(rf"(?:(?!{kinds.PLACEHOLDER.pattern}|[\n\r|]|\*\*|:\s).)+")
"""A name does not go on over a line's end, a label's colon, markup or a placeholder."""
_PERSON_PIECE = re.compile(rf"(?:(?!{kinds.PLACEHOLDER.pattern}|[\n\r|,;]|\*\*|:\s).)+")
_DIGIT = re.compile(r"\d")
_HEADING = re.compile(r"#+[ ]+")
_INSIDE_WORDS = frozenset({*kinds.NATIONAL_IDS, *kinds.HEALTH, "CREDIT_CARD", "US_BANK_NUMBER", "PHONE_NUMBER"})
"""Not looked for in the middle of a longer word, such as a hash; some of Presidio's patterns do."""


def trimmed(text: str, finding: Finding) -> Iterable[Finding]:
    """What is left of a claim: names that the model found go without labels and codes around them."""
    if finding.recognizer != _MODEL or finding.kind not in kinds.NAMES:
        if finding.kind not in _INSIDE_WORDS or not _inside_word(text, finding):
            yield finding
        return
    pieces = _PERSON_PIECE if finding.kind == "PERSON" else _PIECE
    claim = text[finding.start : finding.end]
    for line in pieces.finditer(claim):
        start, end = finding.start + line.start(), finding.start + line.end()
        for words in _runs(text[start:end], finding.kind):
            cut = _strip(text, start + words[0].start(), start + words[-1].end())
            if cut is not None and not _is_heading(text, *cut) and _plausible(finding.kind, text, *cut):
                kind = "LOCATION" if finding.kind == "PERSON" and _is_place(text, *cut) else finding.kind
                yield finding._replace(start=cut[0], end=cut[1], kind=kind)


def _is_place(text: str, start: int, end: int) -> bool:
    """Whether what the model takes for a person is one of the places that it does not know, such as `Kraków`."""
    known = [flags_of(word) for word in _NAME_WORD.findall(text[start:end])]
    if not known or not all(flags & Is.PLACE for flags in known) or (len(known) == 1 and known[0] & Is.EVERYDAY):
        return False
    return not known[0] & Is.GIVEN or (
        _TOWARDS.search(text, max(0, start - 14), start) is not None and not known[0] & Is.COMMON_GIVEN
    )


def precedence(kind: str) -> tuple[int, str]:
    """Of two kinds that claim the same, the one that comes first names it."""
    return _RANK.get(kind, 99), kind


def _runs(text: str, kind: str) -> Iterable[list[re.Match[str]]]:
    """The words of a claim without codes at its ends; a person's name has none in between either."""
    words: list[re.Match[str]] = []
    for word in re.finditer(r"\S+", text):
        if _can_be_name(word.group()) and not (kind == "PERSON" and _DIGIT.search(word.group())):
            words.append(word)
        elif kind == "PERSON" and words:
            yield words
            words = []
        elif words:
            words.append(word)
    while words and not _can_be_name(words[-1].group()):
        words.pop()
    if words:
        yield words


def could_hold_name(text: str) -> bool:
    """False only where `trimmed` would drop whatever the model finds: no need to ask it."""
    return any(_can_be_name(word) for word in text.split())


def without_overlaps(text: str, findings: Iterable[Finding]) -> Findings:
    """Everything that was found stays covered; where two claim a character, the more certain kind names it."""
    covered = [match.span() for match in kinds.PLACEHOLDER.finditer(text)]
    kept: list[Finding] = []
    order = sorted(findings, key=_precedence)
    for finding in order:
        for start, end in _free(finding.start, finding.end, covered):
            # A remainder is worth masking where letters or digits are left; of an address at a host, the host is not.
            if (start, end) != (finding.start, finding.end):
                if finding.kind == "EMAIL_ADDRESS" and "@" not in text[start + 1 : end]:
                    continue
                if finding.recognizer == _MODEL and not _plausible(finding.kind, text, start, end):
                    continue
                cut = _strip(text, start, end)
                if cut is None:
                    continue
                start, end = cut
            kept.append(finding._replace(start=start, end=end))
            covered.append((start, end))
    return tuple(sorted(kept))


def _precedence(f: Finding) -> tuple[object, ...]:
    """Of two names the longer one counts, of two ids the one that is surer."""
    length = f.start - f.end
    return (
        _RANK.get(f.kind, 99),
        # What a label or a column names is what they say.
        f.recognizer not in _NAMING,
        length if f.kind in kinds.NAMES else 0,
        f.recognizer == _MODEL,
        -f.score,
        length,
        f.start,
        f.kind,
        f.recognizer,
    )


def _can_be_name(word: str) -> bool:
    bare = _EDGE.sub("", word)
    return bool(_LETTERS.search(bare)) and not _CODE.fullmatch(bare) and "=" not in bare and "://" not in bare


def _inside_word(text: str, finding: Finding) -> bool:
    return text[finding.start - 1 : finding.start].isalnum() or text[finding.end : finding.end + 1].isalnum()


_TOWARDS = re.compile(
    r"\b(?:in|near|based in|flights? to|moved? to|weather in|lives? in|born in|trip to|travel to|flying to|city=)\s?$"
)
_NAME_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")


def _plausible(kind: str, text: str, start: int, end: int) -> bool:
    """Whether a claim of the model can be right, as far as its words tell: `Order Summary`, `Kafka` and `paid` are no
    persons, `Second Leg` is no place."""
    claim = text[start:end]
    words = _NAME_WORD.findall(claim)
    if not words or claim.startswith(_NATIVE_WORDS) or _NO_NAME.search(claim) or text.startswith("=", end):
        return False
    if keys.is_label(claim):
        return False
    if len(words) == 1 and _CAMEL.match(claim):
        return False
    if claim.endswith(" of") or (len(words) == 1 and words[0].count("-") > 1):
        return False
    if len(words) == 1 and "-" in words[0] and is_ordinary(words[0].rsplit("-")[-1]):
        # `Content-Type`
        return False
    if len(words) == 1 and words[0].lower() in FUNCTION_WORDS:
        return False
    if len(words) == 1 and (claim.islower() or (claim.isupper() and len(claim) > 3)) and not flags_of(claim) & _KNOWN:
        return False
    if kind == "LOCATION":
        if len(words) == 1 and flags_of(claim) & Is.TECHNICAL and not flags_of(claim) & Is.GIVEN:
            return False
        if len(words) == 1 and claim[0].isupper() and _PLACED.search(text, max(0, start - 12), start):
            # `in Princeton`, which lists of words have, too.
            return True
        return not all(flags_of(word) & (Is.WORD | Is.TECHNICAL) and not flags_of(word) & Is.PLACE for word in words)
    if len(words) == 1 and flags_of(words[0]) & Is.EVERYDAY and text.startswith(" of ", end):
        # `Head of Sales`
        return False
    if any(flags_of(word) & Is.TECHNICAL and not flags_of(word) & Is.GIVEN for word in words):
        return False
    if all(is_ordinary(word) or word.lower() in _CALENDAR for word in words):
        return False
    if all(word.islower() for word in words):
        return any(is_given(word) and len(word) > 2 and not flags_of(word) & Is.EVERYDAY for word in words)
    if len(words) == 1 and is_unknown(words[0]) and _ARTICLE.search(text, max(0, start - 6), start):
        # `then the Reranker`
        return False
    if len(words) == 1:
        # `Ausweisnummer: …` names a value.
        return can_be_given(words[0]) or not text.startswith((":", "="), end)
    return any(
        can_be_given(word) or is_family(word) or is_unknown(word)
        for word in words
        if word.lower() not in FUNCTION_WORDS
    )


_NATIVE_WORDS = ("我叫", "我是", "名叫", "客户", "用户", "身份证", "اسمي", "मेरा नाम")
"""The names behind them are found by rules."""
_ARTICLE = re.compile(r"\b(?:[Tt]he|[Aa]n?|[Yy]our|[Oo]ur)\s$")
_PLACED = re.compile(r"\b(?:in|from|near|around|outside)\s$")
_KNOWN = Is.GIVEN | Is.FAMILY | Is.PLACE
_CAMEL = re.compile(r"[a-z]+[A-Z]")
_NO_NAME = re.compile(r"[=_;#/\\{}]|:\w|\d{5}|\d\.\d+\.\d|Christmas|^\S*\d\S*$")
"""Code and codes."""
_CALENDAR = frozenset(
    (
        *("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday", "january", "february", "march"),
        *("april", "may", "june", "july", "august", "september", "october", "november", "december"),
        *("spring", "summer", "autumn", "winter"),
    )
)


def _is_heading(text: str, start: int, end: int) -> bool:
    """`## Modify flight` in a text that says `modify` elsewhere: its capital comes from the heading."""
    word = text[start:end]
    if not word.isalpha() or not _HEADING.fullmatch(text[text.rfind("\n", 0, start) + 1 : start]):
        return False
    return re.search(rf"\b{word.lower()}\b", text) is not None


def _strip(text: str, start: int, end: int) -> tuple[int, int] | None:
    inner = text[start:end]
    bare = inner.lstrip()
    start += len(inner) - len(bare)
    while start < end and not text[start].isalnum():
        start += 1
    while end > start and not text[end - 1].isalnum():
        end -= 1
    if text[max(start, end - 2) : end].lower() in ("'s", "’s"):
        end -= 2
    return (start, end) if start < end else None


def _free(start: int, end: int, covered: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """The parts of a stretch that nothing covers yet."""
    parts = [(start, end)]
    for left, right in covered:
        parts = [piece for a, b in parts for piece in ((a, min(b, left)), (max(a, right), b)) if piece[0] < piece[1]]
    return parts
