CREATE OR REPLACE VIEW main.tool_calls AS
SELECT
    event_id, trace_id, span_id, parent_span_id, started_at, ended_at, latency_ms, environment, service,
    project, feature, user_id, session_id, agent_name, tool_name, tool_type, tool_call_id,
    tool_arguments, tool_result, status, error_type, error_message
FROM main.spans
WHERE operation = 'execute_tool' AND duplicate_of IS NULL;
