"""
The tail of a view as a plan: rows of the acknowledged blocks that the pinned snapshot lacks.

A small tail becomes values in the plan. A larger one is decoded group by group while the plan runs,
so that memory stays bounded however far materialization has fallen behind.
"""

from collections.abc import Iterator, Sequence

import polars as pl
from polars.io.plugins import register_io_source

from assets.materialize import block_frame
from assets.storage.metadata.records import BlockRef
from assets.views.view import View
from query_engine.limits import TAIL_GROUP_BYTES_MAX
from query_engine.tables.session import QuerySession


def tail_frame(session: QuerySession, view: View, blocks: Sequence[BlockRef]) -> pl.LazyFrame:
    """
    Return the view's rows of *blocks*, not merged; a plan.

    Raises:
        StorageUnavailable: Storage does not answer; for a large tail only when the plan runs.
        PayloadMissing: The store has lost a payload.
    """
    caches = session.caches
    groups = list(grouped(blocks, TAIL_GROUP_BYTES_MAX))
    if len(groups) <= 1:
        return block_frame(caches.lake, view, blocks, caches.decoded)

    def rows(
        columns: list[str] | None, predicate: pl.Expr | None, rows_max: int | None, _: int | None
    ) -> Iterator[pl.DataFrame]:
        for group in groups:
            session.token.check()
            frame = block_frame(caches.lake, view, group, caches.decoded)
            if predicate is not None:
                frame = frame.filter(predicate)
            if columns is not None:
                frame = frame.select(columns)
            if rows_max is not None:
                frame = frame.head(rows_max)
            found = frame.collect(engine="in-memory")
            yield found
            if rows_max is not None:
                rows_max -= found.height
                if rows_max <= 0:
                    return

    return register_io_source(rows, schema=view.schema)


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
