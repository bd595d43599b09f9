"""The SQL behind the figures. Costs of different currencies are never added up."""

COPIES = {
    # Only what figures need, and one state of it: charts and totals agree while rows keep coming.
    "report_calls": """
        SELECT trace_id, started_at, latency_ms, feature, user_id, status, error_type,
            coalesce(response_model, request_model) AS model, provider, input_tokens, output_tokens,
            cache_read_tokens, usage_source, cost, currency, unpriced_reason
        FROM lake.main.calls
        WHERE ($since IS NULL OR started_at >= $since) AND ($until IS NULL OR started_at < $until)
    """,
    "report_traces": """
        SELECT DISTINCT trace_id, session_id FROM lake.main.spans
        WHERE ($since IS NULL OR started_at >= $since) AND ($until IS NULL OR started_at < $until)
    """,
}

TOTALS = """
    SELECT count(*) AS calls,
        count(*) FILTER (status = 'error') AS errors,
        count(*) FILTER (cost IS NULL) AS unpriced,
        count(*) FILTER (latency_ms IS NULL) AS untimed,
        count(*) FILTER (input_tokens IS NULL OR output_tokens IS NULL) AS without_tokens,
        count(*) FILTER (usage_source = 'estimated') AS estimated,
        sum(input_tokens)::BIGINT AS input_tokens,
        sum(output_tokens)::BIGINT AS output_tokens,
        sum(cache_read_tokens)::BIGINT AS cached_tokens,
        quantile_cont(latency_ms, 0.5) AS p50,
        quantile_cont(latency_ms, 0.95) AS p95,
        min(started_at) AS first_start,
        max(started_at) AS last_start,
        count(DISTINCT user_id) AS users,
        (SELECT count(DISTINCT trace_id) FROM report_traces) AS traces,
        (SELECT count(DISTINCT session_id) FROM report_traces) AS sessions
    FROM report_calls
"""

SPEND = """
    SELECT currency, sum(cost) AS cost FROM report_calls
    WHERE cost IS NOT NULL GROUP BY currency ORDER BY count(*) DESC, currency
"""

UNPRICED = """
    SELECT coalesce(unpriced_reason, 'no reason given') AS reason, count(*) AS calls
    FROM report_calls WHERE cost IS NULL GROUP BY ALL ORDER BY calls DESC, reason
"""

OVER_TIME = """
    WITH bucket AS (
        SELECT unnest(generate_series(
            date_trunc('{bucket}', min(started_at)), max(started_at), INTERVAL 1 {bucket})) AS start
        FROM report_calls
    )
    SELECT b.start,
        count(c.started_at) AS calls,
        count(*) FILTER (c.status = 'error') AS errors,
        count(*) FILTER (c.started_at IS NOT NULL AND c.cost IS NULL) AS unpriced,
        sum(c.cost) FILTER (c.currency = $currency) AS cost,
        quantile_cont(c.latency_ms, 0.5) AS p50,
        quantile_cont(c.latency_ms, 0.95) AS p95
    FROM bucket b LEFT JOIN report_calls c ON date_trunc('{bucket}', c.started_at) = b.start
    GROUP BY b.start ORDER BY b.start
"""

_COSTS = """
        count(*) AS calls,
        count(*) FILTER (status = 'error') AS errors,
        count(*) FILTER (cost IS NULL) AS unpriced,
        sum(cost) AS cost,
        sum(input_tokens)::BIGINT AS input_tokens,
        sum(output_tokens)::BIGINT AS output_tokens
"""

# Calls without a price stand in the row of their group's currency where it has only one.
_PRICED = """
    SELECT * REPLACE (coalesce(currency, group_currency) AS currency) FROM (
        SELECT *, CASE WHEN count(DISTINCT currency) OVER (PARTITION BY {by}) = 1
            THEN max(currency) OVER (PARTITION BY {by}) END AS group_currency
        FROM report_calls
    )
"""

