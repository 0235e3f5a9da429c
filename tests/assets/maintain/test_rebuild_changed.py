"""A changed view is rebuilt in the background, newest first; nothing is missing meanwhile."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import polars as pl
import pytest

from assets.maintain.catalog import task_named
from assets.maintain.older import rebuilding
from assets.maintain.task import run
from assets.materialize import materialize, rebuild, uncovered
from assets.storage.metadata.retention import LAKE, Rule, set_rule
from assets.storage.tables import compact_slice, retire_slices
from assets.views.generation import generation_of
from assets.views.log_entries import LOG_ENTRIES
from assets.views.log_stats import LOG_STATS
from assets.views.physical import table_spec
from assets.views.view import View
from tests.assets.changed_views import changed, done, forget_raw, sent, site

DAY = timedelta(days=1)


def upper(sources) -> pl.LazyFrame:
    """Build log entries with another meaning of ``msg``."""
    return LOG_ENTRIES.build(sources).with_columns(pl.col("msg").str.to_uppercase())


def messages(filled, view: View) -> list[str]:
    return sorted(filled.read(view)["msg"])


def test_old_rows_answer_until_their_slice_is_rebuilt(filled, new_sender) -> None:
    """
    Slice by slice, newest first: an answer is of two versions meanwhile, and never short.
    """
    sent(filled, new_sender)
    newer, views = changed(LOG_ENTRIES, version=2, build=upper)
    assert messages(filled, newer) == ["e0", "e1", "e2"]
    assert uncovered(filled.lake, newer, filled.tables) == []
    done(filled, views, views=["log_entries"], slices_max=1)
    assert messages(filled, newer) == ["E0", "e1", "e2"]
    progress = rebuilding(site(filled, views), newer)
    assert (progress.current, len(progress.waiting), progress.kept) == (1, 2, ())
    assert 0 < progress.share < 1
    assert progress.described.startswith("1 of 3 slices are rebuilt")
    done(filled, views)
    assert messages(filled, newer) == ["E0", "E1", "E2"]
    assert rebuilding(site(filled, views), newer).described == ""
    assert done(filled, views).planned == []


def test_new_events_of_an_old_slice_are_seen_and_replace_it(filled, new_sender) -> None:
    """
    Old rows and the tail together hold each event once; the next increment builds the slice anew.
    """
    sent(filled, new_sender, hours=1)
    newer, _ = changed(LOG_ENTRIES, version=2, build=upper)
    filled.write(new_sender(), [{"time": 1, "msg": "late"}])
    assert messages(filled, newer) == ["LATE", "e0"]
    materialize(filled.lake, newer, filled.tables)
    assert messages(filled, newer) == ["E0", "LATE"]
    assert set(filled.covered(newer)) == set(filled.slices(newer))


def test_rows_whose_raw_blocks_are_gone_stay_for_ever(filled, new_sender) -> None:
    """
    They are the last copy: no rebuild touches them, every query sees them, and it is said so.
    """
    sent(filled, new_sender, before=3 * DAY)
    forget_raw(filled)
    sent(filled, new_sender, hours=1)
    newer, views = changed(LOG_ENTRIES, version=2, build=upper)
    done(filled, views)
    assert messages(filled, newer) == ["E0", "e0", "e1", "e2"]
    progress = rebuilding(site(filled, views), newer)
    assert (progress.current, progress.waiting, len(progress.kept)) == (1, (), 3)
    assert progress.share == 1
    assert progress.described == (
        "3 slices of an older version stay as they are: their raw blocks are gone"
    )
    for slice_ in filled.slices(newer):
        compact_slice(filled.lake, table_spec(newer), slice_)
    assert messages(filled, newer) == ["E0", "e0", "e1", "e2"]


def test_a_rollup_is_rebuilt_when_its_source_changes(filled, new_sender) -> None:
    """
    Its generation is made of its own fingerprint and those of the views that it is built from.
    """
    sent(filled, new_sender, hours=2)
    before = generation_of(LOG_STATS)
    assert done(filled).planned == []
    _, views = changed(LOG_ENTRIES, version=2)
    rollup = views.named("log_stats")
    assert generation_of(rollup) != before
    assert [step.subject.split()[0] for step in done(filled, views).planned] == [
        "log_entries",
        "log_stats",
    ]
    assert filled.read(rollup)["count"].sum() == 2
    assert set(filled.covered(rollup)) == set(filled.slices(rollup))


def test_a_bounded_run_takes_the_newest(filled, new_sender) -> None:
    """
    By slices or by bytes; the first slice goes whatever its size, so that every run gets on.
    """
    sent(filled, new_sender, hours=4)
    newer, views = changed(LOG_ENTRIES, version=2)
    newest = filled.slices(newer)[::-1]
    assert done(filled, views, views=["log_entries"], bytes_max=1).numbers["slices"] == 1
    assert list(filled.covered(newer)) == newest[:1]
    assert done(filled, views, views=["log_entries"], slices_max=2).numbers["slices"] == 2
    assert sorted(filled.covered(newer), reverse=True) == newest[:3]


@pytest.mark.parametrize("rule", [Rule("log_entries", keep_days=1), Rule(LAKE, keep_bytes=1 << 40)])
def test_what_retention_has_emptied_does_not_come_back(filled, new_sender, rule: Rule) -> None:
    """
    Its raw blocks may still be there; a rebuild of the others leaves it empty.
    """
    sent(filled, new_sender)
    with filled.lake.connection() as conn:
        set_rule(conn, rule)
    oldest = filled.slices(LOG_ENTRIES)[0]
    retire_slices(filled.lake, table_spec(LOG_ENTRIES), [oldest])
    newer, views = changed(LOG_ENTRIES, version=2, build=upper)
    assert messages(filled, newer) == ["e0", "e1"]
    done(filled, views)
    assert messages(filled, newer) == ["E0", "E1"]
    assert rebuilding(site(filled, views), newer).described == ""


def test_a_dry_run_says_what_it_would_rebuild(filled, new_sender) -> None:
    """
    Steps with their sizes, and nothing is written.
    """
    sent(filled, new_sender, hours=1)
    newer, views = changed(LOG_ENTRIES, version=2)
    task = task_named("rebuild_changed")
    settings = task.settings(views=["log_entries"])
    outcome = run(task, site(filled, views), settings, dry_run=True)
    (step,) = outcome.planned
    assert step.subject == f"log_entries {filled.slices(newer)[0].owner_id}"
    assert step.action.startswith("rebuild 1 slices of an older version, 1 rows of ")
    assert filled.covered(newer) == {}


def test_raw_blocks_wait_until_changed_views_are_rebuilt(filled, new_sender) -> None:
    """
    Otherwise a change of a view would come too late for the hours whose blocks are due.
    """
    sent(filled, new_sender, hours=1)
    with filled.lake.connection() as conn:
        set_rule(conn, Rule("raw", keep_days=1))
    newer, views = changed(LOG_ENTRIES, version=2)
    task = task_named("raw_retention")
    later = replace(site(filled, views), now=datetime.now(UTC) + 3 * DAY)
    outcome = run(task, later, task.settings(), dry_run=False)
    assert "log_entries has changed, and 1 hours of" in str(outcome.failed[0][1])
    rebuild(filled.lake, newer, filled.tables, filled.slices(newer))
    done(filled, views)
    assert not run(task, later, task.settings(), dry_run=False).failed
