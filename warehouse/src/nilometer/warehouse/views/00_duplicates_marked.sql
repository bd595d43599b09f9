-- What `store.duplicates_by_rule` gives, for less: marks as far as they go, and the rule where rows came since.
-- With it, what only the duplicate says of the call: texts, and whether it has messages that the other lacks.
CREATE OR REPLACE VIEW store.duplicates_marked AS
WITH RECURSIVE answer AS NOT MATERIALIZED (
    SELECT trace_id, response_id, started_at, greatest(started_at, ended_at) + INTERVAL 10 SECOND AS ended_at
    FROM store.spans
    WHERE scope IS NOT NULL AND response_id IS NOT NULL
),
new AS MATERIALIZED (
    {traces}
),
-- Calls of about their time: what could be alike to one of theirs.
span AS MATERIALIZED (
    SELECT min(started_at) - INTERVAL 1 HOUR AS low, max(coalesce(ended_at, started_at)) + INTERVAL 1 HOUR AS high
    FROM store.spans SEMI JOIN new USING (trace_id)
),
near AS NOT MATERIALIZED (
    SELECT * FROM store.spans WHERE started_at >= (SELECT low FROM span) AND started_at <= (SELECT high FROM span)
),
{keyed},
near_key AS MATERIALIZED (
    SELECT
        trace_id, parent_span_id, service, scope, kind, response_id, started_at, ended_at, late, status, input_tokens,
        said, is_counted, names, keeps_to_itself, place, offer, seek, bucket
    FROM keyed
),
near_meeting AS MATERIALIZED (
    SELECT DISTINCT offer, scope AS other_scope FROM near_key
),
-- Traces with a row that came after the marks were made, and those that share an answer with them or have a call that
-- is alike to one of theirs, and so on.
reached AS (
    FROM new
    UNION
    FROM (
        SELECT other.trace_id
        FROM reached
        JOIN answer mine ON mine.trace_id = reached.trace_id
        JOIN answer other
            ON other.response_id = mine.response_id AND other.trace_id <> mine.trace_id
            AND other.started_at <= mine.ended_at AND mine.started_at <= other.ended_at
        UNION
        SELECT outside.trace_id
        FROM (
            SELECT near_key.*, other_scope, unnest([bucket - 1, bucket, bucket + 1]) AS meets
            FROM reached JOIN near_key ON near_key.trace_id = reached.trace_id
            JOIN near_meeting ON near_meeting.offer = near_key.seek AND other_scope <> scope
        ) inside
        JOIN near_key outside
            ON outside.offer = inside.seek AND outside.bucket = inside.meets AND outside.scope = inside.other_scope
            AND outside.trace_id <> inside.trace_id
        WHERE {alike}
    )
),
-- As a list, so that the optimizer takes them for the few that they are, and reads only what they need.
unmarked AS MATERIALIZED (
    SELECT unnest(ids) AS trace_id FROM (SELECT list(trace_id) AS ids FROM reached)
),
-- When they were, for most of them are of late: files of other times are not read.
time AS MATERIALIZED (
    SELECT min(started_at) AS low, max(started_at) AS high FROM store.spans SEMI JOIN unmarked USING (trace_id)
),
unmarked_spans AS NOT MATERIALIZED (
    SELECT *
    FROM store.spans SEMI JOIN unmarked USING (trace_id)
    WHERE started_at >= (SELECT low FROM time) AND started_at <= (SELECT high FROM time)
)
FROM store.duplicate_marks ANTI JOIN unmarked USING (trace_id)
UNION ALL BY NAME
SELECT
    d.event_id, s.trace_id, d.duplicate_of, d.duplicate_reason,
    CASE WHEN o.user_id IS NULL THEN s.user_id END AS user_id,
    CASE WHEN o.session_id IS NULL THEN s.session_id END AS session_id,
    CASE WHEN o.agent_name IS NULL THEN s.agent_name END AS agent_name,
    CASE WHEN o.finish_reason IS NULL THEN s.finish_reason END AS finish_reason,
    CASE WHEN o.response_id IS NULL THEN s.response_id END AS response_id,
    CASE WHEN o.response_model IS NULL THEN s.response_model END AS response_model,
    CASE WHEN o.project IS NULL THEN s.project END AS project,
    CASE WHEN o.feature IS NULL THEN s.feature END AS feature,
    (o.input_messages IS NULL AND s.input_messages IS NOT NULL)
        OR (o.output_messages IS NULL AND s.output_messages IS NOT NULL) AS has_messages
FROM (
{rule}
) d
JOIN unmarked_spans s ON s.event_id = d.event_id
JOIN unmarked_spans o ON o.event_id = d.duplicate_of;

CREATE OR REPLACE VIEW main.duplicates AS
SELECT event_id, duplicate_of, duplicate_reason FROM store.duplicates_marked;
