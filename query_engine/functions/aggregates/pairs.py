"""Aggregates of pairs of numbers: a pair counts when neither is NULL."""

from collections.abc import Callable
from dataclasses import dataclass

import polars as pl

from query_engine.functions.function import (
    AggregateFunction,
    Argument,
    Example,
    Kind,
    Parameter,
)


@dataclass(frozen=True, slots=True)
class Pairs:
    """The columns *y* and *x*, NULL where the other one is, and what is computed of both."""

    y: pl.Expr
    x: pl.Expr

    @property
    def count(self) -> pl.Expr:
        """How many pairs there are."""
        return self.x.count().cast(pl.Int64)

    def covariance(self, ddof: int) -> pl.Expr:
        """The covariance of a population (0) or a sample (1)."""
        return pl.cov(self.y, self.x, ddof=ddof)

    @property
    def slope(self) -> pl.Expr:
        """The slope of the line that fits best; NULL if all x are the same."""
        spread = self.x.var(ddof=0)
        return pl.when(spread > 0).then(self.covariance(0) / spread)

    @property
    def correlation(self) -> pl.Expr:
        """The coefficient of correlation; NULL if all x or all y are the same."""
        spread = self.x.var(ddof=0) * self.y.var(ddof=0)
        return pl.when(spread > 0).then(self.covariance(0) / spread.sqrt())


def pair_function(
    name: str,
    body: Callable[[Pairs], pl.Expr],
    doc: str,
    *examples: tuple[str, str],
    returns: pl.DataType | None = None,
    aliases: tuple[str, ...] = (),
) -> AggregateFunction:
    """Return an aggregate of two numbers, to DOUBLE unless *returns* says otherwise."""

    def build(y: Argument, x: Argument) -> pl.Expr:
        left, right = y.expr, x.expr
        return body(
            Pairs(
                y=pl.when(right.is_not_null()).then(left),
                x=pl.when(left.is_not_null()).then(right),
            )
        )

    return AggregateFunction(
        name=name,
        parameters=(Parameter("y", Kind.FLOAT), Parameter("x", Kind.FLOAT)),
        returns=pl.Float64() if returns is None else returns,
        build=build,
        doc=doc,
        examples=tuple(Example(f"SELECT {sql} FROM t", result) for sql, result in examples),
        aliases=aliases,
    )
