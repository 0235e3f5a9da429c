"""Objects that a killed receiver left go; those that a row knows, or that are young, stay."""

import time
from datetime import UTC, datetime, timedelta

import pytest

from assets.maintain.limits import ORPHAN_DAYS
from assets.maintain.orphan_sweep import ORPHAN_SWEEP, OrphanSweepSettings
from assets.maintain.task import Outcome, Site, run
from assets.storage.layout import segment_id_of, segment_key
from assets.storage.segment_put import uuid7
from assets.views.catalog import BUILT_IN

DAY = timedelta(days=1)


def swept(filled, after: timedelta, **settings: object) -> Outcome:
    """Run the task as if so much time had passed."""
    site = Site(filled.lake, filled.tables, datetime.now(UTC) + after, BUILT_IN)
    return run(ORPHAN_SWEEP, site, OrphanSweepSettings(**settings), dry_run=False)


def left(filled) -> str:
    """Write an object as a receiver does that is killed before its rows are committed."""
    key = segment_key(uuid7(time.time_ns()), datetime.now(UTC))
    filled.lake.objects.put_new(key, b"never acknowledged")
    return key


def keys(filled) -> list[str]:
    """Return the keys of all segments' objects."""
    return [found.key for found in filled.lake.objects.list("segments/")]


def test_what_no_row_knows_goes_and_all_else_stays(filled, new_sender) -> None:
    """
    The acknowledged segment is still read afterwards.
    """
    filled.write(new_sender(), [{"time": 1, "msg": "a"}])
    (known,) = keys(filled)
    left(filled)
    outcome = swept(filled, 2 * DAY)
    assert outcome.numbers["objects deleted"] == 1
    assert keys(filled) == [known]
    assert swept(filled, 2 * DAY).planned == []


def test_young_objects_stay(filled) -> None:
    """
    Their rows may be on their way.
    """
    key = left(filled)
    assert swept(filled, timedelta(0)).planned == []
    assert swept(filled, DAY).planned == []
    assert keys(filled) == [key]


def test_only_so_many_days_are_listed(filled) -> None:
    """
    What is older was swept when it was younger.
    """
    left(filled)
    assert swept(filled, 9 * DAY, days=7).planned == []
    assert len(swept(filled, 9 * DAY, days=8).planned) == 1


def test_a_missed_sunday_leaves_nothing_for_ever(filled) -> None:
    """
    A month of them is made up for without a word; what is older has to be asked for.
    """
    left(filled)
    assert swept(filled, (ORPHAN_DAYS + 2) * DAY).planned == []
    assert len(swept(filled, (ORPHAN_DAYS + 1) * DAY).planned) == 1


@pytest.mark.parametrize("key", ["segments/2026/11/22/17/notes.txt", "segments/x.seg", ""])
def test_a_key_that_is_no_segments_has_no_id(key: str) -> None:
    """
    A file that somebody put there is left alone.
    """
    assert segment_id_of(key) == ""
