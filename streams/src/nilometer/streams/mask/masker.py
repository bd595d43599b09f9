"""The door: raw events in, masked events out, or a failure that says why without a value."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from typing import TypeVar, cast

from nilometer.schemas.event import MaskedEvent, RawEvent
from nilometer.schemas.settings import MaskingSettings
from nilometer.streams.mask.cache import FindingsCache
from nilometer.streams.mask.engine import Engine
from nilometer.streams.mask.errors import MaskError
from nilometer.streams.mask.fields import masked_event, masked_field, texts_of
from nilometer.streams.mask.finding import Finding, Query
from nilometer.streams.mask.located import Located
from nilometer.streams.mask.nlp import MODEL_PACKAGE
from nilometer.streams.mask.passes import Batch, LearningPass, MaskingPass
from nilometer.streams.mask.places import IDENTIFIERS, PEOPLE
from nilometer.streams.mask.policy import make_policy
from nilometer.streams.mask.pseudonym import Pseudonyms
from nilometer.streams.mask.tracing import TracingPass

REVISION = 1
"""Raised with every change of what is found."""
CACHED_TEXTS = 200_000
"""About 60 MB of offsets when full."""
MAX_PASSES = 16
_PACKAGES = ("presidio-analyzer", "spacy", MODEL_PACKAGE, "phonenumbers")


_In = TypeVar("_In")
_Out = TypeVar("_Out")


@dataclass(frozen=True)
class MaskedText:
    """A text as it may be shown, and what was found in it."""

    text: str
    findings: tuple[Finding, ...]
    """Places in the text that came in, ordered."""


@dataclass(frozen=True)
class MaskFailure:
    """Why one event could not be masked. It must not be passed on."""

    error_type: str
    message: str
    """Made of types and sizes, never of values."""


class Masker:
    """Masks events under one policy. The result for an event depends on that event only, never on its batch.

    One masker serves one thread. Raises ConfigurationError where the policy makes no sense.
    """

    def __init__(
        self, settings: MaskingSettings, pseudonym_key: bytes, environment: str, earlier_keys: Sequence[bytes] = ()
    ) -> None:
        """`earlier_keys`: of pseudonyms that are known again, but no longer made."""
        self._policy = make_policy(settings, Pseudonyms((pseudonym_key, *earlier_keys), environment), environment)
        self._cache = FindingsCache(CACHED_TEXTS)
        self._engine = Engine(self._policy, self._cache)
        parts = [str(REVISION), self._policy.fingerprint(pseudonym_key), *map(version, _PACKAGES)]
        self.version = f"{REVISION}-{hashlib.sha256('/'.join(parts).encode()).hexdigest()[:12]}"
        """Which engine, model and policy this is."""

    def __repr__(self) -> str:
        return f"Masker({self.version!r}, {self._cache!r})"

    def mask(self, events: Sequence[RawEvent]) -> list[MaskedEvent | MaskFailure]:
        """One result for each event, in the same order. Never raises for what an event holds."""
        return self._settled(events, self._event)

    def mask_texts(
        self, texts: Sequence[str], field: str = "", project: str | None = None
    ) -> list[MaskedText | MaskFailure]:
        """The same for texts, each as if it stood alone in that field of an event; "": in one that no rule names."""
        return self._settled(texts, lambda text, batch: self._text(text, batch, field, project))

    def _settled(
        self, items: Sequence[_In], work: Callable[[_In, Batch], _Out | set[Query]]
    ) -> list[_Out | MaskFailure]:
        """Works on each item until it asks nothing more of the engine."""
        batch = Batch(self._policy, self._engine.context_words)
        done: dict[int, _Out | MaskFailure] = {}
        for _ in range(MAX_PASSES):
            missing: set[Query] = set()
            for index, item in enumerate(items):
                if index not in done:
                    result = _guarded(work, item, batch)
                    if isinstance(result, set):
                        missing |= cast("set[Query]", result)
                    else:
                        done[index] = result
            if not missing:
                break
            batch.answers.update(self._engine.detect(missing))
        unsettled = MaskFailure("not_settled", f"masking did not settle in {MAX_PASSES} passes")
        return [done.get(index, unsettled) for index in range(len(items))]

    def _event(self, event: RawEvent, batch: Batch) -> MaskedEvent | set[Query]:
        """The event masked, or what must be asked first."""
        project = getattr(event, "project", None)
        learning = LearningPass(batch, project)
        texts_of(event, learning)
        user_id = getattr(event, "user_id", None)
        if user_id:
            learning.enter("user_id")
            learning.named(user_id, "USERNAME")
        masking = MaskingPass(batch, project, learning.learned)
        result = masked_event(event, masking, self.version)
        return masking.missing or result

    def _text(self, text: str, batch: Batch, field: str, project: str | None) -> MaskedText | set[Query]:
        learning = LearningPass(batch, project)
        if field not in IDENTIFIERS | PEOPLE and learning.enter(field):
            learning.value(text)
        masking = MaskingPass(batch, project, learning.learned)
        masked = masked_field(field, text, masking)
        if masking.missing:
            return masking.missing
        tracing = TracingPass(batch, project, learning.learned)
        masked_field(field, Located.whole(text), tracing)
        return tracing.missing or MaskedText("" if masked is None else masked, tracing.findings())


def _guarded(
    work: Callable[[_In, Batch], _Out | set[Query]], item: _In, batch: Batch
) -> _Out | MaskFailure | set[Query]:
    try:
        return work(item, batch)
    except MaskError as error:
        return MaskFailure(error.error_type, str(error))
    except RecursionError:
        return MaskFailure("too_deep", "nested too deep")
    except Exception as error:
        return MaskFailure("internal", f"masking failed: {type(error).__name__}")
