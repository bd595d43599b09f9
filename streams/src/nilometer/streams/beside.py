"""Calls that two instrumentations record beside each other, neither the other's parent, without an id in common.

As the warehouse tells them (decision 0099), of one batch: the closest ones pair off.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from nilometer.schemas.span import PricedSpan

_CLOSE = timedelta(milliseconds=100)
_SOON = timedelta(seconds=30)
_LAG = timedelta(milliseconds=5)
_SECOND = timedelta(seconds=1)
_LOOK = 64
"""How many earlier calls of other scopes each is compared with."""
_LLAMA_INDEX = "openinference.instrumentation.llama_index"
_TO_THEMSELVES = re.compile(
    r"opentelemetry\.instrumentation\..*|com\.anthropic\.sdk\.python|langfuse-sdk|langsmith|litellm|"
    r"mistralai_sdk_tracer|openinference\.instrumentation\.(langchain|llama_index)"
)
"""Scopes that do not hand their span on, or do not look at the one they are in."""
_MAKER = re.compile(r"^([a-z]+\.)+")
Fit = tuple[bool, bool, bool, timedelta, timedelta, str, str]


def beside(calls: Iterable[PricedSpan], places: Mapping[str, str]) -> list[tuple[PricedSpan, PricedSpan]]:
    """Outer and inner call of each pair. `places`: ids of calls within another call → that one's."""
    groups: dict[tuple[object, ...], list[PricedSpan]] = defaultdict(list)
    for call in calls:
        for name in _names(call) or {""}:
            groups[call.operation == "embeddings", name].append(call)
        if _counted(call):
            groups[_counts(call)].append(call)
    fits: dict[tuple[str, str], tuple[Fit, PricedSpan, PricedSpan]] = {}
    for group in groups.values():
        if len({call.scope for call in group}) == 1:
            continue
        group.sort(key=lambda c: (c.started_at, -(c.ended_at or c.started_at).timestamp(), c.event_id))
        for place, inside in enumerate(group):
            above = places.get(inside.event_id)
            for outside in group[max(0, place - _LOOK) : place]:
                beneath = places.get(outside.event_id)
                # What is in a call has its place, unless both are.
                if above in (None, beneath) and beneath != inside.event_id and _may_be_one(outside, inside):
                    fits[outside.event_id, inside.event_id] = (_fit(outside, inside), outside, inside)
    taken: set[tuple[str, str | None]] = set()
    found: list[tuple[PricedSpan, PricedSpan]] = []
    for _, outside, inside in sorted(fits.values(), key=lambda f: f[0]):
        sides = {(outside.event_id, inside.scope), (inside.event_id, outside.scope)}
        if not sides & taken:
            taken |= sides
            found.append((outside, inside))
    return found


def _may_be_one(outside: PricedSpan, inside: PricedSpan) -> bool:
    if outside.scope == inside.scope or (outside.response_id is not None and inside.response_id is not None):
        return False
    starts, ends, outer_end, inner_end = _gaps(outside, inside)
    if starts > _SOON:
        return False
    if outside.scope == _LLAMA_INDEX and not _counted(outside):
        # It ends the span of a stream before the stream is read.
        if inside.started_at > outer_end + _SECOND:
            return False
    elif inside.started_at > outer_end or inner_end > outer_end + _lag(inside):
        return False
    together = starts <= _CLOSE and ends <= _CLOSE
    return _alike(outside, inside, together=together)


def _alike(outside: PricedSpan, inside: PricedSpan, *, together: bool) -> bool:
    here, roots = outside.trace_id == inside.trace_id, (outside.parent_span_id, inside.parent_span_id)
    near = here or None in roots
    same_place = here or roots == (None, None)
    same_service = outside.service == inside.service
    if _counted(outside) and _counted(inside):
        if _counts(outside) != _counts(inside) or not _named_alike(outside, inside):
            return False
        return here or (same_service and near) or (together and (outside.operation != "embeddings" or same_place))
    contradicts = any(
        one is not None and other is not None and one != other
        for one, other in zip(_tokens(outside), _tokens(inside), strict=True)
    )
    if contradicts or not _names(outside) & _names(inside):
        return False
    if outside.status != inside.status and not (_tokens(outside)[0] is None and _tokens(inside)[0] is None):
        return False
    to_themselves = any(_TO_THEMSELVES.fullmatch(call.scope or "") for call in (outside, inside))
    if same_service:
        both_failed = outside.status == inside.status == "error"
        return near and (to_themselves or (both_failed and together))
    return same_place and to_themselves and together


def _fit(outside: PricedSpan, inside: PricedSpan) -> Fit:
    starts, ends, outer_end, inner_end = _gaps(outside, inside)
    uncounted = not (_counted(outside) and _counted(inside))
    unlike = outside.status != inside.status
    return uncounted, unlike, inner_end > outer_end, starts + ends, starts, outside.event_id, inside.event_id


def _gaps(outside: PricedSpan, inside: PricedSpan) -> tuple[timedelta, timedelta, datetime, datetime]:
    outer_end, inner_end = outside.ended_at or outside.started_at, inside.ended_at or inside.started_at
    return inside.started_at - outside.started_at, abs(inner_end - outer_end), outer_end, inner_end


def _lag(call: PricedSpan) -> timedelta:
    return min(max(((call.ended_at or call.started_at) - call.started_at) / 5, _LAG), _SECOND)


def _tokens(call: PricedSpan) -> tuple[int | None, int | None]:
    if call.usage is None:
        return None, None
    said = 0 if call.operation == "embeddings" else call.usage.output_tokens
    return call.usage.input_tokens, said


def _counted(call: PricedSpan) -> bool:
    return None not in _tokens(call)


def _counts(call: PricedSpan) -> tuple[object, ...]:
    return call.operation == "embeddings", *_tokens(call)


def _names(call: PricedSpan) -> set[str]:
    """Of its models, without their makers: `openai/gpt-4o`, `us.anthropic.claude-sonnet-4-5`."""
    given = (call.request_model, call.response_model)
    return {_MAKER.sub("", name.lower().rpartition("/")[2]) for name in given if name is not None}


def _named_alike(outside: PricedSpan, inside: PricedSpan) -> bool:
    ours, theirs = _names(outside), _names(inside)
    return not ours or not theirs or any(a in b or b in a for a in ours for b in theirs)
