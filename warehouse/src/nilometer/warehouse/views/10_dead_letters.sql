CREATE OR REPLACE VIEW main.dead_letters AS
SELECT
    event_id, step, error_type, message, source, partition, "offset", "index", environment, failed_at,
    attempts, octet_length(original) AS original_bytes, original, headers
FROM store.dead_letters;

CREATE OR REPLACE VIEW main.audit AS
SELECT event_id, happened_at, actor, action, target, outcome, environment, details
FROM store.audit;
