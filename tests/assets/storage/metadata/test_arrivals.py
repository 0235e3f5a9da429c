"""assets.storage.metadata.arrivals: events of an hour by the minute of their arrival."""

from datetime import UTC, datetime

from assets.storage.layout import Slice
from assets.storage.metadata.arrivals import MINUTES, events_by_minute


def test_events_are_counted_in_the_minute_in_which_their_blocks_arrived(
    metadata, new_sender
) -> None:
    """
    Of the hours that are asked for, and of streams with the tag.
    """
    hour = Slice.containing(datetime.now(UTC))
    logs, cpu = new_sender(), new_sender("cpu")
    blocks = [logs.block(), logs.block(), logs.block()]
    for block in blocks:
        metadata.send(logs, block)
    metadata.send(cpu, cpu.block())
    for block, minute in zip(blocks, (0, 59, 59), strict=True):
        metadata.reader.execute(
            "UPDATE blocks SET insert_time = %s WHERE block_id = %s",
            (hour.start.replace(minute=minute, second=59), block.block_id),
        )
    counted = events_by_minute(metadata.reader, "log", [hour])
    assert set(counted) == {hour}
    assert len(counted[hour]) == MINUTES
    assert {minute: n for minute, n in enumerate(counted[hour]) if n} == {0: 3, 59: 6}
    assert events_by_minute(metadata.reader, "log", [hour], without=["limnograph/v1"]) == {}
    assert events_by_minute(metadata.reader, "log", []) == {}