BY_FEATURE_AND_MODEL = f"""
    SELECT feature, model, currency, {_COSTS} FROM ({_PRICED.format(by="feature, model")})
    GROUP BY feature, model, currency
    ORDER BY cost DESC NULLS LAST, calls DESC, feature NULLS LAST, model NULLS LAST, currency
"""  # noqa: S608  constants of ours

BY_USER = f"""
    SELECT user_id, currency, {_COSTS} FROM ({_PRICED.format(by="user_id")}) WHERE user_id IS NOT NULL
    GROUP BY user_id, currency ORDER BY cost DESC NULLS LAST, calls DESC, user_id, currency
"""  # noqa: S608  constants of ours

BY_MODEL = """
    SELECT provider, model, count(*) AS calls, count(latency_ms) AS timed,
        quantile_cont(latency_ms, 0.5) AS p50, quantile_cont(latency_ms, 0.95) AS p95,
        quantile_cont(latency_ms, 0.99) AS p99
    FROM report_calls GROUP BY provider, model ORDER BY calls DESC, provider NULLS LAST, model NULLS LAST
"""

ERRORS = """
    SELECT error_type, provider, model, count(*) AS calls FROM report_calls WHERE status = 'error'
    GROUP BY ALL ORDER BY calls DESC, error_type NULLS LAST, provider NULLS LAST, model NULLS LAST
"""

TOOLS = """
    SELECT tool_name, count(*) AS calls, count(*) FILTER (status = 'error') AS errors,
        quantile_cont(latency_ms, 0.5) AS p50, quantile_cont(latency_ms, 0.95) AS p95
    FROM lake.main.tool_calls
    WHERE ($since IS NULL OR started_at >= $since) AND ($until IS NULL OR started_at < $until)
    GROUP BY tool_name ORDER BY calls DESC, tool_name NULLS LAST
"""

SCORES = """
    SELECT name, evaluator, max(attributes ->> '$.better') AS better, label,
        count(*) AS scored, count(value) AS known, sum(value) AS total
    FROM lake.main.scores SEMI JOIN report_traces USING (trace_id)
    GROUP BY name, evaluator, label ORDER BY name, evaluator, scored DESC, label NULLS LAST
"""

UNFINISHED = """
    SELECT count(*) FILTER (state = 'open') AS open, count(*) FILTER (state = 'timed_out') AS timed_out
    FROM lake.main.trace_states SEMI JOIN report_traces USING (trace_id)
"""

FEEDBACK = """
    SELECT count(*) AS given, count(*) FILTER (thumbs = 'up') AS up, count(*) FILTER (thumbs = 'down') AS down,
        avg(rating) AS rating
    FROM lake.main.feedback
    WHERE ($since IS NULL OR created_at >= $since) AND ($until IS NULL OR created_at < $until)
"""

MASKED = """
    WITH masked AS (
        SELECT masked FROM lake.main.spans
        WHERE ($since IS NULL OR started_at >= $since) AND ($until IS NULL OR started_at < $until)
        UNION ALL
        SELECT masked FROM lake.main.feedback
        WHERE ($since IS NULL OR created_at >= $since) AND ($until IS NULL OR created_at < $until)
    )
    SELECT kind.key AS kind, sum(kind.value::BIGINT)::BIGINT AS found, count(*) AS events
    FROM masked, json_each(masked.masked) AS kind
    GROUP BY kind.key ORDER BY found DESC, kind
"""

ALERTS = """
    SELECT rule, severity, state, metric, value, threshold, dimensions, started_at, changed_at,
        epoch(detected_at) - epoch(changed_at) AS delay_seconds
    FROM lake.main.alerts
    WHERE ($since IS NULL OR changed_at >= $since) AND ($until IS NULL OR started_at < $until)
    ORDER BY state = 'firing' DESC, started_at DESC, rule, alert_id
"""

DEAD_LETTERS = """
    SELECT step, error_type, count(*) AS letters, max(failed_at) AS latest FROM lake.main.dead_letters
    WHERE ($since IS NULL OR failed_at >= $since) AND ($until IS NULL OR failed_at < $until)
    GROUP BY step, error_type ORDER BY letters DESC, step, error_type
"""
