"""
``count(*)``, ``min`` and ``max`` of whole tables, or of a range of them, from statistics of files.

Rule: rows are counted without being read only in pieces whose every row satisfies the filters. The
bounds of a piece are not values; the pieces that may hold the least or the greatest are read.
"""

from collections.abc import Callable, Collection, Mapping, Sequence

import polars as pl

from query_engine.sql.catalog import ColumnPredicate, Piece
from query_engine.sql.chains import Chain
from query_engine.sql.facts import OPS, facts_of
from query_engine.sql.lower_aggregates import aggregate_expression
from query_engine.sql.lowered import Lowering
from query_engine.sql.relations import Aggregate
from query_engine.sql.scalars import AggregateCall, Call, ColumnRef, Literal, conjuncts

COMBINED: Mapping[str, Callable[[pl.Expr], pl.Expr]] = {
    "count": pl.Expr.sum,
    "min": pl.Expr.min,
    "max": pl.Expr.max,
}
"""How the answers of parts become one, by aggregate."""


def from_statistics(lowering: Lowering, chain: Chain, node: Aggregate) -> pl.LazyFrame | None:
    """Return the answers of *node* over the chain; None when statistics do not tell them."""
    calls = [pair for pair in node.aggregates if pair[0].id in lowering.needs[id(node)]]
    columns = {extreme_of(call, chain) for _, call in calls}
    names = {name for name in columns if name != ""}
    if not calls or None in columns or len(names) > 1 or node.keys:
        return None
    predicates = exact_predicates(chain)
    if predicates is None:
        return None
    pieces = chain.table.pieces(predicates, next(iter(names), None))
    if pieces is None or not any(is_counted(piece) for piece in pieces.pieces):
        return None
    counted = [piece for piece in pieces.pieces if is_counted(piece)]
    rest = frozenset(piece.number for piece in pieces.pieces if not is_counted(piece))
    known = sum(piece.rows or 0 for piece in counted)
    parts = [answers(lowering, chain, rest, calls)]
    if names:
        functions = {call.function.name for _, call in calls}
        extremes = may_hold(counted, functions, pieces.slack)
        parts.append(answers(lowering, chain, extremes, calls))
    parts[0] = parts[0].with_columns(
        (pl.col(column.id) + known).alias(column.id)
        for column, call in calls
        if call.function.name == "count"
    )
    if len(parts) > 1:
        parts[1] = parts[1].with_columns(
            pl.lit(0, pl.Int64).alias(column.id)
            for column, call in calls
            if call.function.name == "count"
        )
    return pl.concat(parts).select(
        COMBINED[call.function.name](pl.col(column.id)) for column, call in calls
    )


def answers(
    lowering: Lowering,
    chain: Chain,
    pieces: frozenset[int],
    calls: Sequence[tuple[ColumnRef, AggregateCall]],
) -> pl.LazyFrame:
    """Return the aggregates over some pieces."""
    frame = chain.lowered(lowering, pieces)
    return frame.select(aggregate_expression(call).alias(column.id) for column, call in calls)


def extreme_of(call: AggregateCall, chain: Chain) -> str | None:
    """Return the stored column whose bounds an aggregate asks for, "" for none, None: cannot be."""
    if call.where is not None or call.distinct or call.function.name not in COMBINED:
        return None
    argument = call.args[0]
    if call.function.name == "count":
        return "" if isinstance(argument, Literal) and argument.value is not None else None
    return chain.stored_name(argument) if isinstance(argument, ColumnRef) else None


def exact_predicates(chain: Chain) -> list[ColumnPredicate] | None:
    """Return what the filters of a chain say, if comparisons of stored columns say all of it."""
    found: list[ColumnPredicate] = []
    columns = {column.id: column for node in chain.nodes for column in node.columns}
    for node in chain.filters:
        for part in conjuncts(node.predicate):
            if not isinstance(part, Call) or part.name not in {*OPS, "in"}:
                return None
            facts = facts_of(part)
            if not facts:
                return None
            for fact in facts:
                name = chain.stored_name(columns[fact.column], below=node)
                if name is None:
                    return None
                found.append(ColumnPredicate(name, fact.op, fact.value))
    return found


def is_counted(piece: Piece) -> bool:
    """Tell whether the rows of a piece need not be read to be counted."""
    return piece.whole and piece.rows is not None


def may_hold(pieces: Sequence[Piece], functions: Collection[str], slack: int) -> frozenset[int]:
    """Return the pieces that can hold the least (``min``) or the greatest value (``max``)."""
    lows = [piece.low for piece in pieces if piece.low is not None]
    highs = [piece.high for piece in pieces if piece.high is not None]
    least, greatest = min(lows, default=0) + slack, max(highs, default=0) - slack
    found = set()
    for piece in pieces:
        low = piece.low is None or piece.low <= least
        high = piece.high is None or piece.high >= greatest
        if (low and "min" in functions) or (high and "max" in functions):
            found.add(piece.number)
    return frozenset(found)
