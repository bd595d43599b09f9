-- Spans that record again what another span records: two instrumentations of one client, or wrappers around a call.
-- A function of the rows alone, in whatever order they came. What our own SDK sends has no scope and none of this.
-- This is the rule, over all rows; `main.duplicates` gives the same from marks (00_duplicates_marked.sql), which puts
-- the rule to work on a part of `store.spans`. It relies on it that a span's mark depends on nothing but its own trace
-- and the traces that share a response id with it, of calls no more than seconds apart, and so on from those.
CREATE OR REPLACE VIEW store.duplicates_by_rule AS
WITH RECURSIVE candidate AS (
    SELECT
        event_id, trace_id, span_id, parent_span_id, service, scope, response_id, tool_name, started_at, request_model,
        response_model, input_tokens, output_tokens, status,
        coalesce(ended_at, started_at) AS ended_at,
        CASE operation WHEN 'execute_tool' THEN 'tool' WHEN 'embeddings' THEN 'embeddings' ELSE 'chat' END AS kind,
        -- How much a row says of the call: the one that says most stands for it.
        (input_tokens IS NOT NULL)::INTEGER * 8 + (response_id IS NOT NULL)::INTEGER * 4
            + (cache_read_tokens IS NOT NULL)::INTEGER + (reasoning_tokens IS NOT NULL)::INTEGER
            + (finish_reason IS NOT NULL)::INTEGER + (tool_call_id IS NOT NULL)::INTEGER AS richness
    FROM store.spans
    WHERE scope IS NOT NULL
        AND operation IN ('chat', 'generate_content', 'text_completion', 'embeddings', 'execute_tool')
),
-- One of a kind within another: as its child, or with one span between them that is no operation itself.
-- It carries the inner span's columns: joined in again, the optimizer would pair all spans of a kind.
inside AS (
    SELECT event_id, trace_id, parent_span_id, scope, response_id, tool_name, started_at, kind
    FROM candidate
    WHERE parent_span_id IS NOT NULL
    UNION ALL
    SELECT
        c.event_id, c.trace_id, p.parent_span_id, c.scope, c.response_id, c.tool_name, c.started_at, c.kind
    FROM candidate c
    JOIN store.spans p ON p.trace_id = c.trace_id AND p.span_id = c.parent_span_id
    WHERE p.scope IS NOT NULL AND p.operation IS NULL AND p.parent_span_id IS NOT NULL AND c.kind <> 'tool'
),
-- Clients that record their calls by themselves, and instrumentations that do not hand their span on to what is below:
-- neither has the other for a parent, and often not even the same trace. One lies within the other in time, and fits.
beside_inside AS (
    SELECT
        *, scope IN ('com.anthropic.sdk.python', 'mistralai_sdk_tracer') AS by_itself,
        epoch(started_at)::BIGINT // 60 AS minute
    FROM candidate
    WHERE kind <> 'tool'
),
-- By the minute, so that a call meets those of its time only: without it each would be held against all of its service.
-- A call of more than an hour has none beside it.
beside_outside AS (
    SELECT
        *,
        scope IN (
            'langfuse-sdk', 'opentelemetry.instrumentation.anthropic', 'opentelemetry.instrumentation.langchain',
            'openinference.instrumentation.langchain', 'openinference.instrumentation.llama_index'
        ) AS keeps_to_itself,
        unnest(range(
            epoch(started_at)::BIGINT // 60,
            least(epoch(ended_at)::BIGINT // 60, epoch(started_at)::BIGINT // 60 + 60) + 1
        )) AS minute
    FROM candidate
    WHERE kind <> 'tool'
),
beside AS (
    SELECT outside.event_id AS outer_id, inside.event_id AS inner_id, inside.started_at, 1 AS insides
    FROM beside_inside inside
    JOIN beside_outside outside
        ON outside.kind = inside.kind
        AND outside.minute = inside.minute
        AND outside.service IS NOT DISTINCT FROM inside.service
        AND inside.started_at >= outside.started_at AND inside.started_at <= outside.ended_at
    WHERE outside.scope <> inside.scope
        AND (inside.by_itself OR outside.keeps_to_itself)
        AND inside.ended_at <= outside.ended_at + INTERVAL 1 SECOND
        AND (inside.parent_span_id IS NULL OR inside.trace_id = outside.trace_id)
        AND (inside.response_id IS NULL OR outside.response_id IS NULL)
        AND (inside.status = outside.status OR inside.input_tokens IS NULL)
        AND coalesce(inside.input_tokens = outside.input_tokens, TRUE)
        AND coalesce(inside.output_tokens = outside.output_tokens, TRUE)
        AND (
            coalesce(outside.request_model, outside.response_model) IN (inside.request_model, inside.response_model)
            OR outside.response_model IN (inside.request_model, inside.response_model)
        )
    QUALIFY row_number() OVER (
        PARTITION BY inside.event_id
        ORDER BY inside.input_tokens = outside.input_tokens DESC NULLS LAST, outside.started_at DESC, outside.event_id
    ) = 1
),
edge AS (
    SELECT
        outside.event_id AS outer_id, inside.event_id AS inner_id, inside.started_at,
        count(*) OVER (PARTITION BY outside.event_id) AS insides
    FROM inside
    JOIN candidate outside
        ON outside.trace_id = inside.trace_id
        AND outside.span_id = inside.parent_span_id
        AND outside.kind = inside.kind
    WHERE inside.event_id <> outside.event_id
        AND (inside.kind <> 'tool' OR (inside.tool_name = outside.tool_name AND inside.scope <> outside.scope))
        AND (inside.response_id IS NULL OR outside.response_id IS NULL OR inside.response_id = outside.response_id)
    UNION ALL
    SELECT outer_id, inner_id, started_at, insides FROM beside
),
climb AS (
    SELECT inner_id AS event_id, outer_id AS top, 1 AS depth FROM edge WHERE insides = 1
    UNION ALL
    SELECT climb.event_id, edge.outer_id, climb.depth + 1
    FROM climb JOIN edge ON edge.inner_id = climb.top
    WHERE edge.insides = 1 AND climb.depth < 16
),
-- Providers' ids of responses. Some count from 1 again or draw them from a thousand: only spans that overlap are one.
spread AS (
    SELECT
        event_id, response_id, started_at,
        started_at > max(ended_at) OVER (
            PARTITION BY response_id ORDER BY started_at, event_id ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
        ) + INTERVAL 1 SECOND AS apart
    FROM candidate
    WHERE response_id IS NOT NULL AND kind <> 'tool'
),
answer AS (
    SELECT
        event_id, response_id,
        count(*) FILTER (apart) OVER (PARTITION BY response_id ORDER BY started_at, event_id ROWS UNBOUNDED PRECEDING)
            AS part
    FROM spread
),
-- Only what has an edge or shares its id needs a look.
suspect AS (
    SELECT inner_id AS event_id FROM edge
    UNION
    SELECT outer_id FROM edge
    UNION
    SELECT event_id FROM answer QUALIFY count(*) OVER (PARTITION BY response_id, part) > 1
),
topped AS (
    SELECT
        candidate.event_id, candidate.richness, candidate.started_at, candidate.response_id,
        coalesce(answer.response_id || '/' || answer.part, candidate.event_id) AS same_answer,
        coalesce(highest.top, candidate.event_id) AS top, coalesce(highest.depth, 0) AS depth
    FROM suspect
    JOIN candidate USING (event_id)
    LEFT JOIN answer USING (event_id)
    LEFT JOIN (
        SELECT event_id, arg_max(top, depth) AS top, max(depth) AS depth FROM climb GROUP BY event_id
    ) highest USING (event_id)
),
joined AS (
    SELECT *, min(top) OVER (PARTITION BY same_answer) AS answered FROM topped
),
grouped AS (
    SELECT *, min(answered) OVER (PARTITION BY top) AS call FROM joined
),
ranked AS (
    SELECT
        *,
        first_value(event_id) OVER best AS canonical,
        first_value(response_id) OVER best AS canonical_response_id
    FROM grouped
    WINDOW best AS (
        PARTITION BY call ORDER BY richness DESC, depth, started_at, event_id
        ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
    )
),
-- What wraps several calls is none itself, nor is what wraps it alone.
wrapper AS (
    SELECT r.call, arg_max(edge.inner_id, (edge.started_at, edge.inner_id)) AS inner_id
    FROM edge JOIN ranked r ON r.event_id = edge.outer_id
    JOIN ranked i ON i.event_id = edge.inner_id
    WHERE edge.insides > 1 AND i.call <> r.call
    GROUP BY r.call
)
SELECT r.event_id, coalesce(i.canonical, r.canonical) AS duplicate_of,
    CASE
        WHEN w.call IS NOT NULL THEN 'wrapper'
        WHEN r.response_id = r.canonical_response_id THEN 'same_response_id'
        WHEN r.event_id IN (SELECT inner_id FROM beside) THEN 'beside'
        ELSE 'nested'
    END AS duplicate_reason
FROM ranked r
LEFT JOIN wrapper w ON w.call = r.call
LEFT JOIN ranked i ON i.event_id = w.inner_id
WHERE coalesce(i.canonical, r.canonical) <> r.event_id;
