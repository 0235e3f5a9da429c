"""What one asks after an incident, as SQL; the answers are printed below each question."""

import textwrap
from collections.abc import Iterator

import polars as pl

from limnograph.client import Client

SLOWEST = """
SELECT trace_id, start_time, name, round(duration / 1e6, 1) AS ms, status
FROM otel_spans
WHERE exe = 'otel_shop/frontend' AND parent_span_id IS NULL AND start_time >= '{since}'
ORDER BY duration DESC LIMIT 5
"""
TREE = """
WITH RECURSIVE tree(span_id, path, depth, name, exe, duration, status) AS (
    SELECT span_id, CAST(start_time AS VARCHAR), 0, name, exe, duration, status
    FROM otel_spans WHERE trace_id = '{trace_id}' AND parent_span_id IS NULL
    UNION ALL
    SELECT child.span_id, tree.path || CAST(child.start_time AS VARCHAR), depth + 1,
           child.name, child.exe, child.duration, child.status
    FROM otel_spans child JOIN tree ON child.parent_span_id = tree.span_id
    WHERE child.trace_id = '{trace_id}'
)
SELECT repeat('  ', depth) || name AS span, exe, round(duration / 1e6, 1) AS ms, status
FROM tree ORDER BY path
"""
ITS_LOGS = """
SELECT time, exe, level, msg FROM log_entries
WHERE properties['otel.trace_id'] = '{trace_id}' ORDER BY time
"""
FAILURES = """
SELECT spans.exe, spans.name, event['attributes']['exception.type'] AS exception, count(*) AS times
FROM otel_spans spans, UNNEST(spans.events) AS of_span(event)
WHERE event['name'] = 'exception' AND spans.start_time >= '{since}'
GROUP BY 1, 2, 3 ORDER BY times DESC, spans.exe
"""
P99 = """
SELECT properties['http.response.status_code'] AS status, max(count) AS orders,
       round(quantile_from_histogram(max_by(histogram, time), 0.5), 1) AS p50_ms,
       round(quantile_from_histogram(max_by(histogram, time), 0.99), 1) AS p99_ms
FROM measure_histograms
WHERE name = 'order.duration' AND exe = 'otel_shop/frontend' AND start_time >= '{since}'
GROUP BY 1 ORDER BY 1
"""
QUESTIONS = (
    ("Which orders took longest?", SLOWEST),
    ("Where did the time of the slowest go?", TREE),
    ("What was logged meanwhile, in all three services?", ITS_LOGS),
    ("What failed, and where?", FAILURES),
    ("How long do orders take, by how they end?", P99),
)


def answers(lake: Client, since: str) -> Iterator[tuple[str, str, pl.DataFrame]]:
    """Yield each question with its SQL and its answer; the later ones follow the slowest trace."""
    trace_id = ""
    for question, template in QUESTIONS:
        sql = template.format(since=since, trace_id=trace_id).strip()
        found = lake.query(sql, begin="1h").polars()
        if "trace_id" in found.columns and found.height:
            trace_id = found["trace_id"][0]
        yield question, textwrap.dedent(sql), found
