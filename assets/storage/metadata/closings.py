"""
Closed hours: what a query need not look at, because nothing can be there that a table lacks.

An hour is closed once it has passed: a transaction that began before the closing is below the
closing position, and one that begins later gets a later insert time. A closing never changes, so
a stale list of them is only longer work, never a wrong answer.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import LiteralString

from psycopg import Connection

from assets.storage.layout import SLICE_WIDTH
from assets.storage.metadata.limits import (
    CLOSING_DELAY,
    CLOSINGS_PER_CALL_MAX,
    OPEN_RANGES_MAX,
)

POSITION_PER_EPOCH = 2**48

_PASSED: LiteralString = """
SELECT coalesce((SELECT max(slice_start) + interval '1 hour' FROM slice_closings),
                (SELECT date_trunc('hour', min(insert_time), 'UTC') FROM blocks)),
       date_trunc('hour', clock_timestamp() - %s, 'UTC')
"""

_CLOSE: LiteralString = f"""
INSERT INTO slice_closings (slice_start, closing_position)
SELECT slice_start, lake.epoch * {POSITION_PER_EPOCH} + pg_current_xact_id()::text::bigint
FROM lake, unnest(%s::timestamptz[]) AS slice_start
ON CONFLICT DO NOTHING
"""

# The tags come from the same snapshot that shows that the hour's transactions have all ended.
_SETTLE: LiteralString = f"""
UPDATE slice_closings c SET tags = ARRAY(
    SELECT DISTINCT tag FROM blocks b, unnest(b.tags) AS tag
    WHERE b.insert_time >= c.slice_start AND b.insert_time < c.slice_start + interval '1 hour'
    ORDER BY tag
)
FROM lake
WHERE c.tags IS NULL AND c.closing_position <= lake.epoch * {POSITION_PER_EPOCH}
      + pg_snapshot_xmin(pg_current_snapshot())::text::bigint
"""

_CLOSED: LiteralString = """
SELECT slice_start, closing_position FROM slice_closings ORDER BY slice_start
"""

_CLOSED_WITH_TAG: LiteralString = """
SELECT array_agg(extract(epoch FROM slice_start)::bigint), array_agg(closing_position),
       array_agg(tags IS NULL OR tags @> ARRAY[%s::text])
FROM slice_closings
"""


@dataclass(frozen=True, slots=True)
class TimeRange:
    """A half-open range of insert time; None is without bound."""

    start: datetime | None
    end: datetime | None

    def contains(self, time: datetime) -> bool:
        """Say whether *time* (aware) lies in the range."""
        return (self.start is None or time >= self.start) and (self.end is None or time < self.end)


def close_hours(conn: Connection) -> dict[datetime, int]:
    """
    Close every hour that has passed, and learn the tags of those that have settled.

    Returns every closing there is: start of the hour (aware UTC) -> closing position. The
    connection is in autocommit mode; any number of sessions may do this at once.
    """
    first, open_from = _row(conn, _PASSED, (CLOSING_DELAY,))
    if first is not None:
        hours = list(_hours(first.astimezone(UTC), open_from.astimezone(UTC)))
        for begin in range(0, len(hours), CLOSINGS_PER_CALL_MAX):
            # The clock was read before this transaction gets its id, which is what makes that
            # id an upper bound for every transaction that read an earlier time.
            conn.execute(_CLOSE, (hours[begin : begin + CLOSINGS_PER_CALL_MAX],))
    unsettled = "SELECT EXISTS (SELECT FROM slice_closings WHERE tags IS NULL)"
    if _row(conn, unsettled)[0]:
        conn.execute(_SETTLE)
    return {start.astimezone(UTC): position for start, position in conn.execute(_CLOSED)}


def open_ranges(
    conn: Connection, tag: str, coverage: Mapping[datetime, int]
) -> tuple[TimeRange, ...]:
    """
    Return the ranges of insert time in which a table with this *coverage* may lack blocks.

    Left out are the hours that are closed and covered, and those closed without such a *tag*.
    """
    starts, positions, tagged = _row(conn, _CLOSED_WITH_TAG, (tag,))
    finished = (
        datetime.fromtimestamp(start, UTC)
        for start, position, has_tag in zip(
            starts or (), positions or (), tagged or (), strict=True
        )
        if not has_tag or _covered(coverage, start, position)
    )
    return at_most(OPEN_RANGES_MAX, complement(sorted(finished)))


def at_most(count: int, ranges: Sequence[TimeRange]) -> tuple[TimeRange, ...]:
    """Return at most *count* ascending ranges that contain these; the widest gaps stay."""
    if len(ranges) <= count:
        return tuple(ranges)
    gaps = range(1, len(ranges))
    by_width = sorted(gaps, key=lambda gap: _gap_before(ranges, gap), reverse=True)
    cuts = [0, *sorted(by_width[: count - 1]), len(ranges)]
    return tuple(
        TimeRange(ranges[first].start, ranges[after - 1].end) for first, after in pairwise(cuts)
    )


def complement(hours: Iterable[datetime]) -> tuple[TimeRange, ...]:
    """Return all of time but these *hours*, which ascend, as few ranges as possible."""
    ranges = []
    begin: datetime | None = None
    unbounded = True
    for hour in hours:
        if unbounded or begin is None or hour > begin:
            ranges.append(TimeRange(begin, hour))
        begin, unbounded = hour + SLICE_WIDTH, False
    return (*ranges, TimeRange(begin, None))


def _gap_before(ranges: Sequence[TimeRange], index: int) -> timedelta:
    end, start = ranges[index - 1].end, ranges[index].start
    assert end is not None, "only the last range has no end"
    assert start is not None, "only the first range has no start"
    return start - end


def _covered(coverage: Mapping[datetime, int], start: int, position: int) -> bool:
    return coverage.get(datetime.fromtimestamp(start, UTC), 0) >= position


def _hours(first: datetime, end: datetime) -> Iterable[datetime]:
    hour = first
    while hour < end:
        yield hour
        hour += timedelta(hours=1)


def _row(conn: Connection, query: LiteralString, params: tuple[object, ...] = ()) -> tuple:  # type: ignore[type-arg]
    row = conn.execute(query, params).fetchone()
    assert row is not None, "an aggregate has one row"
    return row
