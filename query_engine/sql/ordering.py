"""ORDER BY: directions, and where NULLs go (last when ascending, first when descending)."""

from typing import TYPE_CHECKING

import polars as pl
from sqlglot import exp

from query_engine.sql.coercion import Maker
from query_engine.sql.positions import offset_of
from query_engine.sql.scalars import OrderKey, Scalar
from query_engine.sql.types import shown

if TYPE_CHECKING:
    from query_engine.sql.expressions import Context, Expressions


def order_keys(
    expressions: "Expressions", order: exp.Order, context: "Context"
) -> tuple[OrderKey, ...]:
    """Return the bound keys of an ORDER BY inside a call."""
    return tuple(
        order_key(expressions.make, item, expressions.bind(item.this, context))
        for item in order.expressions
    )


def order_key(make: Maker, item: exp.Ordered, value: Scalar) -> OrderKey:
    """
    Return the key of one ORDER BY item.

    Raises:
        TypeProblem: Values of this type have no order.
    """
    if isinstance(value.dtype, pl.Map | pl.Struct):
        raise make.problem(f"ORDER BY cannot sort by a {shown(value.dtype)}", offset_of(item))
    return OrderKey(
        value,
        descending=bool(item.args.get("desc")),
        nulls_last=not item.args.get("nulls_first"),
    )
