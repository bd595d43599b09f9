"""Events of every kind, as Hypothesis makes them up."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from hypothesis import strategies as st

from nilometer.schemas.event import Event
from nilometer.schemas.feedback import MaskedFeedback, RawFeedback
from nilometer.schemas.score import RawScore, Score
from nilometer.schemas.span import PricedSpan, RawSpan, Usage

texts = st.text(st.characters(codec="utf-8"), max_size=20)
times = st.datetimes(
    min_value=datetime(1970, 1, 2),  # noqa: DTZ001
    max_value=datetime(2100, 1, 1),  # noqa: DTZ001
    timezones=st.sampled_from([UTC, timezone(timedelta(hours=-7)), timezone(timedelta(hours=5, minutes=45))]),
)
anything = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False) | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=8,
)
objects = st.dictionaries(texts, anything, max_size=3)
tokens = st.none() | st.integers(0, 2**40)
usages = st.builds(Usage, input_tokens=tokens, output_tokens=tokens, source=st.sampled_from(["reported", "estimated"]))
money = st.decimals(min_value=0, max_value=10**6, places=12)
span_fields: dict[str, st.SearchStrategy[Any]] = {
    "trace_id": texts,
    "span_id": texts,
    "name": texts,
    "started_at": times,
    "ended_at": st.none() | times,
    "operation": st.none() | texts,
    "usage": st.none() | usages,
    "parameters": st.none() | objects,
    "input_messages": st.none() | st.lists(objects, max_size=2),
    "tool_result": anything,
    "attributes": objects,
}
feedback_fields: dict[str, st.SearchStrategy[Any]] = {
    "feedback_id": texts,
    "trace_id": texts,
    "created_at": times,
    "comment": st.none() | texts,
    "rating": st.none() | st.floats(allow_nan=False, allow_infinity=False),
}
score_fields: dict[str, st.SearchStrategy[Any]] = {
    "trace_id": texts,
    "name": texts,
    "evaluator": texts,
    "created_at": times,
    "value": st.none() | st.floats(allow_nan=False, allow_infinity=False),
    "explanation": st.none() | texts,
}
masked = st.dictionaries(texts, st.integers(0, 99), max_size=2)
events: st.SearchStrategy[Event] = (
    st.builds(PricedSpan, **span_fields, event_id=texts, masked=masked, cost=st.none() | money)
    | st.builds(MaskedFeedback, **feedback_fields, event_id=texts, masked=masked)
    | st.builds(Score, **score_fields, event_id=texts, masked=masked)
)
raw_events = (
    st.builds(RawSpan, **span_fields) | st.builds(RawFeedback, **feedback_fields) | st.builds(RawScore, **score_fields)
)
