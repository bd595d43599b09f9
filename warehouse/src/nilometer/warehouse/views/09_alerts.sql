CREATE OR REPLACE VIEW main.alert_changes AS
SELECT
    event_id, alert_id, rule, state, severity, metric, value, threshold, window_seconds, dimensions,
    environment, started_at, changed_at, detected_at, summary, runbook_url
FROM store.alerts;

-- The latest state of each alert. Of two changes at the same time, the one that ends it is the later one.
CREATE OR REPLACE VIEW main.alerts AS
SELECT
    alert_id, rule, state, severity, metric, value, threshold, window_seconds, dimensions, environment,
    started_at, changed_at, detected_at, summary, runbook_url
FROM main.alert_changes
QUALIFY row_number() OVER (
    PARTITION BY alert_id ORDER BY changed_at DESC, state = 'resolved' DESC, event_id
) = 1;
