"""Calls that are recorded twice within one batch, so that alerts on cost do not count them twice.

The best that a worker without a memory can do: records that come apart are told apart in the warehouse only, whose
view `duplicates` is the last word (decisions 0081 and 0099). The rules are the same, without the rarer of them.
"""

from collections import defaultdict
from collections.abc import Iterable
from datetime import timedelta

from nilometer.schemas.span import PricedSpan
from nilometer.streams.beside import beside

_APART = timedelta(seconds=1)


def without_duplicates(calls: Iterable[PricedSpan]) -> list[PricedSpan]:
    """One of each call, in the order they came; what our own SDK sends (without a scope) is never a duplicate."""
    given = list(calls)
    by_place = {(call.trace_id, call.span_id): call for call in given if call.scope is not None}
    same = _Same()
    by_answer: dict[str, PricedSpan] = {}
    for call in sorted(by_place.values(), key=lambda c: (c.started_at, c.event_id)):
        if call.response_id is not None:
            last = by_answer.get(call.response_id)
            if last is not None and _overlap(last, call):
                same.join(last.event_id, call.event_id)
            by_answer[call.response_id] = call
    within: dict[str, list[str]] = defaultdict(list)
    for call in by_place.values():
        outer = by_place.get((call.trace_id, call.parent_span_id or ""))
        if outer is not None and outer is not call and _may_be_one(call, outer):
            within[outer.event_id].append(call.event_id)
    places = {inner: outer for outer, inners in within.items() for inner in inners}
    for outer, inner in beside(by_place.values(), places):
        same.join(outer.event_id, inner.event_id)
    insides = {outer: {same.of(inner) for inner in inners} for outer, inners in within.items()}
    wrappers = [outer for outer, sets in insides.items() if len(sets) > 1 and same.of(outer) not in sets]
    for outer, sets in insides.items():
        if len(sets) == 1:
            same.join(outer, *sets)
    # What wraps several calls is none itself, nor is what wraps it alone.
    none = {same.of(outer) for outer in wrappers}
    best: dict[str, PricedSpan] = {}
    # The one that says most; of equals the outer one, which starts first.
    for call in sorted(by_place.values(), key=lambda c: (-_richness(c), c.started_at, c.event_id)):
        best.setdefault(same.of(call.event_id), call)
    kept = {call.event_id for of, call in best.items() if of not in none}
    return [call for call in given if call.scope is None or call.event_id in kept]


class _Same:
    """Sets of ids that are one."""

    def __init__(self) -> None:
        self._up: dict[str, str] = {}

    def of(self, one: str) -> str:
        """The name of its set."""
        while (above := self._up.get(one, one)) != one:
            self._up[one] = self._up.get(above, above)
            one = above
        return one

    def join(self, one: str, other: str) -> None:
        self._up[self.of(one)] = self.of(other)


def _may_be_one(call: PricedSpan, outer: PricedSpan) -> bool:
    if (call.operation == "embeddings") != (outer.operation == "embeddings"):
        return False
    if call.service == outer.service and outer.ended_at is not None and call.started_at > outer.ended_at:
        # Some leave the span of a stream behind in the context.
        return False
    return call.response_id is None or outer.response_id is None or call.response_id == outer.response_id


def _richness(call: PricedSpan) -> int:
    counted = call.usage is not None and call.usage.input_tokens is not None
    return 8 * counted + 4 * (call.response_id is not None) + (call.finish_reason is not None)


def _overlap(one: PricedSpan, other: PricedSpan) -> bool:
    one_end, other_end = one.ended_at or one.started_at, other.ended_at or other.started_at
    return one.started_at <= other_end + _APART and other.started_at <= one_end + _APART
