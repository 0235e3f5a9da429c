-- The newest answer of each check of each view, and since when it has failed without a break.
CREATE TABLE check_results (
    view          text NOT NULL,
    check_name    text NOT NULL,
    passed        boolean NOT NULL,
    message       text NOT NULL,
    checked_at    timestamptz NOT NULL DEFAULT clock_timestamp(),
    failing_since timestamptz,
    PRIMARY KEY (view, check_name)
);
