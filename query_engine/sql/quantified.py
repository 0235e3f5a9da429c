"""Binds comparisons of rows, and with all rows of a subquery: IN, ANY, ALL, (a, b) < (c, d)."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import polars as pl
from sqlglot import exp

from query_engine.functions.function import Argument
from query_engine.sql.operators import compare_with
from query_engine.sql.positions import offset_of
from query_engine.sql.scalars import AnyRow, Literal, Scalar
from query_engine.sql.types import BOOLEAN, as_instance, shown

if TYPE_CHECKING:
    from query_engine.sql.expressions import Context, Expressions

OPPOSITES = {"=": "<>", "<>": "=", "<": ">=", ">=": "<", ">": "<=", "<=": ">"}


def row_items(node: exp.Expr) -> list[exp.Expr] | None:
    """Return the members of a row in parentheses or of ``ROW(...)``; None for anything else."""
    if isinstance(node, exp.Tuple):
        return list(node.expressions)
    if isinstance(node, exp.Anonymous) and str(node.this).upper() == "ROW":
        return list(node.expressions)
    return None


def special_comparison(
    self: "Expressions", name: str, node: exp.Binary, context: "Context"
) -> Scalar | None:
    """Bind a comparison of rows or with ANY and ALL; None when it is an ordinary one."""
    left, right = node.this, node.expression
    if not isinstance(right, exp.Any | exp.All | exp.Tuple | exp.Anonymous):
        return None
    pos = offset_of(node)
    every = isinstance(right, exp.All)
    array = None
    if isinstance(right, exp.Anonymous) and str(right.this).upper() == "ALL":
        every, array = True, right.expressions[0] if right.expressions else right
    if isinstance(right, exp.Any):
        array = right.this
    if every or isinstance(right, exp.Any):
        asked = OPPOSITES[name] if every else name
        query = right.this if array is None else array.unnest()
        if isinstance(query, exp.Query):
            answer = any_of(self, asked, (left, query), context, pos)
        else:
            answer = any_element(self, asked, (left, query), context, pos)
        return self.operators.negate(answer, pos) if every else answer
    ours, theirs = row_items(left), row_items(right)
    if ours is None or theirs is None:
        return None
    values = self.bind_all(ours, context), self.bind_all(theirs, context)
    return compare_rows(self, name, *values, pos)


def compare_rows(
    self: "Expressions", name: str, left: Sequence[Scalar], right: Sequence[Scalar], pos: int
) -> Scalar:
    """Return ``(a, b) name (c, d)``: the first members that differ decide."""
    if len(left) != len(right):
        raise self.make.problem(f"a row of {len(left)} beside one of {len(right)}", pos)
    pairs = list(zip(left, right, strict=True))
    make = self.operators
    if name == "=":
        return make.both([make.compare("=", a, b, pos) for a, b in pairs], pos)
    if name == "<>":
        return make.either([make.compare("<>", a, b, pos) for a, b in pairs], pos)
    answer = make.compare(name, *pairs[-1], pos)
    for a, b in reversed(pairs[:-1]):
        further = make.both([make.compare("=", a, b, pos), answer], pos)
        answer = make.either([make.compare(name.rstrip("="), a, b, pos), further], pos)
    return answer


def in_rows(self: "Expressions", node: exp.In, context: "Context") -> Scalar | None:
    """Bind ``(a, b) IN ((1, 2), (3, 4))``; None when no row stands before IN."""
    ours = row_items(node.this)
    if ours is None:
        return None
    values, pos = self.bind_all(ours, context), offset_of(node)
    tests: list[Scalar] = []
    for item in node.expressions:
        theirs = row_items(item)
        if theirs is None:
            raise self.make.problem("IN after a row takes rows", offset_of(item))
        tests.append(compare_rows(self, "=", values, self.bind_all(theirs, context), pos))
    return self.operators.either(tests, pos)


def any_of(
    self: "Expressions", name: str, sides: tuple[exp.Expr, exp.Expr], context: "Context", pos: int
) -> Scalar:
    """Return ``left name ANY (query)``."""
    left, query = sides
    items = row_items(left)
    values = self.bind_all([left] if items is None else items, context)
    relation, parameters = self.queries.subquery(query, context)
    if len(relation.columns) != len(values):
        few = "one column" if len(values) == 1 else f"{len(values)} columns"
        word = "IN" if name == "=" else "ANY"
        raise self.make.problem(f"{word} takes a subquery of {few}", offset_of(query))
    ours: list[Scalar] = []
    theirs: list[Scalar] = []
    for value, column in zip(values, relation.columns, strict=True):
        given, element = self.make.unify([value, column], "IN cannot compare", pos)
        if not isinstance(given, Literal):
            inside = self.queries.session.outer_column("operand", given.dtype, given.pos)
            parameters = (*parameters, (inside, given))
            given = inside
        ours.append(given)
        theirs.append(element)
    condition = compare_rows(self, name, ours, theirs, pos)
    return AnyRow(relation, condition, parameters, BOOLEAN, pos)


def any_element(
    self: "Expressions", name: str, sides: tuple[exp.Expr, exp.Expr], context: "Context", pos: int
) -> Scalar:
    """Return ``left name ANY (array)``: NULL when none matches and a NULL is involved."""
    value, array = self.bind_all(list(sides), context)
    if not isinstance(array.dtype, pl.List):
        message = f"ANY takes a subquery or an array, not {shown(array.dtype)}"
        raise self.make.problem(message, array.pos)
    inner = as_instance(array.dtype.inner)
    if inner.is_nested():
        raise self.make.source.unsupported("ANY over an array of arrays", pos)
    value = self.make.cast(value, inner)

    def build(ours: Argument, elements: Argument) -> pl.Expr:
        arr, one = elements.expr, ours.expr
        low, high = least(arr, inner), greatest(arr, inner)
        if name == "=":
            hit = arr.list.contains(one, nulls_equal=False)
        elif name == "<>":
            hit = one.ne(low) | one.ne(high)
        else:
            bound = high if name.startswith("<") else low
            hit = compare_with(name, ours, Argument(dtype=inner, build=lambda: bound))
        unknown = one.is_null() | arr.list.contains(pl.lit(None, dtype=inner), nulls_equal=True)
        return (
            pl.when(arr.is_null())
            .then(pl.lit(None, dtype=pl.Boolean))
            .when(hit)
            .then(pl.lit(True))
            .when((arr.list.len() == 0) | ~unknown)
            .then(pl.lit(False))
        )

    return self.make.call(f"{name} any", [value, array], BOOLEAN, build, pos, strict=False)


def least(array: pl.Expr, inner: pl.DataType) -> pl.Expr:
    """Return the least element; NaN is greater than every number."""
    return (
        array.list.min()
        if not inner.is_float()
        else array.list.drop_nulls().list.sort().list.first()
    )


def greatest(array: pl.Expr, inner: pl.DataType) -> pl.Expr:
    """Return the greatest element; NaN is greater than every number."""
    return (
        array.list.max()
        if not inner.is_float()
        else array.list.drop_nulls().list.sort().list.last()
    )
