"""What a real Prometheus scrapes is found in SQL: every sample, with the value that it has."""

import json
import math
import time

import pytest

import limnograph
from limnograph.client import Client
from tests.prometheus_server.conftest import Platform, Prometheus, StartPrometheus, wait_until
from tests.prometheus_server.target import GONE_AFTER, SPAN, TRACE, Target, bits, running_target

pytestmark = pytest.mark.slow

Series = tuple[tuple[str, str], ...]
OURS = ("otel.", "prometheus.")


def series_of(name: str, job: str, instance: str, labels: dict[str, str]) -> Series:
    """Return what a series is known by."""
    return tuple(sorted({"__name__": name, "job": job, "instance": instance, **labels}.items()))


def kept_samples(prometheus: Prometheus, at: float) -> set[tuple[Series, int, int]]:
    """Return what Prometheus has: series, time in ms, bits of the value."""
    return {
        (
            tuple(sorted((one["metric"] | {"dc": "eu"}).items())),
            round(float(moment) * 1_000),
            bits(float(value)),
        )
        for one in prometheus.kept('{job=~".+"}', at)
        for moment, value in one.get("values", ())
    }


def rows_of(lake: Client, view: str, columns: str) -> list[dict]:
    """Return the rows of Prometheus, with their series."""
    sql = (
        f"SELECT time, exe, process_properties, name, properties, {columns} FROM {view}"
        " WHERE target = 'prometheus'"
    )
    rows = lake.query(sql, begin="1h").polars().iter_rows(named=True)
    found = []
    for row in rows:
        properties = dict(row["properties"] or {})
        instance = dict(row["process_properties"])["otel.resource.service.instance.id"]
        labels = {key: text for key, text in properties.items() if not key.startswith(OURS)}
        series = series_of(row["name"], row["exe"], instance, labels)
        at_ms = round(row["time"].timestamp() * 1_000)
        found.append(row | {"series": series, "at_ms": at_ms, "properties": properties})
    return found


def sent_samples(lake: Client) -> list[tuple[Series, int, int]]:
    """Return the samples that are rows."""
    return [
        (row["series"], row["at_ms"], bits(row["value"]))
        for row in rows_of(lake, "measures", "value")
        if row["value"] is not None
    ]


