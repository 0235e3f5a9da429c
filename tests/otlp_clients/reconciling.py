"""
A client's ledger against what SQL answers: everything it recorded is there, once, unchanged.

A ledger is one JSON object:

* ``resource``: attributes. A value is as JSON has it; ``{"base64": ...}`` are bytes, ``{"map":
  ...}`` is a map.
* ``spans`` and ``logs``: one object each, as the SDK finished them.
* ``numbers``: series of counters and gauges with the value at the end of each round; ``monotonic``
  is None for a gauge.
* ``histograms``: series with the values in their order; ``exemplars`` says whether some are kept.

Rows of either temporality are understood: what is sent as deltas is summed up first.
"""

import json
import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import accumulate, groupby, pairwise
from typing import Any

from limnograph.client import Client
from tests.otlp_clients.rows import expected_log, expected_span, logs, rows, spans, texts

Ledger = Mapping[str, Any]
Row = dict[str, Any]

OWN = ("otel.metric.", "otel.scope.", "otel.exemplars")
"""What a point's properties have besides its attributes begins like this."""


def reconcile(lake: Client, exe: str, ledger: Ledger) -> None:
    """Compare everything that *exe* recorded with everything that is found of it."""
    check_same("span", map(expected_span, ledger["spans"]), spans(lake, exe))
    check_same("log", map(expected_log, ledger["logs"]), logs(lake, exe))
    check_numbers(ledger["numbers"], rows(lake, "measures", exe))
    check_histograms(ledger["histograms"], rows(lake, "measure_histograms", exe), ledger["spans"])
    check_resource(lake, exe, ledger["resource"])


def check_same(what: str, expected: Iterable[Row], found: Iterable[Row]) -> None:
    """Fail with the first that is missing and the first that is too much."""
    wanted, there = (
        Counter(json.dumps(one, sort_keys=True, ensure_ascii=False) for one in some)
        for some in (expected, found)
    )
    assert wanted, f"no {what} was recorded: nothing was tested"
    missing, more = wanted - there, there - wanted
    assert not [
        f"{some.total()} of {wanted.total()} are {word}, such as {next(iter(some))[:3000]}"
        for word, some in (("missing", missing), ("too much", more))
        if some
    ], what


def check_numbers(expected: Sequence[Row], found: Sequence[Row]) -> None:
    """Every series has the values of its rounds, and no other series is there."""
    series = by_series(found)
    assert set(series) == {key_of(one) for one in expected}
    for one in expected:
        points = series[key_of(one)]
        name = one["name"]
        assert {point["unit"] for point in points} == {one["unit"]}, name
        assert {point["target"] for point in points} == {one["target"]}, name
        told = {point["properties"].get("otel.metric.is_monotonic") for point in points}
        monotonic = one["monotonic"]
        assert told == {None if monotonic is None else str(monotonic).lower()}, name
        values = [point["value"] for point in points]
        if {point["properties"].get("otel.metric.aggregation_temporality") for point in points} == {
            "1"
        }:
            values = list(accumulate(values))
        assert steps(values) == steps(one["rounds"]), name


def check_histograms(expected: Sequence[Row], found: Sequence[Row], known: Sequence[Row]) -> None:
    """Every value is counted once, in its range, and in the sum; exemplars are of known spans."""
    series = by_series(found)
    assert set(series) == {key_of(one) for one in expected}
    ids = {(span["trace_id"], span["span_id"]) for span in known}
    for one in expected:
        values, at, exemplars = one["values"], 0, 0
        for point in series[key_of(one)]:
            if point["temporality"] == "cumulative":
                at = 0
            part = values[at : at + point["count"]]
            at += point["count"]
            check_point(one["name"], part, point)
            for exemplar in point["exemplars"] or []:
                assert (exemplar["trace_id"], exemplar["span_id"]) in ids, one["name"]
                assert exemplar["value"] in values, one["name"]
                exemplars += 1
        assert at == len(values), one["name"]
        assert bool(exemplars) == one["exemplars"], one["name"]


def check_point(name: str, values: Sequence[float], point: Row) -> None:
    """Compare one point with the values that it sums up."""
    assert point["count"] == len(values), name
    assert math.isclose(point["sum"], math.fsum(values)), name
    if point["min"] is not None:
        assert (point["min"], point["max"]) == (min(values), max(values)), name
    bounds = [-math.inf, *point["bounds"], math.inf]
    counted = [sum(low < value <= high for value in values) for low, high in pairwise(bounds)]
    assert point["counts"] == counted, (name, point["bounds"])


def check_resource(lake: Client, exe: str, expected: Row) -> None:
    """The process has every attribute of the resource."""
    found = lake.query(
        f"SELECT DISTINCT process_properties FROM log_entries WHERE exe = '{exe}'"
    ).rows()
    assert len(found) == 1
    wanted = {f"otel.resource.{key}": text for key, text in texts(expected).items()}
    assert wanted.items() <= dict(found[0][0]).items()


def by_series(found: Iterable[Row]) -> dict[str, list[Row]]:
    """Return the points of each series in the order of their times."""
    series: dict[str, list[Row]] = {}
    for point in sorted(found, key=lambda point: point["time"]):
        own = {k: v for k, v in point["properties"].items() if not k.startswith(OWN)}
        series.setdefault(json.dumps([point["name"], own], sort_keys=True), []).append(point)
    return series


def key_of(one: Row) -> str:
    """Return what a series is known by."""
    return json.dumps([one["name"], texts(one["attributes"])], sort_keys=True)


def steps(values: Iterable[float]) -> list[float]:
    """Return the values without repetitions of the one before, as a collection without news has."""
    return [value for value, _ in groupby(values)]
