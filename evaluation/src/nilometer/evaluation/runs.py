"""A run: asks every scorer about what is new in the warehouse and writes what they find as Score rows.

Only finished traces are scored (decision 0097). Once its scores are written, a run leaves per scorer how far it has
come, as offsets in the warehouse (`cursors`). Running twice adds nothing, also after a kill; a new version of a scorer
starts from the beginning.

What arrives late opens its trace again, and once that is finished the whole of it comes again: where a result has
changed it gets a further row, of which the latest `created_at` counts.
"""

import asyncio
import contextlib
import inspect
import itertools
import logging
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Self

from nilometer.evaluation import backlog, cursors
from nilometer.evaluation.backlog import NOTHING, Mark, Subject, lowest
from nilometer.evaluation.scorers import SPAN_SCORERS, TRACE_SCORERS, Findings, Scorer
from nilometer.evaluation.subjects import Finding, Span, Trace
from nilometer.schemas.errors import NilometerError
from nilometer.schemas.score import Score, score_id
from nilometer.schemas.settings import Settings
from nilometer.warehouse.catalog import Catalog
from nilometer.warehouse.writer import Writer

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
    open_traces: int = 0
    """Not finished yet: a later run scores them."""
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
    """Scores what was finished since each scorer's last run, or with `since` all traces with a span started since then.

    `now`: by when a trace must be finished, and when its scores are given. Raises WarehouseError.
    """
    scorers: list[AnyScorer] = [*span_scorers, *trace_scorers]
    with (
        contextlib.closing(Catalog(settings).reader()) as connection,
        Writer(settings) as writer,
        asyncio.Runner() as runner,
    ):
        seen = cursors.read(writer, settings.traces, [scorer.evaluator for scorer in scorers])
        if since is not None:
            seen = dict.fromkeys(seen, NOTHING)
        todo = backlog.find(connection, after=lowest(seen.values()), since=since, now=now())
        job = _Job(seen, span_scorers, trace_scorers, runner, now)
        counts: dict[str, int] = {}
        for batch in todo.batches():
            scores = list(job.score(batch))
            writer.write(scores)
            for score in scores:
                counts[score.name] = counts.get(score.name, 0) + 1
        if since is None:
            done = {evaluator: before for evaluator, before in seen.items() if evaluator not in job.failed}
            writer.write((), offsets=cursors.advanced(done, todo.seen, settings.traces))
    return RunResult(
        traces=todo.traces,
        spans=todo.spans,
        scores=dict(sorted(counts.items())),
        skipped_traces=todo.skipped,
        open_traces=todo.open,
        failed=job.failed,
    )


@dataclass
class _Job:
    after: dict[str, Mark]
    span_scorers: Sequence[Scorer[Span]]
    trace_scorers: Sequence[Scorer[Trace]]
    runner: asyncio.Runner
    now: Callable[[], datetime]
    failed: dict[str, str] = field(default_factory=dict[str, str])

    def score(self, batch: list[Subject]) -> Iterator[Score]:
        """The scores of a batch that are not there yet."""
        for scorer in self.span_scorers:
            pairs = [
                (subject, span)
                for subject in self._due(scorer, batch)
                for span in subject.trace.spans
                if span.duplicate_of is None
            ]
            for (subject, span), finding in self._ask(scorer, pairs):
                event_id = _new_id(scorer, subject, span.span_id, finding)
                if event_id is not None:
                    yield self._row(event_id, scorer, finding, span.trace_id, span.span_id, span.environment)
        for scorer in self.trace_scorers:
            pairs = [(subject, subject.trace) for subject in self._due(scorer, batch)]
            for (subject, trace), finding in self._ask(scorer, pairs):
                event_id = _new_id(scorer, subject, None, finding)
                if event_id is not None:
                    yield self._row(event_id, scorer, finding, trace.trace_id, None, trace.environment)

    def _due(self, scorer: AnyScorer, batch: list[Subject]) -> list[Subject]:
        return [subject for subject in batch if subject.seen.later(self.after[scorer.evaluator])]

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


def _new_id(scorer: AnyScorer, subject: Subject, span_id: str | None, finding: Finding) -> str | None:
    """The id of a score; None where the latest one says the same. A changed result has a further id."""
    known, trace_id = subject.known, subject.trace.trace_id
    before = known.results.get((span_id, scorer.name, scorer.evaluator))
    if before == (finding.value, finding.label):
        return None
    ids = (score_id(trace_id, span_id, scorer.name, scorer.evaluator + revision) for revision in _revisions())
    return next(event_id for event_id in ids if event_id not in known.ids)


def _revisions() -> Iterator[str]:
    yield ""
    for number in itertools.count(2):
        yield f"#{number}"
