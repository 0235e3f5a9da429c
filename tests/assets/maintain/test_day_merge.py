"""Merging of days as a task: which days it chooses, and that a lake of merged days is right."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from assets.checks.catalog import CHECKS
from assets.checks.check import ask
from assets.maintain.catalog import task_named
from assets.maintain.older import rebuilding
from assets.maintain.tables import hours_held, snapshot_of
from assets.maintain.task import Outcome, Site, run
from assets.materialize import materialize, rebuild
from assets.storage.layout import Slice
from assets.storage.metadata.retention import Rule, set_rule
from assets.storage.tables import TableCache
from assets.views.catalog import BUILT_IN
from assets.views.log_entries import LOG_ENTRIES
from assets.views.log_stats import LOG_STATS

HOURS = (3, 4, 9)
MIDNIGHT = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
DAY = Slice(MIDNIGHT - timedelta(days=2)).day


def done(filled, name: str = "day_merge", *, now: datetime | None = None, **settings) -> Outcome:
    """Run a task as if it were that time."""
    task = task_named(name)
    site = Site(filled.lake, TableCache(), now or datetime.now(UTC), BUILT_IN)
    return run(task, site, task.settings(**settings), dry_run=False)


def site_of(filled) -> Site:
    """Return the lake as tasks see it now."""
    return Site(filled.lake, TableCache(), datetime.now(UTC), BUILT_IN)


@pytest.fixture
def merged(filled, new_sender):
    """A lake with a few hours of the day before yesterday, merged."""
    sent(filled, new_sender)
    assert not done(filled).failed
    return filled


def sent(filled, new_sender, covered: int = len(HOURS)) -> None:
    """Send two records in each of the hours, and bring both tables up to date, for some hours."""
    sender = new_sender()
    for hour in HOURS:
        shift = DAY.start + timedelta(hours=hour, minutes=30) - datetime.now(UTC)
        filled.write(sender, [{"time": hour}, {"time": hour + 100, "msg": "b"}], shift=shift)
    slices = [Slice(DAY.start + timedelta(hours=hour)) for hour in HOURS[:covered]]
    for view in (LOG_ENTRIES, LOG_STATS):
        materialize(filled.lake, view, filled.tables, slices=slices)


def test_nothing_of_a_merged_day_is_read_to_say_that_nothing_is_to_be_rebuilt(merged) -> None:
    """
    The table's log knows it: checks and runs ask often, and a lake has thousands of days.
    """
    snapshot = snapshot_of(site_of(merged), LOG_ENTRIES)
    for path in snapshot.files["path"]:
        Path(path).unlink()
    progress = rebuilding(site_of(merged), LOG_ENTRIES)
    assert progress.described == ""
    assert progress.current == len(HOURS)
    assert progress.current_bytes == snapshot.files["size_bytes"].sum() > 0


def test_a_day_that_is_over_becomes_one_place_with_the_same_rows(filled, new_sender) -> None:
    """
    Of each view one file; what a query sees is the same; the next plan is empty.
    """
    sent(filled, new_sender)
    before = filled.read(LOG_ENTRIES).sort("time")
    outcome = done(filled)
    assert not outcome.failed
    assert outcome.numbers["files removed"] == 2 * (len(HOURS) - 1)
    for view in (LOG_ENTRIES, LOG_STATS):
        assert snapshot_of(site_of(filled), view).files["slice"].to_list() == ["day"]
    assert filled.read(LOG_ENTRIES).sort("time").equals(before)
    assert filled.read(LOG_STATS)["count"].sum() == before.height
    assert done(filled).planned == []
    assert done(filled, "compaction").planned == []


def test_days_that_are_not_over_or_too_large_or_not_complete_are_left_alone(
    filled, new_sender
) -> None:
    """
    A day is quiet for some hours first; with a block that the table lacks it is not complete.
    """
    sent(filled, new_sender, covered=2)
    assert done(filled, views=["log_entries"]).planned == []
    materialize(filled.lake, LOG_ENTRIES, filled.tables)
    end = DAY.start + timedelta(days=1)
    assert done(filled, now=end - timedelta(hours=1)).planned == []
    assert done(filled, now=end + timedelta(hours=1)).planned == []
    assert done(filled, views=["measures"]).planned == []
    assert len(done(filled, views=["log_entries"]).done) == 1


@pytest.mark.parametrize(
    "check", [c for c in CHECKS if c.applies(LOG_ENTRIES)], ids=lambda c: c.name
)
def test_every_check_passes_on_a_merged_day(merged, check) -> None:
    """
    Rows are counted by their hour there, with a rule of retention too.
    """
    with merged.lake.connection() as conn:
        set_rule(conn, Rule("log_entries", keep_days=30))
    verdict = ask(check, site_of(merged), LOG_ENTRIES)
    assert verdict.passed, verdict.message


def test_rows_that_are_gone_from_a_merged_day_are_missed(merged) -> None:
    """
    The check counts the rows of the hours that it asks about, not those of the file.
    """
    check = next(check for check in CHECKS if check.name == "complete")
    assert ask(check, site_of(merged), LOG_ENTRIES).numbers["events"] == 2 * len(HOURS)
    held = hours_held(merged.lake, snapshot_of(site_of(merged), LOG_ENTRIES))
    assert {hour.start.hour: one.rows for hour, one in held.items()} == dict.fromkeys(HOURS, 2)


def test_an_hour_of_a_merged_day_is_rebuilt_from_its_blocks_alone(merged) -> None:
    """
    The rows of the others stay in the merged day; a day given as a whole is all of its hours.
    """
    before = merged.read(LOG_ENTRIES).sort("time")
    hour = Slice(DAY.start + timedelta(hours=HOURS[0]))
    assert rebuild(merged.lake, LOG_ENTRIES, merged.tables, [hour]).rows == 2
    places = snapshot_of(site_of(merged), LOG_ENTRIES).files.sort("slice")["slice"].to_list()
    assert places == [hour.hour, "day"]
    assert merged.read(LOG_ENTRIES).sort("time").equals(before)
    assert rebuild(merged.lake, LOG_ENTRIES, merged.tables, [DAY]).rows == 2 * len(HOURS)
    assert merged.read(LOG_ENTRIES).sort("time").equals(before)


def test_a_merged_day_goes_when_all_of_it_is_older_than_its_rule_keeps(merged) -> None:
    """
    Retention takes the file by its name; what the table covers stays.
    """
    with merged.lake.connection() as conn:
        set_rule(conn, Rule("log_entries", keep_days=10))
    covered = merged.covered(LOG_ENTRIES)
    early = DAY.end + timedelta(days=10) - timedelta(hours=1)
    assert done(merged, "view_retention", now=early).planned == []
    outcome = done(merged, "view_retention", now=DAY.end + timedelta(days=10))
    assert not outcome.failed
    assert outcome.numbers["rows"] == 2 * len(HOURS)
    assert merged.read(LOG_ENTRIES).is_empty()
    assert merged.covered(LOG_ENTRIES) == covered
