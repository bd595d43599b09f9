"""The chain: what happens to every event, in one place to read.

    open → decode → validate → mask → price

Each step is a pure function over a batch, `(batch, ctx) -> (ok, dead)`. Runners (the Faust worker, the backfill,
tests) are thin: they call `run` or `run_events` and deliver the outcome before they acknowledge anything.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from nilometer.schemas.deadletter import DeadLetter
from nilometer.schemas.event import Event, RawEvent
from nilometer.schemas.keys import KeyRing
from nilometer.schemas.settings import Settings
from nilometer.streams.deadletters import Line
from nilometer.streams.decode import decode, decode_events
from nilometer.streams.fit import fit
from nilometer.streams.items import Opened, Record, Refusal, Sourced
from nilometer.streams.masking import mask
from nilometer.streams.open import open_records
from nilometer.streams.price import price
from nilometer.streams.steps import Context, Masker
from nilometer.streams.validate import validate

__all__ = [
    "Context",
    "Line",
    "Masker",
    "Opened",
    "Outcome",
    "Record",
    "Refusal",
    "Sourced",
    "make_context",
    "run",
    "run_bodies",
    "run_events",
]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a batch: every event that went in is in exactly one of the two."""

    sourced: list[Sourced[Event]] = field(default_factory=list[Sourced[Event]])
    dead: list[DeadLetter] = field(default_factory=list[DeadLetter])

    @property
    def events(self) -> list[Event]:
        return [sourced.item for sourced in self.sourced]


def run(records: Sequence[Record], ctx: Context) -> Outcome:
    """Sealed records, as they come from `raw`."""
    opened, unopened = open_records(records, ctx)
    raw, undecoded = decode(opened, ctx)
    return _finish(raw, unopened + undecoded, ctx)


def run_events(sourced: Sequence[Sourced[RawEvent]], ctx: Context) -> Outcome:
    """Events that are decoded already, as importers read them from files."""
    raw, undecoded = decode_events(sourced, ctx)
    return _finish(raw, undecoded, ctx)


def run_bodies(opened: Sequence[Opened], ctx: Context) -> Outcome:
    """Bodies that need no opening, such as files of OTLP."""
    raw, undecoded = decode(opened, ctx)
    return _finish(raw, undecoded, ctx)


def _finish(raw: Sequence[Sourced[RawEvent]], dead: list[DeadLetter], ctx: Context) -> Outcome:
    valid, invalid = validate(raw, ctx)
    masked, unmasked = mask(valid, ctx)
    priced, _ = price(masked, ctx)
    fitting, too_large = fit(priced, ctx)
    return Outcome(fitting, dead + invalid + unmasked + too_large)


def make_context(
    settings: Settings,
    ring: KeyRing,
    *,
    incarnation: str = "",
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> Context:
    """The context of production. Loads the recognisers, which takes seconds. `incarnation`: `broker.cluster_id`.

    Raises ConfigurationError where the masking policy would let something through unnoticed.
    """
    # Not above: whoever reads the types of the chain should not have to load spaCy.
    from nilometer.streams.mask import Masker as PresidioMasker
    from nilometer.streams.mask import check

    check.refuse(settings.masking, settings.environment)
    masker = PresidioMasker(settings.masking, ring.pseudonym, settings.environment, ring.earlier_pseudonyms)
    # Patterns are compiled at the first text, which takes seconds: better now than while somebody's call waits.
    masker.mask_texts(["Good morning, Anna."])
    return Context(
        environment=settings.environment,
        ring=ring,
        masker=masker,
        clock=clock,
        validation=settings.validation,
        incarnation=incarnation,
        max_message_bytes=settings.topics.max_message_bytes,
    )
