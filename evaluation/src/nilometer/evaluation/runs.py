"""A run: asks every scorer about what is new in the warehouse and writes what they find as Score rows.

Once its scores are written, a run leaves per scorer the newest snapshot that it has seen, as an offset in the warehouse
(cluster `evaluation`, topic the evaluator). Running twice adds nothing, also after a kill; a new version of a scorer
starts from the beginning.

A late span makes its whole trace come again: spans keep their scores, and a trace whose result has changed gets a
further row, of which the latest `created_at` counts.
"""

import asyncio
import contextlib
import inspect
import logging
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Self

from nilometer.evaluation import backlog
from nilometer.evaluation.backlog import Subject
from nilometer.evaluation.scorers import SPAN_SCORERS, TRACE_SCORERS, Findings, Scorer
from nilometer.evaluation.subjects import Finding, Span, Trace
from nilometer.schemas.errors import NilometerError
from nilometer.schemas.score import Score, score_id
from nilometer.schemas.settings import Settings
from nilometer.warehouse.catalog import Catalog
from nilometer.warehouse.writer import OffsetKey, Writer

CLUSTER = "evaluation"
AnyScorer = Scorer[Any]

log = logging.getLogger(__name__)


class EvaluationError(NilometerError):
    """A scorer failed. Its text names scorers and types of errors."""


@dataclass(frozen=True, kw_only=True)
class RunResult:
    """What a run did."""

    traces: int = 0
    """Traces that were looked at."""
    spans: int = 0
    scores: dict[str, int] = field(default_factory=dict[str, int])
    """New rows, by name of the score."""
    skipped_traces: int = 0
    """Too large to be scored."""
    failed: dict[str, str] = field(default_factory=dict[str, str])
    """Evaluator → type of error. What such a scorer has not seen, it gets to see in the next run."""

    @property
    def passed(self) -> bool:
        return not self.failed

    def require(self) -> Self:
        """Itself. Raises EvaluationError where a scorer failed."""
        if self.failed:
            raise EvaluationError("; ".join(f"{name} failed: {kind}" for name, kind in sorted(self.failed.items())))
        return self


def run(
    settings: Settings,
    *,
    since: datetime | None = None,
    span_scorers: Sequence[Scorer[Span]] = SPAN_SCORERS,
    trace_scorers: Sequence[Scorer[Trace]] = TRACE_SCORERS,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> RunResult:
    """Scores what came in since each scorer's last run, or with `since` all traces with a span started since then.

    Raises WarehouseError.
    """
    scorers: list[AnyScorer] = [*span_scorers, *trace_scorers]
    with (
        contextlib.closing(Catalog(settings).reader()) as connection,
        Writer(settings) as writer,
        asyncio.Runner() as runner,
    ):
        seen = _cursors(writer, scorers)
        todo = backlog.find(connection, after=min(seen.values(), default=0), since=since)
        job = _Job(seen if since is None else dict.fromkeys(seen, -1), span_scorers, trace_scorers, runner, now)
        counts: dict[str, int] = {}
        for batch in todo.batches():
            scores = list(job.score(batch))
            writer.write(scores)
            for score in scores:
                counts[score.name] = counts.get(score.name, 0) + 1
        if todo.snapshot is not None and since is None:
            writer.write((), offsets=_advanced(seen, todo.snapshot, job.failed))
    return RunResult(
        traces=todo.traces,
        spans=todo.spans,
        scores=dict(sorted(counts.items())),
        skipped_traces=todo.skipped,
        failed=job.failed,
    )


@dataclass
class _Job:
    after: dict[str, int]
    span_scorers: Sequence[Scorer[Span]]
    trace_scorers: Sequence[Scorer[Trace]]
    runner: asyncio.Runner
    now: Callable[[], datetime]
    failed: dict[str, str] = field(default_factory=dict[str, str])

    def score(self, batch: list[Subject]) -> Iterator[Score]:
        """The scores of a batch that are not there yet."""
        for scorer in self.span_scorers:
            pairs = [(subject, span) for subject in self._due(scorer, batch) for span in subject.trace.spans]
            for (subject, span), finding in self._ask(scorer, pairs):
                event_id = score_id(span.trace_id, span.span_id, scorer.name, scorer.evaluator)
                if event_id not in subject.known.ids:
                    yield self._row(event_id, scorer, finding, span.trace_id, span.span_id, span.environment)
        for scorer in self.trace_scorers:
            pairs = [(subject, subject.trace) for subject in self._due(scorer, batch)]
            for (subject, trace), finding in self._ask(scorer, pairs):
                event_id = _trace_score_id(scorer, trace, subject, finding)
                if event_id is not None:
                    yield self._row(event_id, scorer, finding, trace.trace_id, None, trace.environment)

    def _due(self, scorer: AnyScorer, batch: list[Subject]) -> list[Subject]:
        return [subject for subject in batch if subject.snapshot > self.after[scorer.evaluator]]

    def _ask(
        self, scorer: AnyScorer, pairs: list[tuple[Subject, Any]]
    ) -> Iterator[tuple[tuple[Subject, Any], Finding]]:
        """What the scorer finds. One that fails is not asked again in this run, and the others go on."""
        if not pairs or scorer.evaluator in self.failed:
            return
        try:
            found = scorer.score([subject for _, subject in pairs])
            findings = self.runner.run(_awaited(found)) if inspect.isawaitable(found) else found
            answered = list(zip(pairs, findings, strict=True))
        except Exception as error:
            # Its text may quote the traffic.
            self.failed[scorer.evaluator] = type(error).__name__
            log.error("%s failed: %s", scorer.evaluator, type(error).__name__)
            return
        yield from ((pair, finding) for pair, finding in answered if finding is not None)

    def _row(
        self, event_id: str, scorer: AnyScorer, finding: Finding, trace_id: str, span_id: str | None, env: str | None
    ) -> Score:
        return Score(
            event_id=event_id,
            trace_id=trace_id,
            span_id=span_id,
            name=scorer.name,
            evaluator=scorer.evaluator,
            created_at=self.now(),
            value=finding.value,
            label=finding.label,
            explanation=finding.explanation,
            environment=env,
            attributes=finding.attributes | {"better": scorer.better},
        )


async def _awaited(found: Awaitable[Findings]) -> Findings:
    return await found


def _trace_score_id(scorer: AnyScorer, trace: Trace, subject: Subject, finding: Finding) -> str | None:
    """The id of a trace's score; None where the latest one says the same. A changed result has a further id."""
    before = subject.known.results.get((scorer.name, scorer.evaluator))
    if before == (finding.value, finding.label):
        return None
    revision = "" if before is None else f"#{len(trace.spans)}"
    event_id = score_id(trace.trace_id, None, scorer.name, scorer.evaluator + revision)
    return None if event_id in subject.known.ids else event_id


def _cursors(writer: Writer, scorers: Sequence[AnyScorer]) -> dict[str, int]:
    """Evaluator → the newest snapshot that it has seen; 0 of one that has not run yet."""
    offsets = writer.offsets(CLUSTER)
    return {s.evaluator: offsets.get(OffsetKey(CLUSTER, s.evaluator, 0), 1) - 1 for s in scorers}


def _advanced(seen: dict[str, int], snapshot: int, failed: dict[str, str]) -> dict[OffsetKey, int]:
    # An offset is the one to read next.
    return {
        OffsetKey(CLUSTER, evaluator, 0): snapshot + 1
        for evaluator, before in seen.items()
        if evaluator not in failed and snapshot > before
    }
