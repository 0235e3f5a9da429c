-- How far a request is, how often it was asked for, and that somebody may have cancelled it.
ALTER TABLE materialization_requests
    ADD COLUMN attempt     int NOT NULL DEFAULT 0,
    ADD COLUMN hours_total int NOT NULL DEFAULT 0,
    ADD COLUMN hours_done  int NOT NULL DEFAULT 0,
    DROP CONSTRAINT materialization_requests_state_check,
    ADD CONSTRAINT materialization_requests_state_check
        CHECK (state IN ('requested', 'running', 'done', 'failed', 'cancelled'));

-- When the orchestration last looked for requests: nobody waits for one that is not there.
CREATE TABLE request_looks (
    one       boolean PRIMARY KEY DEFAULT true CHECK (one),
    looked_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- What services and commands built of tables by themselves, until Dagster has been told of it.
CREATE TABLE build_reports (
    report_id  uuid PRIMARY KEY,
    built_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
    view       text NOT NULL,
    process_id uuid,
    hours      timestamptz[] NOT NULL,
    rows       bigint NOT NULL,
    bytes      bigint NOT NULL,
    blocks     bigint NOT NULL,
    seconds    double precision NOT NULL,
    builder    text NOT NULL
);
CREATE INDEX build_reports_built ON build_reports (built_at, report_id);
