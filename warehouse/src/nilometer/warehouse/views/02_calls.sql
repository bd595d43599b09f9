-- One row per request to a model. The list of columns and their order are a contract with analysts.
CREATE OR REPLACE VIEW main.calls AS
SELECT
    event_id, trace_id, span_id, parent_span_id, started_at, ended_at, latency_ms, environment, service,
    project, feature, user_id, session_id, agent_name, operation, provider, request_model, response_model,
    response_id, status, error_type, finish_reason, parameters, input_messages, output_messages,
    input_tokens, output_tokens, cache_read_tokens, cache_write_tokens, reasoning_tokens, usage_source,
    cost, currency, price_version, unpriced_reason, prompt_name, prompt_version
FROM main.spans
WHERE operation IN ('chat', 'generate_content', 'text_completion', 'embeddings') AND duplicate_of IS NULL;
