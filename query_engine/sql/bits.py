"""The bit operators ``& | ^ # << >> ~`` over whole numbers."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import polars as pl
from sqlglot import exp

from query_engine.functions.function import Argument, let
from query_engine.sql.coercion import Maker
from query_engine.sql.positions import offset_of
from query_engine.sql.scalars import Build, Literal, Scalar
from query_engine.sql.types import INT64, is_null, shown

if TYPE_CHECKING:
    from query_engine.sql.expressions import Context, Expressions

NAMES: Mapping[type[exp.Expr], str] = {
    exp.BitwiseAnd: "&",
    exp.BitwiseOr: "|",
    exp.BitwiseXor: "^",
    exp.BitwiseLeftShift: "<<",
    exp.BitwiseRightShift: ">>",
}
PLACES = 63
"""A shift is by its last six bits: of 64 places it is by none, as in DataFusion."""


def powers(place: pl.Expr) -> pl.Expr:
    """Return two to the power of 0 to 63, in 64 bits."""
    small = pl.lit(2, dtype=pl.Int64).pow(place.clip(0, PLACES - 1).cast(pl.UInt32))
    return pl.when(place == PLACES).then(pl.lit(-(2**PLACES), dtype=pl.Int64)).otherwise(small)


def shifted_left(value: Argument, by: Argument) -> pl.Expr:
    """Shift; what leaves the 64 bits is lost."""
    return (value.expr.cast(pl.Int64) * powers(by.expr.cast(pl.Int64) & PLACES)).cast(value.dtype)


def shifted_right(value: Argument, by: Argument) -> pl.Expr:
    """Shift; the sign stays."""

    def body(number: pl.Expr, places: pl.Expr) -> pl.Expr:
        place = places & PLACES
        sign = pl.when(number < 0).then(-1).otherwise(0).cast(pl.Int64)
        part = number // powers(place.clip(0, PLACES - 1))
        return pl.when(place == PLACES).then(sign).otherwise(part)

    return let([value, by], body)


BUILDS: Mapping[str, Build] = {
    "&": lambda a, b: a.expr & b.expr,
    "|": lambda a, b: a.expr | b.expr,
    "^": lambda a, b: a.expr ^ b.expr,
    "<<": shifted_left,
    ">>": shifted_right,
}


def whole(make: Maker, value: Scalar, name: str) -> Scalar:
    """Return an operand, which has to be a whole number."""
    if is_null(value.dtype):
        return Literal(None, INT64, value.pos)
    if not value.dtype.is_integer():
        raise make.problem(f"{name} takes whole numbers, not {shown(value.dtype)}", value.pos)
    return value


def bind_bits(self: "Expressions", node: exp.Binary, context: "Context") -> Scalar:
    """Bind a bit operator of two operands."""
    name, pos = NAMES[type(node)], offset_of(node)
    for side in (node.this, node.expression):
        if type(side) in NAMES and type(side) is not type(node):
            raise self.make.source.unsupported(
                f"{name} beside {NAMES[type(side)]} needs parentheses", side
            )
    left, right = (
        whole(self.make, side, name)
        for side in self.bind_all([node.this, node.expression], context)
    )
    if name in {"<<", ">>"}:
        left, right = self.make.cast(left, INT64), self.make.cast(right, INT64)
    left, right = self.make.unify(
        [left, right], f"{name} is not defined for", pos, to_compare=False
    )
    if not left.dtype.is_integer():
        raise self.make.problem(f"{name} takes signed or unsigned numbers, not both", pos)
    return self.make.call(name, [left, right], left.dtype, BUILDS[name], pos)


def bind_complement(self: "Expressions", node: exp.BitwiseNot, context: "Context") -> Scalar:
    """Bind ``~x``."""
    value = whole(self.make, self.bind(node.this, context), "~")
    pos = offset_of(node)
    return self.make.call("~", [value], value.dtype, lambda a: ~a.expr, pos)
