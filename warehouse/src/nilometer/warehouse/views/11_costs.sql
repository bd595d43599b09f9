-- The ledger: what each call cost when it was priced, and every correction since. Entries are added, never changed.
CREATE OR REPLACE VIEW main.cost_entries AS
SELECT entry_id, event_id, started_at, kind, amount, currency, price_version, reason, booked_at
FROM (
    SELECT
        event_id AS entry_id, event_id, started_at, 'initial' AS kind, cost AS amount, currency, price_version,
        unpriced_reason AS reason, NULL::TIMESTAMPTZ AS booked_at
    FROM store.spans
    WHERE operation IN ('chat', 'generate_content', 'text_completion', 'embeddings')
        OR cost IS NOT NULL OR unpriced_reason IS NOT NULL
    UNION ALL
    SELECT correction_id, event_id, started_at, 'correction', amount, currency, price_version, reason, booked_at
    FROM store.cost_corrections
)
ANTI JOIN main.duplicates USING (event_id);

-- What each call costs now.
CREATE OR REPLACE VIEW main.costs AS
SELECT
    event_id,
    min(started_at) AS started_at,
    sum(amount) AS cost,
    CASE WHEN count(amount) > 0 THEN arg_max(currency, (coalesce(booked_at, started_at), entry_id))
        FILTER (currency IS NOT NULL) END AS currency,
    arg_max(price_version, (kind = 'correction', booked_at, entry_id)) FILTER (price_version IS NOT NULL)
        AS price_version,
    CASE WHEN count(amount) = 0 THEN max(reason) END AS unpriced_reason,
    count(*) AS entries
FROM main.cost_entries
GROUP BY event_id;
