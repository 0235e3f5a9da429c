"""
The first rows in the order of a column by which a table lies in pieces: newest first, as a rule.

Rule: a piece is left unread only when its bounds say that each of its rows comes after all that are
wanted. Without a filter the bounds and row counts tell that before the query runs; with one the
pieces are read stage by stage until enough rows are found.
"""

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import polars as pl
from polars.io.plugins import register_io_source

from query_engine.sql.catalog import Piece
from query_engine.sql.chains import Chain
from query_engine.sql.limits import STAGE_GROWTH, STAGE_ROWS, TOP_ROWS_MAX
from query_engine.sql.lowered import Lowering
from query_engine.sql.relations import Sort
from query_engine.sql.row_source import RowSource
from query_engine.sql.scalars import ColumnRef

PIECES_MIN = 3
"""Fewer pieces are read at once: there is next to nothing to leave out."""


@dataclass(frozen=True, slots=True)
class Order:
    """The keys of a sort over columns; *keys* are their names."""

    keys: tuple[str, ...]
    descending: tuple[bool, ...]
    nulls_last: tuple[bool, ...]

    def sorted(self, rows: pl.LazyFrame) -> pl.LazyFrame:
        """Return *rows* in this order."""
        return rows.sort(
            list(self.keys), descending=list(self.descending), nulls_last=list(self.nulls_last)
        )


@dataclass(frozen=True, slots=True)
class Stages(RowSource):
    """
    Reads stages until the first rows are known; the source of a plan.

    Attributes:
        plans: Serialized, each for the first ``count`` rows of its pieces, best pieces first.
        best_left: For each stage the best value that a row of a later stage can have; None if
            nothing is known of it.
    """

    plans: tuple[bytes, ...]
    best_left: tuple[int | None, ...]
    order: Order
    count: int

    def frames(self) -> Iterator[pl.DataFrame]:
        """Read as many stages as it takes, and yield the first rows of all."""
        found = pl.DataFrame()
        for plan, best_left in zip(self.plans, self.best_left, strict=True):
            part = pl.LazyFrame.deserialize(io.BytesIO(plan)).collect(engine="streaming")
            both = pl.concat([found, part]) if found.width else part
            found = self.order.sorted(both.lazy()).head(self.count).collect(engine="in-memory")
            if self.is_enough(found, best_left):
                break
        yield found

    def is_enough(self, found: pl.DataFrame, best_left: int | None) -> bool:
        """Tell whether no row of a later stage can be among the first."""
        if best_left is None or found.height < self.count:
            return False
        last = found[self.order.keys[0]].to_physical()[self.count - 1]
        return bool(last > best_left if self.order.descending[0] else last < best_left)


def first_rows(lowering: Lowering, chain: Chain, sort: Sort, count: int) -> pl.LazyFrame | None:
    """Return the first *count* rows of the sorted chain; None when pieces do not help."""
    first = sort.keys[0].value
    name = chain.stored_name(first) if isinstance(first, ColumnRef) else None
    if name is None or not 0 < count <= TOP_ROWS_MAX:
        return None
    if not all(isinstance(key.value, ColumnRef) for key in sort.keys):
        return None
    pieces = chain.table.pieces(lowering.requests[id(chain.scan)].predicates, name)
    if pieces is None or len(pieces.pieces) < PIECES_MIN:
        return None
    order = Order(
        tuple(key.value.id for key in sort.keys if isinstance(key.value, ColumnRef)),
        tuple(key.descending for key in sort.keys),
        tuple(key.nulls_last for key in sort.keys),
    )
    down = order.descending[0]
    if not chain.filters:
        wanted = needed_for(pieces.pieces, count, descending=down)
        return order.sorted(chain.lowered(lowering, numbers(wanted)))
    return staged(lowering, chain, order, stages(pieces.pieces, descending=down), count)


def staged(
    lowering: Lowering, chain: Chain, order: Order, groups: Sequence[Sequence[Piece]], count: int
) -> pl.LazyFrame:
    """Return a plan that reads one group of pieces after the other."""
    frames = [chain.lowered(lowering, numbers(group)) for group in groups]
    if len(frames) == 1:
        return order.sorted(frames[0])
    plans = tuple(order.sorted(frame).head(count).serialize() for frame in frames)
    best = [best_value(group, descending=order.descending[0]) for group in groups]
    source = Stages(plans, (*best[1:], None), order, count)
    return register_io_source(source, schema=frames[0].collect_schema())


def needed_for(pieces: Sequence[Piece], count: int, *, descending: bool) -> list[Piece]:
    """Return the pieces that can hold one of the first *count* rows when every row counts."""
    sign = -1 if descending else 1
    sure = [
        p for p in pieces if p.whole and p.rows is not None and worst(p, descending) is not None
    ]
    sure.sort(key=lambda piece: sign * (worst(piece, descending) or 0))
    have, limit = 0, None
    for piece in sure:
        have += piece.rows or 0
        limit = worst(piece, descending)
        if have >= count:
            break
    if have < count or limit is None:
        return list(pieces)

    def can_matter(piece: Piece) -> bool:
        best = piece.high if descending else piece.low
        return best is None or sign * best <= sign * limit

    return [piece for piece in pieces if can_matter(piece)]


def stages(pieces: Sequence[Piece], *, descending: bool) -> list[list[Piece]]:
    """Return the pieces in groups of growing size, those with the best values first."""
    sign = -1 if descending else 1
    unknown = [piece for piece in pieces if best_value([piece], descending=descending) is None]
    known = [piece for piece in pieces if piece not in unknown]
    known.sort(key=lambda piece: sign * (best_value([piece], descending=descending) or 0))
    groups: list[list[Piece]] = [unknown]
    room, size = STAGE_ROWS, 0
    for piece in known:
        if size >= room:
            groups.append([])
            room, size = room * STAGE_GROWTH, 0
        groups[-1].append(piece)
        size += piece.rows or 0
    return groups


def best_value(pieces: Sequence[Piece], *, descending: bool) -> int | None:
    """Return the best value that any of *pieces* can have; None when one is unknown."""
    values = [piece.high if descending else piece.low for piece in pieces]
    known = [value for value in values if value is not None]
    if not known or len(known) < len(values):
        return None
    return max(known) if descending else min(known)


def worst(piece: Piece, descending: bool) -> int | None:
    """Return the last value that a piece can have in the order."""
    return piece.low if descending else piece.high


def numbers(pieces: Sequence[Piece]) -> frozenset[int]:
    """Return what the pieces are called."""
    return frozenset(piece.number for piece in pieces)
