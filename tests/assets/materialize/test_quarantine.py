"""Blocks that cannot be decoded, and payloads that are not there: two very different troubles."""

from dataclasses import replace
from datetime import timedelta

import pytest

from assets.decode import catalog
from assets.decode.limnograph_v1.logs import LOGS
from assets.errors import BlockCorrupt
from assets.materialize import (
    PayloadMissing,
    materialize,
    rebuild,
    slices_to_retry,
)
from assets.materialize.limits import QUARANTINE_REASON_CHARS_MAX
from assets.materialize.rows import quarantine
from assets.storage.metadata.quarantine import counts
from assets.views.log_entries import LOG_ENTRIES
from assets.views.log_stats import LOG_STATS

ROWS = [{"time": 1, "msg": "good"}]


def quarantined(lake) -> dict[str, int]:
    """Return how many blocks are in quarantine, by view."""
    with lake.connection() as conn:
        return counts(conn)


def test_a_corrupt_block_costs_no_other_block(filled, new_sender) -> None:
    """
    It is recorded with its reason and has no rows, in the tail as in the table.
    """
    filled.write(new_sender(), ROWS)
    filled.write(new_sender(), ROWS, payloads=[b"no frame at all"])
    assert filled.read(LOG_ENTRIES)["msg"].to_list() == ["good"]
    report = materialize(filled.lake, LOG_ENTRIES, filled.tables)
    assert (report.blocks, report.rows, report.quarantined) == (2, 1, 1)
    assert filled.read(LOG_ENTRIES)["msg"].to_list() == ["good"]
    assert quarantined(filled.lake) == {"log_entries": 1}
    with filled.lake.connection() as conn:
        found = conn.execute("SELECT reason, decoder_version, attempts FROM quarantine").fetchall()
    assert len(found) == 1
    assert "zstd" in found[0][0]
    assert found[0][1:] == (1, 2), "tried once in the tail and once for the table"


def test_a_tail_that_is_read_often_tries_a_corrupt_block_once(filled, new_sender) -> None:
    """
    That a block is corrupt is cached like rows are.
    """
    filled.write(new_sender(), ROWS, payloads=[b"junk"])
    for _ in range(3):
        assert filled.read(LOG_ENTRIES).height == 0
    with filled.lake.connection() as conn:
        assert conn.execute("SELECT attempts FROM quarantine").fetchone() == (1,)


def test_a_newer_decoder_gets_the_blocks_that_the_older_refused(
    filled, new_sender, monkeypatch
) -> None:
    """
    A changed decoder version names the slices to rebuild; what it can read leaves quarantine.
    """

    def refuse(payload, block):
        raise BlockCorrupt(block.block_id, "not yet")

    key = ("limnograph/v1", "log")
    filled.write(new_sender(), ROWS)
    with monkeypatch.context() as older:
        older.setitem(catalog.DECODERS, key, replace(LOGS, decode=refuse, version=0))
        for view in (LOG_ENTRIES, LOG_STATS):
            materialize(filled.lake, view, filled.tables)
            assert slices_to_retry(filled.lake, view) == []
    assert filled.read(LOG_ENTRIES).height == 0
    for view in (LOG_ENTRIES, LOG_STATS):
        slices = slices_to_retry(filled.lake, view)
        assert len(slices) == 1
        rebuild(filled.lake, view, filled.tables, slices)
        assert slices_to_retry(filled.lake, view) == []
    assert filled.read(LOG_ENTRIES)["msg"].to_list() == ["good"]
    assert filled.read(LOG_STATS)["count"].to_list() == [1]
    assert quarantined(filled.lake) == {}


def test_what_the_newer_decoder_refuses_too_is_not_retried_for_ever(
    filled, new_sender, monkeypatch
) -> None:
    """
    A failed retry is recorded under the new version, and the slice does not come back.
    """
    filled.write(new_sender(), ROWS, payloads=[b"junk"])
    materialize(filled.lake, LOG_ENTRIES, filled.tables)
    monkeypatch.setitem(catalog.DECODERS, ("limnograph/v1", "log"), replace(LOGS, version=2))
    slices = slices_to_retry(filled.lake, LOG_ENTRIES)
    assert len(slices) == 1
    assert rebuild(filled.lake, LOG_ENTRIES, filled.tables, slices).quarantined == 1
    assert slices_to_retry(filled.lake, LOG_ENTRIES) == []


def test_a_format_without_a_decoder_is_quarantined_under_version_zero(filled, new_sender) -> None:
    """
    Blocks of a format that this program does not know wait for one that does.
    """
    filled.write(new_sender(format="limnograph/v9"), ROWS)
    assert filled.read(LOG_ENTRIES).height == 0
    with filled.lake.connection() as conn:
        found = conn.execute("SELECT decoder_version, reason FROM quarantine").fetchall()
    assert found == [(0, "no decoder for limnograph/v9 tagged log")]


def test_a_missing_payload_stops_the_caller_and_drops_nothing(filled, new_sender) -> None:
    """
    Acknowledged bytes that the store has lost are no quarantine: other slices go on, this one
    stays uncovered until the object is back.
    """
    filled.write(new_sender(), ROWS)
    lost = next(iter(filled.lake.objects.list("segments/"))).key
    data = filled.lake.objects.get(lost)
    filled.write(new_sender(), [{"time": 1, "msg": "other"}], shift=timedelta(hours=2))
    filled.lake.objects.delete([lost])
    with pytest.raises(PayloadMissing, match=lost) as raised:
        materialize(filled.lake, LOG_ENTRIES, filled.tables)
    assert raised.value.object_key == lost
    assert filled.stored(LOG_ENTRIES)["msg"].to_list() == ["other"]
    with pytest.raises(PayloadMissing):
        filled.read(LOG_ENTRIES)
    assert quarantined(filled.lake) == {}
    filled.lake.objects.put_new(lost, data)
    materialize(filled.lake, LOG_ENTRIES, filled.tables)
    assert sorted(filled.stored(LOG_ENTRIES)["msg"]) == ["good", "other"]


def test_the_reason_is_bounded_and_storable(filled, new_sender) -> None:
    """
    Reasons quote hostile bytes: they are cut at QUARANTINE_REASON_CHARS_MAX and hold no NUL.
    """
    block = filled.make_block("log", ROWS).ref
    reason = "\0" + "x" * 10_000
    quarantine(filled.lake, LOG_ENTRIES, [(block, BlockCorrupt(block.block_id, reason))])
    with filled.lake.connection() as conn:
        stored = conn.execute("SELECT reason FROM quarantine").fetchone()[0]
    assert len(stored) == QUARANTINE_REASON_CHARS_MAX
