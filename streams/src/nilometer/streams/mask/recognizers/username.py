"""User names made of a person's names and a number, such as `mia_li_3668`."""

import re

from presidio_analyzer import EntityRecognizer

from nilometer.streams.mask.recognizers.form import GUESS, ByForm
from nilometer.streams.mask.recognizers.lexicon import (
    Is,
    can_be_family,
    can_be_given,
    flags_of,
    is_given,
    is_ordinary,
    is_unknown,
)
from nilometer.streams.mask.recognizers.patterns import CERTAIN, recognizer

_TECHNICAL = (
    "account|agent|api|app|batch|build|call|card|case|chat|class|client|cluster|code|column|config|count|data|date|dev|"
    "doc|economy|end|error|event|"
    "feature|field|file|flight|func|function|get|gpt|group|host|id|image|index|input|item|job|key|level|line|list|log|max|"
    "message|min|mode|model|msg|node|num|number|obj|order|output|page|part|port|prod|product|project|prompt|py|query|"
    "record|ref|release|request|reservation|res|run|search|seg|server|service|session|set|span|start|status|step|table|task|test|"
    "thread|ticket|time|tmp|token|tool|trace|type|unit|update|user|val|value|var|version|window|worker|year"
)
_ACCOUNT = r"\b(?:accounts?|profiles?|members?|customers?|users?|authors?|owners?|by)"
_PART = rf"(?!(?:{_TECHNICAL})s?[_.-])[a-z]{{2,20}}"


def recognizers() -> list[EntityRecognizer]:
    return [
        ByForm(
            "UsernameRecognizer",
            "USERNAME",
            {"two names and a number": (rf"(?<![\w.@/-]){_PART}([_.-]){_PART}\1?\d{{2,8}}(?![\w@-]|\.\w)", GUESS)},
            _can_be_of_names,
        ),
        ByForm(
            "AccountUsernameRecognizer",
            "USERNAME",
            {
                "after a word for an account": (
                    rf"(?<=(?i:{_ACCOUNT})[ ]+[*_`\"']*){_PART}([_.-]){_PART}\1?\d{{2,8}}(?![\w@-]|\.\w)",
                    GUESS,
                )
            },
            _is_of_a_rare_word,
        ),
        recognizer(
            "UsernameRecognizer",
            "USERNAME",
            {
                "after its label": (
                    r"(?<=(?i:\buser[ _-]?(?:name|id)|\blogin|\bhandle)[*_`\"']*(?:[ ]+is)?[ ]*[:=]?[ ]*[*_`\"']*)"
                    r"[a-z][a-z0-9]*(?:[._-][a-z0-9]+)*[._-]?\d{2,8}\b",
                    CERTAIN,
                ),
            },
        ),
        ByForm(
            "PathUsernameRecognizer",
            "USERNAME",
            {"after a slash or a dot": (rf"(?<=[\w][./]){_PART}([_-]){_PART}\1?\d{{2,8}}(?![\w@-])", GUESS)},
            _is_of_names,
        ),
    ]


def _can_be_of_names(text: str) -> bool:
    """Not `mistral-large-2407`; but `lina_volta_9498`, where a name stands before a rare word, and `wahab_bath_5084`,
    where a word that no list has stands before one that is a family's name, too."""
    first, second = re.split(r"[._-]|\d", text)[:2]
    if is_ordinary(first):
        return False
    flags = flags_of(second)
    rare = not flags & (Is.EVERYDAY | Is.TECHNICAL)
    return (
        not is_ordinary(second)
        or (is_given(first) and rare)
        or (is_unknown(first) and bool(flags & Is.FAMILY) and len(re.findall(r"\d", text)) > 2)
    )


def _is_of_a_rare_word(text: str) -> bool:
    """After a word that says so, one word is enough: `account chaitaly_bali_5816`."""
    return not all(map(is_ordinary, re.split(r"[._-]|\d", text)[:2]))


def _is_of_names(text: str) -> bool:
    """In a path or a dotted name, two words and a number are a file's as often as a person's: only names count."""
    first, second = re.split(r"[_-]|\d", text)[:2]
    names = can_be_given(first) + (can_be_given(second) or can_be_family(second))
    return names == 2 or (names == 1 and not is_ordinary(first) and not is_ordinary(second))
