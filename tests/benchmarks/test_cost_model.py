"""The arithmetic of benchmarks.cost, on what a run has recorded."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks import cost
from benchmarks.cost.measuring import Measured
from benchmarks.cost.model import Load, bill, fleet
from benchmarks.cost.prices import REFERENCE, SECONDS

RECORDED = Path(cost.__file__).with_name("measured.json")
MEASURED = Measured(**json.loads(RECORDED.read_text()))


def test_the_published_load_is_what_was_published() -> None:
    """
    449 billion events and 118 million objects in ninety days; a span is two of its trace events.
    """
    load = Load()
    assert load.events * 3 == pytest.approx(449e9)
    assert load.logs + load.metrics + 2 * load.spans == pytest.approx(load.events)
    assert load.blocks * 3 == REFERENCE.objects


def test_an_object_a_request_costs_what_the_reference_pays_for_its_objects() -> None:
    """
    Without a wait each request is a segment: its PUT is what packing saves.
    """
    waiting, at_once = (bill(replace(Load(), group_age_s=age), MEASURED) for age in (1.0, 0.0))
    saved = at_once.items["requests"] - waiting.items["requests"]
    assert saved > 0.8 * REFERENCE.puts


def test_storage_is_bytes_times_days_times_the_price() -> None:
    """
    Twice the bytes, or twice the days, is twice the storage.
    """
    once = bill(Load(), MEASURED).items["storage"]
    assert bill(replace(Load(), size=2.0), MEASURED).items["storage"] == pytest.approx(2 * once)
    assert bill(replace(Load(), days=180, raw_days=180), MEASURED).items[
        "storage"
    ] == pytest.approx(2 * once)


def test_a_receiver_may_fail_at_the_peak() -> None:
    """
    Those that are left carry three times the average at 60 % of their cores.
    """
    for processes in (100, 10_000, 100_000):
        sizes = bill(fleet(processes), MEASURED).sizes
        left = (sizes["receivers"] - 1) * sizes["receiver_task"][0]
        assert left >= sizes["receiver_cores"]


def test_a_fleet_has_the_events_and_blocks_that_its_page_says() -> None:
    """
    Ten events a second and three blocks a minute from each process.
    """
    load = fleet(1_000)
    assert load.events == pytest.approx(10_000 * SECONDS)
    assert load.blocks == pytest.approx(50 * SECONDS)
