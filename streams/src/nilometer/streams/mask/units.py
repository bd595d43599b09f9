"""One event, unit by unit: what its units give away, then each masked with that. Units that were seen before are
looked up, not walked.

A unit is one element of a list at the top of a field, such as a message, or else a whole field. How it comes out
depends on its content, on the policy of its place, and on those values given away in its event that stand in it.
"""

from collections import Counter
from collections.abc import Mapping
from typing import Any, NamedTuple, cast

from nilometer.streams.mask import kinds
from nilometer.streams.mask.actions import Actions
from nilometer.streams.mask.delta import Untraceable, apply, delta
from nilometer.streams.mask.finding import Query
from nilometer.streams.mask.learn import Heard, Learned, Needle
from nilometer.streams.mask.listen import Batch, LearningPass, handles_in
from nilometer.streams.mask.memory import Masked, Memory, Told, content_of
from nilometer.streams.mask.passes import FirstPass, MaskingPass, masked_id


class Unit(NamedTuple):
    field: str
    value: Any
    mode: str
    """How it is visited: as an `element` of a list, as a `whole` field or as an `identifier`."""
    content: bytes
    key: bytes
    """Empty where it cannot be remembered."""


class Shared:
    """What the events of one call share about units. It holds texts, and lives as long as the call."""

    def __init__(self, batch: Batch, memory: Memory) -> None:
        self.batch = batch
        self.memory = memory
        self.heard: dict[bytes, tuple[Heard, ...]] = {}
        """By unit: what it gives away, where that cannot be told by offsets."""
        self.first: dict[bytes, tuple[tuple[Heard | Query, ...], frozenset[Query]]] = {}
        """By unit: what its first walk gave."""
        self.nothing = Learned()
        self.joined: dict[tuple[int, str], tuple[list[Any], Counter[str]]] = {}
        """By event and field: a list, masked where a text is split over its elements, and what was masked so."""
        self.missing: dict[bytes, frozenset[Query]] = {}
        """By unit and learned values: what has to be asked first. Of one pass only."""
        self._needles: dict[bytes, Needle] = {}
        self._stands: dict[tuple[bytes, bytes], bool] = {}
        self._learned: dict[bytes, Learned] = {}
        self._places: dict[tuple[Actions, str], bytes] = {}

    def place(self, actions: Actions, mode: str) -> bytes:
        """What stands for a policy and a mode in keys of the memory."""
        known = self._places.get((actions, mode))
        if known is None:
            known = self._places[actions, mode] = self.memory.place(actions, mode)
        return known

    def needle(self, name: bytes, heard: Heard) -> Needle:
        known = self._needles.get(name)
        if known is None:
            known = self._needles[name] = Needle(heard)
        return known

    def standing(self, unit: Unit, needles: Mapping[bytes, Needle]) -> frozenset[bytes]:
        """The names of those values that could stand in a unit."""
        text: str | None = None
        found: list[bytes] = []
        for name, needle in needles.items():
            stands = self._stands.get((unit.key, name))
            if stands is None:
                text = unit.content.decode("utf-8", "replace").lower() if text is None else text
                stands = needle.could_stand_in(text) or (needle.is_number and _has_numbers(unit.value))
                self._stands[unit.key, name] = stands
            if stands:
                found.append(name)
        return frozenset(found)

    def learned(self, total: bytes, needles: Mapping[bytes, Needle], names: frozenset[bytes]) -> Learned:
        """Raises MaskError when there are too many values."""
        known = self._learned.get(total)
        if known is None:
            known = Learned()
            for name in names:
                known.learn(needles[name].heard)
            self._learned[total] = known
        return known


