"""A rollup follows its source: late data, rebuilt slices, blocks that are readable at last."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from assets.decode import catalog
from assets.decode.limnograph_v1.logs import LOGS
from assets.errors import BlockCorrupt
from assets.maintain.quarantine_retry import QUARANTINE_RETRY, QuarantineRetrySettings
from assets.maintain.task import Site, run
from assets.materialize import materialize, rebuild
from assets.views.catalog import BUILT_IN
from assets.views.log_entries import LOG_ENTRIES
from assets.views.log_stats import LOG_STATS

HOUR = timedelta(hours=1)
ROWS = [{"time": 1, "msg": "a"}, {"time": 2, "msg": "b"}]


def up_to_date(filled) -> None:
    for view in (LOG_ENTRIES, LOG_STATS):
        materialize(filled.lake, view, filled.tables)


def counts(filled) -> tuple[int, int]:
    """Return how many records the source has, and how many the rollup says; tables and tails."""
    return filled.read(LOG_ENTRIES).height, filled.read(LOG_STATS)["count"].sum()


def test_late_data_of_an_old_slice_reaches_the_rollup(filled, new_sender) -> None:
    """
    A transaction that was open when its hour ended: its rows come into a slice that was built.
    """
    sender = new_sender()
    late = filled.begin(sender, [ROWS], shift=-3 * HOUR)
    filled.write(new_sender(), ROWS, shift=-3 * HOUR)
    up_to_date(filled)
    assert counts(filled) == (2, 2)
    late.commit()
    assert counts(filled) == (4, 4), "by the tail"
    up_to_date(filled)
    assert counts(filled) == (4, 4)
    assert filled.stored(LOG_STATS)["count"].sum() == 4, "by an increment"
    assert len(filled.slices(LOG_STATS)) == 1


def test_a_rebuild_of_the_source_leaves_the_rollup_right(filled, new_sender) -> None:
    """
    The same blocks are the same rows; neither of the two waits for the other.
    """
    filled.write(new_sender(), ROWS)
    up_to_date(filled)
    filled.write(new_sender(), ROWS)
    rebuild(filled.lake, LOG_ENTRIES, filled.tables, filled.slices(LOG_ENTRIES))
    assert counts(filled) == (4, 4)
    rebuild(filled.lake, LOG_STATS, filled.tables, filled.slices(LOG_STATS))
    assert counts(filled) == (4, 4)
    assert filled.stored(LOG_STATS)["count"].sum() == 4


def test_blocks_that_are_readable_at_last_are_counted_too(
    filled, new_sender, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    After an upgrade of a decoder, slices of source and rollup are rebuilt by the same task.
    """

    def refuse(payload, block):
        raise BlockCorrupt(block.block_id, "not yet")

    filled.write(new_sender(), ROWS, shift=-3 * HOUR)
    key = ("limnograph/v1", "log")
    with monkeypatch.context() as older:
        older.setitem(catalog.DECODERS, key, replace(LOGS, decode=refuse, version=0))
        up_to_date(filled)
        assert counts(filled) == (0, 0)
    site = Site(filled.lake, filled.tables, datetime.now(UTC), BUILT_IN)
    outcome = run(QUARANTINE_RETRY, site, QuarantineRetrySettings(), dry_run=False)
    assert len(outcome.done) == 2
    assert counts(filled) == (2, 2)
