"""Ids of the small side of a join reach the scan of the other side; answers stay the same."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from opentelemetry.proto.logs.v1.logs_pb2 import ResourceLogs
from opentelemetry.proto.trace.v1.trace_pb2 import ResourceSpans

from assets.materialize import materialize
from assets.views.log_entries import LOG_ENTRIES
from assets.views.otel_spans import OTEL_SPANS
from query_engine.sql import passing
from tests.assets.decode.otlp.messages import NOW, Made, made

HOURS = 6
READS = re.compile(r"Scan (\w+)\n(?:(?! *Scan ).*\n)*? *reads: (\d+) of")


def trace_id(number: int) -> bytes:
    """Return ids that are spread as random ones are."""
    return ((number * 0x9E3779B97F4A7C15F39CC0605CEDC835) % 2**128).to_bytes(16, "big")


def spans_of(hour: int) -> Made:
    """Return a block with two spans of each of ten traces; trace 3 is in every third hour too."""
    message = ResourceSpans()
    spans = message.scope_spans.add().spans
    for number in [*range(100 * hour + 10, 100 * hour + 20), *([3] if hour % 3 == 0 else [])]:
        for place in range(2):
            spans.add(
                trace_id=trace_id(number),
                span_id=(number * 2 + place + 1).to_bytes(8, "big"),
                name=f"op{place}",
                start_time_unix_nano=NOW + hour,
                end_time_unix_nano=NOW + hour + number,
            )
    return made(message, NOW, NOW + 10_000, len(spans))


def logs_of(hour: int) -> Made:
    """Return a block of log records: errors of trace 3, of no trace, and others."""
    message = ResourceLogs()
    records = message.scope_logs.add().log_records
    for number, severity in ((3, 17), (100 * hour + 10, 9), (100 * hour + 11, 9), (0, 9)):
        record = records.add(time_unix_nano=NOW + hour, severity_number=severity)
        record.body.string_value = f"l{number}"
        if number:
            record.trace_id = trace_id(number)
    return made(message, NOW, NOW + 100, len(records))


@pytest.fixture
def hours(filled, new_sender, asked, monkeypatch):
    """Return a service over some hours of spans and logs, a file each, the last one a tail."""
    monkeypatch.setattr(passing, "PASSED_TABLE_ROWS_MIN", 1)
    spans = new_sender(tag="trace", format="otlp/v1/traces")
    logs = new_sender(tag="log", format="otlp/v1/logs")
    for hour in range(HOURS + 1):
        filled.write(spans, spans_of(hour), shift=timedelta(hours=hour))
        filled.write(logs, logs_of(hour), shift=timedelta(hours=hour))
        if hour < HOURS:
            for view in (OTEL_SPANS, LOG_ENTRIES):
                materialize(filled.lake, view, filled.tables)
    return asked


@pytest.fixture
def both_ways(hours, monkeypatch) -> Callable[[str], list[tuple[str, int]]]:
    """Return a function that compares a query's rows with and without the passing of ids."""

    def compare(sql: str) -> list[tuple[str, int]]:
        """Return the files that each scan reads, by table, in the order of the plan."""
        found = hours.rows(sql).rows()
        plan = hours.rows(f"EXPLAIN {sql}")["plan"][0]
        with monkeypatch.context() as patched:
            patched.setattr(passing, "PASSED_JOINS_MAX", 0)
            assert sorted(map(repr, found)) == sorted(map(repr, hours.rows(sql).rows()))
        assert found, "a comparison of nothing proves nothing"
        return [(table, int(files)) for table, files in READS.findall(plan)]

    return compare


LAST = "SELECT trace_id FROM otel_spans WHERE name = 'op1' ORDER BY duration, span_id LIMIT 2"


def test_the_traces_of_a_search_are_read_from_few_files(both_ways) -> None:
    """
    IN over a subquery with a LIMIT: its rows are found once, then looked up.
    """
    sql = f"SELECT name, trace_id, duration FROM otel_spans WHERE trace_id IN ({LAST})"
    assert both_ways(sql) == [("otel_spans", 2)]


def test_a_join_with_a_search_reads_few_files(both_ways) -> None:
    """
    Either side of an inner join, and the right side of a left join.
    """
    for join in (
        "found JOIN otel_spans s",
        "otel_spans s JOIN found",
        "found LEFT JOIN otel_spans s",
    ):
        sql = f"WITH found AS ({LAST}) SELECT s.* FROM {join} ON s.trace_id = found.trace_id"
        assert both_ways(sql) == [("otel_spans", 2)]


def test_logs_lead_to_their_traces(both_ways) -> None:
    """
    A filter that leaves few rows is enough; no LIMIT is needed.
    """
    sql = """
        SELECT l.msg, s.name, s.duration FROM log_entries l
        JOIN otel_spans s ON s.trace_id = l.properties['otel.trace_id'] WHERE l.level = 2
    """
    files = dict(both_ways(sql))
    assert files["otel_spans"] == 2
    sql = f"""
        SELECT l.msg, f.trace_id FROM ({LAST}) f
        JOIN log_entries l ON l.properties['otel.trace_id'] = f.trace_id
    """
    assert dict(both_ways(sql))["log_entries"] == HOURS, "trace 3 has logs in each hour"


def test_a_table_named_twice_and_an_aggregate_are_no_trouble(both_ways) -> None:
    """
    What stands for the small side stands for it wherever it is named.
    """
    sql = f"""
        WITH found AS ({LAST}),
        sums AS (SELECT trace_id, count(*) AS n FROM otel_spans GROUP BY trace_id)
        SELECT f.trace_id, n, (SELECT count(*) FROM found) AS all_found
        FROM found f JOIN sums USING (trace_id)
    """
    assert both_ways(sql) == [("otel_spans", 2)]


OTHERS = [
    "SELECT a.name FROM otel_spans a JOIN otel_spans b ON a.trace_id = b.trace_id",
    """SELECT name FROM otel_spans WHERE trace_id NOT IN
       (SELECT trace_id FROM otel_spans WHERE name = 'op1' AND duration > 1000 LIMIT 3000)""",
    """SELECT s.name FROM otel_spans s RIGHT JOIN log_entries l
       ON s.trace_id = l.properties['otel.trace_id'] AND l.level = 2""",
    "SELECT count(*) FROM otel_spans s LEFT JOIN (SELECT 'x' AS id) f ON f.id = s.trace_id",
    """SELECT s.name FROM otel_spans s JOIN
       (SELECT trace_id FROM log_entries l JOIN otel_spans o
        ON o.trace_id = l.properties['otel.trace_id'] WHERE random() >= 0 LIMIT 900) f
       ON f.trace_id = s.trace_id""",
]


@pytest.mark.parametrize("sql", OTHERS)
def test_other_joins_are_left_as_they_are(both_ways, sql: str) -> None:
    """
    Sides that are no smaller, that are kept whole, or that are asked for what is missing.
    """
    both_ways(sql)


def test_when_nothing_is_found_nothing_is_read(hours) -> None:
    """
    No id at all: the other side is not scanned.
    """
    sql = """
        SELECT s.name FROM otel_spans s
        WHERE trace_id IN (SELECT trace_id FROM otel_spans WHERE name = 'none' LIMIT 5)
    """
    assert hours.rows(sql).height == 0
    assert "otel_spans" not in hours.rows(f"EXPLAIN {sql}")["plan"][0]
