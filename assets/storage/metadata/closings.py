"""
Closed hours: what a query need not look at, because nothing can be there that a table lacks.

An hour is closed once it has passed: a transaction that began before the closing is below the
closing position, and one that begins later gets a later insert time. A closing never changes, so
a stale list of them is only longer work, never a wrong answer.
"""

import threading
from collections.abc import Collection, Iterable, Mapping, Sequence
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
), tagged_formats = ARRAY(
    SELECT DISTINCT tag || ' ' || b.format FROM blocks b, unnest(b.tags) AS tag
    WHERE b.insert_time >= c.slice_start AND b.insert_time < c.slice_start + interval '1 hour'
)
FROM lake
WHERE (c.tags IS NULL OR c.tagged_formats IS NULL)
  AND c.closing_position <= lake.epoch * {POSITION_PER_EPOCH}
      + pg_snapshot_xmin(pg_current_snapshot())::text::bigint
"""

_CLOSED: LiteralString = """
SELECT slice_start, closing_position FROM slice_closings ORDER BY slice_start
"""

_CLOSED_AFTER: LiteralString = """
SELECT slice_start, closing_position, tags, tagged_formats FROM slice_closings
WHERE slice_start > %s ORDER BY slice_start
"""

_BEGINNING = datetime(1, 1, 1, tzinfo=UTC)


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
    Close every hour that has passed, and learn tags and formats of those that have settled.

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
    unsettled = """
        SELECT EXISTS (SELECT FROM slice_closings WHERE tags IS NULL OR tagged_formats IS NULL)
    """
    if _row(conn, unsettled)[0]:
        conn.execute(_SETTLE)
    return {start.astimezone(UTC): position for start, position in conn.execute(_CLOSED)}


class ClosedHours:
    """
    The closings that have been read, kept so that each is read once; safe to share by threads.

    Hours are closed in ascending order, and settle in that order, since later closings have higher
    positions: what was read up to an hour stays complete.

    A long-lived reader keeps one per lake. After a year, telling the few open hours from nine
    thousand closed ones then takes a millisecond instead of ten.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._settled_to = _BEGINNING
        self._closed: list[TimeRange] = []
        self._by_tag: dict[str, dict[str, dict[datetime, int]]] = {}

    def open_ranges(
        self,
        conn: Connection,
        tag: str,
        coverage: Mapping[datetime, int],
        without: Collection[str] = (),
    ) -> tuple[TimeRange, ...]:
        """
        Return the ranges of insert time in which a table with this *coverage* may lack blocks.

        Left out are the hours that are closed and covered, and those closed without such a *tag*,
        or with blocks of it in the formats *without* only.
        """
        with self._lock:
            unsettled = self._read(conn)
            closed = _extended(self._closed, unsettled)
            formats = self._by_tag.get(tag, {}).items()
            candidates = [unsettled, *(hours for name, hours in formats if name not in without)]
            lacking = {
                start
                for hours in candidates
                for start, position in hours.items()
                if coverage.get(start, 0) < position
            }
        return at_most(OPEN_RANGES_MAX, _joined([*_gaps(closed), *map(_hour, lacking)]))

    def _read(self, conn: Connection) -> dict[datetime, int]:
        """Read what is new; returns the closings whose tags are not all known yet."""
        unsettled: dict[datetime, int] = {}
        settled = []
        for row in conn.execute(_CLOSED_AFTER, (self._settled_to,)):
            start, position, tags, formats = row[0].astimezone(UTC), *row[1:]
            if tags is None or unsettled:
                unsettled[start] = position
                continue
            settled.append(start)
            # Settled by a program that knew nothing of formats: they may be any.
            for tagged in (f"{tag} " for tag in tags) if formats is None else formats:
                tag, _, name = tagged.partition(" ")
                self._by_tag.setdefault(tag, {}).setdefault(name, {})[start] = position
        if settled:
            self._settled_to = settled[-1]
            self._closed = _extended(self._closed, settled)
        return unsettled


def _hour(start: datetime) -> TimeRange:
    return TimeRange(start, start + SLICE_WIDTH)


def _extended(ranges: Sequence[TimeRange], hours: Iterable[datetime]) -> list[TimeRange]:
    """Return these ascending ranges and the *hours* after them, which ascend too, joined."""
    extended = list(ranges)
    begin = end = None
    if extended:
        last = extended.pop()
        begin, end = last.start, last.end
    for hour in hours:
        if hour != end:
            if end is not None:
                extended.append(TimeRange(begin, end))
            begin = hour
        end = hour + SLICE_WIDTH
    return extended if end is None else [*extended, TimeRange(begin, end)]


def _joined(ranges: Iterable[TimeRange]) -> list[TimeRange]:
    """Return the union of separate *ranges*, ascending and as few as possible."""
    joined: list[TimeRange] = []
    for range_ in sorted(ranges, key=lambda range_: range_.start or _BEGINNING):
        if joined and joined[-1].end is not None and joined[-1].end == range_.start:
            joined[-1] = TimeRange(joined[-1].start, range_.end)
        else:
            joined.append(range_)
    return joined


def _gaps(ranges: Sequence[TimeRange]) -> list[TimeRange]:
    """Return all of time but these ascending, bounded, separate ranges."""
    bounds = [None, *(bound for range_ in ranges for bound in (range_.start, range_.end)), None]
    return [TimeRange(bounds[at], bounds[at + 1]) for at in range(0, len(bounds), 2)]


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


def _gap_before(ranges: Sequence[TimeRange], index: int) -> timedelta:
    end, start = ranges[index - 1].end, ranges[index].start
    assert end is not None, "only the last range has no end"
    assert start is not None, "only the first range has no start"
    return start - end


def _hours(first: datetime, end: datetime) -> Iterable[datetime]:
    hour = first
    while hour < end:
        yield hour
        hour += timedelta(hours=1)


def _row(conn: Connection, query: LiteralString, params: tuple[object, ...] = ()) -> tuple:  # type: ignore[type-arg]
    row = conn.execute(query, params).fetchone()
    assert row is not None, "an aggregate has one row"
    return row
