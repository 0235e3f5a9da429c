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
from query_engine.limits import TAIL_GROUP_BYTES_MAX, TAIL_VALUES_BYTES_MAX
from query_engine.sql.catalog import ColumnPredicate
from query_engine.tables.ranges import matching
from query_engine.tables.session import QuerySession


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


def grouped(blocks: Sequence[BlockRef], bytes_max: int) -> Iterator[list[BlockRef]]:
    """Yield the blocks in groups of at most *bytes_max* payload bytes; one over it stands alone."""
    group: list[BlockRef] = []
    size = 0
    for block in blocks:
        if group and size + block.payload_size > bytes_max:
            yield group
            group, size = [], 0
        group.append(block)
        size += block.payload_size
    if group:
        yield group