def scraped_through_a_crash(
    platform: Platform, target: Target, start_prometheus: StartPrometheus
) -> Prometheus:
    """Scrape, kill the receiver, scrape, start it, scrape."""
    prometheus = start_prometheus(target.address, platform.receiver.url)
    target.wait_for(GONE_AFTER // 2)
    platform.receiver.kill()
    target.wait_for(GONE_AFTER // 2 + 2)
    platform.receiver.start()
    target.wait_for(4)
    return prometheus


def test_every_sample_is_found_though_the_receiver_crashed(
    platform: Platform, start_prometheus: StartPrometheus
) -> None:
    """
    What Prometheus itself has kept is the judge; nothing is missing, nothing is there twice.
    """
    with running_target() as target, limnograph.connect(platform.http) as lake:
        prometheus = scraped_through_a_crash(platform, target, start_prometheus)
        at = time.time()
        wanted = kept_samples(prometheus, at)
        wait_until(
            lambda: wanted <= set(sent_samples(lake)),
            lambda: sorted(wanted - set(sent_samples(lake)))[:5],
        )
        found = sent_samples(lake)
        assert len(found) == len(set(found))
        known = kept_samples(prometheus, time.time())
        assert set(found) <= known

        values = {dict(series)["__name__"]: set() for series, _, _ in found}
        for series, _, value in found:
            values[dict(series)["__name__"]].add(value)
        scrapes = range(1, GONE_AFTER + 1)
        assert {bits(float(-n)) for n in scrapes} <= values["odd"]
        assert {bits(2.5 * n) for n in scrapes} <= values["wait_seconds_sum"]
        assert {"up", "rpc_seconds", "wait_seconds_bucket", "orders_total"} <= set(values)
        told_more(lake)
        native_histograms(lake)


def told_more(lake: Client) -> None:
    """Check what rows tell besides: what ended, exemplars, types."""
    rows = rows_of(lake, "measures", "value, unit")
    gone = [row for row in rows if row["properties"].get("room") == "gone"]
    gone.sort(key=lambda row: row["at_ms"])
    assert gone[-1]["value"] is None, "a stale marker is the last of a series that is gone"
    assert None not in {row["value"] for row in gone[:-1]}

    exemplars = [row for row in rows if "otel.exemplars" in row["properties"]]
    assert {row["name"] for row in exemplars} == {"orders_total", "wait_seconds_bucket"}
    (exemplar,) = json.loads(exemplars[0]["properties"]["otel.exemplars"])
    assert (exemplar["trace_id"], exemplar["span_id"]) == (TRACE, SPAN)
    assert exemplar["value"] == 1.5
    assert exemplar["attributes"] == {"user": "ann"}

    def newest(name: str) -> dict[str, str]:
        """Return what is said of a name at the end, which is long after it was described."""
        named = [row for row in rows_of(lake, "measures", "value") if row["name"] == name]
        return dict(max(named, key=lambda row: row["at_ms"])["properties"])

    for name in ("orders_total", "wait_seconds_bucket", "rpc_seconds_count"):
        wait_until(lambda name=name: newest(name).get("otel.metric.is_monotonic") == "true")
    said = "otel.metric.metadata.prometheus.type"
    assert newest("orders_total")[said] == "counter"
    assert newest("orders_total")["otel.metric.description"] == "how many orders were paid"
    assert newest("temperature_celsius")["otel.metric.kind"] == "gauge"
    assert (newest("odd")[said], newest("odd").get("otel.metric.kind")) == ("unknown", None)


def ranges(row: dict) -> list[tuple[float, float, float]]:
    """Return the ranges of a histogram in which something is, with exact counts."""
    counts = row["counts"]
    if "prometheus.counts" in row["properties"]:
        counts = json.loads(row["properties"]["prometheus.counts"])
    lows, highs = [-math.inf, *row["bounds"]], [*row["bounds"], math.inf]
    whole = zip(lows, highs, counts, strict=True)
    return [(low, high, float(count)) for low, high, count in whole if count]


def native_histograms(lake: Client) -> None:
    """
    Check count, sum and every bucket of native histograms, by what the target said in a scrape.

    Prometheus 2.42 is no judge of them: a range of them comes out as the last one, repeated.
    """
    columns = "kind, temporality, count, sum, bounds, counts"
    rows = rows_of(lake, "measure_histograms", columns)
    scrapes: dict[str, set[int]] = {"native_seconds": set(), "native_ratio": set()}
    for row in rows:
        whole = row["name"] == "native_seconds"
        n = round(row["sum"] / (18.4 if whole else 0.25))
        scrapes[row["name"]].add(n)
        assert (row["kind"], row["temporality"]) == ("exponential_histogram", "cumulative")
        assert dict(row["series"])["dc"] == "eu"
        if whole:
            negative, zero, *positive = ranges(row)
            assert (row["sum"], row["count"]) == (18.4 * n, 6 * n + 2)
            assert negative == pytest.approx((-1, -(2 ** (-1 / 8)), 2 * n))
            assert (zero[0] < 0 < zero[1], zero[2]) == (True, 2)
            told = [(-2, n), (-1, 2 * n), (3, n)]
            for ours, (index, count) in zip(positive, told, strict=True):
                low, high = 2 ** ((index - 1) / 8), 2 ** (index / 8)
                assert ours == pytest.approx((low, high, count))
        else:
            assert row["sum"] == 0.25 * n
            assert float(row["properties"]["prometheus.count"]) == n + 0.5
            zero, positive = ranges(row)
            assert (zero[2], positive) == (0.5, (1, 2, n))
    for found in scrapes.values():
        assert set(range(1, GONE_AFTER + 1)) <= found
