"""Calls that are recorded twice within one batch, so that alerts on cost do not count them twice.

The best that a worker without a memory can do: records that come apart are told apart in the warehouse only, whose
view `duplicates` is the last word (decision 0081). The rules are the same, without the rarer of them.
"""

from collections.abc import Iterable
from datetime import timedelta

from nilometer.schemas.span import PricedSpan

_APART = timedelta(seconds=1)


def without_duplicates(calls: Iterable[PricedSpan]) -> list[PricedSpan]:
    """One of each call, in the order they came; what our own SDK sends (without a scope) is never a duplicate."""
    given = list(calls)
    by_place = {(call.trace_id, call.span_id): call for call in given if call.scope is not None}
    by_answer: dict[str, PricedSpan] = {}
    dropped: set[str] = set()
    # The one that says most first; of equals the outer one, which starts first.
    for call in sorted(by_place.values(), key=lambda c: (-_richness(c), c.started_at, c.event_id)):
        if call.response_id is not None:
            first = by_answer.setdefault(call.response_id, call)
            if first is not call and _overlap(first, call):
                dropped.add(call.event_id)
    for call in by_place.values():
        outer = by_place.get((call.trace_id, call.parent_span_id or ""))
        if outer is None or outer is call or {call.event_id, outer.event_id} & dropped or not _may_be_one(call, outer):
            continue
        dropped.add(call.event_id if _richness(call) <= _richness(outer) else outer.event_id)
    return [call for call in given if call.event_id not in dropped]


def _may_be_one(call: PricedSpan, outer: PricedSpan) -> bool:
    if (call.operation == "embeddings") != (outer.operation == "embeddings"):
        return False
    return call.response_id is None or outer.response_id is None or call.response_id == outer.response_id


def _richness(call: PricedSpan) -> int:
    counted = call.usage is not None and call.usage.input_tokens is not None
    return 8 * counted + 4 * (call.response_id is not None) + (call.finish_reason is not None)


def _overlap(one: PricedSpan, other: PricedSpan) -> bool:
    one_end, other_end = one.ended_at or one.started_at, other.ended_at or other.started_at
    return one.started_at <= other_end + _APART and other.started_at <= one_end + _APART
