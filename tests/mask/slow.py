"""Masking the slow way: each event walked as a whole, each text through Presidio's `analyze` with all recognisers and
spaCy's own entity step. No memory, no prefilter, no batches, no digest of anything."""

from collections.abc import Iterable
from typing import Any

from presidio_analyzer import AnalyzerEngine, RecognizerRegistry
from presidio_analyzer.nlp_engine import NlpArtifacts

from nilometer.schemas.event import MaskedEvent, RawEvent
from nilometer.schemas.settings import MaskingSettings
from nilometer.streams.mask import kinds
from nilometer.streams.mask.engine import Answer
from nilometer.streams.mask.fields import masked_field
from nilometer.streams.mask.finding import Finding, Query, Scope
from nilometer.streams.mask.learn import Learned
from nilometer.streams.mask.listen import Batch, LearningPass
from nilometer.streams.mask.nlp import InstalledSpacyEngine
from nilometer.streams.mask.passes import MaskingPass
from nilometer.streams.mask.places import FIELDS, TEXTS
from nilometer.streams.mask.policy import make_policy
from nilometer.streams.mask.pseudonym import Pseudonyms
from nilometer.streams.mask.recognizers import all_recognizers
from nilometer.streams.mask.resolve import could_hold_name, trimmed, without_overlaps


class SlowMasker:
    def __init__(self, settings: MaskingSettings, key: bytes, environment: str) -> None:
        self.policy = make_policy(settings, Pseudonyms((key,), environment), environment)
        self._nlp = InstalledSpacyEngine()
        self._analyzer = AnalyzerEngine(
            registry=RecognizerRegistry(recognizers=all_recognizers(), supported_languages=["en"]),
            nlp_engine=self._nlp,
            supported_languages=["en"],
        )
        self._known = set(self._analyzer.get_supported_entities("en"))
        self._context_words = frozenset(
            word.lower() for one in self._analyzer.get_recognizers("en") for word in one.context or ()
        )
        self._answers: dict[Query, Answer] = {}

    def detect(self, queries: Iterable[Query]) -> dict[Query, Answer]:
        for query in queries:
            if query not in self._answers:
                self._answers[query] = self._answer(query)
        return {query: self._answers[query] for query in queries}

    def mask(self, event: RawEvent, version: str) -> dict[str, Any]:
        """All fields of the masked event, and its counts as `masked`."""
        batch = Batch(self.policy, self._context_words)
        while True:
            learning = LearningPass(batch, getattr(event, "project", None))
            for name in event.__struct_fields__:
                if name in TEXTS and learning.enter(name):
                    learning.value(getattr(event, name))
            if getattr(event, "user_id", None):
                learning.enter("user_id")
                learning.named(getattr(event, "user_id"), "USERNAME")  # noqa: B009
            learned = Learned()
            for heard in learning.heard:
                learned.learn(heard)
            masking = MaskingPass(batch, getattr(event, "project", None), learned)
            fields = fields_of(event, masking)
            missing = learning.missing | masking.missing
            if not missing:
                return fields | {"masked": dict(sorted(masking.masked.items())), "mask_version": version}
            batch.answers.update(self.detect(missing))

    def _answer(self, query: Query) -> Answer:
        wanted: dict[Scope, set[str]] = {
            "text": set(self.policy.entities),
            "written": set(self.policy.entities),
            "identifier": set(kinds.IDENTIFIER),
            "number": set(kinds.NUMBER),
        }
        entities = sorted(wanted[query.scope] & self.policy.entities & self._known - set(query.kept))
        if not entities:
            return ()
        artifacts = self._artifacts(query.text, names=query.scope == "text" and could_hold_name(query.text))
        results = self._analyzer.analyze(
            query.text,
            "en",
            entities=entities,
            score_threshold=self.policy.threshold,
            context=list(query.context),
            nlp_artifacts=artifacts,
        )
        found: list[Finding] = []
        for one in results:
            name = str((one.recognition_metadata or {})[one.RECOGNIZER_NAME_KEY])
            found += trimmed(query.text, Finding(one.start, one.end, one.entity_type, float(one.score), name))
        found = [one for one in found if one.score >= self.policy.thresholds[one.kind]]
        return without_overlaps(query.text, found)

    def _artifacts(self, text: str, *, names: bool) -> NlpArtifacts:
        """Words as they are written, and what spaCy's own entity step finds."""
        artifacts = self._nlp.tokens_only(text)
        if names:
            doc = self._nlp.get_nlp("en").get_pipe("ner")(artifacts.tokens)
            artifacts.entities, artifacts.scores = self._nlp._get_updated_entities(  # pyright: ignore[reportPrivateUsage]
                list(doc.ents), [0.85] * len(doc.ents)
            )
        return artifacts


def fields_of(event: RawEvent | MaskedEvent, walk: MaskingPass) -> dict[str, Any]:
    fields = {name: getattr(event, name) for name in event.__struct_fields__}
    for name, value in fields.items():
        if value is not None and name in FIELDS:
            fields[name] = masked_field(name, value, walk)
    return fields
