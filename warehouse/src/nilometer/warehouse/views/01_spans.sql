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
),
-- What log records say of a span: all messages in one record, or one record for each message, in their order.
detail AS (
    SELECT
        trace_id, span_id,
        coalesce(
            arg_max(input_messages, (position, event_id)) FILTER (is_whole),
            '[' || string_agg(substr(input_messages, 2, length(input_messages) - 2), ',' ORDER BY position, event_id)
                FILTER (NOT is_whole) || ']'
        )::JSON AS input_messages,
        coalesce(
            arg_max(output_messages, (position, event_id)) FILTER (is_whole),
            '[' || string_agg(substr(output_messages, 2, length(output_messages) - 2), ',' ORDER BY position, event_id)
                FILTER (NOT is_whole) || ']'
        )::JSON AS output_messages,
        arg_max(tool_definitions, (position, event_id)) AS tool_definitions
    FROM (
        SELECT * REPLACE (input_messages::VARCHAR AS input_messages, output_messages::VARCHAR AS output_messages),
            name = 'gen_ai.client.inference.operation.details' AS is_whole
        FROM store.span_details
    )
    GROUP BY trace_id, span_id
),
-- What only the duplicates of a span say of it.
other AS (
    SELECT
        d.duplicate_of,
        max(s.user_id) AS user_id,
        max(s.session_id) AS session_id,
        max(s.agent_name) AS agent_name,
        max(s.finish_reason) AS finish_reason,
        arg_min(s.input_messages, s.event_id) AS input_messages,
        arg_min(s.output_messages, s.event_id) AS output_messages
    FROM main.duplicates d
    JOIN store.spans s ON s.event_id = d.event_id
    WHERE d.duplicate_reason <> 'wrapper'
    GROUP BY d.duplicate_of
)
SELECT
    s.event_id, s.trace_id, s.span_id, s.parent_span_id, s.name, s.started_at, s.ended_at,
    (epoch_us(s.ended_at) - epoch_us(s.started_at)) / 1000.0 AS latency_ms,
    s.environment, s.service, s.project, s.feature, 
    coalesce(s.user_id, other.user_id) AS user_id, coalesce(s.session_id, other.session_id) AS session_id,
    coalesce(s.agent_name, other.agent_name) AS agent_name,
    s.operation, s.provider, s.request_model, s.response_model, s.response_id,
    s.status, s.error_type, s.error_message,
    coalesce(s.finish_reason, other.finish_reason) AS finish_reason, s.time_to_first_token_ms,
    s.parameters, s.output_type,
    coalesce(s.input_messages, detail.input_messages, other.input_messages) AS input_messages,
    coalesce(s.output_messages, detail.output_messages, other.output_messages) AS output_messages,
    coalesce(s.tool_definitions, detail.tool_definitions) AS tool_definitions,
    s.input_tokens, s.output_tokens, s.cache_read_tokens, s.cache_write_tokens, s.reasoning_tokens, s.usage_source,
    CASE WHEN c.event_id IS NULL THEN s.cost ELSE coalesce(s.cost, 0) + c.amount END AS cost,
    coalesce(c.currency, s.currency) AS currency,
    coalesce(c.price_version, s.price_version) AS price_version,
    CASE WHEN c.event_id IS NULL THEN s.unpriced_reason END AS unpriced_reason,
    s.prompt_name, s.prompt_version,
    s.tool_name, s.tool_type, s.tool_call_id, s.tool_arguments, s.tool_result,
    s.retrieval_query, s.retrieval_documents, s.retrieval_top_k,
    s.attributes, s.masked, s.mask_version, s.scope, d.duplicate_of, d.duplicate_reason
FROM store.spans s
LEFT JOIN correction c ON c.event_id = s.event_id
LEFT JOIN detail ON detail.trace_id = s.trace_id AND detail.span_id = s.span_id
LEFT JOIN main.duplicates d ON d.event_id = s.event_id
LEFT JOIN other ON other.duplicate_of = s.event_id;

-- What arrived about spans apart from them: log records and events of GenAI instrumentations.
CREATE OR REPLACE VIEW main.span_details AS
SELECT
    event_id, detail_id, trace_id, span_id, created_at, position, name, scope, environment, input_messages,
    output_messages, tool_definitions, attributes, masked, mask_version
FROM store.span_details;
