-- Where masking took a key, token or password out: each event and kind. The value is nowhere.
CREATE OR REPLACE VIEW main.secrets AS
WITH found AS (
    SELECT
        event_id, 'span' AS event, coalesce(ended_at, started_at) AS found_at, trace_id, span_id, environment, service,
        project, feature, masked
    FROM store.spans
    UNION ALL
    SELECT event_id, 'feedback', created_at, trace_id, span_id, environment, service, NULL, NULL, masked
    FROM store.feedback
    UNION ALL
    SELECT event_id, 'score', created_at, trace_id, span_id, environment, NULL, NULL, NULL, masked
    FROM store.scores
    UNION ALL
    SELECT event_id, 'span_detail', created_at, trace_id, span_id, environment, NULL, NULL, NULL, masked
    FROM store.span_details
)
SELECT
    f.event_id, f.event, f.found_at, f.trace_id, f.span_id, f.environment, f.service, f.project, f.feature,
    k.kind AS secret_kind, CAST(f.masked ->> k.kind AS BIGINT) AS secrets
FROM found AS f, unnest(json_keys(f.masked)) AS k (kind)
WHERE k.kind IN ('API_KEY', 'JWT', 'PRIVATE_KEY', 'ACCESS_TOKEN', 'PASSWORD', 'URL_CREDENTIALS');
