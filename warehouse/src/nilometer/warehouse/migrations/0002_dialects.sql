-- Telemetry of other instrumentations: which one recorded a span, and what arrived about a span apart from it.
ALTER TABLE store.spans ADD COLUMN scope VARCHAR;

CREATE TABLE store.span_details (
    event_id VARCHAR NOT NULL,
    detail_id VARCHAR,
    trace_id VARCHAR NOT NULL,
    span_id VARCHAR NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    position BIGINT,
    name VARCHAR,
    scope VARCHAR,
    environment VARCHAR,
    input_messages JSON,
    output_messages JSON,
    tool_definitions JSON,
    attributes JSON,
    masked JSON,
    mask_version VARCHAR
);

ALTER TABLE store.span_details SET SORTED BY (date_trunc('day', created_at::TIMESTAMPTZ), trace_id, position);
