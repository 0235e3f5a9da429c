"""Retention: what a rule keeps stays, what it does not goes, and nothing else is lost by it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from assets.errors import CallerError, NotFound, StorageUnavailable
from assets.maintain.catalog import task_named
from assets.maintain.task import Outcome, Site, run
from assets.materialize import materialize
from assets.storage.metadata.raw_days import RawDay, raw_days
from assets.storage.metadata.retention import (
    RAW,
    Rule,
    drop_day,
    mark_retiring,
    retiring_days,
    rules,
    set_rule,
)
from assets.storage.metadata.sampling import SamplingRule, set_sampling_rule
from assets.storage.tables import TableCache
from assets.views.catalog import BUILT_IN, VIEWS
from assets.views.log_entries import LOG_ENTRIES
from assets.views.log_stats import LOG_STATS
from assets.views.physical import table_spec

DAY = timedelta(days=1)


def done(filled, name: str, *, after: timedelta = timedelta(0), **settings: object) -> Outcome:
    """Run a task as if so much time had passed."""
    task = task_named(name)
    site = Site(filled.lake, TableCache(), datetime.now(UTC) + after, BUILT_IN)
    return run(task, site, task.settings(**settings), dry_run=False)


def planned(filled, name: str, *, after: timedelta = timedelta(0)) -> list[str]:
    """Return what a task would do."""
    task = task_named(name)
    site = Site(filled.lake, TableCache(), datetime.now(UTC) + after, BUILT_IN)
    outcome = run(task, site, task.settings(), dry_run=True)
    return [f"{step.subject}: {step.action}" for step in outcome.planned]


def sent(filled, new_sender) -> None:
    """Send one block of two records, now, and bring all tables up to date."""
    filled.write(new_sender(), [{"time": 1, "msg": "a"}, {"time": 2, "msg": "b"}])
    up_to_date(filled)


def up_to_date(filled) -> None:
    """Bring all tables up to date."""
    for view in VIEWS:
        if view.scope == "global":
            materialize(filled.lake, view, filled.tables)


def raw_dropped(filled) -> Outcome:
    """Run raw retention three days later, and again when the day was marked long enough."""
    first = done(filled, "raw_retention", after=3 * DAY)
    return first if first.failed else done(filled, "raw_retention", after=3 * DAY)


def segments(filled) -> list[str]:
    """Return the keys of the segments that there are."""
    return [found.key for found in filled.lake.objects.list("segments/")]


def blocks(filled) -> int:
    """Return how many raw blocks are known."""
    with filled.lake.connection() as conn:
        return sum(day.blocks for day in raw_days(conn))


def test_without_a_rule_everything_is_kept_for_ever(filled, new_sender) -> None:
    """
    A hundred years later there is nothing to do.
    """
    sent(filled, new_sender)
    assert planned(filled, "view_retention", after=36_500 * DAY) == []
    assert planned(filled, "raw_retention", after=36_500 * DAY) == []


def test_a_rule_is_set_shown_and_taken_back(filled) -> None:
    """
    By the same task that the UI launches.
    """
    done(filled, "set_retention", subject="log_entries", keep_days=30)
    done(filled, "set_retention", subject="raw", keep_days=7, keep_bytes=5_000_000)
    assert planned(filled, "set_retention") == [
        "log_entries: is kept 30 days",
        "raw: is kept 7 days or 5.0 MB",
    ]
    done(filled, "set_retention", subject="raw")
    assert planned(filled, "set_retention") == ["log_entries: is kept 30 days"]


def test_a_rule_about_nothing_is_refused(filled) -> None:
    """
    An unknown view is named with those there are; bounds are positive.
    """
    with pytest.raises(NotFound, match="no view 'logs'"):
        done(filled, "set_retention", subject="logs", keep_days=1)
    with filled.lake.connection() as conn:
        with pytest.raises(CallerError, match="keep_days = 0 for raw: it must be positive"):
            set_rule(conn, Rule(RAW, keep_days=0))
        assert rules(conn) == {}


def test_rows_older_than_the_rule_leave_the_table_and_stay_away(filled, new_sender) -> None:
    """
    Neither the tail nor the next materialization brings them back; other views keep theirs.
    """
    sent(filled, new_sender)
    done(filled, "set_retention", subject="log_entries", keep_days=1)
    assert planned(filled, "view_retention", after=DAY / 2) == []
    outcome = done(filled, "view_retention", after=2 * DAY)
    assert outcome.numbers["rows"] == 2
    assert filled.read(LOG_ENTRIES).height == 0
    up_to_date(filled)
    assert filled.read(LOG_ENTRIES).height == 0
    assert filled.read(LOG_STATS)["count"].sum() == 2
    assert planned(filled, "view_retention", after=2 * DAY) == []


def test_new_rows_of_a_retired_slice_are_seen(filled, new_sender) -> None:
    """
    Coverage stayed what it was, so what arrives later is tail, and then in the table.
    """
    sent(filled, new_sender)
    done(filled, "set_retention", subject="log_entries", keep_days=1)
    done(filled, "view_retention", after=2 * DAY)
    filled.write(new_sender(), [{"time": 3, "msg": "late"}])
    assert filled.read(LOG_ENTRIES)["msg"].to_list() == ["late"]
    up_to_date(filled)
    assert filled.read(LOG_ENTRIES)["msg"].to_list() == ["late"]


def test_a_table_over_its_size_loses_its_oldest_slices(filled, new_sender) -> None:
    """
    The newest that fit stay.
    """
    filled.write(new_sender(), [{"time": 1, "msg": "old"}])
    filled.write(new_sender(), [{"time": 1, "msg": "new"}], shift=timedelta(hours=2))
    up_to_date(filled)
    done(filled, "set_retention", subject="log_entries", keep_bytes=1)
    assert len(planned(filled, "view_retention", after=2 * DAY)) >= 1
    snapshot = filled.tables.snapshot(filled.lake, table_spec(LOG_ENTRIES))
    fits = int(snapshot.files["size_bytes"].max())
    done(filled, "set_retention", subject="log_entries", keep_bytes=fits + 1)
    done(filled, "view_retention", after=2 * DAY)
    assert filled.read(LOG_ENTRIES)["msg"].to_list() == ["new"]


def test_raw_blocks_go_by_days_and_the_tables_keep_their_rows(filled, new_sender) -> None:
    """
    SQL gives the same answer before and after.
    """
    sent(filled, new_sender)
    before = filled.read(LOG_ENTRIES)
    done(filled, "set_retention", subject="raw", keep_days=1)
    assert planned(filled, "raw_retention", after=DAY / 2) == []
    outcome = raw_dropped(filled)
    assert not outcome.failed
    assert outcome.numbers["blocks"] == 1
    assert blocks(filled) == 0
    assert filled.read(LOG_ENTRIES).equals(before)


def test_a_day_that_a_table_lacks_is_kept_and_named(filled, new_sender) -> None:
    """
    Retention never loses what was acknowledged and is nowhere else.
    """
    filled.write(new_sender(), [{"time": 1, "msg": "a"}])
    done(filled, "set_retention", subject="raw", keep_days=1)
    outcome = raw_dropped(filled)
    errors = [str(error) for _, error in outcome.failed]
    assert any(error.startswith("log_entries lacks 1 hours of ") for error in errors)
    assert blocks(filled) == 1
    up_to_date(filled)
    assert not raw_dropped(filled).failed
    assert blocks(filled) == 0


def test_a_day_is_marked_first_and_dropped_only_after_a_while(filled, new_sender) -> None:
    """
    A query that had pinned a table before it had the rows still finds the blocks.
    """
    sent(filled, new_sender)
    done(filled, "set_retention", subject="raw", keep_days=1)
    with filled.lake.connection() as conn:
        day = raw_days(conn)[0].day
        later = RawDay(day, 0, 0).end + DAY - datetime.now(UTC) + timedelta(minutes=1)
        conn.execute(
            "INSERT INTO retiring_days VALUES (%s, %s)",
            (day, datetime.now(UTC) + later - timedelta(minutes=30)),
        )
    assert done(filled, "raw_retention", after=later).numbers == {}
    assert blocks(filled) == 1
    done(filled, "raw_retention", after=later + timedelta(minutes=31))
    assert blocks(filled) == 0


def test_a_marked_day_that_a_changed_view_lacks_is_kept(filled, new_sender) -> None:
    """
    Coverage is looked at again right before the day goes.
    """
    filled.write(new_sender(), [{"time": 1, "msg": "a"}])
    done(filled, "set_retention", subject="raw", keep_days=1)
    with filled.lake.connection() as conn:
        day = raw_days(conn)[0].day
        mark_retiring(conn, day)
    assert done(filled, "raw_retention", after=3 * DAY).failed
    assert blocks(filled) == 1
    with filled.lake.connection() as conn:
        assert day not in retiring_days(conn)


def test_an_open_transaction_delays_the_drop_and_nobody_else(
    filled, new_sender, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    Queries and receivers go on meanwhile; the next turn finishes what this one began.
    """
    monkeypatch.setattr("assets.storage.metadata.retention.DETACH_WAIT_S", 1.0)
    sent(filled, new_sender)
    writer = filled.begin(new_sender(), [[{"time": 1, "msg": "open"}]], shift=5 * DAY)
    with filled.lake.connection() as conn:
        day = raw_days(conn)[0].day
        with pytest.raises(StorageUnavailable, match="did not end within 1 s"):
            drop_day(conn, day)
    assert filled.read(LOG_ENTRIES).height == 2
    writer.commit()
    with filled.lake.connection() as conn:
        drop_day(conn, day)
        assert day not in {found.day for found in raw_days(conn)}
    assert sorted(filled.read(LOG_ENTRIES)["msg"]) == ["a", "b", "open"]


