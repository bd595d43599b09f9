CREATE OR REPLACE VIEW main.score_changes AS
SELECT
    event_id, trace_id, span_id, name, evaluator, created_at, value, label, explanation, environment,
    attributes, masked, mask_version
FROM store.scores;

-- What counts now: late spans can change what an evaluator finds of a trace.
CREATE OR REPLACE VIEW main.scores AS
SELECT *
FROM main.score_changes
QUALIFY row_number() OVER (
    PARTITION BY trace_id, span_id, name, evaluator ORDER BY created_at DESC, event_id
) = 1;
