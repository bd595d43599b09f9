CREATE OR REPLACE VIEW main.retrievals AS
SELECT
    event_id, trace_id, span_id, parent_span_id, started_at, ended_at, latency_ms, environment, service,
    project, feature, user_id, session_id, agent_name, provider, retrieval_query, retrieval_documents,
    retrieval_top_k, status, error_type, error_message
FROM main.spans
WHERE operation = 'retrieval';