def test_dropping_a_day_twice_is_harmless(filled, new_sender) -> None:
    """
    A run that was killed in between is simply repeated.
    """
    sent(filled, new_sender)
    with filled.lake.connection() as conn:
        day = raw_days(conn)[0].day
        drop_day(conn, day)
        drop_day(conn, day)
        assert day not in {found.day for found in raw_days(conn)}


def test_a_segment_goes_only_when_no_block_is_left_and_then_after_a_while(
    filled, new_sender
) -> None:
    """
    A query that had read the block rows before finds the payload still.
    """
    sent(filled, new_sender)
    done(filled, "segment_sweep", after=3 * DAY)
    assert len(segments(filled)) == 1, "its block is still there"
    done(filled, "set_retention", subject="raw", keep_days=1)
    raw_dropped(filled)
    first = done(filled, "segment_sweep", after=3 * DAY)
    assert first.numbers == {"segments marked": 1}
    assert done(filled, "segment_sweep").numbers == {"segments marked": 0}
    assert len(segments(filled)) == 1
    last = done(filled, "segment_sweep", after=3 * DAY)
    assert last.numbers["segments deleted"] == 1
    assert segments(filled) == []
    assert done(filled, "segment_sweep", after=3 * DAY).numbers == {"segments marked": 0}


