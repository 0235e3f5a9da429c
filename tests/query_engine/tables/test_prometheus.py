"""The questions of docs/prometheus.md, asked of samples whose answers are known."""

import re
from pathlib import Path

import pytest
from opentelemetry.proto.metrics.v1.metrics_pb2 import ResourceMetrics

from assets.prometheus_wire.request import Family
from assets.prometheus_wire.translate import translate
from tests.assets.decode.otlp.messages import Made, made
from tests.assets.prometheus_wire.messages import NOW_MS, V1, Symbols, put_series

PAGE = Path(__file__).resolve().parents[3] / "docs" / "prometheus.md"
RATE, QUANTILE, NATIVE, DOWN, EXEMPLARS = (
    query.strip()
    for shown in re.findall(r"```sql\n(.*?)```", PAGE.read_text(), re.DOTALL)
    for query in shown.split(";")
    if query.strip()
)
STEP_MS = 300_000
START_MS = NOW_MS - NOW_MS % STEP_MS
TARGET = {"job": "shop", "instance": "a:9100"}
TRACE = "0af7651916cd43dd8448eb211c80319c"


def scraped() -> Made:
    """Return ten minutes of samples, one every ten seconds, in which a counter was restarted."""
    request = V1["WriteRequest"]()
    times = [START_MS + 10_000 * n for n in range(60)]
    for path, pace in (("/pay", 20), ("/cart", 5)):
        labels = TARGET | {"__name__": "http_requests_total", "path": path, "status": "200"}
        counts = [pace * (n % 45 + 1) for n in range(60)]
        put_series(request, labels, list(zip(map(float, counts), times, strict=True)))
    for le, share in (("0.5", 0.5), ("1.0", 0.98), ("+Inf", 1)):
        labels = TARGET | {"__name__": "wait_seconds_bucket", "le": le}
        series = put_series(request, labels, [(100 * share * n, t) for n, t in enumerate(times)])
        if le == "1.0":
            exemplar = series.exemplars.add(value=0.9, timestamp=times[-1])
            exemplar.labels.add(name=b"trace_id", value=TRACE.encode())
    put_series(request, TARGET | {"__name__": "up"}, [(1, START_MS), (0, times[-1])])
    native = put_series(request, TARGET | {"__name__": "wait_seconds"}).histograms.add(
        count_int=100, sum=150, schema=0, timestamp=times[-1], positive_deltas=[100]
    )
    native.positive_spans.add(offset=1, length=1)
    (resource,) = translate(request.SerializeToString(), False, lambda _: Family()).resources
    begin, end = (ms * 1_000_000 for ms in (START_MS, times[-1]))
    return made(ResourceMetrics.FromString(resource), begin, end, 123)


@pytest.fixture
def sent(filled, new_sender) -> None:
    """Write what was scraped."""
    filled.write(new_sender(tag="metrics", format="otlp/v1/metrics"), scraped())


def test_a_rate_is_what_was_seen_within_a_step(asked, sent) -> None:
    """
    A restart counts from zero on, as in Prometheus.
    """
    rows = asked.rows(RATE)
    found = {(row["step"].minute % 10, row["path"]): row["per_second"] for row in rows.to_dicts()}
    assert sorted(found.values()) == pytest.approx([29 * 5 / 300, 30 * 5 / 300, 29 * 2 / 30, 2])
    assert rows["exe"].unique().to_list() == ["shop"]


def test_a_quantile_is_told_from_classic_buckets(asked, sent) -> None:
    """
    Linear within a bucket; above the last bound it is that bound.
    """
    rows = asked.rows(QUANTILE)
    assert rows["p99"].to_list() == [1.0, 1.0]
    median = asked.rows(QUANTILE.replace("0.99 *", "0.74 *"))
    assert median["p99"].to_list() == pytest.approx([0.75, 0.75])


def test_a_quantile_is_told_from_a_native_histogram(asked, sent) -> None:
    """
    All values lie between 1 and 2.
    """
    (row,) = asked.rows(NATIVE).to_dicts()
    assert (row["exe"], row["count"]) == ("shop", 100)
    assert row["p99"] == pytest.approx(1.99, abs=0.05)


def test_a_target_that_is_down_is_found(asked, sent) -> None:
    """
    By its newest sample alone.
    """
    assert asked.rows(DOWN).height == 1
    assert asked.rows(DOWN.replace("value = 0", "value = 1")).height == 0


def test_exemplars_lead_to_traces(asked, sent) -> None:
    """
    With the value that was recorded.
    """
    (row,) = asked.rows(EXEMPLARS).to_dicts()
    assert (row["name"], row["le"]) == ("wait_seconds_bucket", "1.0")
    assert TRACE in row["exemplars"]


def test_what_the_second_message_says_itself_is_in_the_rows(asked, filled, new_sender) -> None:
    """
    Types, help, units, and since when a counter or a histogram counts.
    """
    made_of = Symbols()
    told = made_of.series(TARGET | {"__name__": "hits_total"}, type=1, help="how many", unit="hits")
    told.samples.add(value=7, timestamp=NOW_MS, start_timestamp=START_MS)
    told = made_of.series(TARGET | {"__name__": "wait_seconds", "path": "/"}, type=3, help="long")
    told.histograms.add(
        schema=-53, custom_values=[0.5, 1], count_int=3, sum=2, timestamp=NOW_MS,
        start_timestamp=START_MS, positive_deltas=[1, 1],
    ).positive_spans.add(offset=0, length=2)  # fmt: skip
    body = made_of.request.SerializeToString()
    (resource,) = translate(body, True, lambda _: Family()).resources
    now = NOW_MS * 1_000_000
    sender = new_sender(tag="metrics", format="otlp/v1/metrics")
    filled.write(sender, made(ResourceMetrics.FromString(resource), now, now, 2))
    (hits,) = asked.rows("SELECT value, unit, properties FROM measures").to_dicts()
    assert (hits["value"], hits["unit"]) == (7.0, "hits")
    assert dict(hits["properties"]) == {
        "otel.metric.kind": "sum",
        "otel.metric.metadata.prometheus.type": "counter",
        "otel.metric.description": "how many",
        "otel.metric.aggregation_temporality": "2",
        "otel.metric.is_monotonic": "true",
        "otel.metric.start_time_unix_nano": str(START_MS * 1_000_000),
    }
    (wait,) = asked.rows(
        "SELECT kind, temporality, start_time, count, bounds, counts, properties['path'] AS path"
        " FROM measure_histograms"
    ).to_dicts()
    assert round(wait.pop("start_time").timestamp() * 1_000) == START_MS
    assert wait == {
        "kind": "histogram", "temporality": "cumulative", "count": 3, "bounds": [0.5, 1.0],
        "counts": [1, 2, 0], "path": "/",
    }  # fmt: skip
