"""Compaction as a task: which slices it chooses, and that rows stay what they are."""

from datetime import UTC, datetime, timedelta

from assets.maintain.compaction import COMPACTION, CompactionSettings
from assets.maintain.task import Outcome, Site, run
from assets.materialize import materialize
from assets.views.catalog import BUILT_IN
from assets.views.log_entries import LOG_ENTRIES

LATER = timedelta(days=1)
"""After the running hour has ended."""


def compacted(
    filled, *, after: timedelta = LATER, dry_run: bool = False, **settings: object
) -> Outcome:
    """Run the task as if so much time had passed."""
    site = Site(filled.lake, filled.tables, datetime.now(UTC) + after, BUILT_IN)
    return run(COMPACTION, site, CompactionSettings(**settings), dry_run=dry_run)


def grown(filled, new_sender, increments: int) -> None:
    """Materialize so many increments of the running hour, a file each."""
    sender = new_sender()
    for number in range(increments):
        filled.write(sender, [{"time": number, "msg": f"m{number}"}])
        materialize(filled.lake, LOG_ENTRIES, filled.tables)


def test_a_slice_that_has_ended_becomes_one_file_with_the_same_rows(filled, new_sender) -> None:
    """
    What a query sees is the same before and after; the next plan is empty.
    """
    grown(filled, new_sender, 5)
    before = filled.read(LOG_ENTRIES).sort("msg")
    outcome = compacted(filled)
    assert not outcome.failed
    assert outcome.numbers["files removed"] == 4
    assert outcome.numbers["rows"] == 5
    assert filled.read(LOG_ENTRIES).sort("msg").equals(before)
    assert compacted(filled).planned == []


def test_a_dry_run_says_which_slices_and_changes_nothing(filled, new_sender) -> None:
    """
    The plan names the slice and its files; the table stays at its version.
    """
    grown(filled, new_sender, 4)
    ((subject, action),) = [(s.subject, s.action) for s in compacted(filled, dry_run=True).planned]
    assert subject.startswith("log_entries ")
    assert action.startswith("merge 4 files of ")
    assert len(compacted(filled, dry_run=True).planned) == 1


def test_of_slices_that_still_grow_only_what_has_piled_up_is_merged(filled, new_sender) -> None:
    """
    The running hour, and one that has ended just now, wait for more files than others.
    """
    grown(filled, new_sender, 5)
    assert compacted(filled, after=timedelta(0)).planned == []
    assert compacted(filled, after=timedelta(hours=1)).planned == []
    assert len(compacted(filled, after=timedelta(hours=2), dry_run=True).planned) == 1
    outcome = compacted(filled, after=timedelta(0), growing_files_min=5)
    assert not outcome.failed
    assert outcome.numbers["files removed"] == 4
    grown(filled, new_sender, 1)
    assert filled.read(LOG_ENTRIES).height == 6


def test_a_slice_of_few_files_is_left_alone(filled, new_sender) -> None:
    """
    Below the number of files that was asked for, merging is not worth a rewrite.
    """
    grown(filled, new_sender, 3)
    assert compacted(filled).planned == []
    assert len(compacted(filled, files_min=2).planned) == 1


def test_only_the_named_views_are_looked_at(filled, new_sender) -> None:
    """
    Another view's table is not touched.
    """
    grown(filled, new_sender, 4)
    assert compacted(filled, views=["measures"]).planned == []
