"""What must hold of loaded rows: per view the narrow columns to look at, and the expectations on them.

No column of contents (messages, arguments, names of people) is read. An expectation is an *error* when a row breaks the
contract of the warehouse, a *warning* when it may well be true and somebody should look.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Severity = Literal["error", "warning"]


@dataclass(frozen=True)
class Expectation:
    """An expectation of Great Expectations: its type without `expect_`, and its arguments."""

    kind: str
    severity: Severity = "error"
    arguments: Mapping[str, Any] = field(default_factory=dict[str, Any])
    mostly: float = 1.0
    """Which share of the rows must meet it."""

    @property
    def subject(self) -> str:
        """The column or columns it is about."""
        columns = (self.arguments.get(name) for name in ("column", "column_A", "column_B"))
        return ", ".join(str(column) for column in columns if column)


@dataclass(frozen=True)
class Suite:
    """Expectations on the rows of a query. `key` identifies a row in samples."""

    name: str
    query: str
    """Takes `$now` and `$since`, both TIMESTAMPTZ, the latter perhaps NULL."""
    key: str
    expectations: tuple[Expectation, ...]


def _not_null(*columns: str, severity: Severity = "error", mostly: float = 1.0) -> tuple[Expectation, ...]:
    return tuple(Expectation("column_values_to_not_be_null", severity, {"column": c}, mostly) for c in columns)


def _between(
    column: str, low: float | None, high: float | None = None, severity: Severity = "error", mostly: float = 1.0
) -> Expectation:
    arguments = {"column": column, "min_value": low, "max_value": high}
    return Expectation("column_values_to_be_between", severity, arguments, mostly)


def _one_of(column: str, *values: str) -> Expectation:
    return Expectation("column_values_to_be_in_set", arguments={"column": column, "value_set": list(values)})


def _matches(column: str, regex: str) -> Expectation:
    return Expectation("column_values_to_match_regex", arguments={"column": column, "regex": regex})


def _at_most(part: str, whole: str) -> Expectation:
    arguments = {"column_A": whole, "column_B": part, "or_equal": True, "ignore_row_if": "either_value_is_missing"}
    return Expectation("column_pair_values_a_to_be_greater_than_b", arguments=arguments)


def _holds(column: str, severity: Severity = "error", mostly: float = 1.0) -> Expectation:
    """A column that the query computes: 1 where the row is as it should be, 0 where not, NULL where it is not asked."""
    return _between(column, 1, 1, severity, mostly)


_TRACE = _matches("trace_id", "^[0-9a-f]{32}$")
_SPAN = _matches("span_id", "^[0-9a-f]{16}$")
# Settings decide what the chain lets in; this is what no setting should.
_TIMES = _between("age_seconds", -7 * 86_400, 50 * 366 * 86_400)
_STATUS = _one_of("status", "ok", "error")

SPANS = Suite(
    "spans",
    """
    SELECT s.event_id, s.trace_id, s.span_id, s.copies, epoch($now) - epoch(s.started_at) AS age_seconds, s.status,
        CASE WHEN s.parent_span_id IS NOT NULL THEN (p.span_id IS NOT NULL)::INTEGER END AS parent_arrived,
        CASE WHEN s.parent_span_id IS NOT NULL THEN (s.parent_span_id <> s.span_id)::INTEGER END AS not_own_parent
    FROM (
        SELECT event_id, trace_id, span_id, parent_span_id, started_at, status,
            count(*) OVER (PARTITION BY event_id) AS copies
        FROM lake.main.spans
    ) s
    LEFT JOIN (SELECT DISTINCT trace_id, span_id FROM lake.main.spans) p
        ON p.trace_id = s.trace_id AND p.span_id = s.parent_span_id
    WHERE $since IS NULL OR s.started_at >= $since
    """,
    "event_id",
    (
        *_not_null("event_id", "trace_id", "span_id", "age_seconds"),
        _TRACE,
        _SPAN,
        _between("copies", 1, 1),
        _STATUS,
        _TIMES,
        _holds("not_own_parent"),
        # A parent may be in a service that sends us nothing.
        _holds("parent_arrived", "warning", mostly=0.99),
    ),
)

CALLS = Suite(
    "calls",
    """
    SELECT event_id, trace_id, latency_ms, input_tokens, output_tokens, cache_read_tokens, cache_write_tokens,
        reasoning_tokens, usage_source, provider, request_model, cost::DOUBLE AS cost,
        CASE WHEN cache_read_tokens IS NOT NULL OR cache_write_tokens IS NOT NULL
            THEN coalesce(cache_read_tokens, 0) + coalesce(cache_write_tokens, 0) END AS cached_tokens,
        (cost IS NOT NULL OR unpriced_reason IS NOT NULL)::INTEGER AS cost_known_or_explained,
        CASE WHEN cost IS NOT NULL THEN (currency IS NOT NULL AND price_version IS NOT NULL)::INTEGER END
            AS cost_has_currency_and_version,
        (cost IS NOT NULL)::INTEGER AS priced,
        CASE WHEN status = 'ok' THEN (input_tokens IS NOT NULL AND output_tokens IS NOT NULL)::INTEGER END
            AS tokens_known,
        CASE WHEN input_tokens IS NOT NULL OR output_tokens IS NOT NULL THEN (usage_source IS NOT NULL)::INTEGER END
            AS tokens_have_source
    FROM lake.main.calls WHERE $since IS NULL OR started_at >= $since
    """,
    "event_id",
    (
        *_not_null("event_id", "trace_id"),
        _between("latency_ms", 0),
        *(_between(column, 0) for column in ("input_tokens", "output_tokens", "cache_read_tokens")),
        *(_between(column, 0) for column in ("cache_write_tokens", "reasoning_tokens", "cost")),
        _at_most("cached_tokens", "input_tokens"),
        _at_most("reasoning_tokens", "output_tokens"),
        _one_of("usage_source", "reported", "estimated"),
        _holds("tokens_have_source"),
        _holds("cost_known_or_explained"),
        _holds("cost_has_currency_and_version"),
        *_not_null("provider", "request_model", severity="warning"),
        _holds("tokens_known", "warning", mostly=0.95),
        _holds("priced", "warning", mostly=0.95),
    ),
)

TOOL_CALLS = Suite(
    "tool_calls",
    """
    SELECT event_id, trace_id, latency_ms, tool_name FROM lake.main.tool_calls
    WHERE $since IS NULL OR started_at >= $since
    """,
    "event_id",
    (
        *_not_null("event_id", "trace_id"),
        _between("latency_ms", 0),
        *_not_null("tool_name", severity="warning"),
    ),
)

TRACES = Suite(
    "traces",
    """
    SELECT trace_id, latency_ms, spans, cost::DOUBLE AS cost, status
    FROM lake.main.traces WHERE $since IS NULL OR started_at >= $since
    """,
    "trace_id",
    (
        _TRACE,
        _between("latency_ms", 0),
        _between("spans", 1),
        _between("spans", None, 5_000, "warning"),
        _between("cost", 0),
        # NULL until the root has arrived.
        *_not_null("status", severity="warning", mostly=0.99),
    ),
)

SCORES = Suite(
    "scores",
    """
    SELECT event_id, trace_id, name, evaluator, (isfinite(value) OR value IS NULL)::INTEGER AS value_finite
    FROM lake.main.score_changes WHERE ($since IS NULL OR created_at >= $since)
    """,
    "event_id",
    (*_not_null("event_id", "trace_id", "name", "evaluator"), _holds("value_finite")),
)

FLOW = Suite(
    "flow",
    """
    WITH recent AS (
        SELECT
            count(*) FILTER (started_at > $now - INTERVAL 1 DAY AND started_at <= $now) AS calls,
            count(*) FILTER (started_at <= $now - INTERVAL 1 DAY) AS calls_day_before,
            (SELECT count(*) FROM lake.main.dead_letters WHERE failed_at > $now - INTERVAL 1 DAY) AS dead_letters
        FROM lake.main.calls WHERE started_at > $now - INTERVAL 2 DAY
    )
    SELECT 'last 24 hours' AS what,
        (epoch($now) - epoch((SELECT max(started_at) FROM lake.main.spans))) / 3600 AS hours_since_newest_span,
        CASE WHEN calls_day_before >= 100 THEN calls / calls_day_before END AS calls_against_day_before,
        CASE WHEN calls + dead_letters > 0 THEN dead_letters / (calls + dead_letters) END AS dead_letter_share
    FROM recent
    """,
    "what",
    (
        *_not_null("hours_since_newest_span", severity="warning"),
        _between("hours_since_newest_span", None, 24, "warning"),
        _between("calls_against_day_before", 0.5, 2.0, "warning"),
        _between("dead_letter_share", None, 0.01, "warning"),
    ),
)

SUITES = (SPANS, CALLS, TOOL_CALLS, TRACES, SCORES, FLOW)
