"""The unions of what flows: raw events in, published events out."""

from nilometer.schemas.detail import RawSpanDetail, SpanDetail
from nilometer.schemas.feedback import MaskedFeedback, RawFeedback
from nilometer.schemas.score import RawScore, Score
from nilometer.schemas.span import MaskedSpan, PricedSpan, RawSpan

RawEvent = RawSpan | RawFeedback | RawScore | RawSpanDetail
"""What an application sends; told apart by the JSON field `type`: span, feedback, score or span_detail."""

MaskedEvent = MaskedSpan | MaskedFeedback | Score | SpanDetail
"""What leaves the masking step."""

Event = PricedSpan | MaskedFeedback | Score | SpanDetail
"""What the topic `events` carries."""
