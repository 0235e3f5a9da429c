"""Rows as a Delta table keeps them: nothing is lost on the way there and back."""

from datetime import UTC, datetime

import polars as pl
import pytest

from assets.decode.rows import EVENTS, EXEMPLARS, HISTOGRAM, LINKS
from assets.storage.layout import Slice
from assets.views.catalog import VIEWS
from assets.views.log_entries import LOG_ENTRIES
from assets.views.physical import from_storage, storage_filter, table_spec, to_storage
from assets.views.thread_spans import THREAD_SPANS
from assets.views.view import PROPERTIES, TIME

SLICE = Slice(datetime(2026, 11, 22, 17, tzinfo=UTC))
TIMES = [1_760_000_000_123_456_789, 0, 999, 1000, -1, -1000, -1001, 2**62]


ATTRIBUTES = {"a": "ü", "": ""}
NESTED = {
    pl.List(pl.Float64()): [[], [0.5, 7.25]],
    pl.List(pl.Int64()): [[], [0, 2**62]],
    EVENTS: [[], [{"time": 2**62, "name": "ü", "attributes": ATTRIBUTES}]],
    LINKS: [[], [{"trace_id": "a", "span_id": "b", "trace_state": "", "attributes": {}}]],
    EXEMPLARS: [
        [],
        [{"time": 1, "value": 0.5, "trace_id": "a", "span_id": "b", "attributes": ATTRIBUTES}],
    ],
    HISTOGRAM: [
        dict.fromkeys(HISTOGRAM.to_schema(), 1) | {"bins": []},
        dict.fromkeys(HISTOGRAM.to_schema(), 1) | {"bins": [1, 2**62]},
    ],
}


def sample(view) -> pl.DataFrame:
    """Return rows with values at the edges of each type; times in columns that keep ns only."""
    exact = {column.name for column in view.columns if column.keeps_ns}
    columns = {}
    for name, dtype in view.schema.items():
        if dtype == TIME:
            values = TIMES if name in exact else [time // 1000 * 1000 for time in TIMES]
            columns[name] = pl.Series(values, dtype=pl.Int64).cast(TIME)
        elif dtype == PROPERTIES:
            columns[name] = pl.Series([{}, {"a": "ü", "": ""}] * 4, dtype=PROPERTIES)
        elif dtype == pl.String():
            columns[name] = pl.Series(["", "ü", "x" * 50, "🐟"] * 2)
        elif dtype == pl.UInt32():
            columns[name] = pl.Series([0, 2**32 - 1, 1, 7] * 2, dtype=dtype)
        elif dtype.is_nested():
            columns[name] = pl.Series(NESTED[dtype] * 4, dtype=dtype)
        else:
            columns[name] = pl.Series([0, 1, -1, 2**31 - 1] * 2).cast(dtype)
    return pl.DataFrame(columns)


@pytest.mark.parametrize("view", VIEWS, ids=lambda v: v.name)
def test_there_and_back_is_the_same(view, tmp_path) -> None:
    """
    Nanoseconds, unsigned integers, empty maps and negative times survive a Parquet file.
    """
    rows = sample(view)
    stored = to_storage(rows, view, SLICE)
    assert stored.cast(table_spec(view).schema).num_rows == rows.height
    assert stored.schema.names == table_spec(view).schema.names
    path = tmp_path / "rows.parquet"
    pl.DataFrame(stored).write_parquet(path)
    assert from_storage(pl.scan_parquet(path), view).collect().equals(rows)


def test_the_slice_gives_the_partition_columns() -> None:
    """
    The hour of insert time, whatever the rows hold: a rollup has no insert time.
    """
    stored = pl.DataFrame(to_storage(sample(LOG_ENTRIES), LOG_ENTRIES, SLICE))
    assert stored.select("date", "slice").unique().rows() == [(SLICE.start.date(), "17")]
    assert set(stored["time_rem"]) <= set(range(1000))


def test_a_table_is_sorted_and_partitioned_as_its_view_says() -> None:
    """
    Per-process views put the process first; the remainder of a sorted time follows it.
    """
    spec = table_spec(LOG_ENTRIES)
    assert spec.partition_by == ("date", "slice")
    assert spec.sort_by == ("process_id", "time", "time_rem")
    assert "time" in spec.stats_columns
    assert table_spec(THREAD_SPANS).partition_by == ("process_id", "date", "slice")
    assert "value" not in {name for view in VIEWS for name in table_spec(view).stats_columns}


@pytest.mark.parametrize("op", ["=", "<", "<=", ">", ">="])
@pytest.mark.parametrize("value", [time + offset for time in TIMES[:5] for offset in (-1, 0, 1)])
def test_a_filter_on_stored_times_loses_no_row(op, value) -> None:
    """
    Comparing in microseconds keeps every row that the nanosecond predicate keeps.
    """
    rows = sample(LOG_ENTRIES)
    stored = pl.DataFrame(to_storage(rows, LOG_ENTRIES, SLICE)).lazy()
    time = pl.col("time").to_physical()
    exact = {"=": time.eq, "<": time.lt, "<=": time.le, ">": time.gt, ">=": time.ge}[op](value)
    condition = storage_filter(LOG_ENTRIES, "time", op, value)
    assert condition is not None
    kept = from_storage(stored.filter(condition), LOG_ENTRIES).filter(exact).collect()
    assert kept.equals(rows.filter(exact))


def test_filters_on_other_columns() -> None:
    """
    Text and integers filter as they are, lists too; maps and floats tell nothing.
    """
    stored = pl.DataFrame(to_storage(sample(LOG_ENTRIES), LOG_ENTRIES, SLICE))

    def kept(column, op, value) -> int:
        return stored.filter(storage_filter(LOG_ENTRIES, column, op, value)).height

    assert kept("msg", "=", "ü") == 2
    assert kept("msg", "in", ["ü", "🐟"]) == 4
    assert kept("level", ">=", 1) == 4
    assert kept("time", "in", TIMES[:2]) == 3, "0 and 999 ns share a microsecond"
    assert storage_filter(LOG_ENTRIES, "properties", "=", "x") is None
    spans = pl.DataFrame(to_storage(sample(THREAD_SPANS), THREAD_SPANS, SLICE))
    assert spans.filter(storage_filter(THREAD_SPANS, "line", "=", 2**32 - 1)).height == 2
