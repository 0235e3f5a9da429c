"""A view that reads one of a tag's formats leaves hours of the others alone, and loses nothing."""

import random
from datetime import timedelta

import pytest
from opentelemetry.proto.metrics.v1.metrics_pb2 import ResourceMetrics

from assets.materialize import materialize, uncovered
from assets.plan import formats_without
from assets.storage.metadata.closings import ClosedHours, close_hours
from assets.views.catalog import VIEWS
from assets.views.measure_histograms import MEASURE_HISTOGRAMS
from assets.views.measures import MEASURES
from assets.views.physical import table_spec
from tests.assets.decode.otlp.messages import NOW, Made, made

HOUR = timedelta(hours=1)


def histogram() -> Made:
    """Return a block with one point of a histogram."""
    message = ResourceMetrics()
    metric = message.scope_metrics.add().metrics.add(name="latency")
    metric.histogram.data_points.add(
        time_unix_nano=NOW, count=1, explicit_bounds=[1.0], bucket_counts=[1, 0]
    )
    return made(message, NOW, NOW)


def version_of(filled, view) -> int:
    """Return the version of a view's table: how many commits it has, less one."""
    return filled.tables.snapshot(filled.lake, table_spec(view)).version


def test_only_formats_that_are_read_and_hold_no_such_rows_are_left_out() -> None:
    """
    A format that nobody knows is somebody's mistake, and goes to the quarantine.
    """
    left_out = {view.name: formats_without(view) for view in VIEWS if formats_without(view)}
    assert left_out == {"measure_histograms": ("limnograph/v1",)}


def test_metrics_of_our_own_clients_make_no_commit_of_histograms(filled, new_sender) -> None:
    """
    Hour after hour, settled or not: the table keeps its first version.
    """
    own = new_sender(tag="metrics")
    for hour in range(3):
        filled.write(own, [{"time": 1, "value": 2.0}], shift=hour * HOUR)
        for view in (MEASURES, MEASURE_HISTOGRAMS):
            materialize(filled.lake, view, filled.tables)
    assert version_of(filled, MEASURES) == 3
    assert version_of(filled, MEASURE_HISTOGRAMS) == 0
    assert uncovered(filled.lake, MEASURE_HISTOGRAMS, filled.tables) == []


def test_an_hour_of_other_formats_is_not_looked_into_once_it_is_settled(filled, new_sender) -> None:
    """
    It costs a query nothing although no table covers it.
    """
    otlp = new_sender(tag="metrics", format="otlp/v1/metrics")
    filled.write(new_sender(tag="metrics"), [{"time": 1, "value": 2.0}], shift=-5 * HOUR)
    filled.write(otlp, histogram(), shift=-3 * HOUR)
    without = formats_without(MEASURE_HISTOGRAMS)
    with filled.lake.connection() as conn:
        first, *_ = sorted(close_hours(conn))
        looked = ClosedHours().open_ranges(conn, "metrics", {}, without)
        assert not any(range_.contains(first) for range_ in looked)
        assert any(range_.contains(first + 2 * HOUR) for range_ in looked)
        looked = ClosedHours().open_ranges(conn, "metrics", {})
        assert any(range_.contains(first) for range_ in looked)
        conn.execute("UPDATE slice_closings SET tagged_formats = NULL")
        looked = ClosedHours().open_ranges(conn, "metrics", {}, without)
        assert any(range_.contains(first) for range_ in looked), "not known: any"
        close_hours(conn)
        looked = ClosedHours().open_ranges(conn, "metrics", {}, without)
        assert not any(range_.contains(first) for range_ in looked)


@pytest.mark.parametrize("seed", range(4))
def test_every_histogram_is_there_once(filled, new_sender, seed: int) -> None:
    """
    Whatever arrives in whichever hours, and however much of it is materialized.
    """
    random_ = random.Random(seed)
    own = new_sender(tag="metrics")
    otlp = new_sender(tag="metrics", format="otlp/v1/metrics")
    points = values = hour = 0
    for _ in range(12):
        match random_.randrange(5):
            case 0:
                filled.write(otlp, histogram(), shift=hour * HOUR)
                points += 1
            case 1 | 2:
                filled.write(own, [{"time": 1, "value": 2.0}], shift=hour * HOUR)
                values += 1
            case 3:
                hour += random_.randrange(2)
            case 4:
                for view in (MEASURES, MEASURE_HISTOGRAMS):
                    materialize(filled.lake, view, filled.tables)
        assert filled.read(MEASURE_HISTOGRAMS).height == points
        assert filled.read(MEASURES).height == values
