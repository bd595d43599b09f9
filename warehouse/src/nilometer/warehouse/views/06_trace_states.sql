-- Whether more of a trace is to be expected, by when its rows arrived and what the time is now (decision 0097).
-- The settings [traces] come as variables of the session; other sessions than ours have their defaults.
CREATE OR REPLACE VIEW main.trace_states AS
WITH rule AS (
    SELECT
        to_microseconds((1e6 * coalesce(getvariable('traces_quiet_seconds'), 10))::BIGINT) AS quiet,
        to_microseconds((1e6 * coalesce(getvariable('traces_timeout_seconds'), 300))::BIGINT) AS timeout,
        to_microseconds((1e6 * coalesce(getvariable('traces_max_open_seconds'), 3600))::BIGINT) AS max_open
),
arrival AS (
    -- What has no scope came from our SDK or an importer, which send a span when it is over, be its end known or not.
    SELECT
        trace_id, arrived_at, 1 AS spans,
        parent_span_id IS NULL AND (ended_at IS NOT NULL OR scope IS NULL) AS ends
    FROM store.spans
    UNION ALL
    SELECT trace_id, arrived_at, 0, false FROM store.span_details
),
trace AS (
    SELECT
        trace_id, min(arrived_at) AS first_arrival, max(arrived_at) AS last_arrival,
        count(*) > count(arrived_at) AND count(arrived_at) > 0 AS some_from_files,
        bool_or(ends) AS root_ended
    FROM arrival
    GROUP BY trace_id
    HAVING sum(spans) > 0
),
-- A trace that was finished before its last rows came. Few are, and only they are looked at arrival by arrival.
suspect AS (
    SELECT trace_id FROM trace, rule
    WHERE some_from_files OR last_arrival - first_arrival >= least(quiet, timeout, max_open)
),
step AS (
    SELECT
        trace_id, arrived_at, sum(spans) AS spans,
        bool_or(bool_or(ends)) OVER before AS ended_before,
        lag(arrived_at) OVER (PARTITION BY trace_id ORDER BY arrived_at NULLS FIRST) AS previous,
        row_number() OVER (PARTITION BY trace_id ORDER BY arrived_at NULLS FIRST) AS number
    FROM arrival SEMI JOIN suspect USING (trace_id)
    GROUP BY trace_id, arrived_at
    WINDOW before AS (
        PARTITION BY trace_id ORDER BY arrived_at NULLS FIRST ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
    )
),
-- After a pause that finished the trace the next arrival opens it again.
opening AS (
    SELECT
        trace_id, arrived_at, spans,
        number > 1 AND (previous IS NULL OR arrived_at - previous >= if(ended_before, quiet, timeout)) AS reopens
    FROM step, rule
),
life AS (
    SELECT *, count(*) FILTER (reopens) OVER (PARTITION BY trace_id ORDER BY arrived_at NULLS FIRST) AS life
    FROM opening
),
reopening AS (
    SELECT
        trace_id, max(arrived_at) FILTER (reopens) AS reopened_at, count(*) FILTER (reopens) AS reopenings,
        coalesce(sum(spans) FILTER (life > 0), 0)::BIGINT AS late_spans
    FROM life
    GROUP BY trace_id
),
closing AS (
    SELECT
        trace.*, coalesce(reopenings, 0) AS reopenings, coalesce(late_spans, 0) AS late_spans,
        last_arrival + if(root_ended, quiet, timeout) AS quiet_at,
        coalesce(reopened_at, first_arrival) + max_open AS too_long_at
    FROM trace CROSS JOIN rule LEFT JOIN reopening USING (trace_id)
)
SELECT
    trace_id,
    CASE
        WHEN last_arrival IS NULL OR (root_ended AND quiet_at <= now()) THEN 'complete'
        WHEN least(quiet_at, too_long_at) <= now() THEN 'timed_out'
        ELSE 'open'
    END AS state,
    least(quiet_at, too_long_at) AS completes_at,
    root_ended, first_arrival, last_arrival, late_spans, reopenings
FROM closing;
