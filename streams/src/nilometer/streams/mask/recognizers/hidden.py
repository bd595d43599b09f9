"""Values that are written with other signs than usual: `４１１１ １１１１ …`, dashes and blanks of every kind, letters with
nothing wide between them. The text is put into plain signs, read by the other recognisers, and the places carried back."""

import unicodedata
from collections.abc import Sequence

import regex
from presidio_analyzer import EntityRecognizer, Pattern, PatternRecognizer, RecognizerResult

from nilometer.streams.mask.recognizers.form import CERTAIN, Selective, compiled

_INVISIBLE = frozenset(
    "\u00ad\u200b\u200c\u200d\u200e\u200f\u2060\u2061\u2062\u2063\u2064\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff\u180e"
)
_ODD = r"[\u00a0\u00ad\u1680\u180e\u2000-\u200f\u2010-\u2015\u202a-\u202f\u205f-\u2069\u2212\u3000\ufe58\ufe63\ufeff\uff01-\uff5e]|(?![0-9])\p{Nd}"
_NAMES = ("PERSON", "LOCATION")


class HiddenRecognizer(Selective):
    """Runs recognisers over what a text is in plain signs, where that differs from it; names are not looked for so."""

    def __init__(self, recognizers: Sequence[EntityRecognizer]) -> None:
        inner = [one for one in recognizers if isinstance(one, PatternRecognizer)]
        self._inner = [
            one for one in inner if not set(one.supported_entities) & set(_NAMES) or len(one.supported_entities) > 2
        ]
        super().__init__(
            supported_entity="CREDIT_CARD",
            name="HiddenRecognizer",
            patterns=[Pattern("beyond ASCII", "[\u0080-\U0010ffff]", CERTAIN)],
            context=[],
            global_regex_flags=regex.MULTILINE,
        )
        self.supported_entities = sorted({kind for one in self._inner for kind in one.supported_entities})

    def analyze_by(self, patterns: Sequence[Pattern], text: str, entities: Sequence[str]) -> list[RecognizerResult]:
        if text.isascii() or compiled(_ODD).search(text) is None:
            return []
        plain, places = in_plain_signs(text)
        wanted = set(entities) - set(_NAMES)
        found: list[RecognizerResult] = []
        for one in self._inner:
            kinds = [kind for kind in one.supported_entities if kind in wanted]
            for claim in one.analyze(plain, kinds) if kinds else ():
                if claim.entity_type in wanted:
                    # What the plain text reads the same way others have found already; a second claim does no harm.
                    claim.start, claim.end = places[claim.start], places[claim.end - 1] + 1
                    claim.recognition_metadata = {
                        RecognizerResult.RECOGNIZER_NAME_KEY: one.name,
                        RecognizerResult.RECOGNIZER_IDENTIFIER_KEY: self.id,
                    }
                    found.append(claim)
        return found


def in_plain_signs(text: str) -> tuple[str, list[int]]:
    """The text with plain digits, dashes and blanks and without what cannot be seen; and where each sign came from."""
    out: list[str] = []
    places: list[int] = []
    for place, char in enumerate(text):
        if char in _INVISIBLE:
            continue
        if not char.isascii():
            category = unicodedata.category(char)
            if category == "Nd":
                char = str(unicodedata.digit(char))
            elif category == "Pd" or char == "\u2212":
                char = "-"
            elif category == "Zs":
                char = " "
            elif "\uff01" <= char <= "\uff5e":
                char = chr(ord(char) - 0xFEE0)
        out.append(char)
        places.append(place)
    return "".join(out), places
