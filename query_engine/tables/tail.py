"""
The tail of a view as a plan: rows of the acknowledged blocks that the pinned snapshot lacks.

Blocks are decoded while the query is planned. A small tail becomes values in the plan. A larger one
is decoded group by group into a file that the plan scans, so that the memory of the service stays
bounded however far materialization has fallen behind.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import polars as pl

from assets.materialize import block_frame
from assets.storage.metadata.records import BlockRef
from assets.views.view import View
from query_engine.limits import TAIL_GROUP_BYTES_MAX, TAIL_GROUP_ROWS_MAX, TAIL_VALUES_BYTES_MAX
from query_engine.sql.catalog import ColumnPredicate
from query_engine.tables.ranges import highest, lowest, matching
from query_engine.tables.session import QuerySession
from query_engine.times import unix_ns


@dataclass(frozen=True, slots=True)
class Wanted:
    """
    What of the tail's rows a query can see.

    Attributes:
        columns: None for all of them.
        predicates: What the scan filters by in any case.
        limit: So many of the filtered rows are enough.
    """

    columns: frozenset[str] | None = None
    predicates: tuple[ColumnPredicate, ...] = ()
    limit: int | None = None


def tail_frame(
    session: QuerySession, view: View, blocks: Sequence[BlockRef], wanted: Wanted
) -> pl.LazyFrame:
    """
    Return the view's rows of *blocks*, not merged; a plan. Columns that nobody wants are NULL.

    Raises:
        StorageUnavailable: Storage does not answer.
        PayloadMissing: The store has lost a payload.
        LakeError: The session's token says that the query must stop.
    """
    caches = session.caches
    if sum(block.payload_size for block in blocks) <= TAIL_VALUES_BYTES_MAX:
        return block_frame(caches.lake, view, blocks, caches.decoded)
    columns = [n for n in view.schema.names() if wanted.columns is None or n in wanted.columns]
    # A selection of no columns has no rows.
    columns = columns or [view.time_column]
    schema = pl.Schema({name: view.schema[name] for name in columns})
    rows = session.scratch.frames(schema, _decoded(session, view, blocks, wanted, columns))
    return rows.with_columns(
        pl.lit(None, dtype).alias(name)
        for name, dtype in view.schema.items()
        if name not in columns
    ).select(view.schema.names())


def _decoded(
    session: QuerySession,
    view: View,
    blocks: Sequence[BlockRef],
    wanted: Wanted,
    columns: list[str],
) -> Iterator[pl.DataFrame]:
    """Yield the rows of group after group."""
    caches, left = session.caches, wanted.limit
    for group in grouped(blocks, TAIL_GROUP_BYTES_MAX):
        session.token.check()
        frame = matching(
            block_frame(caches.lake, view, group, caches.decoded), wanted.predicates
        ).select(columns)
        rows = (frame if left is None else frame.head(left)).collect(engine="in-memory")
        yield rows
        if left is not None:
            left -= rows.height
            if left <= 0:
                return


def grouped(
    blocks: Sequence[BlockRef], bytes_max: int, rows_max: int = TAIL_GROUP_ROWS_MAX
) -> Iterator[list[BlockRef]]:
    """
    Yield the blocks in groups of at most so many bytes of payload and so many rows.

    A block over either stands alone. Bytes alone would not do: a span takes eight of a payload, and
    over a hundred once it is decoded.
    """
    group: list[BlockRef] = []
    size = rows = 0
    for block in blocks:
        size, rows = size + block.payload_size, rows + block.nb_objects
        if group and (size > bytes_max or rows > rows_max):
            yield group
            group, size, rows = [], block.payload_size, block.nb_objects
        group.append(block)
    if group:
        yield group


def inserted_within(
    blocks: list[BlockRef], predicates: Sequence[ColumnPredicate]
) -> list[BlockRef]:
    """Leave out blocks whose insert time the predicates rule out."""
    low, high = lowest(predicates, ("insert_time",)), highest(predicates, "insert_time")
    if low is not None:
        blocks = [block for block in blocks if unix_ns(block.insert_time) >= low]
    if high is not None:
        blocks = [block for block in blocks if unix_ns(block.insert_time) <= high]
    return blocks
