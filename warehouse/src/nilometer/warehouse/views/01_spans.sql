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
-- A row for each span that is a duplicate, and for each that has one: what only its duplicates say of it. All of it in
-- one relation, for the rule is asked once for each mention of the marks, and materialized here, where it hides nothing
-- from the optimizer but itself.
note AS (
    WITH marked AS MATERIALIZED (FROM store.duplicates_marked),
    said AS (
        SELECT event_id, duplicate_of, duplicate_reason FROM marked
        UNION ALL BY NAME
        SELECT
            duplicate_of AS event_id, user_id, session_id, agent_name, finish_reason, response_id, response_model,
            project, feature
        FROM marked
        WHERE duplicate_reason <> 'wrapper'
            AND coalesce(
                user_id, session_id, agent_name, finish_reason, response_id, response_model, project, feature
            ) IS NOT NULL
        UNION ALL BY NAME
        SELECT
            marked.duplicate_of AS event_id, arg_min(s.input_messages, s.event_id) AS input_messages,
            arg_min(s.output_messages, s.event_id) AS output_messages
        FROM marked JOIN store.spans s ON s.event_id = marked.event_id
        WHERE duplicate_reason <> 'wrapper' AND has_messages
        GROUP BY marked.duplicate_of
    )
    SELECT
        event_id, any_value(duplicate_of) AS duplicate_of, any_value(duplicate_reason) AS duplicate_reason,
        max(user_id) AS user_id, max(session_id) AS session_id, max(agent_name) AS agent_name,
        max(finish_reason) AS finish_reason, max(response_id) AS response_id, max(response_model) AS response_model,
        max(project) AS project, max(feature) AS feature,
        any_value(input_messages) AS input_messages, any_value(output_messages) AS output_messages
    FROM said
    GROUP BY event_id
)
SELECT
    s.event_id, s.trace_id, s.span_id, s.parent_span_id, s.name, s.started_at, s.ended_at,
    (epoch_us(s.ended_at) - epoch_us(s.started_at)) / 1000.0 AS latency_ms,
    s.environment, s.service,
    coalesce(s.project, note.project) AS project, coalesce(s.feature, note.feature) AS feature,
    coalesce(s.user_id, note.user_id) AS user_id, coalesce(s.session_id, note.session_id) AS session_id,
    coalesce(s.agent_name, note.agent_name) AS agent_name,
    s.operation, s.provider, s.request_model,
    coalesce(s.response_model, note.response_model) AS response_model,
    coalesce(s.response_id, note.response_id) AS response_id,
    s.status, s.error_type, s.error_message,
    coalesce(s.finish_reason, note.finish_reason) AS finish_reason, s.time_to_first_token_ms,
    s.parameters, s.output_type,
    coalesce(s.input_messages, detail.input_messages, note.input_messages) AS input_messages,
    coalesce(s.output_messages, detail.output_messages, note.output_messages) AS output_messages,
    coalesce(s.tool_definitions, detail.tool_definitions) AS tool_definitions,
    s.input_tokens, s.output_tokens, s.cache_read_tokens, s.cache_write_tokens, s.reasoning_tokens, s.usage_source,
    CASE WHEN c.event_id IS NULL THEN s.cost ELSE coalesce(s.cost, 0) + c.amount END AS cost,
    coalesce(c.currency, s.currency) AS currency,
    coalesce(c.price_version, s.price_version) AS price_version,
    CASE WHEN c.event_id IS NULL THEN s.unpriced_reason END AS unpriced_reason,
    s.prompt_name, s.prompt_version,
    s.tool_name, s.tool_type, s.tool_call_id, s.tool_arguments, s.tool_result,
    s.retrieval_query, s.retrieval_documents, s.retrieval_top_k,
    s.attributes, s.masked, s.mask_version, s.scope, note.duplicate_of, note.duplicate_reason
FROM store.spans s
LEFT JOIN note ON note.event_id = s.event_id
LEFT JOIN correction c ON c.event_id = s.event_id
LEFT JOIN detail ON detail.trace_id = s.trace_id AND detail.span_id = s.span_id;

-- What arrived about spans apart from them: log records and events of GenAI instrumentations.
CREATE OR REPLACE VIEW main.span_details AS
SELECT
    event_id, detail_id, trace_id, span_id, created_at, position, name, scope, environment, input_messages,
    output_messages, tool_definitions, attributes, masked, mask_version
FROM store.span_details;
