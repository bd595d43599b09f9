-- One row per trace. Sums are over what is known; the counts beside them say how much is not.
CREATE OR REPLACE VIEW main.traces AS
WITH span AS (
    SELECT *, operation IN ('chat', 'generate_content', 'text_completion', 'embeddings') AND duplicate_of IS NULL AS is_call
    FROM main.spans
),
total AS (
    SELECT
        trace_id,
        min(started_at) AS started_at,
        max(ended_at) AS ended_at,
        (epoch_us(max(ended_at)) - epoch_us(min(started_at))) / 1000.0 AS latency_ms,
        -- The span without a parent; where there is none, the first one, for its parent may be recorded elsewhere.
        arg_min(name, (parent_span_id IS NOT NULL, started_at, span_id)) AS root_name,
        arg_min(status, (parent_span_id IS NOT NULL, started_at, span_id)) AS status,
        arg_min(span_id, (parent_span_id IS NOT NULL, started_at, span_id)) AS root_span_id,
        bool_or(parent_span_id IS NULL) AS has_root,
        arg_min(environment, (started_at, span_id)) FILTER (environment IS NOT NULL) AS environment,
        arg_min(service, (started_at, span_id)) FILTER (service IS NOT NULL) AS service,
        arg_min(project, (started_at, span_id)) FILTER (project IS NOT NULL) AS project,
        arg_min(feature, (started_at, span_id)) FILTER (feature IS NOT NULL) AS feature,
        arg_min(user_id, (started_at, span_id)) FILTER (user_id IS NOT NULL) AS user_id,
        arg_min(session_id, (started_at, span_id)) FILTER (session_id IS NOT NULL) AS session_id,
        count(*) AS spans,
        count(*) FILTER (is_call) AS calls,
        count(*) FILTER (operation = 'execute_tool' AND duplicate_of IS NULL) AS tool_calls,
        count(*) FILTER (operation = 'retrieval') AS retrievals,
        count(*) FILTER (status = 'error' AND duplicate_of IS NULL) AS errors,
        sum(input_tokens) FILTER (is_call)::BIGINT AS input_tokens,
        sum(output_tokens) FILTER (is_call)::BIGINT AS output_tokens,
        count(*) FILTER (is_call AND (input_tokens IS NULL OR output_tokens IS NULL)) AS calls_without_tokens,
        CASE WHEN count(DISTINCT currency) FILTER (cost IS NOT NULL) = 1 THEN sum(cost) END AS cost,
        CASE WHEN count(DISTINCT currency) FILTER (cost IS NOT NULL) = 1
            THEN max(currency) FILTER (cost IS NOT NULL) END AS currency,
        count(*) FILTER (is_call AND cost IS NULL) AS unpriced_calls
    FROM span
    GROUP BY trace_id
)
SELECT
    total.* EXCLUDE (root_span_id, has_root)
        REPLACE (
            CASE WHEN has_root OR state <> 'open' THEN root_name END AS root_name,
            CASE WHEN has_root OR state <> 'open' THEN status END AS status
        ),
    state,
    CASE WHEN state <> 'open' THEN completes_at END AS completed_at,
    CASE WHEN has_root OR state <> 'open' THEN root_span_id END AS root_span_id,
    late_spans, reopenings
FROM total LEFT JOIN main.trace_states USING (trace_id);
