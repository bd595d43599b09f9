"""Feedback: what a person said of a trace or of one of its spans."""

from datetime import datetime
from typing import Any, Literal

import msgspec

from nilometer.schemas.ids import event_id

Thumbs = Literal["up", "down"]


class FeedbackFields(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What every stage of feedback has."""

    feedback_id: str
    """Given by the sender; the same id sent again is the same feedback."""
    trace_id: str
    created_at: datetime
    span_id: str | None = None
    thumbs: Thumbs | None = None
    rating: float | None = None
    comment: str | None = None
    correction: str | None = None
    environment: str | None = None
    service: str | None = None
    user_id: str | None = None
    attributes: dict[str, Any] = {}


class RawFeedback(
    FeedbackFields, frozen=True, kw_only=True, tag_field="type", tag="feedback", forbid_unknown_fields=True
):
    """Feedback as it came in: unmasked."""

    @property
    def event_id(self) -> str:
        return event_id("feedback", self.trace_id, self.feedback_id)


class MaskedFeedback(FeedbackFields, frozen=True, kw_only=True, tag_field="type", tag="feedback"):
    """Feedback whose texts have been masked."""

    event_id: str
    masked: dict[str, int] = {}
    mask_version: str = ""
