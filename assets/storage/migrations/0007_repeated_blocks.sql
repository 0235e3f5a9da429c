-- Blocks that were delivered again after they were stored: each delivery more was merged into one.
CREATE TABLE repeated_blocks (
    block_id   uuid PRIMARY KEY,
    process_id uuid NOT NULL,
    stream_id  uuid NOT NULL,
    nb_objects integer NOT NULL,
    repeats    bigint NOT NULL CHECK (repeats > 0),
    first_seen timestamptz NOT NULL DEFAULT clock_timestamp(),
    last_seen  timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX repeated_blocks_last_seen ON repeated_blocks (last_seen);
