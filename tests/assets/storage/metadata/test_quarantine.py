"""The quarantine: one row per block, view and decoder version, however often it is tried."""

import uuid
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from assets.storage.metadata.quarantine import (
    QuarantinedHour,
    QuarantineEntry,
    counts,
    quarantined_hours,
    record,
    release,
)

HOUR = datetime(2026, 11, 22, 17, tzinfo=UTC)


def entry(**fields) -> QuarantineEntry:
    """Return an entry of a fresh block."""
    ids = {key: str(uuid.uuid4()) for key in ("block_id", "process_id", "stream_id")}
    values = {
        **ids,
        "view": "log_entries",
        "decoder_version": 1,
        "reason": "because",
        "block_insert_time": HOUR + timedelta(minutes=5),
    }
    return QuarantineEntry(**(values | fields))


def test_a_block_tried_again_counts_an_attempt_and_stays_one_row(metadata) -> None:
    """
    Recording is idempotent but for the attempts and the newest reason, in one call or several.
    """
    first = entry()
    record(metadata.reader, [first, first, entry()])
    record(metadata.reader, [replace(first, reason="still")])
    record(metadata.reader, [])
    assert counts(metadata.reader) == {"log_entries": 2}
    found = metadata.reader.execute(
        "SELECT reason, attempts, last_seen > first_seen FROM quarantine WHERE block_id = %s",
        (first.block_id,),
    ).fetchall()
    assert found == [("still", 2, True)]


def test_only_named_blocks_of_the_view_and_time_are_released(metadata) -> None:
    """
    A block leaves the quarantine under all versions at once, and only for the view that read it.
    """
    good, other = entry(), entry(view="log_stats")
    record(metadata.reader, [good, replace(good, decoder_version=2), other, entry()])
    end = HOUR + timedelta(hours=1)
    ids = {good.block_id, other.block_id}
    assert release(metadata.reader, "log_entries", ids, end, end + timedelta(hours=1)) == 0
    assert release(metadata.reader, "log_entries", ids, HOUR, end) == 1
    assert counts(metadata.reader) == {"log_entries": 1, "log_stats": 1}


def test_hours_tell_the_newest_version_that_tried(metadata, new_sender) -> None:
    """
    A retry is planned from what was tried last, by hour, process and format.
    """
    sender = new_sender()
    metadata.send(sender)
    one = entry(stream_id=sender.stream_id, process_id=sender.process_id)
    two = entry(stream_id=sender.stream_id, process_id=sender.process_id)
    record(metadata.reader, [one, replace(one, decoder_version=3), replace(two, decoder_version=3)])
    assert quarantined_hours(metadata.reader, "log_entries") == [
        QuarantinedHour(HOUR, sender.process_id, "limnograph/v1", 3, 2)
    ]
    assert quarantined_hours(metadata.reader, "measures") == []