class EventPass:
    """One pass over one event. What would have to be asked first is left in `missing`; then its result is worth
    nothing."""

    def __init__(self, shared: Shared, project: str | None, units: dict[str, list[Unit]]) -> None:
        """`units`: by field, of this event; empty before its first pass."""
        self._shared = shared
        self._project = project
        self._units = units
        self._field = ""
        self._told: dict[bytes, tuple[Unit | None, Told | Heard]] = {}
        self._needles: dict[bytes, Needle] | None = None
        self._total = b""
        self.missing: set[Query] = set()
        self._early: set[Query] = set()
        self.masked: Counter[str] = Counter()

    def enter(self, field: str) -> bool:
        """False: the field is dropped."""
        self._field = field
        return not self._actions().drops_field

    # What the event gives away.

    def hear(self, value: Any) -> None:
        """What a field gives away; its queries are left in `missing` where that cannot be told yet."""
        memory = self._shared.memory
        for unit in self._of(value):
            told = memory.told.get(unit.key) if unit.key else None
            if told is not None:
                for one in told:
                    self._told.setdefault(one.name, (unit, one))
                continue
            heard = self._shared.heard.get(unit.key) if unit.key else None
            if heard is None:
                heard = self._listen(unit)
            for one in heard or ():
                self._told.setdefault(memory.name(one), (None, one))

    def named(self, text: str, kind: str) -> None:
        """A value that the event itself gives away, such as its user's id."""
        listening = LearningPass(self._shared.batch, self._project)
        listening.enter(self._field)
        listening.named(text, kind)
        for one in listening.heard:
            self._told.setdefault(self._shared.memory.name(one), (None, one))

    def settle(self) -> set[Query]:
        """Called between hearing and masking. What has to be asked first: while one unit waits for answers, all ask."""
        if self.missing:
            return self.missing | self._early
        self._total = self._shared.memory.total(self._told)
        return set()

    def _listen(self, unit: Unit) -> tuple[Heard, ...] | None:
        """What a unit gives away that was not heard before; None where something has to be asked first."""
        shared = self._shared
        first = shared.first.get(unit.key) if unit.key else None
        if first is None:
            walk = FirstPass(shared.batch, self._project, shared.nothing)
            walk.enter(unit.field)
            _visit(walk, unit)
            first = tuple(dict.fromkeys(walk.heard)), frozenset(walk.missing)
            if unit.key:
                shared.first[unit.key] = first
        heard: list[Heard] = []
        for one in first[0]:
            handles = handles_in(one, shared.batch.answers.get(one)) if isinstance(one, Query) else [one]
            if handles is None:
                self.missing |= first[1]
                return None
            heard += handles
        known = tuple(dict.fromkeys(heard))
        if unit.key:
            told = [shared.memory.told_by(one, unit.content) for one in known]
            if None in told:
                shared.heard[unit.key] = known
            else:
                shared.memory.told.put(unit.key, tuple(one for one in told if one is not None))
            # Asked now, it is answered with the others.
            self._early |= first[1]
        return known

    # How it comes out.

    def value(self, value: Any) -> Any:
        units = self._of(value)
        if not isinstance(value, list):
            return self._masked(units[0])
        self.masked.update(self._shared.joined[id(self._units), self._field][1])
        made = [self._masked(unit) for unit in units]
        same = all(new is old for new, old in zip(made, value, strict=True))
        return cast("list[Any]", value) if same else made

    def identifier(self, text: str) -> str:
        return cast("str", self._masked(self._of(text, "identifier")[0]))

    def person(self, name: str, text: str) -> str | None:
        """A user's or a session's id, the field `name`."""
        return masked_id(self, self._actions(), name, text)

    def dropped(self, value: Any) -> None:
        """A whole field that goes."""
        self.masked[kinds.DROPPED] += 1

    def _actions(self) -> Actions:
        return self._shared.batch.policy.actions(self._field, self._project)

    def _masked(self, unit: Unit) -> Any:
        shared, memory = self._shared, self._shared.memory
        if not unit.key:
            return self._walked(unit, self._all_learned(), b"")
        key = unit.key + self._total
        known = memory.masked.get(key)
        if known is None:
            needles = self._all_needles()
            names = shared.standing(unit, needles)
            total = memory.total(names)
            less = unit.key + total
            known = memory.masked.get(less) if less != key else None
            if known is None:
                missing = shared.missing.get(less)
                if missing is not None:
                    self.missing |= missing
                    return unit.value
                return self._walked(unit, shared.learned(total, needles, names), less, key)
            memory.masked.put(key, known)
        self.masked.update(dict(known.counts))
        return apply(unit.value, known.change)

    def _walked(self, unit: Unit, learned: Learned, *keys: bytes) -> Any:
        masking = MaskingPass(self._shared.batch, self._project, learned)
        masking.enter(unit.field)
        new = _visit(masking, unit)
        if masking.missing:
            self.missing |= masking.missing
            if unit.key:
                self._shared.missing[keys[0]] = frozenset(masking.missing)
            return unit.value
        self.masked.update(masking.masked)
        if unit.key:
            try:
                known = Masked(delta(unit.value, new, masking.written), tuple(sorted(masking.masked.items())))
            except Untraceable:
                return new
            for key in dict.fromkeys(keys):
                self._shared.memory.masked.put(key, known)
        return new

    def _all_needles(self) -> dict[bytes, Needle]:
        if self._needles is None:
            self._needles = {
                name: self._shared.needle(
                    name, one.heard(unit.content) if unit is not None and isinstance(one, Told) else cast("Heard", one)
                )
                for name, (unit, one) in self._told.items()
            }
        return self._needles

    def _all_learned(self) -> Learned:
        needles = self._all_needles()
        return self._shared.learned(self._total, needles, frozenset(needles))

    def _of(self, value: Any, mode: str = "") -> list[Unit]:
        """The units of the field, made once in a call."""
        known = self._units.get(self._field)
        if known is None:
            if mode or not isinstance(value, list):
                known = [self._unit(value, mode or "whole")]
            else:
                joined = self._joined(cast("list[Any]", value))
                known = [self._unit(one, "element") for one in joined or cast("list[Any]", value)]
                if joined is None:
                    return known
            self._units[self._field] = known
        return known

    def _joined(self, value: list[Any]) -> list[Any] | None:
        """The list of a field, masked where a text is split over its elements; None: something must be asked first."""
        known = self._shared.joined.get((id(self._units), self._field))
        if known is None:
            masking = MaskingPass(self._shared.batch, self._project, self._shared.nothing)
            masking.enter(self._field)
            joined = list(masking.joined(value))
            if masking.missing:
                self.missing |= masking.missing
                return None
            known = self._shared.joined[id(self._units), self._field] = joined, masking.masked
        return known[0]

    def _unit(self, value: Any, mode: str) -> Unit:
        content = content_of(value)
        if content is None:
            return Unit(self._field, value, mode, b"", b"")
        key = self._shared.memory.key(content, self._shared.place(self._actions(), mode))
        return Unit(self._field, value, mode, content, key)


def _visit(walk: MaskingPass, unit: Unit) -> Any:
    if unit.mode == "identifier":
        return walk.identifier(unit.value)
    if unit.mode == "element":
        # As `Walk.value` visits the elements of a list.
        return walk.value(unit.value, ("",), in_json=True)
    return walk.value(unit.value)


def _has_numbers(value: Any) -> bool:
    """Whether a value holds numbers that are no strings."""
    open_: list[Any] = [value]
    while open_:
        one = open_.pop()
        if isinstance(one, dict):
            open_ += cast("dict[str, Any]", one).values()
        elif isinstance(one, list | tuple):
            open_ += cast("list[Any]", one)
        elif isinstance(one, int | float) and not isinstance(one, bool):
            return True
    return False
