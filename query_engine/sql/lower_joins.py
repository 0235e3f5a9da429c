"""Lowers joins, and subqueries that became columns of what they stand in."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import polars as pl

from query_engine.sql.lowered import Lowering, computed_once
from query_engine.sql.relations import ONE_SIDED, AttachValue, Join, JoinKind
from query_engine.sql.scalars import (
    ColumnRef,
    Scalar,
    columns_in,
    polars_expression,
)

LEFT_ROW = "#left"
RIGHT_ROW = "#right"
FOUND = "#found"

OUTER_JOINS: Mapping[JoinKind, Literal["left", "right", "full"]] = {
    "left": "left",
    "right": "right",
    "full": "full",
}


def join(lowering: Lowering, node: Join) -> pl.LazyFrame:
    """Join on keys; conditions beyond keys of an outer join are handled in ``outer``."""
    left, right = lowering.frame(node.left), lowering.frame(node.right)
    if node.kind == "cross":
        return left.join(right, how="cross")
    if node.kind in ONE_SIDED:
        return one_sided(lowering, node)
    if not node.keys and node.kind == "inner":
        return ranged(lowering, node)
    sides = Sides.of(left, right, node)
    if node.kind == "inner":
        rows = sides.pairs(node)
    elif node.residual is None and node.keys:
        rows = sides.left.join(
            sides.right,
            left_on=sides.left_keys,
            right_on=sides.right_keys,
            how=OUTER_JOINS[node.kind],
            coalesce=False,
            nulls_equal=node.nulls_equal,
        )
    else:
        rows = outer(sides, node)
    return rows.drop(sides.extra, strict=False) if sides.extra else rows


@dataclass(frozen=True, slots=True)
class Sides:
    """Both sides of a join with a column for each of its keys."""

    left: pl.LazyFrame
    right: pl.LazyFrame
    left_keys: Sequence[str]
    right_keys: Sequence[str]

    @classmethod
    def of(cls, left: pl.LazyFrame, right: pl.LazyFrame, node: Join) -> "Sides":
        """Return the sides of *node*, whose inputs are lowered."""
        left, left_keys = with_keys(left, [key for key, _ in node.keys], LEFT_ROW)
        right, right_keys = with_keys(right, [key for _, key in node.keys], RIGHT_ROW)
        return cls(left, right, left_keys, right_keys)

    @property
    def extra(self) -> list[str]:
        """The columns that were computed for the join only."""
        return [name for name in (*self.left_keys, *self.right_keys) if name.startswith("#")]

    def pairs(self, node: Join) -> pl.LazyFrame:
        """Return every pair of rows for which the whole condition holds."""
        if not node.keys:
            return ranged_pairs(self.left, self.right, node)
        pairs = self.left.join(
            self.right,
            left_on=self.left_keys,
            right_on=self.right_keys,
            how="inner",
            coalesce=False,
            nulls_equal=node.nulls_equal,
        )
        return pairs if node.residual is None else pairs.filter(polars_expression(node.residual))


def one_sided(lowering: Lowering, node: Join) -> pl.LazyFrame:
    """
    Keep or mark the left rows that have a partner.

    With a condition beyond keys, the pairs that satisfy it are found from the columns that it reads
    and the number of the left row.
    """
    left, right = lowering.frame(node.left), lowering.frame(node.right)
    if node.residual is None:
        sides = Sides.of(left, right, node)
        names = list(sides.right_keys)
        kept = partners(sides.left, sides.right.select(list(dict.fromkeys(names))), sides, node)
        extra = [name for name in sides.left_keys if name.startswith("#")]
        return kept.drop(extra) if extra else kept
    left = computed_once(left.with_row_index(LEFT_ROW))
    sides = Sides.of(left, right, node)
    read = columns_in(node.residual)
    ours = [column.id for column in node.left.columns if column.id in read]
    theirs = [column.id for column in node.right.columns if column.id in read]
    slim = replace(
        sides,
        left=sides.left.select(list(dict.fromkeys([LEFT_ROW, *ours, *sides.left_keys]))),
        right=sides.right.select(list(dict.fromkeys([*theirs, *sides.right_keys]))),
    )
    found = slim.pairs(node).select(LEFT_ROW)
    numbered = replace(sides, left_keys=[LEFT_ROW], right_keys=[LEFT_ROW])
    return partners(left, found, numbered, node).drop(LEFT_ROW)


def partners(left: pl.LazyFrame, right: pl.LazyFrame, sides: Sides, node: Join) -> pl.LazyFrame:
    """Return the semi, anti or mark join on the keys of *sides*."""
    if node.kind != "mark":
        return left.join(
            right,
            left_on=sides.left_keys,
            right_on=sides.right_keys,
            how="semi" if node.kind == "semi" else "anti",
            nulls_equal=node.nulls_equal,
        )
    assert node.mark is not None, "the column of a mark join"
    marked = right.unique().with_columns(pl.lit(True).alias(FOUND))
    names = [f"{RIGHT_ROW}_{index}" for index in range(len(sides.right_keys))]
    renamed = marked.select(
        *(pl.col(key).alias(name) for key, name in zip(sides.right_keys, names, strict=True)), FOUND
    )
    rows = left.join(
        renamed,
        left_on=sides.left_keys,
        right_on=names,
        how="left",
        coalesce=True,
        nulls_equal=node.nulls_equal,
    )
    return rows.with_columns(pl.col(FOUND).is_not_null().alias(node.mark.id)).drop(FOUND)


def ranged(lowering: Lowering, node: Join) -> pl.LazyFrame:
    """Join without keys."""
    return ranged_pairs(lowering.frame(node.left), lowering.frame(node.right), node)


def ranged_pairs(left: pl.LazyFrame, right: pl.LazyFrame, node: Join) -> pl.LazyFrame:
    """
    Pair everything and filter; the engine makes a join by order of that where it can.

    Its optimizer panics when it meets such a join again, as it does below shared parts of a plan;
    it does not look below a cache again.
    """
    pairs = left.join(right, how="cross")
    if node.residual is None:
        return pairs
    return pairs.filter(polars_expression(node.residual)).cache()


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


def outer(sides: Sides, node: Join) -> pl.LazyFrame:
    """
    Join with a condition beyond equal keys.

    The pairs that satisfy everything, then each row of a kept side that is in no such pair. Rows
    are numbered once: read twice, they may come in another order.
    """
    left = computed_once(sides.left.with_row_index(LEFT_ROW))
    right = computed_once(sides.right.with_row_index(RIGHT_ROW))
    pairs = computed_once(replace(sides, left=left, right=right).pairs(node))
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
