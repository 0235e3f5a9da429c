"""How much there is of each day: counted once when the day is over, and right at any moment."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

import pytest
from psycopg import Connection

from assets.storage.metadata.closings import close_hours
from assets.storage.metadata.partitions import partition_name
from assets.storage.metadata.raw_days import RawDay, keep_size, raw_days, uncounted_days
from assets.storage.metadata.retention import drop_day
from assets.storage.metadata.sampling import SamplingRule, forget_unkept

BACK = timedelta(days=2)
ROWS = [{"time": 1, "msg": "a"}]


@pytest.fixture
def day(filled, new_sender) -> date:
    """Return a day that is over and has two blocks of logs; today has one."""
    filled.write(new_sender(), ROWS, ROWS, shift=-BACK)
    filled.write(new_sender(), ROWS)
    with filled.lake.connection() as conn:
        close_hours(conn)
        found = [found.day for found in raw_days(conn) if found.blocks == 2]
    return found[0]


def size(conn: Connection, day: date) -> RawDay:
    """Return what is said of a day."""
    (found,) = [found for found in raw_days(conn) if found.day == day]
    return found


def kept(conn: Connection) -> Sequence[tuple[int, int]]:
    """Return the sizes that are kept."""
    return conn.execute("SELECT blocks, bytes FROM day_sizes").fetchall()


def test_a_day_that_is_over_is_counted_once(filled, day) -> None:
    """
    Its size is the same as before, and its rows are not read again.
    """
    with filled.lake.connection() as conn:
        live = size(conn, day)
        assert day in uncounted_days(conn)
        assert keep_size(conn, day)
        assert not keep_size(conn, day)
        assert day not in uncounted_days(conn)
        assert size(conn, day) == live
        conn.execute(f"TRUNCATE {partition_name(day)}")
        assert size(conn, day) == live


def test_a_day_that_may_still_grow_is_not_kept(filled, new_sender, day) -> None:
    """
    Neither today, nor one that a transaction could still add to.
    """
    today = datetime.now(UTC).date()
    with filled.lake.connection() as conn:
        assert not keep_size(conn, today)
        conn.execute("DELETE FROM slice_closings")
    batch = filled.begin(new_sender(), [ROWS], shift=-BACK)
    with filled.lake.connection() as conn:
        close_hours(conn)
        assert day not in uncounted_days(conn)
        assert not keep_size(conn, day)
    batch.commit()
    with filled.lake.connection() as conn:
        close_hours(conn)
        assert keep_size(conn, day)
        assert size(conn, day).blocks == 3


def test_what_sampling_forgets_is_subtracted(filled, new_sender, day) -> None:
    """
    To the byte: what is kept is what counting would find.
    """
    stays = new_sender()
    with filled.lake.connection() as conn:
        conn.execute("DELETE FROM slice_closings")
    filled.write(stays, ROWS, shift=-BACK)
    rule = SamplingRule("logs", "log", "SELECT 1", after_days=2, around_days=1)
    with filled.lake.connection() as conn:
        close_hours(conn)
        keep_size(conn, day)
        assert forget_unkept(conn, rule, day, [stays.process_id]).blocks == 2
        found = size(conn, day)
        conn.execute("DELETE FROM day_sizes")
        assert found == size(conn, day)
        assert found.blocks == 1


def test_a_dropped_day_leaves_no_size(filled, day) -> None:
    """
    Should its partition ever be made again, it is counted anew.
    """
    with filled.lake.connection() as conn:
        keep_size(conn, day)
        assert len(kept(conn)) == 1
        drop_day(conn, day)
        assert kept(conn) == []
