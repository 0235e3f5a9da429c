"""otel_span_stats says what otel_spans would, whenever the spans of a minute arrived."""

import random
from datetime import UTC, datetime, timedelta

import pytest
from opentelemetry.proto.trace.v1.trace_pb2 import ResourceSpans, Status

from assets.materialize import materialize
from assets.views.otel_span_stats import OTEL_SPAN_STATS
from assets.views.otel_spans import OTEL_SPANS
from tests.assets.decode.otlp.messages import Made, made

HOUR = timedelta(hours=1)
MINUTE_NS = 60 * 10**9
NOON = 1_760_011_200_000_000_000
"""2025-10-09 12:00 UTC."""


def spans_of(*times: tuple[int, int], name: str = "GET /pay") -> Made:
    """Return a block of spans: when each began, and for how long; every third fails."""
    message = ResourceSpans()
    spans = message.scope_spans.add().spans
    for number, (begin, duration) in enumerate(times):
        spans.add(
            trace_id=number.to_bytes(16, "big"),
            span_id=(number + 1).to_bytes(8, "big"),
            name=name,
            kind=1 + number % 3,
            start_time_unix_nano=begin,
            end_time_unix_nano=begin + duration,
            status=Status(code=2 if number % 3 == 0 else 0),
        )
    begins, ends = [b for b, _ in times], [b + d for b, d in times]
    return made(message, min(begins), max(ends), len(times))


@pytest.fixture
def sender(new_sender):
    """Return a sender of spans."""
    return new_sender(tag="trace", format="otlp/v1/traces")


STATS = """
    SELECT time_bin, process_id, exe, name, kind, count, errors, duration_sum, duration_min,
           duration_max, count_from_histogram(durations) AS counted
    FROM otel_span_stats ORDER BY 1, 2, 4, 5
"""
FROM_SPANS = """
    SELECT date_trunc('minute', start_time) AS time_bin, process_id, exe, name, kind,
           count(*) AS count, count(*) FILTER (WHERE status = 'ERROR') AS errors,
           sum(duration) AS duration_sum, min(duration) AS duration_min,
           max(duration) AS duration_max, count(*) AS counted
    FROM otel_spans GROUP BY 1, 2, 3, 4, 5 ORDER BY 1, 2, 4, 5
"""


@pytest.mark.parametrize("seed", range(3))
def test_stats_equal_what_the_spans_say(asked, filled, sender, seed: int) -> None:
    """
    Spans that are late, cross minutes and hours, and lie in tables, the tail or both.
    """
    random_ = random.Random(seed)
    for step in range(8):
        times = [
            (NOON + random_.randrange(-90, 90) * 10**9, 10 ** random_.randrange(1, 13))
            for _ in range(random_.randrange(1, 6))
        ]
        filled.write(sender, spans_of(*times, name=f"op{step % 2}"), shift=step // 3 * HOUR)
        if random_.random() < 0.6:
            for view in random_.sample([OTEL_SPANS, OTEL_SPAN_STATS], random_.randrange(1, 3)):
                materialize(filled.lake, view, filled.tables)
    found = asked.rows(STATS)
    assert found.rows() == asked.rows(FROM_SPANS).rows()
    minutes = found["time_bin"].unique().sort()
    for minute in minutes.dt.epoch("ns"):
        ranged = asked.rows(STATS, begin_ns=minute, end_ns=minute)
        assert ranged.rows() == found.filter(time_bin=datetime.fromtimestamp(
            minute // 10**9, UTC)).rows()  # fmt: skip


def test_a_late_span_counts_in_the_minute_in_which_it_began(asked, filled, sender) -> None:
    """
    It began before noon, ended after it and arrived two hours later: one row, of 11:59.
    """
    filled.write(sender, spans_of((NOON - 1, 5)))
    materialize(filled.lake, OTEL_SPAN_STATS, filled.tables)
    filled.write(sender, spans_of((NOON - 2, 3 * MINUTE_NS)), shift=2 * HOUR)
    materialize(filled.lake, OTEL_SPAN_STATS, filled.tables)
    ((minute, count),) = asked.rows("SELECT time_bin, count FROM otel_span_stats").rows()
    assert (minute, count) == (datetime(2025, 10, 9, 11, 59, tzinfo=UTC), 2)


@pytest.mark.parametrize("quantile", [0.5, 0.9, 0.99])
def test_quantiles_are_as_exact_as_the_page_says(asked, filled, sender, quantile: float) -> None:
    """
    Within a factor of 1.26, whatever the durations are, from a microsecond to 1,000 s.
    """
    random_ = random.Random(quantile)
    durations = sorted(int(10 ** random_.uniform(3, 12)) for _ in range(2000))
    filled.write(sender, spans_of(*((NOON, duration) for duration in durations)))
    sql = f"""
        SELECT power(10, quantile_from_histogram(sum_histograms(durations), {quantile})) AS found
        FROM otel_span_stats
    """
    true = durations[int(quantile * len(durations))]
    assert 1 / 1.26 < asked.rows(sql)["found"].item() / true < 1.26
