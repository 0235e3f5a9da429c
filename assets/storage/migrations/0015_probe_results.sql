-- What the probe saw: a row for each round and view of the newest week.
CREATE TABLE probe_results (
    process_id          uuid NOT NULL,
    sequence            bigint NOT NULL,
    view                text NOT NULL,
    written_at          timestamptz NOT NULL,
    acknowledged_after  double precision,
    visible_after       double precision,
    missing             integer NOT NULL,
    doubled             integer NOT NULL,
    problem             text NOT NULL DEFAULT '',
    PRIMARY KEY (process_id, sequence, view)
);
CREATE INDEX probe_results_written_at ON probe_results (written_at);
