-- One row per trace. Sums are over what is known; the counts beside them say how much is not.
CREATE OR REPLACE VIEW main.traces AS
WITH span AS (
    SELECT *, operation IN ('chat', 'generate_content', 'text_completion', 'embeddings') AND duplicate_of IS NULL AS is_call
    FROM main.spans
)
SELECT
    trace_id,
    min(started_at) AS started_at,
    max(ended_at) AS ended_at,
    (epoch_us(max(ended_at)) - epoch_us(min(started_at))) / 1000.0 AS latency_ms,
    arg_min(name, (started_at, span_id)) FILTER (parent_span_id IS NULL) AS root_name,
    arg_min(status, (started_at, span_id)) FILTER (parent_span_id IS NULL) AS status,
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
GROUP BY trace_id;
