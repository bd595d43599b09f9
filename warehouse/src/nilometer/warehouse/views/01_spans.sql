-- Everything that was timed, with what it costs now: the price at the time, plus all corrections since.
CREATE OR REPLACE VIEW main.spans AS
WITH correction AS (
    SELECT
        event_id,
        sum(amount) AS amount,
        arg_max(currency, (booked_at, correction_id)) AS currency,
        arg_max(price_version, (booked_at, correction_id)) AS price_version
    FROM store.cost_corrections
    GROUP BY event_id
)
SELECT
    s.event_id, s.trace_id, s.span_id, s.parent_span_id, s.name, s.started_at, s.ended_at,
    (epoch_us(s.ended_at) - epoch_us(s.started_at)) / 1000.0 AS latency_ms,
    s.environment, s.service, s.project, s.feature, s.user_id, s.session_id, s.agent_name,
    s.operation, s.provider, s.request_model, s.response_model, s.response_id,
    s.status, s.error_type, s.error_message, s.finish_reason, s.time_to_first_token_ms,
    s.parameters, s.output_type, s.input_messages, s.output_messages, s.tool_definitions,
    s.input_tokens, s.output_tokens, s.cache_read_tokens, s.cache_write_tokens, s.reasoning_tokens, s.usage_source,
    CASE WHEN c.event_id IS NULL THEN s.cost ELSE coalesce(s.cost, 0) + c.amount END AS cost,
    coalesce(c.currency, s.currency) AS currency,
    coalesce(c.price_version, s.price_version) AS price_version,
    CASE WHEN c.event_id IS NULL THEN s.unpriced_reason END AS unpriced_reason,
    s.prompt_name, s.prompt_version,
    s.tool_name, s.tool_type, s.tool_call_id, s.tool_arguments, s.tool_result,
    s.retrieval_query, s.retrieval_documents, s.retrieval_top_k,
    s.attributes, s.masked, s.mask_version
FROM store.spans s
LEFT JOIN correction c ON c.event_id = s.event_id;
