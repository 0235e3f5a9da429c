"""
Reads of the visible blocks: what there is, what a table does not contain yet, up to which horizon.

The order of reading matters. A query reads a table's coverage first (its pinned Delta snapshot)
and then calls ``tail_blocks``; materialization reads coverage, then ``horizon``, and then the
blocks below it. Both compare the same positions, so every block is in exactly one of the two.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, LiteralString

from psycopg import Connection
from psycopg.pq import TransactionStatus
from psycopg.rows import TupleRow

from assets.storage.layout import Slice
from assets.storage.metadata.audiences import READABLE, Audiences, parameter
from assets.storage.metadata.closings import POSITION_PER_EPOCH, ClosedHours, TimeRange
from assets.storage.metadata.records import BlockRef, ProcessInfo, StreamInfo

Ids = Collection[str]
REF_COLUMNS: LiteralString = """
b.block_id::text, b.process_id::text, b.stream_id::text, g.object_key, b.payload_offset,
b.payload_size, b.format, b.tags, b.begin_time_ns, b.end_time_ns, b.begin_ticks, b.end_ticks,
b.nb_objects, b.object_offset, b.insert_time, b.position
"""
"""Of ``blocks b`` and ``segments g``: what a ``BlockRef`` is made of."""

_LACKED: LiteralString = """
LEFT JOIN unnest(%(starts)s::timestamptz[], %(covered)s::bigint[]) AS c (slice_start, position)
  ON c.slice_start = date_trunc('hour', b.insert_time, 'UTC')
