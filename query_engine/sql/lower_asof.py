"""Lowers ASOF joins."""

from collections.abc import Sequence

import polars as pl

from query_engine.sql.lowered import Lowering
from query_engine.sql.relations import AsofJoin
from query_engine.sql.scalars import Scalar, polars_expression

LEFT_VALUE, RIGHT_VALUE = "#left_value", "#right_value"
FOUND = "#found"


def asof_join(lowering: Lowering, node: AsofJoin) -> pl.LazyFrame:
    """
    Sort both sides by the compared value and walk along them.

    NULL is near to nothing and equal to no key; the engine would match NULL keys.
    """
    ours = [f"#left_key{index}" for index in range(len(node.keys))]
    theirs = [f"#right_key{index}" for index in range(len(node.keys))]
    left = lowering.frame(node.left).with_columns(
        polars_expression(node.nearest[0]).alias(LEFT_VALUE),
        *named([key for key, _ in node.keys], ours),
    )
    right = (
        lowering.frame(node.right)
        .with_columns(
            polars_expression(node.nearest[1]).alias(RIGHT_VALUE),
            *named([key for _, key in node.keys], theirs),
            pl.lit(True).alias(FOUND),
        )
        .drop_nulls([RIGHT_VALUE, *theirs])
    )
    rows = left.sort(LEFT_VALUE).join_asof(
        right.sort(RIGHT_VALUE),
        left_on=LEFT_VALUE,
        right_on=RIGHT_VALUE,
        by_left=ours or None,
        by_right=theirs or None,
        strategy="backward" if node.name.startswith(">") else "forward",
        allow_exact_matches=node.name.endswith("="),
        coalesce=False,
        check_sortedness=False,
    )
    kept = rows if node.keep else rows.filter(pl.col(FOUND).is_not_null())
    return kept.select(lowering.wanted(node))


def named(values: Sequence[Scalar], names: Sequence[str]) -> list[pl.Expr]:
    """Return expressions under names."""
    return [polars_expression(value).alias(name) for value, name in zip(values, names, strict=True)]
