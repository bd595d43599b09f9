-- Spans that record again what another span records: two instrumentations of one client, or wrappers around a call.
-- A function of the rows alone, in whatever order they came. What our own SDK sends has no scope and none of this.
-- This is the rule, over all rows; `main.duplicates` gives the same from marks (00_duplicates_marked.sql), which puts
-- the rule to work on a part of `store.spans`. It relies on it that a span's mark depends on nothing but its own trace,
-- the traces that share a response id with it, of calls no more than seconds apart, those that have a call `alike` to one
-- of its own, and so on from those.
CREATE OR REPLACE VIEW store.duplicates_by_rule AS
WITH RECURSIVE
candidate AS (
    SELECT
        event_id, trace_id, span_id, parent_span_id, coalesce(service, '') AS service, scope,
        response_id, tool_name, started_at, request_model,
        response_model, input_tokens, output_tokens, status,
        coalesce(ended_at, started_at) AS ended_at, ended_at IS NULL AS is_open,
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
    SELECT event_id, trace_id, parent_span_id, service, scope, response_id, tool_name, started_at, kind
    FROM candidate
    WHERE parent_span_id IS NOT NULL
    UNION ALL
    SELECT
        c.event_id, c.trace_id, p.parent_span_id, c.service, c.scope, c.response_id, c.tool_name, c.started_at, c.kind
    FROM candidate c
    JOIN store.spans p ON p.trace_id = c.trace_id AND p.span_id = c.parent_span_id
    WHERE p.scope IS NOT NULL AND p.operation IS NULL AND p.parent_span_id IS NOT NULL AND c.kind <> 'tool'
),
-- A parent that was over when its child began is none: some leave the span of a stream behind in the context.
nested AS (
    SELECT outside.event_id AS outer_id, inside.event_id AS inner_id, inside.started_at
    FROM inside
    JOIN candidate outside
        ON outside.trace_id = inside.trace_id
        AND outside.span_id = inside.parent_span_id
        AND outside.kind = inside.kind
    WHERE inside.event_id <> outside.event_id
        AND (
            inside.started_at <= outside.ended_at OR outside.is_open
            OR inside.service IS DISTINCT FROM outside.service
        )
        AND (inside.kind <> 'tool' OR (inside.tool_name = outside.tool_name AND inside.scope <> outside.scope))
        AND (inside.response_id IS NULL OR outside.response_id IS NULL OR inside.response_id = outside.response_id)
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
-- What neither has the other for a parent nor an answer's id in common with it may be one call all the same: clients
-- that record their calls by themselves, and instrumentations that do not hand their span on to what is below them
-- (decision 0099). Each call stands under keys, which it must share with the other, and the time when it began.
comparable AS (
    SELECT
        *, ended_at + INTERVAL 1 SECOND AS late,
        to_microseconds(least(greatest((epoch_us(ended_at) - epoch_us(started_at)) // 5, 5_000), 1_000_000)) AS lag,
        CASE kind WHEN 'chat' THEN output_tokens ELSE 0 END AS said,
        input_tokens IS NOT NULL AND (kind = 'embeddings' OR output_tokens IS NOT NULL) AS is_counted,
        epoch(started_at)::BIGINT AS second, second // 30 AS half_minute,
        -- Roots of several traces may be one call.
        CASE WHEN parent_span_id IS NOT NULL THEN trace_id ELSE '' END AS place,
        list_distinct([
            regexp_replace(lower(split_part(name, '/', -1)), '^([a-z]+\.)+', '')
            FOR name IN [request_model, response_model] IF name IS NOT NULL
        ]) AS names,
        scope LIKE 'opentelemetry.instrumentation.%' OR scope IN (
            'com.anthropic.sdk.python', 'langfuse-sdk', 'langsmith', 'litellm', 'mistralai_sdk_tracer',
            'openinference.instrumentation.langchain', 'openinference.instrumentation.llama_index'
        ) AS keeps_to_itself
    FROM candidate
    WHERE kind <> 'tool'
),
-- What each call offers itself under, and what it seeks another under. Within a service a call of a trace goes with one
-- of its own trace or with a root; a root with any. So what is alike in many traces, or in none but one, needs no
-- comparing.
keyed AS (
    SELECT * EXCLUDE (keys), unnest(keys).offer AS offer, unnest(keys).seek AS seek, unnest(keys).bucket AS bucket
    FROM (
        SELECT
            *,
            list_concat(
                CASE WHEN is_counted THEN list_concat(
                    -- Counts, in one service.
                    [
                        {'offer': hash(1, how.offer, what), 'seek': hash(1, how.seek, what), 'bucket': half_minute}
                        FOR how IN ways
                    ],
                    -- Counts, in two of one process, which begin and end together. Those of embeddings say less.
                    [{'offer': together, 'seek': together, 'bucket': second}]
                ) END,
                -- The model, in one service, where one of them has no counts; and in two.
                flatten([
                    [
                        {
                            'offer': hash(3, how.offer, kind, service, name),
                            'seek': hash(3, how.seek, kind, service, name),
                            'bucket': half_minute
                        }
                        FOR how IN ways
                    ]
                    FOR name IN names
                ]),
                [
                    {'offer': hash(4, kind, place, name), 'seek': hash(4, kind, place, name), 'bucket': second}
                    FOR name IN names
                ]
            ) AS keys
        FROM (
            SELECT
                *,
                hash(kind, service, input_tokens, said) AS what,
                hash(2, kind, input_tokens, said, CASE kind WHEN 'embeddings' THEN place END) AS together,
                CASE
                    WHEN parent_span_id IS NULL THEN [
                        {'offer': trace_id, 'seek': trace_id}, {'offer': 'a call', 'seek': 'a call'},
                        {'offer': 'a root', 'seek': 'nothing'}
                    ]
                    ELSE [
                        {'offer': trace_id, 'seek': trace_id}, {'offer': 'a call', 'seek': 'a root'}
                    ]
                END AS ways
            FROM comparable
        )
    )
),
-- The scopes that something is offered by: what is sought is of another, and is looked for there only.
meeting AS (
    SELECT DISTINCT offer, scope AS other_scope FROM keyed
),
pair AS (
    SELECT DISTINCT
        outside.event_id AS outer_id, inside.event_id AS inner_id,
        outside.scope AS outer_scope, inside.scope AS inner_scope, inside.started_at,
        -- How well they fit, the smallest first.
        (
            NOT (inside.is_counted AND outside.is_counted),
            inside.status <> outside.status,
            inside.ended_at > outside.ended_at,
            abs(epoch_us(inside.started_at) - epoch_us(outside.started_at))
                + abs(epoch_us(inside.ended_at) - epoch_us(outside.ended_at)),
            epoch_us(inside.started_at) - epoch_us(outside.started_at)
        ) AS fit
    FROM (
        SELECT keyed.*, other_scope, unnest([bucket - 1, bucket]) AS meets
        FROM keyed JOIN meeting ON meeting.offer = keyed.seek AND other_scope <> scope
    ) inside
    JOIN keyed outside
        ON outside.offer = inside.seek AND outside.bucket = inside.meets AND outside.scope = inside.other_scope
    LEFT JOIN nested inside_of ON inside_of.inner_id = inside.event_id
    LEFT JOIN nested outside_of ON outside_of.inner_id = outside.event_id
    -- The later one, of equals the shorter, is the inner one. What is in a call has its place, unless both are.
    WHERE (outside.started_at, inside.ended_at, outside.event_id) < (inside.started_at, outside.ended_at, inside.event_id)
        AND (inside_of.outer_id IS NULL OR inside_of.outer_id = outside_of.outer_id)
        AND outside_of.outer_id IS DISTINCT FROM inside.event_id
        AND CASE
            -- A stream of LlamaIndex ends before it is read.
            WHEN outside.scope = 'openinference.instrumentation.llama_index' AND outside.input_tokens IS NULL
                THEN inside.started_at <= outside.late
            ELSE inside.started_at <= outside.ended_at AND inside.ended_at <= outside.ended_at + inside.lag
        END
        AND (
            -- alike
            inside.scope <> outside.scope
            AND inside.started_at <= outside.late AND outside.started_at <= inside.late
            AND (inside.response_id IS NULL OR outside.response_id IS NULL)
            AND CASE
                WHEN inside.is_counted AND outside.is_counted THEN
                    inside.input_tokens = outside.input_tokens AND inside.said = outside.said
                    AND CASE
                        WHEN inside.trace_id = outside.trace_id THEN TRUE
                        WHEN inside.service = outside.service
                            AND (inside.parent_span_id IS NULL OR outside.parent_span_id IS NULL) THEN TRUE
                        ELSE (inside.kind = 'chat' OR inside.place = outside.place)
                            AND abs(epoch_us(inside.started_at) - epoch_us(outside.started_at)) <= 100_000
                            AND abs(epoch_us(inside.ended_at) - epoch_us(outside.ended_at)) <= 100_000
                    END
                ELSE
                    inside.names && outside.names
                    AND coalesce(inside.input_tokens = outside.input_tokens, TRUE)
                    AND coalesce(inside.said = outside.said, TRUE)
                    -- Some say of a call that failed that it was well; it has no counts then.
                    AND (inside.status = outside.status OR coalesce(inside.input_tokens, outside.input_tokens) IS NULL)
                    AND CASE
                        WHEN inside.service = outside.service THEN
                            (
                                inside.trace_id = outside.trace_id
                                OR inside.parent_span_id IS NULL OR outside.parent_span_id IS NULL
                            )
                            AND (
                                inside.keeps_to_itself OR outside.keeps_to_itself
                                OR (
                                    inside.status = 'error' AND outside.status = 'error'
                                    AND abs(epoch_us(inside.started_at) - epoch_us(outside.started_at)) <= 100_000
                                    AND abs(epoch_us(inside.ended_at) - epoch_us(outside.ended_at)) <= 100_000
                                )
                            )
                        ELSE inside.place = outside.place
                            AND (inside.keeps_to_itself OR outside.keeps_to_itself)
                            AND abs(epoch_us(inside.started_at) - epoch_us(outside.started_at)) <= 100_000
                            AND abs(epoch_us(inside.ended_at) - epoch_us(outside.ended_at)) <= 100_000
                    END
            END
            -- end of alike
        )
        AND (
            NOT (inside.is_counted AND outside.is_counted) OR len(inside.names) = 0 OR len(outside.names) = 0
            OR inside.names && outside.names OR contains(inside.names[-1], outside.names[-1])
            OR contains(outside.names[-1], inside.names[-1])
        )
),
-- Each finds one of each other scope, and each the other: the closest first; who finds none then may in a second round.
side AS (
    SELECT *, inner_id AS one, outer_scope AS other FROM pair
    UNION ALL
    SELECT *, outer_id AS one, inner_scope AS other FROM pair
),
first AS (
    SELECT outer_id, inner_id
    FROM (
        FROM side
        QUALIFY row_number() OVER (PARTITION BY one, other ORDER BY fit, outer_id, inner_id) = 1
    )
    GROUP BY outer_id, inner_id
    HAVING count(*) = 2
),
taken AS (
    SELECT one, other FROM side SEMI JOIN first USING (outer_id, inner_id)
),
second AS (
    SELECT outer_id, inner_id
    FROM (
        FROM (
            FROM side
            ANTI JOIN taken ON taken.one = side.inner_id AND taken.other = side.outer_scope
            ANTI JOIN taken ON taken.one = side.outer_id AND taken.other = side.inner_scope
        )
        QUALIFY row_number() OVER (PARTITION BY one, other ORDER BY fit, outer_id, inner_id) = 1
    )
    GROUP BY outer_id, inner_id
    HAVING count(*) = 2
),
beside AS (
    SELECT outer_id, inner_id, started_at
    FROM pair SEMI JOIN (FROM first UNION ALL FROM second) USING (outer_id, inner_id)
    QUALIFY row_number() OVER (PARTITION BY inner_id ORDER BY fit, outer_id) = 1
),
-- How many calls a span has within it: records of one call are one.
edge AS (
    SELECT
        nested.*,
        count(DISTINCT coalesce(answer.response_id || '/' || answer.part, beside.outer_id, nested.inner_id))
            OVER (PARTITION BY nested.outer_id) AS insides
    FROM nested
    LEFT JOIN beside ON beside.inner_id = nested.inner_id
    LEFT JOIN answer ON answer.event_id = coalesce(beside.outer_id, nested.inner_id)
    UNION ALL
    SELECT *, 1 FROM beside
),
climb AS (
    SELECT inner_id AS event_id, outer_id AS top, 1 AS depth FROM edge WHERE insides = 1
    UNION ALL
    SELECT climb.event_id, edge.outer_id, climb.depth + 1
    FROM climb JOIN edge ON edge.inner_id = climb.top
    WHERE edge.insides = 1 AND climb.depth < 16
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
        SELECT event_id, arg_max(top, (depth, top)) AS top, max(depth) AS depth FROM climb GROUP BY event_id
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
    WHERE edge.insides > 1
    GROUP BY r.call
    HAVING NOT bool_or(i.call = r.call)
)
SELECT r.event_id, coalesce(i.canonical, r.canonical) AS duplicate_of,
    CASE
        WHEN w.call IS NOT NULL THEN 'wrapper'
        WHEN r.response_id = r.canonical_response_id THEN 'same_response_id'
        WHEN r.event_id IN (SELECT inner_id FROM beside UNION ALL SELECT outer_id FROM beside) THEN 'beside'
        ELSE 'nested'
    END AS duplicate_reason
FROM ranked r
LEFT JOIN wrapper w ON w.call = r.call
LEFT JOIN ranked i ON i.event_id = w.inner_id
WHERE coalesce(i.canonical, r.canonical) <> r.event_id;