WHERE (c.position IS NULL OR b.position >= c.position)
"""


@dataclass(frozen=True, slots=True)
class SliceCut:
    """The blocks of a slice with low <= position < high; high None is without bound."""

    slice: Slice
    low: int
    high: int | None


@dataclass(frozen=True, slots=True)
class SliceBlocks:
    """What is visible in one slice now: how many blocks, their payload bytes, their positions."""

    slice: Slice
    blocks: int
    bytes: int
    min_position: int
    max_position: int


@dataclass(frozen=True, slots=True)
class TailSize:
    """What a table lacks: blocks, their payload bytes, when the oldest of them arrived."""

    blocks: int
    bytes: int
    oldest: datetime | None


@dataclass(frozen=True, slots=True)
class SliceTail:
    """What a table lacks of one slice: blocks, their payload bytes, when the oldest arrived."""

    slice: Slice
    blocks: int
    bytes: int
    oldest: datetime


def horizon(conn: Connection) -> int:
    """
    Return h such that no block with a position below h can appear any more.

    Durable when it returns: Postgres may give out the ids of transactions that a crash has
    lost again, but never one below an id that a durable transaction has seen in use.
    """
    status = conn.info.transaction_status
    assert status == TransactionStatus.IDLE, "a horizon inside a transaction is not durable"
    with conn.transaction():
        row = conn.execute(
            f"""
            UPDATE last_horizon SET position = epoch * {POSITION_PER_EPOCH}
                   + pg_snapshot_xmin(pg_current_snapshot())::text::bigint
            FROM lake RETURNING position
            """
        ).fetchone()
    assert row is not None, "the lake's row is made by migrate()"
    return int(row[0])


def slices_with_blocks(
    conn: Connection,
    tag: str,
    *,
    start: datetime | None = None,
    end: datetime | None = None,
    process_id: str | None = None,
    coverage: Mapping[datetime, int] | None = None,
    closed: ClosedHours | None = None,
    without: Collection[str] = (),
) -> list[SliceBlocks]:
    """
    Return the slices that have visible blocks of a tag, oldest first.

    Args:
        conn: A connection in autocommit mode.
        tag: ``log``, ``metrics`` or ``cpu``.
        start: Only slices of insert time from here on (aware).
        end: Only slices of insert time before this.
        process_id: Only this process's blocks; the slices then carry the process.
        coverage: What a table covers already, by slice start. Given, slices that are closed and
            covered are left out unread, which keeps the cost independent of the lake's age.
        closed: What this reader knows of closed hours; without it, all closings are read.
        without: No blocks of these formats.
    """
    filters = _Filters(tag, process_id=process_id, without=without)
    if coverage is not None:
        ranges = (closed or ClosedHours()).open_ranges(conn, tag, coverage, without)
        filters.within(ranges)
    filters.within((TimeRange(start, end),))
    rows = conn.execute(
        f"""
        SELECT date_trunc('hour', b.insert_time, 'UTC') AS slice_start, count(*),
               sum(b.payload_size)::bigint, min(b.position), max(b.position)
        FROM blocks b WHERE {filters.sql} GROUP BY slice_start ORDER BY slice_start
        """,
        filters.params,
    )
    return [SliceBlocks(Slice(row[0].astimezone(UTC), process_id or ""), *row[1:]) for row in rows]


def blocks_in(
    conn: Connection,
    tag: str,
    cuts: Sequence[SliceCut],
    *,
    begin_ns: int | None = None,
    end_ns: int | None = None,
    process_id: str | None = None,
    stream_id: str | None = None,
    without: Collection[str] = (),
) -> list[BlockRef]:
    """
    Return the visible blocks of a tag in these cuts, by insert time and id.

    ``begin_ns`` and ``end_ns`` (Unix ns, half-open) leave out blocks without an event between,
    ``without`` those of some formats.
    A cut whose slice names a process holds that process's blocks only.
    """
    if not cuts:
        return []
    filters = _Filters(tag, begin_ns, end_ns, process_id, stream_id, without=without)
    first, last = min(cut.slice.start for cut in cuts), max(cut.slice.end for cut in cuts)
    filters.within((TimeRange(first, last),))
    filters.params |= {
        "starts": [cut.slice.start for cut in cuts],
        "processes": [cut.slice.process_id or None for cut in cuts],
        "lows": [cut.low for cut in cuts],
        "highs": [cut.high for cut in cuts],
    }
    return refs(
        conn,
        f"""
        SELECT {REF_COLUMNS}
        FROM blocks b
        JOIN segments g USING (segment_id)
        JOIN unnest(%(starts)s::timestamptz[], %(processes)s::uuid[], %(lows)s::bigint[],
                    %(highs)s::bigint[]) AS cut (slice_start, process_id, low, high)
          ON cut.slice_start = date_trunc('hour', b.insert_time, 'UTC')
         AND b.position >= cut.low AND (cut.high IS NULL OR b.position < cut.high)
         AND (cut.process_id IS NULL OR cut.process_id = b.process_id)
        WHERE {filters.sql}
        ORDER BY b.insert_time, b.block_id
        """,
        filters.params,
    )


def tail_blocks(
    conn: Connection,
    tag: str,
    coverage: Mapping[datetime, int],
    *,
    begin_ns: int | None = None,
    end_ns: int | None = None,
    process_id: str | None = None,
    stream_id: str | None = None,
    closed: ClosedHours | None = None,
    without: Collection[str] = (),
) -> list[BlockRef]:
    """
    Return every visible block of a tag that a table with this coverage lacks.

    That is: position >= coverage of its slice (0 where the table has none). Hours that are
    closed and covered are not read. One statement reads the blocks, so the answer is one moment.

    Args:
        conn: A connection in autocommit mode.
        tag: ``log``, ``metrics`` or ``cpu``.
        coverage: Slice start (aware UTC) -> horizon up to which the table has the slice. Of a
            view that is kept per process: the coverage of *process_id*'s slices.
        begin_ns: Only blocks with events at or after this (Unix ns).
        end_ns: Only blocks with events before this (Unix ns).
        process_id: Only this process's blocks.
        stream_id: Only this stream's blocks.
        closed: What this reader knows of closed hours; without it, all closings are read.
        without: No blocks of these formats.
    """
    filters = _Filters(tag, begin_ns, end_ns, process_id, stream_id, without=without)
    filters.lacked((closed or ClosedHours()).open_ranges(conn, tag, coverage, without), coverage)
    return refs(
        conn,
        f"""
        SELECT {REF_COLUMNS}
        FROM blocks b
        JOIN segments g USING (segment_id)
        {_LACKED} AND {filters.sql}
        ORDER BY b.insert_time, b.block_id
        """,
        filters.params,
    )


def tail_size(
    conn: Connection,
    tag: str,
    coverage: Mapping[datetime, int],
    without: Collection[str] = (),
) -> TailSize:
    """Return how much ``tail_blocks`` would return, without reading the blocks one by one."""
    slices = tail_by_slice(conn, tag, coverage, without)
    return TailSize(
        sum(part.blocks for part in slices),
        sum(part.bytes for part in slices),
        min((part.oldest for part in slices), default=None),
    )


def tail_by_slice(
    conn: Connection,
    tag: str,
    coverage: Mapping[datetime, int],
    without: Collection[str] = (),
    process_id: str | None = None,
) -> list[SliceTail]:
    """Return the same by slice, oldest first; slices of which nothing lacks are left out."""
    filters = _Filters(tag, process_id=process_id, without=without)
    filters.lacked(ClosedHours().open_ranges(conn, tag, coverage, without), coverage)
    rows = conn.execute(
        f"""
        SELECT date_trunc('hour', b.insert_time, 'UTC') AS slice, count(*),
               sum(b.payload_size)::bigint, min(b.insert_time)
        FROM blocks b
        {_LACKED} AND {filters.sql}
        GROUP BY slice ORDER BY slice
        """,
        filters.params,
    )
    return [
        SliceTail(
            Slice(start.astimezone(UTC), process_id or ""), blocks, size, oldest.astimezone(UTC)
        )
        for start, blocks, size, oldest in rows
    ]


def blocks_named(conn: Connection, ids: Collection[str], audiences: Audiences) -> list[BlockRef]:
    """Return the visible blocks among *ids* that may be read, in no particular order."""
    return refs(
        conn,
        f"""
        SELECT {REF_COLUMNS}
        FROM blocks b
        JOIN segments g USING (segment_id)
        WHERE b.block_id = ANY(%(ids)s::uuid[]) AND {READABLE}
        """,
        {"ids": list(ids), "audiences": parameter(audiences)},
    )


def process_infos(conn: Connection, ids: Ids, audiences: Audiences) -> dict[str, ProcessInfo]:
    """Return the processes among *ids* that are known and may be read, by id."""
    rows = conn.execute(
        """
        SELECT process_id::text, exe, username, realname, computer, distro, cpu_brand,
               tsc_frequency, start_time_ns, start_ticks, parent_process_id::text, properties,
               insert_time, audience FROM processes
        WHERE process_id = ANY(%s::uuid[]) AND audience = ANY(coalesce(%s, ARRAY[audience]))
        """,
        (list(ids), parameter(audiences)),
    )
    return {row[0]: ProcessInfo(*_in_utc(row, -2)) for row in rows}


def stream_infos(conn: Connection, ids: Ids, audiences: Audiences) -> dict[str, StreamInfo]:
    """Return the streams among *ids* that are known and may be read, by id."""
    rows = conn.execute(
        f"""
        SELECT stream_id::text, process_id::text, format, tags, properties, dependencies_metadata,
               objects_metadata, insert_time FROM streams
        WHERE stream_id = ANY(%(ids)s::uuid[]) AND {READABLE}
        """,
        {"ids": list(ids), "audiences": parameter(audiences)},
    )
    return {row[0]: StreamInfo(*_in_utc(row, -1)) for row in rows}


def _inside(starts: Collection[datetime], ranges: Sequence[TimeRange]) -> list[datetime]:
    """Return the slice starts that lie in one of the ranges."""
    # One range at a time: mostly there are two, one long before and one after all coverage.
    found: list[datetime] = []
    for range_ in ranges:
        low, high = range_.start, range_.end
        if low is None:
            found += [start for start in starts if high is None or start < high]
        elif high is None:
            found += [start for start in starts if start >= low]
        else:
            found += [start for start in starts if low <= start < high]
    return found


class _Filters:
    """The conditions on ``blocks b`` that every read shares, with their values."""

    def __init__(
        self,
        tag: str,
        begin_ns: int | None = None,
        end_ns: int | None = None,
        process_id: str | None = None,
        stream_id: str | None = None,
        *,
        without: Collection[str] = (),
    ) -> None:
        self.params: dict[str, object] = {"tag": tag}
        self.sql: LiteralString = "b.tags @> ARRAY[%(tag)s::text]"
        if without:
            self.sql += " AND b.format <> ALL(%(without)s::text[])"
            self.params["without"] = list(without)
        if begin_ns is not None:
            self.sql += " AND b.end_time_ns >= %(begin_ns)s"
            self.params["begin_ns"] = begin_ns
        if end_ns is not None:
            self.sql += " AND b.begin_time_ns < %(end_ns)s"
            self.params["end_ns"] = end_ns
        if process_id is not None:
            self.sql += " AND b.process_id = %(process_id)s::uuid"
            self.params["process_id"] = process_id
        if stream_id is not None:
            self.sql += " AND b.stream_id = %(stream_id)s::uuid"
            self.params["stream_id"] = stream_id

    def within(self, ranges: Sequence[TimeRange]) -> None:
        """Keep what was inserted in one of the ranges; constants, so that partitions prune."""
        alternatives: list[LiteralString] = []
        for range_ in ranges:
            bounds: list[LiteralString] = []
            if range_.start is not None:
                bounds.append("b.insert_time >= " + self._value(range_.start))
            if range_.end is not None:
                bounds.append("b.insert_time < " + self._value(range_.end))
            alternatives.append("(" + " AND ".join(bounds or ["true"]) + ")")
        self.sql += " AND (" + " OR ".join(alternatives) + ")"

    def lacked(self, ranges: Sequence[TimeRange], coverage: Mapping[datetime, int]) -> None:
        """Keep what was inserted in one of the ranges, and bind what ``_LACKED`` compares with."""
        self.within(ranges)
        partly = _inside(coverage, ranges)
        self.params |= {"starts": partly, "covered": [coverage[start] for start in partly]}

    def _value(self, value: object) -> LiteralString:
        """Bind one more value; returns its placeholder."""
        name = "p" * len(self.params)
        self.params[name] = value
        return "%(" + name + ")s"


def refs(conn: Connection, query: LiteralString, params: dict[str, object]) -> list[BlockRef]:
    """Return the blocks of a query for ``REF_COLUMNS``."""
    found = []
    for row in conn.execute(query, params):
        values = _in_utc(row, 14)
        values[7] = tuple(values[7])
        found.append(BlockRef(*values))
    return found


def _in_utc(row: TupleRow, time_index: int) -> list[Any]:
    """Return the row's values, the time at an index with datetime.UTC, whatever the session's."""
    values = list(row)
    values[time_index] = values[time_index].astimezone(UTC)
    return values
