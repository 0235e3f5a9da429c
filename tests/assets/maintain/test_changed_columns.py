"""A view whose columns change: what its old rows say until they are rebuilt, and afterwards."""

from collections.abc import Sequence
from datetime import timedelta

import polars as pl
import pytest

from assets.materialize import counted, materialize, rebuild
from assets.storage.metadata.retention import Rule, set_rule
from assets.storage.tables import compact_slice, merge_day
from assets.views.log_entries import COLUMNS, LOG_ENTRIES
from assets.views.log_stats import COLUMNS as STATS_COLUMNS
from assets.views.log_stats import KEYS, LOG_STATS
from assets.views.physical import table_spec
from assets.views.view import Column, View
from tests.assets.changed_views import changed, done, forget_raw, sent


def unread(filled, view: View) -> int:
    """Return how many slices are read from their blocks instead."""
    snapshot = filled.tables.snapshot(filled.lake, table_spec(view))
    return len(counted(view, snapshot, filled.lake.connection).unread)


def with_column(column: Column, value: pl.Expr, *, instead: bool) -> dict[str, object]:
    """Return the change of log_entries that adds a column, or puts it in place of the old one."""
    columns = [one for one in COLUMNS if one.name != column.name]
    assert instead == (len(columns) < len(COLUMNS))

    def build(sources) -> pl.LazyFrame:
        return sources["blocks:log"].with_columns(value.alias(column.name)).select(names)

    names = [*(one.name for one in columns), column.name]
    return {"columns": (*columns, column), "build": build}


def values(filled, view: View, column: str) -> list[object]:
    return filled.read(view).sort("time")[column].to_list()


def test_a_new_column_is_null_until_the_slice_is_rebuilt(filled, new_sender) -> None:
    """
    The version stays what it was: the columns alone make another generation.
    """
    sent(filled, new_sender)
    length = Column("length", pl.Int64(), "characters")
    counting = pl.col("msg").str.len_chars().cast(pl.Int64)
    newer, views = changed(LOG_ENTRIES, **with_column(length, counting, instead=False))
    assert values(filled, newer, "length") == [None, None, None]
    assert unread(filled, newer) == 0
    done(filled, views, views=["log_entries"], slices_max=1)
    assert values(filled, newer, "length") == [2, None, None]
    done(filled, views)
    assert values(filled, newer, "length") == [2, 2, 2]
    assert values(filled, LOG_ENTRIES, "msg") == ["e0", "e1", "e2"], "an older program reads on"


def test_a_column_that_is_gone_is_not_missed(filled, new_sender) -> None:
    """
    Old files still have it; nobody asks. A promoted key of a map that is gone neither.
    """
    sent(filled, new_sender)
    names = [one.name for one in COLUMNS if one.name not in {"username", "process_properties"}]
    newer, views = changed(
        LOG_ENTRIES,
        columns=tuple(one for one in COLUMNS if one.name in names),
        build=lambda sources: sources["blocks:log"].select(names),
    )
    assert filled.read(newer).columns == names
    done(filled, views)
    assert sorted(filled.read(newer)["msg"]) == ["e0", "e1", "e2"]


@pytest.mark.parametrize("finer", [True, False])
def test_nanoseconds_may_come_and_go(filled, new_sender, finer) -> None:
    """
    Old rows have the digits that they were kept with.
    """
    coarse = tuple(Column(c.name, c.dtype, c.doc) if c.name == "time" else c for c in COLUMNS)
    first, _ = changed(LOG_ENTRIES, columns=coarse if finer else COLUMNS)
    filled.write(new_sender(), [{"time": 1_001, "msg": "a"}])
    exact = filled.read(LOG_ENTRIES)["time"].to_physical().item()
    cut = exact // 1000 * 1000
    assert exact != cut
    materialize(filled.lake, first, filled.tables)
    newer, views = changed(LOG_ENTRIES, columns=COLUMNS if finer else coarse)

    assert filled.read(newer)["time"].to_physical().item() == cut
    assert unread(filled, newer) == 0
    done(filled, views, views=["log_entries"])
    assert filled.read(newer)["time"].to_physical().item() == (exact if finer else cut)


@pytest.mark.parametrize(("dtype", "old"), [(pl.Int64(), 4), (pl.String(), "4")])
def test_a_wider_type_reads_what_was_kept_in_the_narrower(filled, new_sender, dtype, old) -> None:
    """
    Nothing is decoded again for it. In the table the new values lie beside the old ones.
    """
    sent(filled, new_sender)
    level = Column("level", dtype, "as it was, wider")
    how = with_column(level, (pl.col("level") + 10).cast(dtype), instead=True)
    newer, views = changed(LOG_ENTRIES, **how)
    assert values(filled, newer, "level") == [old] * 3
    assert unread(filled, newer) == 0
    done(filled, views, views=["log_entries"], slices_max=2)
    new = pl.Series([14]).cast(dtype).item()
    assert values(filled, newer, "level") == [new, new, old]
    for slice_ in filled.slices(newer):
        compact_slice(filled.lake, table_spec(newer), slice_)
    assert values(filled, newer, "level") == [new, new, old]
    assert values(filled, LOG_ENTRIES, "level")[-1] == 4


