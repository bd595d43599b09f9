"""Other languages than English: their spaCy model, where it is installed, looks for names beside the English one."""

import importlib
import importlib.util
from collections.abc import Iterator, Sequence
from typing import Any

from nilometer.schemas.errors import ConfigurationError
from nilometer.streams.mask.finding import Finding

ENGLISH = "en"
MODEL_RECOGNIZER = "SpacyRecognizer"
"""As Presidio calls what a model found."""
_NAMES = ("core_news_lg", "core_news_md", "core_news_sm", "core_web_lg", "core_web_md", "core_web_sm", "ent_wiki_sm")
_KINDS = {
    **dict.fromkeys(("PER", "PERSON", "persName"), "PERSON"),
    **dict.fromkeys(("LOC", "GPE", "FAC", "placeName", "geogName"), "LOCATION"),
    **dict.fromkeys(("ORG", "orgName"), "ORGANIZATION"),
    **dict.fromkeys(("NORP",), "NRP"),
}
_SCORE = 0.85
"""Presidio's for what a model finds."""


def model_package(language: str) -> str:
    """The package of a language's spaCy model. Raises ConfigurationError where none is installed."""
    names = [f"{language}_{name}" for name in _NAMES] if language.isascii() and language.isalpha() else []
    for name in names:
        if importlib.util.find_spec(name) is not None:
            return name
    raise ConfigurationError(
        f"masking.languages: no spaCy model for {language!r} is installed: install one as a package, "
        f"e.g. {language}_core_news_sm, beside Nilometer; `en` comes with it"
    )


class OtherLanguage:
    """What the model of one language finds. Raises ConfigurationError where it is not installed or has no names."""

    def __init__(self, language: str) -> None:
        self.package = model_package(language)
        self._nlp: Any = importlib.import_module(self.package).load()
        if not {"ner", "entity_ruler"} & set(self._nlp.pipe_names):
            raise ConfigurationError(f"masking.languages: the model {self.package} finds no names")

    def findings(self, text: str) -> Iterator[Finding]:
        for entity in self._nlp(text).ents:
            kind = _KINDS.get(entity.label_)
            if kind is not None:
                yield Finding(entity.start_char, entity.end_char, kind, _SCORE, MODEL_RECOGNIZER)


def others(languages: Sequence[str]) -> list[OtherLanguage]:
    return [OtherLanguage(language) for language in languages if language != ENGLISH]
