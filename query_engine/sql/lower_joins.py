"""Lowers joins, and subqueries that became columns of what they stand in."""

from collections.abc import Sequence

import polars as pl

from query_engine.sql.joins import ids, is_range_test
from query_engine.sql.lowered import Lowering
from query_engine.sql.relations import AttachMembership, AttachValue, Join
from query_engine.sql.scalars import ColumnRef, Scalar, conjuncts, polars_expression

LEFT_ROW = "#left"
RIGHT_ROW = "#right"
FOUND = "#found"
ROWS = "#rows"
NULLS = "#nulls"


def join(lowering: Lowering, node: Join) -> pl.LazyFrame:
    """Join, with a checkpoint above: a join can yield far more rows than it reads."""
    return lowering.checkpoint(joined(lowering, node))


def joined(lowering: Lowering, node: Join) -> pl.LazyFrame:
    """Join on keys; conditions beyond keys of an outer join are handled in ``outer``."""
    left, right = lowering.frame(node.left), lowering.frame(node.right)
    if node.kind == "cross":
        return left.join(right, how="cross")
    if not node.keys:
        return ranged(lowering, node) if node.kind == "inner" else outer(left, right, node, [], [])
    left_keys, right_keys = zip(*node.keys, strict=True)
    left, left_names = with_keys(left, left_keys, LEFT_ROW)
    right, right_names = with_keys(right, right_keys, RIGHT_ROW)
    if node.residual is not None and node.kind != "inner":
        rows = outer(left, right, node, left_names, right_names)
    else:
        rows = left.join(
            right,
            left_on=left_names,
            right_on=right_names,
            how=node.kind,
            coalesce=None if node.kind == "semi" else False,
        )
    if node.residual is not None and node.kind == "inner":
        rows = rows.filter(polars_expression(node.residual))
    extra = [name for name in (*left_names, *right_names) if name.startswith("#")]
    return rows.drop(extra, strict=False) if extra else rows


def ranged(lowering: Lowering, node: Join) -> pl.LazyFrame:
    """Join by order alone where the engine can; otherwise pair everything and filter."""
    left, right = lowering.frame(node.left), lowering.frame(node.right)
    assert node.residual is not None, "an inner join without keys has a condition"
    parts = conjuncts(node.residual)
    left_ids, right_ids = ids(node.left), ids(node.right)
    ranges = [part for part in parts if is_range_test(part, left_ids, right_ids)]
    if not ranges:
        return left.join(right, how="cross").filter(polars_expression(node.residual))
    joined = left.join_where(right, *(polars_expression(part) for part in ranges))
    rest = [polars_expression(part) for part in parts if part not in ranges]
    return joined.filter(rest) if rest else joined


def with_keys(
    frame: pl.LazyFrame, keys: Sequence[Scalar], prefix: str
) -> tuple[pl.LazyFrame, list[str]]:
    """Return *frame* with a column for each join key, and the columns' names."""
    names: list[str] = []
    computed: list[pl.Expr] = []
    for index, key in enumerate(keys):
        if isinstance(key, ColumnRef):
            names.append(key.id)
            continue
        names.append(f"{prefix}{index}")
        computed.append(polars_expression(key).alias(names[-1]))
    return (frame.with_columns(computed) if computed else frame), names


def outer(
    left: pl.LazyFrame,
    right: pl.LazyFrame,
    node: Join,
    left_keys: Sequence[str],
    right_keys: Sequence[str],
) -> pl.LazyFrame:
    """
    Join with a condition beyond equal keys.

    The pairs that satisfy everything, then each row of a kept side that is in no such pair.
    """
    left, right = left.with_row_index(LEFT_ROW), right.with_row_index(RIGHT_ROW)
    if left_keys:
        pairs = left.join(
            right, left_on=left_keys, right_on=right_keys, how="inner", coalesce=False
        )
    else:
        pairs = left.join(right, how="cross")
    if node.residual is not None:
        pairs = pairs.filter(polars_expression(node.residual))
    parts = [pairs]
    if node.kind in {"left", "full"}:
        parts.append(left.join(pairs.select(LEFT_ROW), on=LEFT_ROW, how="anti"))
    if node.kind in {"right", "full"}:
        parts.append(right.join(pairs.select(RIGHT_ROW), on=RIGHT_ROW, how="anti"))
    return pl.concat(parts, how="diagonal").drop(LEFT_ROW, RIGHT_ROW)


def attach_value(lowering: Lowering, node: AttachValue) -> pl.LazyFrame:
    """Attach the one value of a subquery."""
    value = pl.col(node.subquery.columns[0].id).item(allow_empty=True)
    one = lowering.frame(node.subquery).select(value.alias(node.column.id))
    return lowering.frame(node.input).join(one, how="cross")


def membership(lowering: Lowering, node: AttachMembership) -> pl.LazyFrame:
    """Attach whether the operand is IN the subquery: true, false, or NULL if unknown."""
    element = node.subquery.columns[0].id
    values = lowering.frame(node.subquery).select(element)
    summary = values.select(pl.len().alias(ROWS), pl.col(element).null_count().alias(NULLS))
    marked = values.drop_nulls().unique().with_columns(pl.lit(True).alias(FOUND))
    operand = polars_expression(node.operand).alias(LEFT_ROW)
    wide = (
        lowering.frame(node.input)
        .with_columns(operand)
        .join(marked, left_on=LEFT_ROW, right_on=element, how="left", coalesce=True)
        .join(summary, how="cross")
    )
    answer = (
        pl.when(pl.col(ROWS) == 0)
        .then(pl.lit(False))
        .when(pl.col(FOUND))
        .then(pl.lit(True))
        .when(pl.col(LEFT_ROW).is_not_null() & (pl.col(NULLS) == 0))
        .then(pl.lit(False))
    )
    return wide.with_columns(answer.alias(node.column.id)).drop(LEFT_ROW, FOUND, ROWS, NULLS)
