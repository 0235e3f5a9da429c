-- Days of raw blocks whose time has come, and since when every table is known to have their rows.
-- They are dropped some time after that, when no query can still count on reading them itself.
CREATE TABLE retiring_days (
    day        date PRIMARY KEY,
    covered_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
