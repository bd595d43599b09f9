"""Scores: what an evaluation found about a trace or a span."""

from datetime import datetime
from typing import Any

import msgspec

from nilometer.schemas.ids import event_id


class ScoreFields(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What every stage of a score has. Names follow `gen_ai.evaluation.*`."""

    trace_id: str
    name: str
    """`gen_ai.evaluation.name`, e.g. `valid_json`."""
    evaluator: str
    """Who scored, with its version, e.g. `nilometer.rules/1`: another version is another score."""
    created_at: datetime
    span_id: str | None = None
    """None where the whole trace was scored."""
    value: float | None = None
    """`gen_ai.evaluation.score.value`; yes or no is 1.0 or 0.0. None where it does not apply."""
    label: str | None = None
    explanation: str | None = None
    environment: str | None = None
    attributes: dict[str, Any] = {}


def score_id(trace_id: str, span_id: str | None, name: str, evaluator: str) -> str:
    """The event id of a score: one evaluator gives one score of a name to one span or trace."""
    return event_id("score", trace_id, span_id or "", name, evaluator)


class RawScore(ScoreFields, frozen=True, kw_only=True, tag_field="type", tag="score", forbid_unknown_fields=True):
    """A score as it came in from outside: its explanation may quote what must be masked."""

    @property
    def event_id(self) -> str:
        return score_id(self.trace_id, self.span_id, self.name, self.evaluator)


class Score(ScoreFields, frozen=True, kw_only=True, tag_field="type", tag="score"):
    """A score whose texts hold nothing unmasked: from our own evaluations, or masked."""

    event_id: str
    masked: dict[str, int] = {}
    mask_version: str = ""
