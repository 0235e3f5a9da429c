-- What arrived on days to which nothing can be added any more, counted once. Rules of sampling
-- subtract what they forget; a day's row goes with its partition.
CREATE TABLE day_sizes (
    day    date PRIMARY KEY,
    blocks bigint NOT NULL CHECK (blocks >= 0),
    bytes  bigint NOT NULL CHECK (bytes >= 0)
);
