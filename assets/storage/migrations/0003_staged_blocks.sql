-- Bulk ingest brings a block in two halves: its row, and its payload. Each waits here, unseen by
-- queries, until the other one is there; then both leave in the transaction that adds the block.
CREATE TABLE staged_blocks (
    block_id       uuid PRIMARY KEY,
    process_id     uuid NOT NULL,
    stream_id      uuid NOT NULL,
    payload_size   bigint,
    begin_time_ns  bigint NOT NULL,
    end_time_ns    bigint NOT NULL,
    begin_ticks    bigint NOT NULL,
    end_ticks      bigint NOT NULL,
    nb_objects     integer NOT NULL,
    object_offset  bigint NOT NULL,
    insert_time    timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX staged_blocks_insert_time ON staged_blocks (insert_time);

-- Several payloads lie in one object.
CREATE TABLE staged_payloads (
    block_id       uuid PRIMARY KEY,
    process_id     uuid NOT NULL,
    stream_id      uuid NOT NULL,
    object_key     text NOT NULL,
    payload_offset bigint NOT NULL,
    payload_size   bigint NOT NULL,
    insert_time    timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX staged_payloads_object_key ON staged_payloads (object_key);
CREATE INDEX staged_payloads_insert_time ON staged_payloads (insert_time);
