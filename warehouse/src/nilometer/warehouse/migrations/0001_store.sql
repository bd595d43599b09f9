-- The tables that hold what came in. Analysts read them through the views in the schema `main`.
CREATE SCHEMA store;

CREATE TABLE store.migrations (
    version VARCHAR NOT NULL,
    applied_at TIMESTAMPTZ NOT NULL
);

CREATE TABLE store.spans (
    event_id VARCHAR NOT NULL,
    trace_id VARCHAR NOT NULL,
    span_id VARCHAR NOT NULL,
    parent_span_id VARCHAR,
    name VARCHAR,
    started_at TIMESTAMPTZ NOT NULL,
    ended_at TIMESTAMPTZ,
    operation VARCHAR,
    status VARCHAR,
    error_type VARCHAR,
    error_message VARCHAR,
    environment VARCHAR,
    service VARCHAR,
    project VARCHAR,
    feature VARCHAR,
    user_id VARCHAR,
    session_id VARCHAR,
    agent_name VARCHAR,
    provider VARCHAR,
    request_model VARCHAR,
    response_model VARCHAR,
    response_id VARCHAR,
    finish_reason VARCHAR,
    time_to_first_token_ms DOUBLE,
    parameters JSON,
    output_type VARCHAR,
    input_messages JSON,
    output_messages JSON,
    tool_definitions JSON,
    input_tokens BIGINT,
    output_tokens BIGINT,
    cache_read_tokens BIGINT,
    cache_write_tokens BIGINT,
    reasoning_tokens BIGINT,
    usage_source VARCHAR,
    prompt_name VARCHAR,
    prompt_version VARCHAR,
    tool_name VARCHAR,
    tool_type VARCHAR,
    tool_call_id VARCHAR,
    tool_arguments JSON,
    tool_result JSON,
    retrieval_query VARCHAR,
    retrieval_documents JSON,
    retrieval_top_k BIGINT,
    attributes JSON,
    masked JSON,
    mask_version VARCHAR,
    cost DECIMAL(38, 18),
    currency VARCHAR,
    price_version VARCHAR,
    unpriced_reason VARCHAR
);

CREATE TABLE store.feedback (
    event_id VARCHAR NOT NULL,
    feedback_id VARCHAR,
    trace_id VARCHAR NOT NULL,
    span_id VARCHAR,
    created_at TIMESTAMPTZ NOT NULL,
    thumbs VARCHAR,
    rating DOUBLE,
    comment VARCHAR,
    correction VARCHAR,
    environment VARCHAR,
    service VARCHAR,
    user_id VARCHAR,
    attributes JSON,
    masked JSON,
    mask_version VARCHAR
);

CREATE TABLE store.scores (
    event_id VARCHAR NOT NULL,
    trace_id VARCHAR NOT NULL,
    span_id VARCHAR,
    name VARCHAR,
    evaluator VARCHAR,
    created_at TIMESTAMPTZ NOT NULL,
    value DOUBLE,
    label VARCHAR,
    explanation VARCHAR,
    environment VARCHAR,
    attributes JSON,
    masked JSON,
    mask_version VARCHAR
);

CREATE TABLE store.alerts (
    event_id VARCHAR NOT NULL,
    alert_id VARCHAR NOT NULL,
    rule VARCHAR,
    state VARCHAR,
    severity VARCHAR,
    metric VARCHAR,
    value DOUBLE,
    threshold DOUBLE,
    window_seconds BIGINT,
    dimensions JSON,
    environment VARCHAR,
    started_at TIMESTAMPTZ,
    changed_at TIMESTAMPTZ NOT NULL,
    detected_at TIMESTAMPTZ,
    summary VARCHAR,
    runbook_url VARCHAR
);

CREATE TABLE store.dead_letters (
    event_id VARCHAR NOT NULL,
    step VARCHAR,
    error_type VARCHAR,
    message VARCHAR,
    source VARCHAR,
    partition BIGINT,
    "offset" BIGINT,
    "index" BIGINT,
    environment VARCHAR,
    failed_at TIMESTAMPTZ NOT NULL,
    original BLOB,
    headers JSON,
    attempts BIGINT
);

CREATE TABLE store.audit (
    event_id VARCHAR NOT NULL,
    happened_at TIMESTAMPTZ NOT NULL,
    actor VARCHAR,
    action VARCHAR,
    target VARCHAR,
    outcome VARCHAR,
    environment VARCHAR,
    details JSON
);

CREATE TABLE store.cost_corrections (
    correction_id VARCHAR NOT NULL,
    event_id VARCHAR NOT NULL,
    started_at TIMESTAMPTZ NOT NULL,
    amount DECIMAL(38, 18) NOT NULL,
    currency VARCHAR NOT NULL,
    price_version VARCHAR NOT NULL,
    reason VARCHAR NOT NULL,
    booked_at TIMESTAMPTZ NOT NULL
);

CREATE TABLE store.offsets (
    cluster VARCHAR NOT NULL,
    topic VARCHAR NOT NULL,
    partition BIGINT NOT NULL,
    next_offset BIGINT NOT NULL
);

-- Traces lie together, for a conversation's calls repeat each other and compress so; days apart, so that time prunes.
-- The casts are for DuckLake, which sorts rows that it kept in a SQLite catalog as text.
ALTER TABLE store.spans SET SORTED BY (date_trunc('day', started_at::TIMESTAMPTZ), trace_id, started_at, span_id);
ALTER TABLE store.feedback SET SORTED BY (date_trunc('day', created_at::TIMESTAMPTZ), trace_id);
ALTER TABLE store.scores SET SORTED BY (date_trunc('day', created_at::TIMESTAMPTZ), trace_id, name);

CALL ducklake_set_option(current_database(), 'parquet_compression', 'zstd');
CALL ducklake_set_option(current_database(), 'parquet_row_group_size', 16384);
CALL ducklake_set_option(current_database(), 'target_file_size', '128MB');
