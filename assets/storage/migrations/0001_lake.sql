-- The lake's metadata: who sent what, and where its bytes are.

-- One row. The epoch rises whenever this data moves to another Postgres cluster or timeline (a
-- restore, a promoted standby), so that positions (epoch * 2^48 + xid) never run backwards.
-- epoch_claimed: the object store, too, knows that this epoch is taken, so that two restores of
-- one backup never share an epoch.
CREATE TABLE lake (
    singleton         boolean PRIMARY KEY DEFAULT true CHECK (singleton),
    lake_id           uuid NOT NULL DEFAULT gen_random_uuid(),
    epoch             integer NOT NULL DEFAULT 0 CHECK (epoch BETWEEN 0 AND 32767),
    epoch_claimed     boolean NOT NULL DEFAULT false,
    system_identifier bigint NOT NULL,
    timeline          text NOT NULL,
    created_at        timestamptz NOT NULL DEFAULT now()
);

-- One row: the last horizon handed out. Writing it is what makes a horizon safe to use: after a
-- crash Postgres may give the xids of transactions that left no trace to others, but never one
-- below that of a durable transaction. Apart from lake, whose row every commit reads.
CREATE TABLE last_horizon (
    singleton boolean PRIMARY KEY DEFAULT true CHECK (singleton),
    position  bigint NOT NULL
);
INSERT INTO last_horizon (position) VALUES (0);

CREATE TABLE processes (
    process_id        uuid PRIMARY KEY,
    exe               text NOT NULL,
    username          text NOT NULL,
    realname          text NOT NULL,
    computer          text NOT NULL,
    distro            text NOT NULL,
    cpu_brand         text NOT NULL,
    tsc_frequency     bigint NOT NULL,
    start_time_ns     bigint NOT NULL,
    start_ticks       bigint NOT NULL,
    parent_process_id uuid,
    properties        jsonb NOT NULL DEFAULT '{}',
    insert_time       timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX processes_insert_time ON processes (insert_time);

CREATE TABLE streams (
    stream_id             uuid PRIMARY KEY,
    process_id            uuid NOT NULL,
    format                text NOT NULL,
    tags                  text[] NOT NULL,
    properties            jsonb NOT NULL DEFAULT '{}',
    dependencies_metadata bytea NOT NULL DEFAULT '',
    objects_metadata      bytea NOT NULL DEFAULT '',
    insert_time           timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX streams_process_id ON streams (process_id);
CREATE INDEX streams_insert_time ON streams (insert_time);

CREATE TABLE segments (
    segment_id  uuid PRIMARY KEY,
    object_key  text NOT NULL,
    size        bigint NOT NULL,
    insert_time timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- Uniqueness of block ids within the replay window; a unique index on the partitioned table
-- would have to contain the partition key, and then would not be unique by block.
CREATE TABLE block_keys (
    block_id    uuid PRIMARY KEY,
    insert_time timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX block_keys_insert_time ON block_keys USING brin (insert_time);

-- Blocks that can be decoded: their stream and process are known. format and tags are copied
-- from the stream, which never changes.
CREATE TABLE blocks (
    block_id       uuid NOT NULL,
    process_id     uuid NOT NULL,
    stream_id      uuid NOT NULL,
    segment_id     uuid NOT NULL,
    payload_offset bigint NOT NULL,
    payload_size   bigint NOT NULL,
    format         text NOT NULL,
    tags           text[] NOT NULL,
    begin_time_ns  bigint NOT NULL,
    end_time_ns    bigint NOT NULL,
    begin_ticks    bigint NOT NULL,
    end_ticks      bigint NOT NULL,
    nb_objects     integer NOT NULL,
    object_offset  bigint NOT NULL,
    insert_time    timestamptz NOT NULL,
    epoch          integer NOT NULL,
    xid            xid8 NOT NULL DEFAULT pg_current_xact_id(),
    position       bigint NOT NULL
                   GENERATED ALWAYS AS (epoch::bigint * 281474976710656 + xid::text::bigint) STORED
) PARTITION BY RANGE (insert_time);
CREATE INDEX blocks_insert_time ON blocks (insert_time);
CREATE INDEX blocks_block_id ON blocks (block_id);
CREATE INDEX blocks_process ON blocks (process_id, insert_time);
CREATE INDEX blocks_stream ON blocks (stream_id, insert_time);

-- Acknowledged blocks whose stream or process has not arrived yet. They move to blocks, and get
-- their xid and insert time there, in the transaction that finds both.
CREATE TABLE orphan_blocks (
    block_id       uuid PRIMARY KEY,
    process_id     uuid NOT NULL,
    stream_id      uuid NOT NULL,
    segment_id     uuid NOT NULL,
    payload_offset bigint NOT NULL,
    payload_size   bigint NOT NULL,
    begin_time_ns  bigint NOT NULL,
    end_time_ns    bigint NOT NULL,
    begin_ticks    bigint NOT NULL,
    end_ticks      bigint NOT NULL,
    nb_objects     integer NOT NULL,
    object_offset  bigint NOT NULL,
    insert_time    timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX orphan_blocks_stream ON orphan_blocks (stream_id);
CREATE INDEX orphan_blocks_process ON orphan_blocks (process_id);

-- For each hour that has passed: every transaction that could still put a block into it has a
-- position below closing_position. A table that covers the slice up to there has no tail in it.
-- tags: those of the hour's blocks, known (not null) once all these transactions have ended; a
-- view of another tag has no tail there either.
CREATE TABLE slice_closings (
    slice_start      timestamptz PRIMARY KEY,
    closing_position bigint NOT NULL,
    tags             text[]
);

-- When a block that is inserted now arrives: never inside a closed hour, even if the clock is
-- set back. Called after the transaction has its xid.
CREATE FUNCTION arrival_time() RETURNS timestamptz LANGUAGE sql VOLATILE AS $$
    SELECT greatest(clock_timestamp(), max(slice_start) + interval '1 hour') FROM slice_closings
$$;

-- Blocks that a view could not decode; one row per view, block and decoder version.
CREATE TABLE quarantine (
    block_id        uuid NOT NULL,
    view            text NOT NULL,
    decoder_version integer NOT NULL,
    reason          text NOT NULL,
    process_id      uuid NOT NULL,
    stream_id       uuid NOT NULL,
    block_insert_time timestamptz NOT NULL,
    first_seen      timestamptz NOT NULL DEFAULT clock_timestamp(),
    last_seen       timestamptz NOT NULL DEFAULT clock_timestamp(),
    attempts        integer NOT NULL DEFAULT 1,
    PRIMARY KEY (block_id, view, decoder_version)
);
