-- Of which processes the raw blocks of a tag are kept, once they are some days old. keep: a SELECT
-- of their process_id; NULL: of none.
CREATE TABLE sampling_rules (
    name         text PRIMARY KEY,
    tag          text NOT NULL,
    keep         text,
    after_days   integer NOT NULL CHECK (after_days > 0),
    around_days  integer NOT NULL CHECK (around_days >= 0),
    changed_at   timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- How far a rule is with a day of raw blocks: since when all tables are known to have its rows, and
-- when the blocks that the rule does not keep were forgotten. Gone with the rule, and when it
-- changes.
CREATE TABLE sampled_days (
    rule       text NOT NULL REFERENCES sampling_rules ON DELETE CASCADE,
    day        date NOT NULL,
    covered_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    done_at    timestamptz,
    PRIMARY KEY (rule, day)
);

-- Hours of which some blocks of a tag are forgotten and others are not: what tables have of such an
-- hour cannot be made again from the blocks that are left.
CREATE TABLE sampled_hours (
    slice_start timestamptz NOT NULL,
    tag         text NOT NULL,
    PRIMARY KEY (slice_start, tag)
);

-- Processes without any block left, and since when.
CREATE TABLE idle_processes (
    process_id uuid PRIMARY KEY,
    since      timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- Of the lake as a whole ('lake'), how much of its disk is to stay free.
ALTER TABLE retention ADD COLUMN keep_free_percent integer
    CHECK (keep_free_percent BETWEEN 1 AND 90);
ALTER TABLE retention DROP CONSTRAINT retention_check;
ALTER TABLE retention ADD CHECK (
    keep_days IS NOT NULL OR keep_bytes IS NOT NULL OR keep_free_percent IS NOT NULL
);
