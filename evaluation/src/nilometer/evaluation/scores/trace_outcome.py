"""`trace_outcome`: how a trace ended, as far as the trace itself tells.

It knows nothing of whether the answer was right: attributes that claim to (`record.reward` of an imported benchmark,
say) are not looked at. 1.0 means that it came to an end in good order.
"""

from nilometer.evaluation.scores.messages import is_empty, tool_calls
from nilometer.evaluation.scores.refusal import PROVIDER_REASONS
from nilometer.evaluation.subjects import Finding, Span, Trace

VERSION = "1"
TRUNCATED = frozenset({"length", "max_tokens", "max_output_tokens", "MAX_TOKENS", "model_length"})

_SAID = {
    "error": "the root span failed",
    "call_error": "the last call failed",
    "truncated": "the last call was cut off at its token limit",
    "filtered": "the provider withheld the last answer",
    "empty": "the last call gave nothing",
    "unfinished": "the last call asked for a tool that was not run",
    "tool_last": "a tool ran last, and no call followed",
    "answered": "the last call answered",
    "no_calls": "no call in this trace",
    "no_root": "the root span has not arrived",
    "not_recorded": "the last call's output was not recorded",
}
_GOOD = frozenset({"answered"})
_UNKNOWN = frozenset({"tool_last", "no_calls", "no_root", "not_recorded"})


def trace_outcome(trace: Trace) -> Finding | None:
    """1.0 ended in good order, 0.0 did not, None cannot be told; the label says how. A trace without spans: None."""
    if not trace.spans:
        return None
    label = _label(trace)
    value = 1.0 if label in _GOOD else None if label in _UNKNOWN else 0.0
    calls = sum(span.is_call for span in trace.spans)
    attributes = {"spans": len(trace.spans), "calls": calls}
    return Finding(value=value, label=label, explanation=_SAID[label], attributes=attributes)


def _label(trace: Trace) -> str:
    ids = {span.span_id for span in trace.spans}
    roots = [span for span in trace.spans if span.parent_span_id is None]
    if any(span.status == "error" for span in roots):
        return "error"
    if not roots and any(span.parent_span_id not in ids for span in trace.spans):
        return "no_root"
    calls = [span for span in trace.spans if span.is_call and span.operation != "embeddings"]
    return _ending(calls[-1], [span for span in trace.spans if span.is_tool]) if calls else "no_calls"


def _ending(last: Span, tools: list[Span]) -> str:
    if last.status == "error":
        return "call_error"
    if last.finish_reason in TRUNCATED:
        return "truncated"
    if last.finish_reason in PROVIDER_REASONS:
        return "filtered"
    if last.output_messages is None:
        return "answered" if last.finish_reason in ("stop", "end_turn", "STOP") else "not_recorded"
    ran_after = any(tool.started_at >= last.started_at for tool in tools)
    if tool_calls(last.output_messages):
        return "tool_last" if ran_after else "unfinished"
    return "empty" if is_empty(last.output_messages) else "answered"
