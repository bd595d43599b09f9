CREATE OR REPLACE VIEW main.feedback AS
SELECT
    event_id, feedback_id, trace_id, span_id, created_at, thumbs, rating, comment, correction,
    environment, service, user_id, attributes, masked, mask_version
FROM store.feedback;
