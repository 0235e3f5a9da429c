"""Chrome's trace events, compared one by one with what Perfetto's classes read in its format."""

import json
from collections import Counter
from random import Random

import numpy as np
import polars as pl
import pytest

from query_engine.export import windows
from query_engine.export.scribes.chrome import ChromeScribe
from query_engine.export.scribes.json_text import microseconds
from query_engine.export.windows import Plan
from tests.query_engine.export.chrome_reading import drawn_of_chrome
from tests.query_engine.export.reading import drawn
from tests.query_engine.export.sources import NOON, bytes_of, frame_of, random_source, trace_of
from tests.query_engine.spans.trees import Span


@pytest.mark.parametrize("rows_max", [1_000_000, 7])
@pytest.mark.parametrize("seed", range(8))
def test_every_event_is_that_of_the_other_format(monkeypatch, seed, rows_max):
    """
    Spans with times, nesting, places and attributes; counters, instants and arrows.
    """
    monkeypatch.setattr(windows.Plan.windows, "__defaults__", (rows_max,))
    source = random_source(Random(seed))
    theirs, ours = drawn(bytes_of(source)), drawn_of_chrome(bytes_of(source, "chrome"))
    assert ours.process == theirs.process
    assert Counter(ours.slices) == Counter(theirs.slices)
    assert ours.values == theirs.values
    assert sorted(ours.flows) == sorted(theirs.flows)
    starts = Counter(one for one in theirs.instants if one[2] == "starts")
    assert Counter(ours.instants) == Counter(theirs.instants) - starts


def test_values_that_are_no_numbers_are_left_out():
    """
    JSON has none, and a reader would refuse the whole file.
    """
    values = [1.5, float("nan"), float("inf"), -0.5]
    times = [NOON + n for n in range(4)]
    measures = pl.LazyFrame(
        {"time": times, "name": "load", "unit": "1", "series": "", "value": values}
    )
    source = trace_of(frame_of({}, {}), measures=Plan.of(measures, "time"))
    seen = drawn_of_chrome(bytes_of(source, "chrome"))
    assert seen.values == {"load": [(NOON, 1.5), (NOON + 3, -0.5)]}


def test_a_process_without_events_is_a_file():
    """
    It names the process.
    """
    assert drawn_of_chrome(bytes_of(trace_of(frame_of({}, {})), "chrome")).process == "/bin/shop"


def test_times_are_small_numbers():
    """
    Readers take them as doubles: counted from 1970 they would lose their nanoseconds.
    """
    source = trace_of(frame_of({"t": [Span(1, 0, 5, 1_000_000_007, "a")]}, {}))
    file = json.loads(bytes_of(source, "chrome"))
    assert [event["ts"] for event in file["traceEvents"] if "ts" in event] == [0.0, 1_000_000.002]
    assert file["otherData"]["begin_unix_ns"] == str(NOON + 5)


def test_times_before_the_begin_have_their_sign_apart():
    """
    A nanosecond before is -0.001 microseconds.
    """
    times = [-1001, -1000, -999, -1, 0, 1, 1001]
    texts = microseconds(np.array(times, np.int64)).to_list()
    assert texts == ["-1.001", "-1.000", "-0.999", "-0.001", "0.000", "0.001", "1.001"]
    scribe = ChromeScribe(NOON)
    assert [scribe._time(NOON + time) for time in times] == texts
