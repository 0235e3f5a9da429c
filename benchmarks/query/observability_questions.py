"""
What an engineer on call asks of logs, metrics and spans: thirty questions.

``{hour}`` and ``{hour_end}`` bound an hour of the day, ``{process}`` is one process, and
``{spans}`` are the spans of that process in the words of each engine.
"""

from benchmarks.query.suite import Question

LOGS = (
    Question("lines", "SELECT count(*) AS n FROM log_entries"),
    Question(
        "lines_of_an_hour",
        "SELECT count(*) AS n FROM log_entries WHERE time >= {hour} AND time < {hour_end}",
    ),
    Question(
        "first_and_last_line",
        "SELECT min(time) AS first, max(time) AS last, count(*) AS n FROM log_entries",
    ),
    Question(
        "lines_by_hour",
        "SELECT date_trunc('hour', time) AS hour, count(*) AS n FROM log_entries"
        " GROUP BY 1 ORDER BY 1",
    ),
    Question(
        "by_target_and_level",
        "SELECT target, level, count(*) AS n FROM log_entries GROUP BY target, level",
    ),
    Question(
        "errors_per_minute",
        "SELECT date_trunc('minute', time) AS minute, count(*) AS n FROM log_entries"
        " WHERE level <= 2 GROUP BY 1 ORDER BY 1",
    ),
    Question(
        "errors_per_minute_and_route",
        "SELECT minute, route, count(*) AS n FROM ("
        "SELECT date_trunc('minute', time) AS minute, {route} AS route FROM log_entries"
        " WHERE level <= 2 AND time >= {hour} AND time < {hour_end}) AS errors"
        " GROUP BY minute, route ORDER BY minute, route",
    ),
    Question(
        "top_messages",
        "SELECT msg, count(*) AS n FROM log_entries GROUP BY msg ORDER BY n DESC, msg LIMIT 20",
    ),
    Question(
        "newest_lines", "SELECT time, level, msg FROM log_entries ORDER BY time DESC LIMIT 100"
    ),
    Question(
        "newest_errors",
        "SELECT time, level, target, msg FROM log_entries WHERE level <= 2"
        " ORDER BY time DESC LIMIT 50",
    ),
    Question(
        "newest_found",
        "SELECT time, target, msg FROM log_entries WHERE msg LIKE '%provider, code 77%'"
        " ORDER BY time DESC LIMIT 50",
    ),
    Question(
        "found",
        "SELECT count(*) AS n FROM log_entries WHERE msg LIKE '%payment provider, code 77%'",
    ),
    Question(
        "one_process_for_an_hour",
        "SELECT time, level, msg FROM log_entries WHERE process_id = '{process}'"
        " AND time >= {hour} AND time < {hour_end} ORDER BY time LIMIT 1000",
    ),
    Question(
        "one_request",
        "SELECT time, target, msg FROM log_entries WHERE {request_id} LIKE 'abc%' ORDER BY time",
    ),
    Question(
        "failures_by_route",
        "SELECT route, count(*) AS n FROM ("
        "SELECT {route} AS route FROM log_entries WHERE {status} = '500') AS failed"
        " GROUP BY route ORDER BY n DESC, route",
    ),
    Question(
        "requests_of_an_hour",
        "SELECT count(DISTINCT {request_id}) AS n FROM log_entries"
        " WHERE time >= {hour} AND time < {hour_end}",
    ),
    Question(
        "messages_by_target",
        "SELECT target, count(DISTINCT msg) AS n FROM log_entries GROUP BY target",
    ),
    Question(
        "lines_by_machine",
        "SELECT p.computer, p.exe, l.level, count(*) AS n FROM log_entries AS l"
        " JOIN processes AS p ON l.process_id = p.process_id GROUP BY p.computer, p.exe, l.level",
    ),
    Question(
        "change_of_error_rate",
        "WITH rate AS (SELECT date_trunc('minute', time) AS minute, count(*) AS n"
        " FROM log_entries WHERE level <= 3 GROUP BY 1)"
        " SELECT a.minute, a.n - b.n AS change FROM rate AS a"
        " JOIN rate AS b ON a.minute = b.minute + INTERVAL '1 minute'"
        " ORDER BY abs(a.n - b.n) DESC, a.minute LIMIT 20",
    ),
)
METRICS = (
    Question(
        "latency_p99_by_route",
        "SELECT route, count(*) AS n, percentile_cont(0.99) WITHIN GROUP (ORDER BY value) AS p99"
        " FROM (SELECT {route} AS route, value FROM measures WHERE name = 'latency') AS m"
        " GROUP BY route",
    ),
    Question(
        "latency_per_minute",
        "SELECT date_trunc('minute', time) AS minute, avg(value) AS mean, max(value) AS worst"
        " FROM measures WHERE name = 'latency' GROUP BY 1 ORDER BY 1",
    ),
    Question(
        "latency_histogram",
        "SELECT floor(value / 10) AS bucket, count(*) AS n FROM measures"
        " WHERE name = 'latency' GROUP BY 1 ORDER BY 1",
    ),
    Question(
        "metrics_of_an_hour",
        "SELECT date_trunc('minute', time) AS minute, name, avg(value) AS mean, max(value) AS worst"
        " FROM measures WHERE time >= {hour} AND time < {hour_end} GROUP BY 1, 2 ORDER BY 1, 2",
    ),
    Question(
        "latest_by_process",
        "SELECT m.process_id, m.name, m.value FROM measures AS m JOIN ("
        "SELECT process_id, name, max(time) AS time FROM measures GROUP BY process_id, name"
        ") AS latest ON m.process_id = latest.process_id AND m.name = latest.name"
        " AND m.time = latest.time",
    ),
    Question(
        "errors_of_slow_processes",
        "SELECT l.process_id, m.worst, count(*) AS errors FROM log_entries AS l JOIN ("
        "SELECT process_id, max(value) AS worst FROM measures WHERE name = 'latency'"
        " GROUP BY process_id) AS m ON l.process_id = m.process_id WHERE l.level <= 2"
        " GROUP BY l.process_id, m.worst ORDER BY m.worst DESC",
    ),
)
SPANS = (
    Question(
        "spans_by_name",
        "SELECT name, count(*) AS n, avg(duration) AS mean, max(duration) AS worst"
        " FROM {spans} AS s GROUP BY name ORDER BY n DESC, name",
    ),
    Question(
        "slowest_spans",
        "SELECT id, name, duration FROM {spans} AS s ORDER BY duration DESC, id LIMIT 20",
    ),
    Question(
        "span_p95_by_route",
        "SELECT {route} AS route, percentile_cont(0.95) WITHIN GROUP (ORDER BY duration) AS p95"
        " FROM {spans} AS s WHERE name = 'request' GROUP BY 1",
    ),
    Question(
        "failed_spans_of_an_hour",
        "SELECT name, status, count(*) AS n FROM {spans} AS s"
        ' WHERE "begin" >= {hour} AND "begin" < {hour_end} GROUP BY name, status',
    ),
    Question(
        "share_of_children",
        "SELECT c.name, count(*) AS n, sum(c.duration) AS inside, sum(p.duration) AS around"
        " FROM {spans} AS c JOIN {spans} AS p ON c.parent = p.id GROUP BY c.name",
    ),
)
QUESTIONS = (*LOGS, *METRICS, *SPANS)
