"""
Evaluation on demand: an expression that can end the query does so only for rows that reach it.

Polars computes every branch of CASE and both sides of AND for all rows. So what can fail (a
division, a strict conversion) is handed NULL in the rows that do not reach it: it answers NULL for
NULL, and that answer is not looked at. Only calls that can fail pay for this. It is done while a
plan is lowered: until then expressions are as they were written, and equal where they are equal.

Conditions are repeated for it in their quiet form, NULL where they would fail. Where a row reaches
a condition that fails, the query ends anyway.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache

import polars as pl

from query_engine.functions.function import Argument
from query_engine.sql.scalars import (
    AggregateCall,
    Call,
    ColumnRef,
    Literal,
    Scalar,
    arguments,
    walk,
)
from query_engine.sql.types import BOOLEAN, is_null

Choice = Callable[..., pl.Expr]
"""Builds, over conditions, where a row goes on."""


def can_fail(value: Scalar) -> bool:
    """Tell whether computing *value* can end the query; aggregates inside are computed before."""
    stack = [value]
    while stack:
        current = stack.pop()
        if isinstance(current, Call):
            if current.quiet is not None:
                return True
            stack.extend(current.args)
    return False


def quiet(value: Scalar) -> Scalar:
    """Return *value* with NULL where it would end the query."""
    if not isinstance(value, Call) or not can_fail(value):
        return value
    args = tuple(quiet(arg) for arg in value.args)
    build = value.build if value.quiet is None else value.quiet
    return replace(value, args=args, build=build, quiet=None, lazy=None)


def reached(value: Scalar, conditions: Sequence[Scalar], build: Choice) -> Scalar:
    """Return *value*, computed only where *build* over *conditions* says so."""
    if not conditions or not isinstance(value, Call) or not can_fail(value):
        return value
    args = [reached(arg, conditions, build) for arg in value.args]
    if value.quiet is not None:
        index = next((i for i, arg in enumerate(args) if not isinstance(arg, Literal)), 0)
        args[index] = masked(args[index], conditions, build)
    return replace(value, args=tuple(args))


def masked(value: Scalar, conditions: Sequence[Scalar], build: Choice) -> Scalar:
    """Return *value* where it is reached, and NULL elsewhere."""

    def chosen(*args: Argument) -> pl.Expr:
        return pl.when(build(*args[:-1])).then(args[-1].expr)

    if is_null(value.dtype):
        return value
    return Call("reached", (*map(quiet, conditions), value), value.dtype, chosen, value.pos)


def case_args(args: tuple[Scalar, ...]) -> tuple[Scalar, ...]:
    """Return the conditions and results of a CASE, each for the rows that reach it."""
    half = len(args) // 2
    results = list(args[half:])
    if not any(map(can_fail, args)):
        return args
    conditions: list[Scalar] = []
    missed: list[Scalar] = []
    for index, condition in enumerate(args[:half]):
        conditions.append(reached(condition, missed, all_true))
        met = quiet(condition)
        results[index] = reached(results[index], [*missed, met], all_true)
        missed.append(settled(none_true, met))
    results[-1] = reached(results[-1], missed, all_true)
    return (*conditions, *results)


def settled(build: Choice, *conditions: Scalar) -> Scalar:
    """Return a condition that is built once however often it is repeated; nothing rewrites it."""
    made = cache(lambda: build(*arguments(conditions)))
    return Call("settled", (), BOOLEAN, made)


def none_true(*conditions: Argument) -> pl.Expr:
    """Say where no condition is true."""
    return pl.all_horizontal([c.expr.fill_null(value=False).not_() for c in conditions])


def all_true(*conditions: Argument) -> pl.Expr:
    """Say where every condition is true."""
    return pl.all_horizontal([condition.expr for condition in conditions])


def and_args(args: tuple[Scalar, ...]) -> tuple[Scalar, ...]:
    """Return the parts of an AND: each is reached where none before it is false."""
    return tuple(reached(part, plain(args[:index]), none_false) for index, part in enumerate(args))


def or_args(args: tuple[Scalar, ...]) -> tuple[Scalar, ...]:
    """Return the parts of an OR: each is reached where none before it is true."""
    return tuple(reached(part, plain(args[:index]), none_true) for index, part in enumerate(args))


def plain(conditions: Sequence[Scalar]) -> list[Scalar]:
    """Return the conditions without subqueries: those are not computed twice."""
    kinds = (Call, ColumnRef, Literal, AggregateCall)
    return [c for c in conditions if all(isinstance(found, kinds) for found in walk(c))]


def none_false(*conditions: Argument) -> pl.Expr:
    """Say where no condition is false."""
    return pl.all_horizontal([c.expr.fill_null(value=True) for c in conditions])


def first_known_args(args: tuple[Scalar, ...]) -> tuple[Scalar, ...]:
    """Return the values of a COALESCE: each is reached where all before it are NULL."""
    return tuple(reached(value, args[:index], all_null) for index, value in enumerate(args))


def all_null(*values: Argument) -> pl.Expr:
    """Say where every value is NULL."""
    return pl.all_horizontal([value.expr.is_null() for value in values])