def test_marks_go_when_the_rule_about_raw_blocks_changes(filled, new_sender) -> None:
    """
    A day that the new rule keeps stays, and is marked anew should a later rule not keep it.
    """
    sent(filled, new_sender)
    done(filled, "set_retention", subject="raw", keep_days=1)
    marked = done(filled, "raw_retention", after=3 * DAY).numbers["days marked"]
    done(filled, "set_retention", subject="raw", keep_days=30)
    outcome = done(filled, "raw_retention", after=3 * DAY)
    assert outcome.numbers == {"days kept": marked}
    with filled.lake.connection() as conn:
        assert retiring_days(conn) == {}
    done(filled, "set_retention", subject="raw", keep_days=1)
    done(filled, "raw_retention", after=3 * DAY)
    done(filled, "set_retention", subject="raw")  # for ever
    assert done(filled, "raw_retention", after=3 * DAY).numbers == {"days kept": marked}
    assert blocks(filled) == 1


@pytest.mark.parametrize("bounds", [{"keep_days": 30}, {}])
def test_a_rule_that_changes_while_a_run_goes_on_holds_at_once(
    filled, new_sender, bounds: dict[str, int]
) -> None:
    """
    Days that the plan would drop stay: a run over many days takes long.
    """
    sent(filled, new_sender)
    done(filled, "set_retention", subject="raw", keep_days=1)
    done(filled, "raw_retention", after=3 * DAY)
    task = task_named("raw_retention")
    site = Site(filled.lake, TableCache(), datetime.now(UTC) + 3 * DAY, BUILT_IN)
    steps = list(task.plan(site, task.settings()))
    assert any(step.action.startswith("forget") for step in steps)
    done(filled, "set_retention", subject="raw", **bounds)
    assert {step.do().what for step in steps} == {
        "they stay: the rule has changed since this run began"
    }
    assert blocks(filled) == 1


def test_a_rule_of_sampling_that_changes_while_a_run_goes_on_holds_at_once(
    filled, new_sender
) -> None:
    """
    What it would forget by the old one stays.
    """
    sent(filled, new_sender)
    old = SamplingRule("logs", "log", None, after_days=2, around_days=1)
    with filled.lake.connection() as conn:
        set_sampling_rule(conn, old)
    done(filled, "tail_sampling", after=4 * DAY)
    task = task_named("tail_sampling")
    site = Site(filled.lake, TableCache(), datetime.now(UTC) + 4 * DAY, BUILT_IN)
    (step,) = task.plan(site, task.settings())
    with filled.lake.connection() as conn:
        set_sampling_rule(conn, replace(old, after_days=30))
    assert step.do().what == "they stay: the rule has changed since this run began"
    assert blocks(filled) == 1
