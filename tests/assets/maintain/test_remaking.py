"""A rollup whose raw blocks are gone is made from its source's table, exactly, or not at all."""

from dataclasses import replace
from datetime import timedelta

import polars as pl
import pytest

from assets.maintain.older import rebuilding
from assets.materialize import rebuild_from_source
from assets.storage.layout import Slice
from assets.storage.metadata.retention import LAKE, Rule, set_rule
from assets.storage.tables import merge_day, retire_slices
from assets.views.catalog import VIEWS, Views
from assets.views.log_entries import LOG_ENTRIES
from assets.views.log_stats import LOG_STATS
from assets.views.physical import table_spec
from assets.views.view import View
from tests.assets.changed_views import changed, done, forget_raw, sent, site

DAY = timedelta(days=1)


def doubled(sources) -> pl.LazyFrame:
    """Build log_stats with another meaning of its count."""
    return LOG_STATS.build(sources).with_columns(pl.col("count") * 2)


def total(filled, view: View) -> int:
    """Return what the rollup counts, as a query sees it."""
    return int(filled.read(view)["count"].sum())


@pytest.mark.parametrize("merged", [False, True])
def test_a_changed_rollup_is_made_from_its_sources_rows(filled, new_sender, merged: bool) -> None:
    """
    Of each hour from the rows of that hour, in files of their own or in a merged day; once.
    """
    sent(filled, new_sender, before=3 * DAY)
    if merged:
        for day in {slice_.day for slice_ in filled.slices(LOG_ENTRIES)}:
            merge_day(filled.lake, table_spec(LOG_ENTRIES), day)
    forget_raw(filled)
    sent(filled, new_sender, hours=1)
    newer, views = changed(LOG_STATS, version=2, build=doubled)
    progress = rebuilding(site(filled, views), newer)
    assert (len(progress.waiting), len(progress.remade), progress.kept) == (1, 3, ())
    assert "3 slices whose raw blocks are gone" in progress.described
    covered = filled.covered(LOG_ENTRIES)
    done(filled, views)
    assert total(filled, newer) == 2 * 4
    assert (
        filled.covered(newer).items() >= {s: covered[s] for s in filled.slices(newer)[:3]}.items()
    )
    assert rebuilding(site(filled, views), newer).described == ""
    assert done(filled, views).planned == []


def test_a_new_rollup_gets_the_hours_that_have_no_raw_blocks_any_more(filled, new_sender) -> None:
    """
    It answers for all that its source does, not only since it was made.
    """
    sent(filled, new_sender)
    forget_raw(filled)
    new = replace(LOG_STATS, name="log_counts")
    views = Views(materialized=(*VIEWS, new))
    assert filled.read(new).is_empty()
    done(filled, views)
    assert filled.read(new).sort("time_bin").equals(filled.read(LOG_STATS).sort("time_bin"))
    assert done(filled, views).planned == []


def test_a_source_that_has_changed_too_gives_nothing(filled, new_sender) -> None:
    """
    Rows of an older meaning would pass for those of the new one: both stay as they are.
    """
    sent(filled, new_sender)
    forget_raw(filled)
    _, views = changed(LOG_ENTRIES, version=2)
    progress = rebuilding(site(filled, views), views.named("log_stats"))
    assert (progress.remade, len(progress.kept)) == ((), 3)
    assert done(filled, views).planned == []


@pytest.mark.parametrize("subject", ["log_entries", "log_stats", LAKE])
def test_where_retention_removes_rows_nothing_is_made(filled, new_sender, subject: str) -> None:
    """
    What it has left of the source may be less than what the rollup holds.
    """
    sent(filled, new_sender)
    forget_raw(filled)
    with filled.lake.connection() as conn:
        set_rule(conn, Rule(subject, keep_bytes=10**12))
    newer, views = changed(LOG_STATS, version=2, build=doubled)
    assert done(filled, views).planned == []
    assert total(filled, newer) == 3


def test_a_slice_without_rows_of_the_source_is_left_alone(filled, new_sender) -> None:
    """
    Should its rows go between the plan and the step, the rollup's stay.
    """
    sent(filled, new_sender)
    forget_raw(filled)
    newer, _ = changed(LOG_STATS, version=2, build=doubled)
    slices: list[Slice] = filled.slices(LOG_ENTRIES)
    retire_slices(filled.lake, table_spec(LOG_ENTRIES), slices[:2])
    report = rebuild_from_source(filled.lake, newer, filled.tables, slices)
    assert report.slices == {slices[2]}
    assert rebuild_from_source(filled.lake, newer, filled.tables, slices).commits == 0
    assert total(filled, newer) == 2 + 2
