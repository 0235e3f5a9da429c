"""What OpenTelemetry clients send, asked in SQL: the tail, then the table, then both."""

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from opentelemetry.proto.metrics.v1.metrics_pb2 import ResourceMetrics
from opentelemetry.proto.trace.v1.trace_pb2 import ResourceSpans, Span, Status

from assets.materialize import materialize
from assets.views.measure_histograms import MEASURE_HISTOGRAMS
from assets.views.measures import MEASURES
from assets.views.otel_span_stats import OTEL_SPAN_STATS
from assets.views.otel_spans import OTEL_SPANS
from tests.assets.decode.otlp.messages import NOW, Made, made

MS = 1_000_000
PAGE = Path(__file__).resolve().parents[3] / "docs" / "otlp.md"
SHOWN = [
    query.strip()
    for block in re.findall(r"```sql\n(.*?)```", PAGE.read_text(), re.DOTALL)
    for query in block.split(";")
    if query.strip()
]


def trace_id(number: int) -> bytes:
    """Return ids that are spread as random ones are."""
    return ((number * 0x9E3779B97F4A7C15F39CC0605CEDC835) % 2**128).to_bytes(16, "big")


def spans_of(*durations_ms: int, first: int = 0, name: str = "GET /pay") -> Made:
    """Return a block of spans, one trace each; every third fails."""
    message = ResourceSpans()
    spans = message.scope_spans.add().spans
    for number, duration in enumerate(durations_ms, first):
        spans.add(
            trace_id=trace_id(number),
            span_id=number.to_bytes(8, "big"),
            name=name,
            kind=Span.SPAN_KIND_SERVER,
            start_time_unix_nano=NOW,
            end_time_unix_nano=NOW + duration * MS,
            status=Status(code=2 if number % 3 == 0 else 0),
        ).events.add(name="paid", time_unix_nano=NOW)
    return made(message, NOW, NOW + max(durations_ms) * MS, len(durations_ms))


def histogram_of(counts: list[int]) -> Made:
    """Return a block with one point of a histogram and one of a gauge."""
    message = ResourceMetrics()
    metrics = message.scope_metrics.add().metrics
    latency = metrics.add(name="latency", unit="ms")
    latency.histogram.data_points.add(
        time_unix_nano=NOW,
        count=sum(counts),
        explicit_bounds=[0.0, 64.0, 128.0],
        bucket_counts=counts,
    )
    metrics.add(name="queue").gauge.data_points.add(time_unix_nano=NOW, as_int=3)
    return made(message, NOW, NOW, 2)


@pytest.fixture
def traced(filled, new_sender) -> Iterator[object]:
    """Return a lake and a sender of spans."""
    return filled, new_sender(tag="trace", format="otlp/v1/traces")


def test_spans_are_found_before_and_after_they_are_in_the_table(asked, traced) -> None:
    """
    A query sees every acknowledged span once: tail, table, and table with a new tail.
    """
    filled, sender = traced
    sql = "SELECT count(*), count(DISTINCT trace_id), sum(duration) FROM otel_spans"
    filled.write(sender, spans_of(1, 2, 3))
    assert asked.rows(sql).row(0) == (3, 3, 6 * MS)
    materialize(filled.lake, OTEL_SPANS, filled.tables)
    assert asked.rows(sql).row(0) == (3, 3, 6 * MS)
    filled.write(sender, spans_of(10, first=7))
    assert asked.rows(sql).row(0) == (4, 4, 16 * MS)
    (found,) = asked.rows(
        f"SELECT name, kind, status, exe, start_time, events FROM otel_spans "
        f"WHERE trace_id = '{trace_id(0).hex()}'"
    ).to_dicts()
    assert found["events"] == [{"time": NOW, "name": "paid", "attributes": {}}]
    assert (found["name"], found["kind"], found["status"]) == ("GET /pay", "SERVER", "ERROR")
    assert found["exe"] == "shop"


