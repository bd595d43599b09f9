-- What the rule of `store.duplicates_by_rule` said when it was last asked: one row for each span that is a duplicate,
-- with what it knows of the call and the span that stands for it does not.
-- `store.offsets` has, under the cluster `warehouse` and the topic `duplicates`, the first snapshot not yet looked at.
CREATE TABLE store.duplicate_marks (
    event_id VARCHAR NOT NULL,
    trace_id VARCHAR NOT NULL,
    duplicate_of VARCHAR NOT NULL,
    duplicate_reason VARCHAR NOT NULL,
    user_id VARCHAR,
    session_id VARCHAR,
    agent_name VARCHAR,
    finish_reason VARCHAR,
    has_messages BOOLEAN NOT NULL
);
