"""Presidio over batches of texts: what is where. It fails closed, and its errors hold no text."""

import logging
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from presidio_analyzer import EntityRecognizer, RecognizerResult
from presidio_analyzer.context_aware_enhancers import LemmaContextAwareEnhancer
from presidio_analyzer.predefined_recognizers import SpacyRecognizer

from nilometer.streams.mask import kinds, limits
from nilometer.streams.mask.cache import FindingsCache
from nilometer.streams.mask.errors import MaskError
from nilometer.streams.mask.finding import Finding, Findings, Query, Scope
from nilometer.streams.mask.languages import others
from nilometer.streams.mask.nlp import MODEL_ENTITIES, InstalledSpacyEngine, Named
from nilometer.streams.mask.policy import Policy
from nilometer.streams.mask.prefilter import Candidate, Prefilter
from nilometer.streams.mask.recognizers import all_recognizers
from nilometer.streams.mask.recognizers.form import Selective
from nilometer.streams.mask.resolve import could_hold_name, trimmed, without_overlaps
from nilometer.streams.mask.words import Words

CHUNK_CHARACTERS = 20_000
"""The model's memory grows with a text's length: longer ones are read in overlapping pieces."""
CHUNK_OVERLAP = 4_000
"""More than any key or address has."""
BATCH_TEXTS = 512

_USUAL = frozenset(kinds.DEFAULT)

Answer = Findings | MaskError