@pytest.mark.parametrize("sql", SHOWN)
def test_the_questions_of_the_page_can_be_asked(asked, traced, sql: str) -> None:
    """
    What docs/otlp.md shows runs as it stands.
    """
    filled, sender = traced
    filled.write(sender, spans_of(1, 2, 3))
    assert asked.rows(sql).width >= 2


def test_one_process_of_the_spans_is_opened_by_its_id(asked, traced, new_sender) -> None:
    """
    As with every view that holds all processes.
    """
    filled, sender = traced
    other = new_sender(tag="trace", format="otlp/v1/traces")
    filled.write(sender, spans_of(1, 2))
    filled.write(other, spans_of(3))
    sql = f"SELECT count(*) FROM view_instance('otel_spans', '{other.process_id}')"
    assert asked.rows(sql).row(0) == (1,)


def test_stats_add_up_over_increments(asked, traced) -> None:
    """
    Counts, errors and durations of one minute from the table and the tail are one row.
    """
    filled, sender = traced
    filled.write(sender, spans_of(1, 10, 100))
    for view in (OTEL_SPANS, OTEL_SPAN_STATS):
        materialize(filled.lake, view, filled.tables)
    filled.write(sender, spans_of(1000, 10_000, first=3), spans_of(5, name="other"))
    rows = asked.rows(
        "SELECT name, count, errors, duration_max, count_from_histogram(durations) AS n, "
        "power(10, quantile_from_histogram(durations, 0.5)) / 1e6 AS median_ms "
        "FROM otel_span_stats ORDER BY name"
    ).to_dicts()
    pay, other = rows
    assert (pay["name"], pay["count"], pay["errors"], pay["n"]) == ("GET /pay", 5, 2, 5)
    assert pay["duration_max"] == 10_000 * MS
    assert 79 < pay["median_ms"] < 126, "bins are a tenth of a power of ten wide"
    assert (other["name"], other["count"]) == ("other", 1)


def test_histograms_are_asked_by_quantile(asked, filled, new_sender) -> None:
    """
    Points of the same bounds add up, from the table and the tail; numbers are in measures.
    """
    sender = new_sender(tag="metrics", format="otlp/v1/metrics")
    filled.write(sender, histogram_of([0, 50, 50, 0]))
    for view in (MEASURES, MEASURE_HISTOGRAMS):
        materialize(filled.lake, view, filled.tables)
    filled.write(sender, histogram_of([0, 0, 100, 0]))
    sql = (
        "SELECT sum(count) AS n, quantile_from_histogram(sum_histograms(histogram), 0.5) AS median"
        " FROM measure_histograms WHERE name = 'latency'"
    )
    (found,) = asked.rows(sql).to_dicts()
    assert found["n"] == 200
    assert found["median"] == pytest.approx(64 + 64 / 3, abs=1)
    assert asked.rows("SELECT name, value FROM measures").rows() == [("queue", 3.0)] * 2


def test_metrics_of_our_own_clients_have_no_histograms_and_no_trouble(
    asked, filled, new_sender
) -> None:
    """
    Their blocks have the tag too; they are neither read nor put into quarantine.
    """
    filled.write(new_sender("metrics"), [{"time": 1, "value": 2.0}])
    materialize(filled.lake, MEASURE_HISTOGRAMS, filled.tables)
    filled.write(new_sender("metrics"), [{"time": 1, "value": 2.0}], payloads=[b"junk"])
    assert asked.rows("SELECT count(*) FROM measure_histograms").row(0) == (0,)
    assert asked.rows("SELECT count(*) FROM quarantine").row(0) == (0,)


