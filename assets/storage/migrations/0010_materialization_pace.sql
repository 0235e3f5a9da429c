-- How fast the tables' increments were lately: work (payload bytes and a charge for each block) and
-- the seconds it took, both as sums in which older runs count less and less.
CREATE TABLE materialization_pace (
    view        text PRIMARY KEY,
    work        double precision NOT NULL,
    seconds     double precision NOT NULL,
    measured_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
