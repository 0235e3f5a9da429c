-- What somebody asked of the tables, and what became of it. The query service writes requests, the
-- orchestration turns them into runs; nobody waits inside a transaction.
CREATE TABLE materialization_requests (
    request_id   uuid PRIMARY KEY,
    action       text NOT NULL CHECK (action IN ('materialize', 'rebuild')),
    view         text NOT NULL,
    process_id   uuid,
    begin_time   timestamptz NOT NULL,
    end_time     timestamptz NOT NULL CHECK (begin_time < end_time),
    reason       text NOT NULL,
    state        text NOT NULL DEFAULT 'requested'
                 CHECK (state IN ('requested', 'running', 'done', 'failed')),
    requested_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    updated_at   timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- Single flight: who asks for what is being done already joins that request.
CREATE UNIQUE INDEX materialization_requests_open ON materialization_requests
    (action, view, process_id, begin_time, end_time) NULLS NOT DISTINCT
    WHERE state IN ('requested', 'running');
CREATE INDEX materialization_requests_updated ON materialization_requests (updated_at);

-- What became of a request so far, a sentence at a time, for those who wait.
CREATE TABLE materialization_reports (
    report_id  bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    request_id uuid NOT NULL REFERENCES materialization_requests ON DELETE CASCADE,
    time       timestamptz NOT NULL DEFAULT clock_timestamp(),
    message    text NOT NULL
);
CREATE INDEX materialization_reports_request ON materialization_reports (request_id, report_id);
