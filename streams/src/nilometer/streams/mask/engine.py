"""Presidio over batches of texts: what is where. It fails closed, and its errors hold no text."""

import logging
from collections.abc import Iterable, Iterator, Sequence

from presidio_analyzer import AnalyzerEngine, RecognizerRegistry
from presidio_analyzer.nlp_engine import NlpArtifacts

from nilometer.streams.mask import kinds
from nilometer.streams.mask.cache import FindingsCache
from nilometer.streams.mask.errors import MaskError
from nilometer.streams.mask.finding import Finding, Findings, Query, Scope
from nilometer.streams.mask.languages import others
from nilometer.streams.mask.nlp import InstalledSpacyEngine
from nilometer.streams.mask.policy import Policy
from nilometer.streams.mask.recognizers import all_recognizers
from nilometer.streams.mask.resolve import could_hold_name, trimmed, without_overlaps

CHUNK_CHARACTERS = 20_000
"""The model's memory grows with a text's length: longer ones are read in overlapping pieces."""
CHUNK_OVERLAP = 4_000
"""More than any key or address has."""
BATCH_TEXTS = 64

Answer = Findings | MaskError


class Engine:
    """Finds what the policy masks. One of them serves one thread."""

    def __init__(self, policy: Policy, cache: FindingsCache) -> None:
        self._policy = policy
        self._cache = cache
        # Presidio's debug log would show texts.
        logging.getLogger("presidio-analyzer").setLevel(logging.WARNING)
        self._alarm = _Alarm()
        self._nlp = InstalledSpacyEngine()
        self._others = others(policy.languages)
        self._analyzer = AnalyzerEngine(
            registry=RecognizerRegistry(recognizers=all_recognizers(), supported_languages=["en"]),
            nlp_engine=self._nlp,
            supported_languages=["en"],
        )
        known = set(self._analyzer.get_supported_entities("en"))
        wanted = policy.entities & known
        self._entities: dict[Scope, list[str]] = {
            "text": sorted(wanted),
            "identifier": sorted(wanted & set(kinds.IDENTIFIER)),
            "number": sorted(wanted & set(kinds.NUMBER)),
        }
        self.context_words = frozenset(
            word.lower() for recognizer in self._analyzer.get_recognizers("en") for word in recognizer.context
        )
        """Words near a value that make some recogniser surer."""

    def detect(self, queries: Iterable[Query]) -> dict[Query, Answer]:
        """The answer to each distinct query. The answer to one does not depend on the others."""
        answers: dict[Query, Answer] = {}
        with_model: list[Query] = []
        for query in dict.fromkeys(queries):
            cached = self._cache.get(query)
            if cached is not None:
                answers[query] = cached
            elif len(query.text) > self._policy.max_text_characters:
                answers[query] = MaskError("text_too_long", f"a text of {len(query.text)} characters")
            elif query.scope == "text" and could_hold_name(query.text):
                with_model.append(query)
            else:
                answers[query] = self._guarded(query, (self._nlp.tokens_only(part) for _, part in _chunks(query.text)))
        # Equal lengths share a batch well.
        with_model.sort(key=lambda query: len(query.text))
        for start in range(0, len(with_model), BATCH_TEXTS):
            answers |= self._with_model(with_model[start : start + BATCH_TEXTS])
        for query, answer in answers.items():
            if isinstance(answer, tuple):
                self._cache.put(query, answer)
        return answers

    def _with_model(self, queries: Sequence[Query]) -> dict[Query, Answer]:
        try:
            parts = [part for query in queries for _, part in _chunks(query.text)]
            read = iter([read[1] for read in self._nlp.process_batch(parts, "en", batch_size=BATCH_TEXTS)])
        except Exception as error:
            if len(queries) == 1:
                return {queries[0]: _failure(error)}
            # One bad text must not take the others with it.
            return {query: answer for one in queries for query, answer in self._with_model([one]).items()}
        return {query: self._guarded(query, read) for query in queries}

    def _guarded(self, query: Query, read: Iterator[NlpArtifacts]) -> Answer:
        chunks = _chunks(query.text)
        try:
            artifacts = [next(read) for _ in chunks]
            found = [
                finding
                for (offset, part), artifact in zip(chunks, artifacts, strict=True)
                for finding in self._analyze(query, part, offset, artifact)
            ]
            found += self._denied(query.text)
            return without_overlaps(query.text, found)
        except Exception as error:
            return _failure(error)

    def _analyze(self, query: Query, text: str, offset: int, artifacts: NlpArtifacts) -> Iterator[Finding]:
        entities = [kind for kind in self._entities[query.scope] if kind not in query.kept]
        if not entities or not text:
            return
        self._alarm.reset()
        results = self._analyzer.analyze(
            text,
            "en",
            entities=entities,
            score_threshold=self._policy.threshold,
            context=list(query.context),
            nlp_artifacts=artifacts,
        )
        self._alarm.check()
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
        if query.scope == "text" and self._others and could_hold_name(text):
            claims += (claim for other in self._others for claim in other.findings(text) if claim.kind in entities)
        for claim in claims:
            if claim.score < self._policy.thresholds[claim.kind] or text[claim.start : claim.end] in self._policy.allow:
                continue
            for finding in trimmed(text, claim):
                if text[finding.start : finding.end] not in self._policy.allow:
                    yield finding._replace(start=finding.start + offset, end=finding.end + offset)

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


class _Alarm(logging.Handler):
    """Presidio only warns when a pattern takes too long, and goes on without it: here that is a failure."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self._rung = False
        logging.getLogger("presidio-analyzer").addHandler(self)

    def emit(self, record: logging.LogRecord) -> None:
        self._rung = self._rung or "timed out" in str(record.msg)

    def reset(self) -> None:
        self._rung = False

    def check(self) -> None:
        if self._rung:
            raise MaskError("time_out", "a pattern took too long on one text")


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
