"""Materialization: what is in the table after it, whatever happened before and meanwhile."""

import resource
import time
from datetime import timedelta

import polars as pl
import pytest

from assets.materialize import DecodedCache, commits, materialize, rebuild, uncovered
from assets.materialize.limits import CONFLICTS_MAX
from assets.plan import Budget
from assets.storage.layout import Slice
from assets.storage.tables import TableCache, WriteConflict
from assets.views.catalog import VIEWS
from assets.views.log_entries import LOG_ENTRIES
from assets.views.log_stats import LOG_STATS
from assets.views.measures import MEASURES
from assets.views.physical import table_spec

HOUR = timedelta(hours=1)


def logs(count: int, prefix: str = "m") -> list[dict]:
    """Return log rows with distinct messages."""
    return [{"time": 7 * n, "msg": f"{prefix}{n}", "level": 1 + n % 6} for n in range(count)]


def assert_same_stats(entries: pl.DataFrame, stats: pl.DataFrame) -> None:
    """Check log_stats against a group-by of log_entries."""
    keys = ["time_bin", "process_id", "level", "target"]
    expected = LOG_STATS.build({"log_entries": entries.lazy()}).collect()
    assert stats.sort(keys).equals(expected.sort(keys))


def test_settled_blocks_become_rows_with_every_nanosecond(filled, new_sender) -> None:
    """
    The table holds what was sent, typed as the view says, and the tail has become empty.
    """
    filled.write(new_sender(), logs(10), logs(5, "n"))
    tail = filled.read(LOG_ENTRIES)
    report = materialize(filled.lake, LOG_ENTRIES, filled.tables)
    stored = filled.stored(LOG_ENTRIES)
    assert (report.blocks, report.rows, report.commits, len(report.slices)) == (2, 15, 1, 1)
    assert stored.schema == LOG_ENTRIES.schema
    key = ["block_id", "time", "msg"]
    assert stored.sort(key).equals(tail.sort(key))
    assert set(stored["time"].to_physical() % 1000) != {0}
    assert stored["process_properties"][0] == {"env": "test", "größe": "ü"}
    assert filled.read(LOG_ENTRIES).height == 15


@pytest.mark.parametrize("view", [LOG_ENTRIES, LOG_STATS], ids=lambda v: v.name)
def test_materializing_twice_equals_once(filled, new_sender, view) -> None:
    """
    A repeated attempt finds the coverage moved and commits nothing.
    """
    filled.write(new_sender(), logs(10))
    materialize(filled.lake, view, filled.tables)
    before = filled.stored(view)
    again = materialize(filled.lake, view, filled.tables)
    assert (again.commits, again.rows) == (0, 0)
    assert filled.stored(view).equals(before)


def test_any_split_into_increments_gives_the_same_rows(filled, new_sender) -> None:
    """
    One commit, many commits, tiny budgets: the table's rows do not depend on how they came.
    """
    sender = new_sender()
    for part in range(6):
        filled.write(sender, logs(4, f"a{part}"), logs(3, f"b{part}"), shift=part % 3 * HOUR)
        if part % 2:
            materialize(filled.lake, LOG_ENTRIES, filled.tables)
        materialize(filled.lake, LOG_STATS, filled.tables, budget=Budget(1, 1 << 20))
        assert_same_stats(filled.read(LOG_ENTRIES), filled.read(LOG_STATS))
    stored = filled.stored(LOG_ENTRIES)
    assert sorted(stored["msg"]) == sorted(
        row["msg"] for p in range(6) for row in [*logs(4, f"a{p}"), *logs(3, f"b{p}")]
    )
    assert_same_stats(stored, filled.read(LOG_STATS))
    assert materialize(filled.lake, MEASURES, filled.tables).commits == 0


def test_the_budget_bounds_each_commit_and_coverage_follows(filled, new_sender) -> None:
    """
    Work over COMMIT_ROWS_MAX goes on in further commits; a commit that stands alone is exact.
    """
    sender = new_sender()
    for part in range(5):
        filled.write(sender, logs(10, f"{part}-"))
    budget = Budget(20, 1 << 30)
    report = materialize(filled.lake, LOG_ENTRIES, filled.tables, budget=budget)
    assert report.commits == 3
    assert report.rows == filled.stored(LOG_ENTRIES).height == 50