def test_a_trace_is_found_in_the_files_that_can_hold_it(asked, traced) -> None:
    """
    Files keep the least and the greatest trace id: another file is not opened.
    """
    filled, sender = traced
    in_order = sorted(range(200), key=trace_id)
    for half in (in_order[:100], in_order[100:]):
        filled.write(sender, *(spans_of(1, first=number) for number in half))
        materialize(filled.lake, OTEL_SPANS, filled.tables)
    wanted = trace_id(in_order[150]).hex()
    before = [
        asked.counted(f"limnograph_query_files_{kind}", "otel_spans")
        for kind in ("scanned", "pruned")
    ]
    assert asked.rows(f"SELECT name FROM otel_spans WHERE trace_id = '{wanted}'").height == 1
    after = [
        asked.counted(f"limnograph_query_files_{kind}", "otel_spans")
        for kind in ("scanned", "pruned")
    ]
    assert [b - a for a, b in zip(before, after, strict=True)] == [1, 1]


def cumulative(at_s: int, counts: list[int], route: str = "/pay", start_s: int = 0) -> Made:
    """Return a block with a point of a cumulative histogram of one route."""
    message = ResourceMetrics()
    latency = message.scope_metrics.add().metrics.add(name="latency", unit="ms")
    latency.histogram.aggregation_temporality = 2
    point = latency.histogram.data_points.add(
        start_time_unix_nano=NOW + start_s * 10**9,
        time_unix_nano=NOW + at_s * 10**9,
        count=sum(counts),
        explicit_bounds=[0.0, 100.0, 200.0],
        bucket_counts=counts,
    )
    point.attributes.add(key="route").value.string_value = route
    return made(message, NOW, NOW + 10**12, 1)


def test_a_quantile_of_cumulative_histograms_is_that_of_what_came(
    asked, filled, new_sender
) -> None:
    """
    The recipe of the page: two series, one of which was begun anew, over a time range.
    """
    sender = new_sender(tag="metrics", format="otlp/v1/metrics")
    (recipe,) = (query for query in SHOWN if "increase_of_ranges" in query)
    blocks = [
        *(
            cumulative(-30, [0, 900, 0, 0], start_s=-90),
            cumulative(10, [0, 950, 0, 0], start_s=-90),
        ),
        *(cumulative(20, [0, 950, 49, 0], start_s=-90), cumulative(30, [0, 0, 1, 0], start_s=25)),
        *(cumulative(5, [0, 0, 100, 0], "/cart", -90), cumulative(6, [0, 0, 100, 0], "/cart", -90)),
    ]
    filled.write(sender, *blocks)
    # Of /pay 49 and, after the restart, 1 lie between 100 and 200; of /cart nothing came.
    recipe = recipe.replace("0.99", "0.5").replace("08:00:00", "08:53:20")
    assert asked.rows(recipe).rows() == [("latency", pytest.approx(150.0), 2)]


def spans_with_a_number() -> Made:
    """Return a block of one span with an attribute that is an integer."""
    message = ResourceSpans()
    span = message.scope_spans.add().spans.add(
        trace_id=trace_id(9), start_time_unix_nano=NOW, end_time_unix_nano=NOW
    )
    span.attributes.add(key="n").value.int_value = 1
    return made(message, NOW, NOW, 1)


def test_a_table_from_before_types_were_kept_goes_on(asked, traced) -> None:
    """
    Its rows have no types; rows that come later do, and then all of their slice, built anew.
    """
    filled, sender = traced
    old = tuple(column for column in OTEL_SPANS.columns if column.name != "property_types")
    before = replace(
        OTEL_SPANS,
        columns=old,
        build=lambda sources: sources["blocks:trace"].select(column.name for column in old),
    )
    filled.write(sender, spans_with_a_number())
    materialize(filled.lake, before, filled.tables)
    sql = (
        "SELECT property_types, jsonb_format_json(typed_properties(properties, property_types))"
        " FROM otel_spans ORDER BY insert_time"
    )
    untyped, typed = (None, '{"n":"1"}'), ('{"n":"int"}', '{"n":1}')
    assert asked.rows(sql).rows() == [untyped]
    filled.write(sender, spans_with_a_number())
    assert asked.rows(sql).rows() == [untyped, typed]
    materialize(filled.lake, OTEL_SPANS, filled.tables)
    assert asked.rows(sql).rows() == [typed, typed]
