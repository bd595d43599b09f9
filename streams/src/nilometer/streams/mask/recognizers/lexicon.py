"""What a word can be: a given name, a family name, an ordinary word, a place, a product (`streams/gazetteer`)."""

import gzip
import re
import unicodedata
from enum import IntFlag
from functools import cache, lru_cache
from importlib.resources import files


class Is(IntFlag):
    """What is known of a word; nothing of one that no list has."""

    NOTHING = 0
    GIVEN = 1
    COMMON_GIVEN = 2
    FAMILY = 4
    COMMON_FAMILY = 8
    WORD = 16
    PLACE = 32
    AMBIGUOUS = 64
    TECHNICAL = 128
    EVERYDAY = 256


_LETTERS = dict(
    zip(
        "gGfFwpatW",
        (
            Is.GIVEN,
            Is.COMMON_GIVEN,
            Is.FAMILY,
            Is.COMMON_FAMILY,
            Is.WORD,
            Is.PLACE,
            Is.AMBIGUOUS,
            Is.TECHNICAL,
            Is.EVERYDAY,
        ),
        strict=True,
    )
)


@cache
def _words() -> dict[str, Is]:
    packed = (files("nilometer.streams.mask.recognizers") / "names.txt.gz").read_bytes()
    known: dict[str, Is] = {}
    combinations: dict[str, Is] = {}
    for line in gzip.decompress(packed).decode("utf-8").splitlines():
        word, _, letters = line.rpartition(" ")
        flags = combinations.get(letters)
        if flags is None:
            flags = Is.NOTHING
            for letter in letters:
                flags |= _LETTERS[letter]
            combinations[letters] = flags
        known[word] = flags
    for word, flags in list(known.items()):
        if not word.isascii():
            # People often leave the accents out.
            known.setdefault(plain(word), flags)
    return known


def plain(word: str) -> str:
    """In small letters and without accents."""
    return "".join(char for char in unicodedata.normalize("NFD", word.lower()) if not unicodedata.combining(char))


@lru_cache(maxsize=100_000)
def flags_of(word: str) -> Is:
    """Of a word in any case, with or without accents, `'s` and hyphens: of `Anna-Lena` what `Anna` is."""
    known = _words()
    word = word.lower().replace("’", "'").removesuffix("'s").strip(".'")
    found = known.get(word)
    if found is None and not word.isascii():
        found = known.get(plain(word))
    if found is None and "-" in word:
        found = flags_of(word.split("-")[0])
    if found is None:
        return _COMMON if _NOUN.fullmatch(word) else Is.NOTHING
    return found


_COMMON = Is.WORD | Is.EVERYDAY
_NOUN = re.compile(
    r"\w{2,}(?:[bdfgklmnprstzß]ung(?:en)?|heit|keit|schaft|ismus|nummer|karte|konto|vertrag|ausweis|bescheid|steuer|adresse"
    r"|betrag|beleg|auftrag|schein|formular|gebühr|kosten|termin|ación|aciones|idad|mente|zione|zioni|ção|ções|mento|mentos|dade"
    r"|tion|tions|ité|ités|ción|ciones)"
)
"""What nouns of other languages end with that no list of names has."""

FUNCTION_WORDS = frozenset(
    re.findall(
        r"\w+",
        "the my el la los las le les un una uno il lo gli mi tu su de do da du des die der das den dem ein eine einer einen kein keine mein meine"
        " meinen dein deine sein seine ihr ihre ihren unser unsere sehr wir ich nur viel viele bin ist sind war haben habe kann können möchte este esta"
        " esto ese esa eso pero por para que qué como cómo con sin según ya más no sí ele eles são será não mas já um uma os as ao che non per sono"
        " della hai io loro questo questa på är och det jag min vår till av og er jeg har kan se ja nie jak czy na za mam jestem pan et est je elle on"
        " nous vous ils elles ma mes ton ta ses ce cet cette mais où qui dans sur avec pour sans plus het een ik wij hij zij voor met op wat hoe waar"
        " wil mag ms mr mrs mx dr herr herrn herren frau damen",
    )
)
"""Words with which sentences begin in many languages, and which some language has as a name."""


def is_given(word: str) -> bool:
    """Certainly a given name where it is written as a name: no month, no city, no word that is none of the common ones."""
    known = flags_of(word)
    return (
        bool(known & Is.GIVEN)
        and not known & (Is.AMBIGUOUS | Is.TECHNICAL)
        and (not known & Is.EVERYDAY or bool(known & Is.COMMON_GIVEN))
    )


def can_be_given(word: str) -> bool:
    known = flags_of(word)
    return bool(known & Is.GIVEN) and not known & Is.TECHNICAL


def is_family(word: str) -> bool:
    """A family name and nothing else."""
    known = flags_of(word)
    return bool(known & Is.FAMILY) and not known & (Is.WORD | Is.TECHNICAL | Is.AMBIGUOUS)


def can_be_family(word: str) -> bool:
    known = flags_of(word)
    return bool(known & (Is.COMMON_FAMILY if known & Is.EVERYDAY else Is.FAMILY)) and not known & Is.TECHNICAL


def is_unknown(word: str) -> bool:
    return not flags_of(word) and len(word) > 2


def is_ordinary(word: str) -> bool:
    """A word of the language or of technology that is nobody's name."""
    known = flags_of(word)
    return bool(known & Is.TECHNICAL) or (
        bool(known & (Is.WORD | Is.AMBIGUOUS))
        and not known & (Is.GIVEN | Is.COMMON_FAMILY)
        and (bool(known & Is.EVERYDAY) or not known & Is.FAMILY)
    )
