"""The unions of what flows: raw events in, published events out."""

from nilometer.schemas.feedback import MaskedFeedback, RawFeedback
from nilometer.schemas.score import RawScore, Score
from nilometer.schemas.span import MaskedSpan, PricedSpan, RawSpan

RawEvent = RawSpan | RawFeedback | RawScore
"""What an application sends; told apart by the JSON field `type`: span, feedback or score."""

MaskedEvent = MaskedSpan | MaskedFeedback | Score
"""What leaves the masking step."""

Event = PricedSpan | MaskedFeedback | Score
"""What the topic `events` carries."""