def test_what_cannot_be_converted_is_read_from_blocks_while_they_are_there(
    filled, new_sender
) -> None:
    """
    Rows without the column would be wrong answers, and the right ones can be had.
    """
    sent(filled, new_sender)
    number = Column("msg", pl.Int64(), "the number in the text")
    how = with_column(number, pl.col("msg").str.slice(1).cast(pl.Int64), instead=True)
    newer, views = changed(LOG_ENTRIES, **how)
    assert unread(filled, newer) == 3
    assert values(filled, newer, "msg") == [0, 1, 2]
    materialize(filled.lake, newer, filled.tables)
    assert unread(filled, newer) == 0
    assert values(filled, newer, "msg") == [0, 1, 2]
    assert done(filled, views, views=["log_entries"]).planned == [], "increments have built them"
    back, views = changed(LOG_ENTRIES, version=9)
    done(filled, views)
    assert values(filled, back, "msg") == ["e0", "e1", "e2"]


def test_a_merged_day_is_left_out_whole_or_not_at_all(filled, new_sender) -> None:
    """
    Its files hold rows of many hours: each event is read once, and hours leave it one by one.
    """
    sent(filled, new_sender)
    for day in {slice_.day for slice_ in filled.slices(LOG_ENTRIES)}:
        merge_day(filled.lake, table_spec(LOG_ENTRIES), day)
    number = Column("msg", pl.Int64(), "the number in the text")
    how = with_column(number, pl.col("msg").str.slice(1).cast(pl.Int64), instead=True)
    newer, _ = changed(LOG_ENTRIES, **how)
    assert unread(filled, newer) == 3
    assert values(filled, newer, "msg") == [0, 1, 2]
    rebuild(filled.lake, newer, filled.tables, filled.slices(newer)[1:2])
    assert values(filled, newer, "msg") == [0, 1, 2]
    texts, _ = changed(LOG_ENTRIES, version=2)
    assert values(filled, texts, "msg")[::2] == ["e0", "e2"]
    assert filled.read(texts).height == 3
    forget_raw(filled)
    assert values(filled, newer, "msg") == [None, 1, None]


def test_what_cannot_be_converted_is_null_where_no_block_is_left(filled, new_sender) -> None:
    """
    The rows themselves stay visible for ever, with all their other columns.
    """
    sent(filled, new_sender)
    forget_raw(filled)
    number = Column("msg", pl.Int64(), "the number in the text")
    how = with_column(number, pl.col("msg").str.slice(1).cast(pl.Int64), instead=True)
    newer, views = changed(LOG_ENTRIES, **how)
    done(filled, views)
    assert unread(filled, newer) == 0
    assert values(filled, newer, "msg") == [None] * 3
    assert values(filled, newer, "level") == [4] * 3


def summed(names: Sequence[str]) -> dict[str, object]:
    """Return the change of log_stats that adds the sum of the levels."""

    def build(sources) -> pl.LazyFrame:
        entries = sources["log_entries"].with_columns(time_bin=pl.col("time").dt.truncate("1m"))
        counts = pl.len().cast(pl.Int64).alias("count")
        return entries.group_by(KEYS).agg(counts, pl.col("level").sum().cast(pl.Int64).alias("sum"))

    def merge(rows: pl.LazyFrame) -> pl.LazyFrame:
        return rows.group_by(KEYS).agg(pl.col(name).sum() for name in names)

    column = Column("sum", pl.Int64(), "sum of the levels")
    return {"columns": (*STATS_COLUMNS, column), "build": build, "merge": merge}


def test_a_rollup_with_a_new_number_is_not_merged_with_rows_that_lack_it(
    filled, new_sender
) -> None:
    """
    A partial row without the number would count as nothing: blocks are read until it is there.
    """
    sent(filled, new_sender)
    newer, views = changed(LOG_STATS, **summed(["count", "sum"]))
    assert unread(filled, newer) == 3
    found = filled.read(newer)
    assert (found["count"].sum(), found["sum"].sum()) == (3, 12)
    done(filled, views)
    found = filled.read(newer)
    assert (found["count"].sum(), found["sum"].sum()) == (3, 12)
    assert unread(filled, newer) == 0


def test_a_rollup_whose_blocks_are_gone_keeps_the_numbers_that_it_has(filled, new_sender) -> None:
    """
    Old counts are merged with new ones; what was never summed adds nothing. So it is where a rule
    of retention forbids to make them from the table of the source.
    """
    sent(filled, new_sender, before=timedelta(days=3))
    forget_raw(filled)
    with filled.lake.connection() as conn:
        set_rule(conn, Rule("log_entries", keep_bytes=10**12))
    newer, views = changed(LOG_STATS, **summed(["count", "sum"]))
    sent(filled, new_sender, hours=1)
    done(filled, views)
    found = filled.read(newer)
    assert found["count"].sum() == 4
    assert found["sum"].sum() == 4, "of the hour that still has blocks"
    with filled.lake.connection() as conn:
        set_rule(conn, Rule("log_entries"))
    done(filled, views)
    found = filled.read(newer)
    assert (found["count"].sum(), found["sum"].sum()) == (4, 16)
