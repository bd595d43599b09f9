"""`empty_output`: did a call that went well give nothing at all, neither text nor tool call?"""

from nilometer.evaluation.scores.messages import is_empty
from nilometer.evaluation.subjects import Finding, Span

VERSION = "1"


def empty_output(span: Span) -> Finding | None:
    """1.0 empty, 0.0 not. Failed calls and embeddings are not scored; unrecorded output cannot be told."""
    if not span.is_call or span.operation == "embeddings" or span.status != "ok":
        return None
    if span.output_messages is None:
        return Finding(value=None, label="not_recorded", explanation="the output was not recorded")
    if is_empty(span.output_messages):
        return Finding(value=1.0, label="empty", explanation="neither text nor a tool call")
    return Finding(value=0.0, label="not_empty", explanation="there is text, a tool call or another part")