def test_after_the_deadline_no_further_commit_is_begun(filled, new_sender) -> None:
    """
    One commit is made in any case, so that it goes on; the report says when something is left.
    """
    sender = new_sender()
    for part in range(3):
        filled.write(sender, logs(10, f"{part}-"))
    over, budget = time.monotonic() - 1, Budget(20, 1 << 30)
    first = materialize(filled.lake, LOG_ENTRIES, filled.tables, budget=budget, deadline=over)
    assert (first.rows, first.commits, first.cut_short) == (20, 1, True)
    assert filled.read(LOG_ENTRIES).height == 30
    rest = materialize(filled.lake, LOG_ENTRIES, filled.tables, budget=budget, deadline=over)
    assert (rest.rows, rest.commits, rest.cut_short) == (10, 1, False)


def test_blocks_of_an_open_transaction_stay_in_the_tail(filled, new_sender) -> None:
    """
    An open transaction holds the horizon back: later blocks are tail until it ends, then rows.
    """
    sender, other = new_sender(), new_sender()
    filled.write(sender, logs(1, "settled"))
    held = filled.begin(other, [logs(1, "held")])
    filled.write(sender, logs(1, "later"))
    materialize(filled.lake, LOG_ENTRIES, filled.tables)
    assert filled.stored(LOG_ENTRIES)["msg"].to_list() == ["settled0"]
    assert sorted(filled.read(LOG_ENTRIES)["msg"]) == ["later0", "settled0"]
    held.commit()
    assert sorted(filled.read(LOG_ENTRIES)["msg"]) == ["held0", "later0", "settled0"]
    materialize(filled.lake, LOG_ENTRIES, filled.tables)
    assert filled.stored(LOG_ENTRIES).height == 3


def test_rebuild_gives_the_same_rows_and_never_moves_coverage_back(filled, new_sender) -> None:
    """
    A rebuilt slice holds what it held, plus what has settled since.
    """
    sender = new_sender()
    filled.write(sender, logs(5, "a"))
    materialize(filled.lake, LOG_ENTRIES, filled.tables)
    before = filled.covered(LOG_ENTRIES)
    filled.write(sender, logs(5, "b"))
    report = rebuild(filled.lake, LOG_ENTRIES, filled.tables, list(before))
    after = filled.covered(LOG_ENTRIES)
    assert report.rows == filled.stored(LOG_ENTRIES).height == 10
    assert all(after[slice_] > before[slice_] for slice_ in before)
    assert filled.read(LOG_ENTRIES).height == 10


def test_rebuild_of_many_slices_keeps_to_the_budget(filled, new_sender) -> None:
    """
    Slices share commits while they fit; one over the budget is still replaced at once.
    """
    sender = new_sender()
    for hour in range(4):
        filled.write(sender, logs(10, f"{hour}-"), shift=hour * HOUR)
    materialize(filled.lake, LOG_ENTRIES, filled.tables)
    slices = list(filled.covered(LOG_ENTRIES))
    budget = Budget(20, 1 << 30)
    report = rebuild(filled.lake, LOG_ENTRIES, filled.tables, slices, budget=budget)
    assert (report.commits, report.rows) == (2, 40)
    alone = rebuild(filled.lake, LOG_ENTRIES, filled.tables, slices[:1], budget=Budget(1, 1))
    assert (alone.commits, alone.rows) == (1, 10)
    assert filled.stored(LOG_ENTRIES).height == 40


def test_a_slice_without_blocks_is_not_rebuilt(filled, new_sender) -> None:
    """
    When retention has dropped the blocks, the table's rows are the last copy: they stay.
    """
    filled.write(new_sender(), logs(5))
    materialize(filled.lake, LOG_ENTRIES, filled.tables)
    slices = list(filled.covered(LOG_ENTRIES))
    with filled.lake.connection() as conn:
        conn.execute("DELETE FROM blocks")
    assert rebuild(filled.lake, LOG_ENTRIES, filled.tables, slices).commits == 0
    assert filled.stored(LOG_ENTRIES).height == 5


