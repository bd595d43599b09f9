CREATE OR REPLACE VIEW main.agents AS
SELECT
    event_id, trace_id, span_id, parent_span_id, name, started_at, ended_at, latency_ms, environment, service,
    project, feature, user_id, session_id, agent_name, operation, provider, request_model, status, error_type,
    error_message, input_messages, output_messages, attributes
FROM main.spans
WHERE operation IN ('create_agent', 'invoke_agent');
