CREATE OR REPLACE VIEW main.scores AS
SELECT
    event_id, trace_id, span_id, name, evaluator, created_at, value, label, explanation, environment,
    attributes, masked, mask_version
FROM store.scores;