def test_uncovered_names_what_a_run_would_do(filled, new_sender) -> None:
    """
    The sensor sees a cut per slice with settled blocks, and nothing once they are in the table.
    """
    assert uncovered(filled.lake, LOG_ENTRIES, filled.tables) == []
    filled.write(new_sender(), logs(1))
    filled.write(new_sender(), logs(1), shift=2 * HOUR)
    cuts = uncovered(filled.lake, LOG_ENTRIES, filled.tables)
    assert len(cuts) == 2
    materialize(filled.lake, LOG_ENTRIES, filled.tables, slices=[cuts[0].slice])
    left = uncovered(filled.lake, LOG_ENTRIES, filled.tables)
    assert [cut.slice for cut in left] == [cuts[1].slice]
    assert uncovered(filled.lake, VIEWS[-1], filled.tables) == []


def test_a_past_hour_is_finished_and_then_costs_nothing(filled, new_sender) -> None:
    """
    A closed slice is covered up to its closing, even when no new block asks for it.
    """
    held = filled.begin(new_sender(), [logs(1, "held")], shift=-2 * HOUR)
    filled.write(new_sender(), logs(3), shift=-2 * HOUR)
    materialize(filled.lake, LOG_ENTRIES, filled.tables)
    held.rollback()
    assert len(uncovered(filled.lake, LOG_ENTRIES, filled.tables)) == 1
    materialize(filled.lake, LOG_ENTRIES, filled.tables)
    assert uncovered(filled.lake, LOG_ENTRIES, filled.tables) == []
    with filled.lake.connection() as conn:
        found = conn.execute("SELECT slice_start, closing_position FROM slice_closings")
        closing = dict(found.fetchall())
    covered = filled.covered(LOG_ENTRIES)
    assert covered
    assert all(position >= closing[slice_.start] for slice_, position in covered.items())
    assert filled.read(LOG_ENTRIES).height == 3


def test_views_of_the_same_blocks_share_decoded_rows(filled, new_sender) -> None:
    """
    log_stats after log_entries in one process decodes nothing again.
    """
    filled.write(new_sender(), logs(4), logs(4, "n"))
    cache = DecodedCache()
    materialize(filled.lake, LOG_ENTRIES, filled.tables, cache=cache)
    materialize(filled.lake, LOG_STATS, filled.tables, cache=cache)
    assert (cache.counters.misses, cache.counters.hits) == (2, 2)


def test_slices_are_hours_of_insert_time(filled, new_sender) -> None:
    """
    The partition columns are the slice's, whatever the event times are.
    """
    filled.write(new_sender(), logs(2))
    report = materialize(filled.lake, LOG_ENTRIES, filled.tables)
    files = TableCache().snapshot(filled.lake, table_spec(LOG_ENTRIES)).files
    (slice_,) = report.slices
    assert isinstance(slice_, Slice)
    assert files.select("date", "slice").unique().rows() == [(slice_.start.date(), slice_.hour)]


def test_long_properties_of_a_process_are_held_once(filled, new_sender) -> None:
    """
    Every row shows its process's properties; text stays in views up to the Parquet writer, so a
    commit's memory does not grow with their length times the rows.
    """
    sender = new_sender()
    sender.process_properties = {f"k{n}": "v" * 4000 for n in range(100)}
    filled.write(sender, logs(20_000))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    report = materialize(filled.lake, LOG_ENTRIES, filled.tables)
    grown_kb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert report.rows == 20_000
    assert grown_kb < 2_000_000, "8 GB of text, written out"


def test_a_commit_that_keeps_losing_is_given_up(filled, monkeypatch) -> None:
    """
    After CONFLICTS_MAX lost commits in a row the caller hears of it; a success starts anew.
    """
    monkeypatch.setattr(commits, "CONFLICT_PAUSE_S", 0.0)
    outcomes = iter([True, *[WriteConflict("lost")] * (CONFLICTS_MAX - 1), True, False])

    def step() -> bool:
        outcome = next(outcomes, WriteConflict("lost"))
        if isinstance(outcome, WriteConflict):
            raise outcome
        return outcome

    def job():
        budget = Budget(1, 1)
        return commits._Job(filled.lake, LOG_ENTRIES, filled.tables, DecodedCache(0), budget)

    assert job().run(step).conflicts == CONFLICTS_MAX - 1
    loser = job()
    with pytest.raises(WriteConflict):
        loser.run(step)
    assert loser.report.conflicts == CONFLICTS_MAX
