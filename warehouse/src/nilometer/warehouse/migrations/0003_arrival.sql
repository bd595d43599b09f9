-- When the loader wrote the row: whether more of its trace is to be expected. NULL where a file brought it, for that is
-- all there is, and in rows older than this column. No view shows it with the row, so live and backfilled rows are equal.
ALTER TABLE store.spans ADD COLUMN arrived_at TIMESTAMPTZ;
ALTER TABLE store.span_details ADD COLUMN arrived_at TIMESTAMPTZ;
