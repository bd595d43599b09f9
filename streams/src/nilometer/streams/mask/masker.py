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
from nilometer.streams.mask.fields import hear_texts, masked_event, masked_field
from nilometer.streams.mask.finding import Finding, Query
from nilometer.streams.mask.learn import Learned
from nilometer.streams.mask.listen import Batch, LearningPass
from nilometer.streams.mask.located import Located
from nilometer.streams.mask.memory import Memory
from nilometer.streams.mask.nlp import MODEL_PACKAGE
from nilometer.streams.mask.passes import MaskingPass
from nilometer.streams.mask.places import IDENTIFIERS, PEOPLE
from nilometer.streams.mask.policy import make_policy
from nilometer.streams.mask.pseudonym import Pseudonyms
from nilometer.streams.mask.tracing import TracingPass
from nilometer.streams.mask.units import EventPass, Shared, Unit

REVISION = 3
"""Raised with every change of what is found."""
CACHED_TEXTS = 200_000
"""About 60 MB of offsets when full."""
REMEMBERED_UNITS = 200_000
"""Of each kind of memory."""
MAX_PASSES = 16
_PACKAGES = ("presidio-analyzer", "spacy", MODEL_PACKAGE, "phonenumbers")


_Work = tuple[RawEvent, dict[str, list[Unit]]]
"""An event, and its units as soon as they are known."""
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
        self._memory = Memory(REMEMBERED_UNITS)
        self._engine = Engine(self._policy, self._cache)
        parts = [str(REVISION), self._policy.fingerprint(pseudonym_key), *map(version, _PACKAGES)]
        self.version = f"{REVISION}-{hashlib.sha256('/'.join(parts).encode()).hexdigest()[:12]}"
        """Which engine, model and policy this is."""

    def __repr__(self) -> str:
        return f"Masker({self.version!r}, {self._cache!r}, {self._memory!r})"

    def mask(self, events: Sequence[RawEvent]) -> list[MaskedEvent | MaskFailure]:
        """One result for each event, in the same order. Never raises for what an event holds."""
        work: list[_Work] = [(event, {}) for event in events]
        return self._settled(work, self._event)

    def mask_texts(
        self, texts: Sequence[str], field: str = "", project: str | None = None
    ) -> list[MaskedText | MaskFailure]:
        """The same for texts, each as if it stood alone in that field of an event; "": in one that no rule names."""
        return self._settled(texts, lambda text, shared: self._text(text, shared.batch, field, project))

    def _settled(
        self, items: Sequence[_In], work: Callable[[_In, Shared], _Out | set[Query]]
    ) -> list[_Out | MaskFailure]:
        """Works on each item until it asks nothing more of the engine."""
        shared = Shared(Batch(self._policy, self._engine.context_words), self._memory)
        done: dict[int, _Out | MaskFailure] = {}
        for _ in range(MAX_PASSES):
            missing: set[Query] = set()
            shared.missing.clear()
            for index, item in enumerate(items):
                if index not in done:
                    result = _guarded(work, item, shared)
                    if isinstance(result, set):
                        missing |= cast("set[Query]", result)
                    else:
                        done[index] = result
            if not missing:
                break
            shared.batch.answers.update(self._engine.detect(missing))
        unsettled = MaskFailure("not_settled", f"masking did not settle in {MAX_PASSES} passes")
        return [done.get(index, unsettled) for index in range(len(items))]

    def _event(self, work: _Work, shared: Shared) -> MaskedEvent | set[Query]:
        """The event masked, or what must be asked first."""
        event, units = work
        walk = EventPass(shared, getattr(event, "project", None), units)
        hear_texts(event, walk)
        missing = walk.settle()
        if missing:
            return missing
        result = masked_event(event, walk, self.version)
        return walk.missing or result

    def _text(self, text: str, batch: Batch, field: str, project: str | None) -> MaskedText | set[Query]:
        learning = LearningPass(batch, project)
        if field not in IDENTIFIERS | PEOPLE and learning.enter(field):
            learning.value(text)
        learned = Learned()
        for heard in learning.heard:
            learned.learn(heard)
        masking = MaskingPass(batch, project, learned)
        masked = masked_field(field, text, masking)
        if learning.missing or masking.missing:
            return learning.missing | masking.missing
        tracing = TracingPass(batch, project, learned)
        masked_field(field, Located.whole(text), tracing)
        return tracing.missing or MaskedText("" if masked is None else masked, tracing.findings())


def _guarded(
    work: Callable[[_In, Shared], _Out | set[Query]], item: _In, shared: Shared
) -> _Out | MaskFailure | set[Query]:
    try:
        return work(item, shared)
    except MaskError as error:
        return MaskFailure(error.error_type, str(error))
    except RecursionError:
        return MaskFailure("too_deep", "nested too deep")
    except Exception as error:
        return MaskFailure("internal", f"masking failed: {type(error).__name__}")
