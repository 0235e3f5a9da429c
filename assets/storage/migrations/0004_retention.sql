-- How long what is kept: of a view's table, or of the raw blocks ('raw'). No row: for ever.
CREATE TABLE retention (
    subject    text PRIMARY KEY,
    keep_days  integer CHECK (keep_days > 0),
    keep_bytes bigint CHECK (keep_bytes > 0),
    changed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CHECK (keep_days IS NOT NULL OR keep_bytes IS NOT NULL)
);

-- retired_at: since when no block refers to the segment. Its object goes only some time later, so
-- that a query that has read the block rows before still finds their payloads.
ALTER TABLE segments ADD COLUMN retired_at timestamptz;
CREATE INDEX segments_insert_time ON segments (insert_time);
CREATE INDEX segments_retired_at ON segments (retired_at) WHERE retired_at IS NOT NULL;