class Engine:
    """Finds what the policy masks: what Presidio's `analyze` finds with the same recognisers, but that the words near
    a finding are taken as they are written, and that only those recognisers run that could find something.

    One of them serves one thread.
    """

    def __init__(self, policy: Policy, cache: FindingsCache) -> None:
        self._policy = policy
        self._cache = cache
        # Presidio's debug log would show texts.
        logging.getLogger("presidio-analyzer").setLevel(logging.WARNING)
        self._alarm = _Alarm()
        self._nlp = InstalledSpacyEngine()
        self._nlp.load()
        self._others = others(policy.languages)
        recognizers = [
            one
            for one in all_recognizers()
            # The model is asked for many texts at once. Kinds that a policy leaves out are scanned for all the same: so
            # that nearly all policies share one database of patterns.
            if not isinstance(one, SpacyRecognizer) and (policy.entities | _USUAL).intersection(one.supported_entities)
        ]
        wanted = policy.entities & MODEL_ENTITIES.union(*(one.supported_entities for one in recognizers))
        self._entities: dict[Scope, frozenset[str]] = {
            "text": wanted,
            "written": wanted,
            "identifier": wanted & set(kinds.IDENTIFIER),
            "number": wanted & set(kinds.NUMBER),
        }
        self._looked_for: dict[tuple[Scope, tuple[str, ...]], _LookedFor] = {}
        self._recognizers = recognizers
        self._prefilter = Prefilter(recognizers, policy.threshold)
        # Their patterns are compiled now: that takes seconds, and would count against the first text's limit.
        nothing = self._nlp.tokens_only("")
        for recognizer in recognizers:
            self._alarm.reset()
            recognizer.analyze("", recognizer.supported_entities, nothing)
        self._enhancer = LemmaContextAwareEnhancer()
        self.context_words = frozenset(
            word.lower()
            for recognizer in recognizers
            if policy.entities.intersection(recognizer.supported_entities)
            for word in recognizer.context or ()
        )
        """Words near a value that make some recogniser surer."""

    def detect(self, queries: Iterable[Query]) -> dict[Query, Answer]:
        """The answer to each distinct query. The answer to one does not depend on the others."""
        answers: dict[Query, Answer] = {}
        new: list[Query] = []
        for query in dict.fromkeys(queries):
            cached = self._cache.get(query)
            if cached is not None:
                answers[query] = cached
            elif len(query.text) > self._policy.max_text_characters:
                answers[query] = MaskError("text_too_long", f"a text of {len(query.text)} characters")
            else:
                new.append(query)
        for start in range(0, len(new), BATCH_TEXTS):
            # What spaCy learns of words goes with the batch: it holds no text afterwards, and does not grow.
            with self._nlp.memory_zone():
                answers |= self._detect(new[start : start + BATCH_TEXTS])
        for query in new:
            answer = answers[query]
            if isinstance(answer, tuple):
                self._cache.put(query, answer)
        return answers

    def _detect(self, queries: Sequence[Query]) -> dict[Query, Answer]:
        answers: dict[Query, Answer] = {}
        read: list[tuple[Query, list[_Part]]] = []
        for query in queries:
            try:
                read.append((query, self._parts(query)))
            except Exception as error:
                answers[query] = _failure(error)
        asked = [part for _, parts in read for part in parts if part.words is not None]
        try:
            self._nlp.name([(part.words, part.names) for part in asked if part.words is not None])
        except Exception as error:
            if len(queries) == 1:
                return {queries[0]: _failure(error)}
            # One bad text must not take the others with it.
            return {query: answer for one in queries for query, answer in self._detect([one]).items()}
        return answers | {query: self._guarded(query, parts) for query, parts in read}

    def _parts(self, query: Query) -> list["_Part"]:
        names = self._wanted(query).names and could_hold_name(query.text)
        return [_Part(offset, text, self._nlp.words(text) if names else None) for offset, text in _chunks(query.text)]

    def _wanted(self, query: Query) -> "_LookedFor":
        key = query.scope, query.kept
        found = self._looked_for.get(key)
        if found is None:
            entities = self._entities[query.scope] - set(query.kept)
            found = self._looked_for[key] = _LookedFor(
                sorted(entities),
                frozenset(one.id for one in self._recognizers if entities.intersection(one.supported_entities)),
                bool(entities & MODEL_ENTITIES) and query.scope == "text",
            )
        return found

    def _guarded(self, query: Query, parts: Sequence["_Part"]) -> Answer:
        try:
            found = [finding for part in parts for finding in self._analyze(query, part)]
            found += self._denied(query.text)
            return without_overlaps(query.text, found) if found else ()
        except Exception as error:
            return _failure(error)

    def _analyze(self, query: Query, part: "_Part") -> Iterator[Finding]:
        text = part.text
        wanted = self._wanted(query)
        if not wanted.entities or not text:
            return
        results = [
            RecognizerResult(name.kind, name.start, name.end, name.score, recognition_metadata=_MODEL_METADATA)
            for name in part.names
            if name.kind in wanted.entities
        ]
        candidates = [
            one for one in self._prefilter.candidates(text, query.context) if one.recognizer.id in wanted.recognizers
        ]
        # Not before: the first scan compiles the patterns, which takes seconds and is no text's fault.
        self._alarm.reset(self._policy.max_text_seconds)
        if candidates:
            results += self._recognized(query, part, candidates, wanted.entities)
        self._alarm.check()
        results = [result for result in results if result.score >= self._policy.threshold]
        if len(results) > 1:
            results = EntityRecognizer.remove_duplicates(results)
        claims = [
            Finding(
                result.start,
                result.end,
                result.entity_type,
                float(result.score),
                str((result.recognition_metadata or {}).get(result.RECOGNIZER_NAME_KEY, "")),
            )
            for result in results
        ]
        if wanted.names and self._others and could_hold_name(text):
            found = (claim for other in self._others for claim in other.findings(text))
            claims += (claim for claim in found if claim.kind in wanted.entities)
        for claim in claims:
            if claim.score < self._policy.thresholds[claim.kind] or text[claim.start : claim.end] in self._policy.allow:
                continue
            for finding in trimmed(text, claim):
                if text[finding.start : finding.end] not in self._policy.allow:
                    yield finding._replace(start=finding.start + part.offset, end=finding.end + part.offset)

    def _recognized(
        self, query: Query, part: "_Part", candidates: Sequence[Candidate], entities: list[str]
    ) -> list[RecognizerResult]:
        """What they claim, surer where one of their context words stands before it or is in the query."""
        artifacts = self._nlp.artifacts(part.text)
        results: list[RecognizerResult] = []
        for recognizer, patterns in candidates:
            if isinstance(recognizer, Selective):
                found = recognizer.analyze_by(patterns, part.text, entities)
            else:
                found = recognizer.analyze(part.text, entities, artifacts) or ()
            for result in found:
                metadata = result.recognition_metadata = result.recognition_metadata or {}
                metadata.setdefault(RecognizerResult.RECOGNIZER_IDENTIFIER_KEY, recognizer.id)
                metadata.setdefault(RecognizerResult.RECOGNIZER_NAME_KEY, recognizer.name)
                results.append(result)
        context = list(query.context)
        recognizers = [candidate.recognizer for candidate in candidates]
        for recognizer in recognizers:
            if type(recognizer).enhance_using_context is not EntityRecognizer.enhance_using_context:
                own = [result for result in results if _is_of(result, recognizer)]
                others = [result for result in results if not _is_of(result, recognizer)]
                results = others + recognizer.enhance_using_context(
                    text=part.text,
                    raw_recognizer_results=own,
                    other_raw_recognizer_results=others,
                    nlp_artifacts=artifacts,
                    context=context,
                )
        if not any(_is_of(result, one) for one in recognizers if one.context for result in results):
            return results
        return self._enhancer.enhance_using_context(part.text, results, artifacts, recognizers, context)

    def _denied(self, text: str) -> Iterator[Finding]:
        if not self._policy.deny:
            return
        folded = text.lower()
        # A few letters change their length in lower case; then the texts are compared as they are.
        hay, fold = (folded, str.lower) if len(folded) == len(text) else (text, str)
        for entry in self._policy.deny:
            needle = fold(entry)
            start = hay.find(needle)
            while start >= 0:
                yield Finding(start, start + len(needle), kinds.DENIED, 1.0, "deny")
                start = hay.find(needle, start + len(needle))


