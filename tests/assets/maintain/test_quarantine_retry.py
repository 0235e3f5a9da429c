"""After an upgrade, blocks that were refused before become rows without anybody asking."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from assets.decode import catalog
from assets.decode.limnograph_v1.logs import LOGS
from assets.errors import BlockCorrupt
from assets.maintain.quarantine_retry import QUARANTINE_RETRY, QuarantineRetrySettings
from assets.maintain.task import Outcome, Site, run
from assets.materialize import materialize
from assets.storage.metadata.quarantine import counts
from assets.storage.metadata.retention import LAKE, Rule, drop_day, set_rule
from assets.storage.metadata.sampling import SamplingRule, forget_unkept
from assets.storage.tables import retire_slices
from assets.views.catalog import BUILT_IN
from assets.views.log_entries import LOG_ENTRIES
from assets.views.physical import table_spec

KEY = ("limnograph/v1", "log")
ROWS = [{"time": 1, "msg": "good"}]


def retried(filled) -> Outcome:
    """Run the task on log_entries."""
    site = Site(filled.lake, filled.tables, datetime.now(UTC), BUILT_IN)
    settings = QuarantineRetrySettings(views=["log_entries"])
    return run(QUARANTINE_RETRY, site, settings, dry_run=False)


def test_what_a_newer_decoder_reads_becomes_rows_once(
    filled, new_sender, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    The slice is rebuilt, its blocks leave the quarantine, and the next plan is empty.
    """

    def refuse(payload, block):
        raise BlockCorrupt(block.block_id, "not yet")

    filled.write(new_sender(), ROWS)
    with monkeypatch.context() as older:
        older.setitem(catalog.DECODERS, KEY, replace(LOGS, decode=refuse, version=0))
        materialize(filled.lake, LOG_ENTRIES, filled.tables)
    outcome = retried(filled)
    assert outcome.numbers == {"rows": 1, "blocks": 1, "blocks still refused": 0}
    assert filled.read(LOG_ENTRIES)["msg"].to_list() == ["good"]
    assert retried(filled).planned == []


def test_blocks_that_this_decoder_refused_are_left_alone(filled, new_sender) -> None:
    """
    Nothing has changed, so trying again would change nothing.
    """
    filled.write(new_sender(), ROWS, payloads=[b"junk"])
    materialize(filled.lake, LOG_ENTRIES, filled.tables)
    assert retried(filled).planned == []


def test_a_block_that_is_forgotten_leaves_the_quarantine(filled, new_sender) -> None:
    """
    By sampling alone, by retention with its day; what stays is still in it.
    """
    kept, gone = new_sender(), new_sender()
    for sender in (kept, gone):
        filled.write(sender, ROWS, payloads=[b"junk"])
    materialize(filled.lake, LOG_ENTRIES, filled.tables)
    (slice_,) = filled.covered(LOG_ENTRIES)
    rule = SamplingRule("logs", "log", None, after_days=2, around_days=1)
    with filled.lake.connection() as conn:
        assert counts(conn)["log_entries"] == 2
        forget_unkept(conn, rule, slice_.start.date(), [kept.process_id])
        assert counts(conn)["log_entries"] == 1
        drop_day(conn, slice_.start.date())
        assert counts(conn) == {}


def test_a_slice_that_lost_raw_blocks_is_not_tried(
    filled, new_sender, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    Its rows are the last copy, and what was refused would come back every hour.
    """
    kept, gone = new_sender(), new_sender()
    filled.write(kept, ROWS, payloads=[b"junk"])
    filled.write(gone, ROWS)
    materialize(filled.lake, LOG_ENTRIES, filled.tables)
    monkeypatch.setitem(catalog.DECODERS, KEY, replace(LOGS, version=2))
    rule = SamplingRule("logs", "log", None, after_days=2, around_days=1)
    (slice_,) = filled.covered(LOG_ENTRIES)
    with filled.lake.connection() as conn:
        forget_unkept(conn, rule, slice_.start.date(), [kept.process_id])
        assert counts(conn)["log_entries"] == 1
    assert retried(filled).planned == []
    assert filled.read(LOG_ENTRIES)["msg"].to_list() == ["good"]


@pytest.mark.parametrize("rule", [Rule("log_entries", keep_days=1), Rule(LAKE, keep_bytes=10**9)])
def test_rows_that_retention_has_removed_stay_away(
    filled, new_sender, monkeypatch: pytest.MonkeyPatch, rule: Rule
) -> None:
    """
    Though a block of their hour could be read now; hours that the rule keeps are retried.
    """
    for hours in (30, 0):
        filled.write(new_sender(), ROWS, shift=-timedelta(hours=hours))
        filled.write(new_sender(), ROWS, payloads=[b"junk"], shift=-timedelta(hours=hours))
    materialize(filled.lake, LOG_ENTRIES, filled.tables)
    oldest, newest = filled.slices(LOG_ENTRIES)
    with filled.lake.connection() as conn:
        set_rule(conn, rule)
    retire_slices(filled.lake, table_spec(LOG_ENTRIES), [oldest])
    monkeypatch.setitem(catalog.DECODERS, KEY, replace(LOGS, version=2))
    assert [step.subject for step in retried(filled).planned] == [f"log_entries {newest.owner_id}"]
    assert filled.read(LOG_ENTRIES).height == 1
