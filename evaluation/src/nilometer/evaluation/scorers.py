"""What a scorer is, and all that there are.

A scorer gets subjects in batches and gives one finding, or None, for each. It may do so at once, as rules do, or
later (`async def score`), as a judge does that asks a model many things at a time; what the judge cost and which model
it was go into the finding's attributes.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Generic, Literal, Protocol, TypeVar

from nilometer.evaluation.scores import (
    empty_output,
    refusal,
    repeated_tool_calls,
    tool_call_validity,
    trace_outcome,
    valid_json,
)
from nilometer.evaluation.subjects import Finding, Span, Trace

Better = Literal["higher", "lower"]
Findings = Sequence[Finding | None]
Subject = TypeVar("Subject", contravariant=True)


class Scorer(Protocol[Subject]):
    """Scores spans (`Scorer[Span]`) or traces (`Scorer[Trace]`)."""

    @property
    def name(self) -> str:
        """`gen_ai.evaluation.name`."""
        ...

    @property
    def better(self) -> Better:
        """Which way is good; kept as the attribute `better` of each score, for reports."""
        ...

    @property
    def evaluator(self) -> str:
        """Who scores, with its version. A new version scores everything anew, beside the old scores."""
        ...

    def score(self, subjects: Sequence[Subject], /) -> Findings | Awaitable[Findings]:
        """One finding or None for each subject, in order."""
        ...


@dataclass(frozen=True)
class Rule(Generic[Subject]):
    """A scorer made of a pure function of one subject."""

    name: str
    version: str
    better: Better
    function: Callable[[Subject], Finding | None]

    @property
    def evaluator(self) -> str:
        return f"nilometer.rules.{self.name}/{self.version}"

    def score(self, subjects: Sequence[Subject], /) -> Findings:
        return [self.function(subject) for subject in subjects]


SPAN_SCORERS: tuple[Scorer[Span], ...] = (
    Rule("valid_json", valid_json.VERSION, "higher", valid_json.valid_json),
    Rule("refusal", refusal.VERSION, "lower", refusal.refusal),
    Rule("empty_output", empty_output.VERSION, "lower", empty_output.empty_output),
    Rule("tool_call_validity", tool_call_validity.VERSION, "higher", tool_call_validity.tool_call_validity),
)
TRACE_SCORERS: tuple[Scorer[Trace], ...] = (
    Rule("repeated_tool_calls", repeated_tool_calls.VERSION, "lower", repeated_tool_calls.repeated_tool_calls),
    Rule("trace_outcome", trace_outcome.VERSION, "higher", trace_outcome.trace_outcome),
)
