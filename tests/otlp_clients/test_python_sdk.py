"""OpenTelemetry's Python SDK in an environment of its own: everything it records is found."""

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import limnograph
from tests.interop.environments import Environment
from tests.otlp_clients.conftest import Platform
from tests.otlp_clients.programs import run
from tests.otlp_clients.reconciling import reconcile

pytestmark = pytest.mark.slow

COMPRESSION = "OTEL_EXPORTER_OTLP_COMPRESSION"
DELTAS = {"OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE": "delta"}
EXPONENTIAL = {
    "OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION": (
        "base2_exponential_bucket_histogram"
    )
}
WAYS = {
    "batches": {},
    "one at a time": {},
    "gzip": {COMPRESSION: "gzip"},
    "deflate": {COMPRESSION: "deflate"},
    "deltas": DELTAS,
    "exponential histograms": EXPONENTIAL,
    "exponential histograms, deltas": EXPONENTIAL | DELTAS,
}
NOT_OVER_GRPC = {"deflate"}
"""What the exporter does not know there."""

ARGUMENTS = {"one at a time": ("--processor", "simple")}


@pytest.mark.parametrize(
    ("way", "protocol"),
    [(way, "http/protobuf") for way in WAYS]
    + [(way, "grpc") for way in WAYS if way not in NOT_OVER_GRPC],
)
def test_nothing_that_the_sdk_recorded_is_missing(
    way: str,
    protocol: str,
    platform: Platform,
    environment: Callable[[str], Environment],
    tmp_path: Path,
) -> None:
    """
    Spans, logs and metrics of every kind, however they are batched, compressed and summed up.
    """
    told, arguments = WAYS[way], ARGUMENTS.get(way, ())
    service, ledger = run(
        environment("python_sdk"), tmp_path, platform.told(protocol) | told, *arguments
    )
    assert ledger["said"] == []
    with limnograph.connect(platform.addresses["flight"]) as lake:
        reconcile(lake, service, ledger)


def test_what_differs_from_the_ledger_is_seen(
    platform: Platform, environment: Callable[[str], Environment], tmp_path: Path
) -> None:
    """
    The comparison fails for one span, value or text that is not what was recorded.
    """
    service, ledger = run(environment("python_sdk"), tmp_path, platform.told("http/protobuf"))
    changes: list[Callable[[dict[str, Any]], object]] = [
        lambda book: book["spans"].pop(),
        lambda book: book["spans"][-1].update(parent_span_id="0123456789abcdef"),
        lambda book: book["spans"][-1]["attributes"].update(tenth=0.10000000000000002),
        lambda book: book["spans"][0].update(start_ns=book["spans"][0]["start_ns"] + 1),
        lambda book: book["logs"].append(book["logs"][0]),
        lambda book: book["logs"][0].update(severity_text="other"),
        lambda book: book["numbers"][0]["rounds"].insert(1, -5),
        lambda book: book["numbers"].pop(),
        lambda book: book["histograms"][0]["values"].append(1.0),
        lambda book: book["histograms"][0]["values"].__setitem__(0, 3.25),
        lambda book: book["resource"].update(more="than there is"),
    ]
    with limnograph.connect(platform.addresses["flight"]) as lake:
        for change in changes:
            changed = copy.deepcopy(ledger)
            change(changed)
            with pytest.raises(AssertionError):
                reconcile(lake, service, changed)