@dataclass(frozen=True)
class _LookedFor:
    entities: list[str]
    recognizers: frozenset[str]
    """Ids of those who find one of them."""
    names: bool
    """Whether the model is asked, too."""


@dataclass(frozen=True, repr=False)
class _Part:
    """A text, or a piece of a long one, and its words where names are looked for in it."""

    offset: int
    text: str
    words: Words | None
    names: list[Named] = field(default_factory=list[Named])


_MODEL_METADATA = dict.fromkeys(
    (RecognizerResult.RECOGNIZER_NAME_KEY, RecognizerResult.RECOGNIZER_IDENTIFIER_KEY), SpacyRecognizer().name
)


def _is_of(result: RecognizerResult, recognizer: EntityRecognizer) -> bool:
    metadata = result.recognition_metadata or {}
    return metadata.get(RecognizerResult.RECOGNIZER_IDENTIFIER_KEY) == recognizer.id


class _Alarm(logging.Handler):
    """Presidio only warns when a pattern takes too long, and goes on without it: here that is a failure at once."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        limits.install()
        logging.getLogger("presidio-analyzer").addHandler(self)

    def emit(self, record: logging.LogRecord) -> None:
        if "timed out" in str(record.msg):
            raise MaskError("time_out", "patterns took too long on one text")

    def reset(self, seconds: float = limits.MAX_SECONDS) -> None:
        limits.CLOCK.start(seconds)

    def check(self) -> None:
        # What asks no pattern of Presidio's may have been slow as well.
        if float(limits.CLOCK) <= limits.LEAST:
            raise MaskError("time_out", "patterns took too long on one text")


def _chunks(text: str) -> list[tuple[int, str]]:
    """Offset and text of the pieces; each but the first repeats the end of the one before."""
    if len(text) <= CHUNK_CHARACTERS:
        return [(0, text)]
    step = CHUNK_CHARACTERS - CHUNK_OVERLAP
    return [(start, text[start : start + CHUNK_CHARACTERS]) for start in range(0, len(text) - CHUNK_OVERLAP, step)]


def _failure(error: Exception) -> MaskError:
    if isinstance(error, MaskError):
        return error
    return MaskError("engine", f"the engine failed on one text: {type(error).__name__}")
