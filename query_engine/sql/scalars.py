"""
Bound scalar expressions: every name resolved to one column, every type known.

Nodes are values: two expressions that mean the same compare equal wherever they stand in the text,
which is how GROUP BY finds its expressions again.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, partial

import polars as pl

from query_engine.functions.function import AggregateFunction, Argument, BadArgument
from query_engine.functions.interval import Interval
from query_engine.functions.window import WindowFunction
from query_engine.sql.relations import Relation
from query_engine.windows.frame import Frame

Build = Callable[..., pl.Expr]


@dataclass(frozen=True, slots=True)
class ColumnRef:
    """A column of a relation, by the name that is unique within the query."""

    id: str
    dtype: pl.DataType = field(compare=False)
    pos: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Literal:
    """
    A constant: times are int Unix ns, intervals are ``Interval``, arrays are tuples.

    The rest are Python scalars.
    """

    value: object
    dtype: pl.DataType
    pos: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Call:
    """
    A function, operator, cast or CASE over arguments.

    Attributes:
        name: Stands for what ``build`` does, so that equal calls are found by comparing names.
        build: ``Argument`` values to a Polars expression of type ``dtype``.
        quiet: The same with NULL where ``build`` ends the query; None if it never does. Such a call
            is NULL where its first argument is.
        lazy: Restricts the arguments to the rows that reach them; None if all rows do.
    """

    name: str
    args: "tuple[Scalar, ...]"
    dtype: pl.DataType
    build: Build = field(compare=False)
    pos: int = field(default=0, compare=False)
    quiet: Build | None = field(default=None, compare=False)
    lazy: "Lazy | None" = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class OrderKey:
    """One expression of an ORDER BY."""

    value: "Scalar"
    descending: bool
    nulls_last: bool


@dataclass(frozen=True, slots=True)
class AggregateCall:
    """An aggregate over the rows of a group; lives in ``Aggregate`` nodes only."""

    function: AggregateFunction
    args: "tuple[Scalar, ...]"
    dtype: pl.DataType
    distinct: bool = False
    where: "Scalar | None" = None
    order: tuple[OrderKey, ...] = ()
    pos: int = field(default=0, compare=False)


Parameters = tuple[tuple[ColumnRef, "Scalar"], ...]
"""The columns that a subquery takes from around it, each with what it stands for there."""


@dataclass(frozen=True, slots=True)
class GroupingCall:
    """GROUPING(keys): a bit for each key, the last lowest; 1 where the key is not grouped by."""

    args: "tuple[Scalar, ...]"
    dtype: pl.DataType
    pos: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class UnnestCall:
    """The elements of an array, one for each row; a column by the time that rows are made."""

    args: "tuple[Scalar]"
    dtype: pl.DataType
    pos: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class RowCall:
    """A window function that is no aggregate; stands in ``WindowCall`` only."""

    function: WindowFunction
    args: "tuple[Scalar, ...]"
    dtype: pl.DataType
    ignore_nulls: bool = False


@dataclass(frozen=True, slots=True)
class WindowCall:
    """
    A function over the rows around each row; in ``Window`` nodes once everything is bound.

    Attributes:
        key: The order key in the type that a RANGE frame adds its offsets to; None without.
    """

    call: AggregateCall | RowCall
    partition: "tuple[Scalar, ...]"
    order: tuple[OrderKey, ...]
    frame: Frame
    key: "Scalar | None" = None
    pos: int = field(default=0, compare=False)

    @property
    def dtype(self) -> pl.DataType:
        """The type of its values."""
        return self.call.dtype


@dataclass(frozen=True, slots=True)
class SubqueryValue:
    """The one value of a subquery; NULL when it has no row."""

    relation: Relation
    dtype: pl.DataType
    parameters: Parameters = ()
    pos: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class AnyRow:
    """
    Whether any row of a subquery satisfies a condition: EXISTS, IN, ANY, and with NOT the rest.

    True if one does; otherwise NULL if the condition is NULL for one; otherwise false.

    Attributes:
        condition: Over the subquery's columns and the parameters; None for EXISTS: every row does.
    """

    relation: Relation
    condition: "Scalar | None"
    parameters: Parameters
    dtype: pl.DataType
    pos: int = field(default=0, compare=False)


Scalar = (
    ColumnRef
    | Literal
    | Call
    | AggregateCall
    | GroupingCall
    | UnnestCall
    | WindowCall
    | SubqueryValue
    | AnyRow
)
Lazy = Callable[[tuple[Scalar, ...]], tuple[Scalar, ...]]


def children(node: Scalar) -> tuple[Scalar, ...]:
    """Return the expressions directly inside *node*."""
    if isinstance(node, Call | GroupingCall | UnnestCall):
        return node.args
    if isinstance(node, AggregateCall):
        where = () if node.where is None else (node.where,)
        return (*node.args, *where, *(key.value for key in node.order))
    if isinstance(node, WindowCall):
        key = () if node.key is None else (node.key,)
        own = node.call.args if isinstance(node.call, RowCall) else children(node.call)
        return (*own, *node.partition, *(order.value for order in node.order), *key)
    if isinstance(node, SubqueryValue | AnyRow):
        return tuple(value for _, value in node.parameters)
    return ()


def walk(node: Scalar) -> Iterator[Scalar]:
    """Yield *node* and every expression inside it, outermost first."""
    stack = [node]
    while stack:
        current = stack.pop()
        yield current
        stack.extend(children(current))


def columns_in(node: Scalar) -> frozenset[str]:
    """Return the ids of the columns that *node* reads."""
    return frozenset(found.id for found in walk(node) if isinstance(found, ColumnRef))


def rewrite(node: Scalar, change: Callable[[Scalar], Scalar | None]) -> Scalar:
    """Replace, outermost first, every expression for which *change* returns another."""
    changed = change(node)
    if changed is not None:
        return changed
    if isinstance(node, Call):
        args = tuple(rewrite(arg, change) for arg in node.args)
        return (
            node
            if all(a is b for a, b in zip(args, node.args, strict=True))
            else replace(node, args=args)
        )
    if isinstance(node, UnnestCall):
        return replace(node, args=(rewrite(node.args[0], change),))
    if isinstance(node, AggregateCall):
        return rewrite_aggregate(node, change)
    if isinstance(node, WindowCall):
        if isinstance(node.call, AggregateCall):
            call: AggregateCall | RowCall = rewrite_aggregate(node.call, change)
        else:
            call = replace(node.call, args=tuple(rewrite(arg, change) for arg in node.call.args))
        return replace(
            node,
            call=call,
            partition=tuple(rewrite(value, change) for value in node.partition),
            order=tuple(replace(key, value=rewrite(key.value, change)) for key in node.order),
            key=None if node.key is None else rewrite(node.key, change),
        )
    if isinstance(node, SubqueryValue | AnyRow):
        given = tuple((column, rewrite(value, change)) for column, value in node.parameters)
        return replace(node, parameters=given)
    return node


def rewrite_aggregate(
    node: AggregateCall, change: Callable[[Scalar], Scalar | None]
) -> AggregateCall:
    """Replace expressions inside an aggregate; the aggregate itself stays one."""
    return replace(
        node,
        args=tuple(rewrite(arg, change) for arg in node.args),
        where=None if node.where is None else rewrite(node.where, change),
        order=tuple(replace(key, value=rewrite(key.value, change)) for key in node.order),
    )


def conjuncts(node: Scalar) -> list[Scalar]:
    """Split an AND chain into its parts, in the order they were written."""
    parts: list[Scalar] = []
    stack = [node]
    while stack:
        current = stack.pop()
        if isinstance(current, Call) and current.name == "and":
            args = current.args if current.lazy is None else current.lazy(current.args)
            stack.extend(reversed(args))
        else:
            parts.append(current)
    return parts


def polars_literal(node: Literal) -> pl.Expr:
    """
    Return the Polars literal of a constant.

    Raises:
        BadArgument: An interval with months has no fixed length.
    """
    value = node.value
    if isinstance(value, Interval):
        if value.months:
            raise BadArgument(
                "an interval of months or years has no fixed length; "
                "it can only be added to or taken from a timestamp",
                pos=node.pos,
            )
        return pl.lit(value.ns, dtype=node.dtype)
    return pl.lit(list(value) if isinstance(value, tuple) else value, dtype=node.dtype)


def polars_expression(node: Scalar) -> pl.Expr:
    """Return the Polars expression of *node*; subqueries and aggregates are columns by now."""
    if isinstance(node, ColumnRef):
        return pl.col(node.id)
    if isinstance(node, Literal):
        return polars_literal(node)
    assert isinstance(node, Call), f"{type(node).__name__} is not lowered before it is a column"
    args = node.args if node.lazy is None else node.lazy(node.args)
    return node.build(*arguments(args))


def builder(arg: Scalar) -> Callable[[], pl.Expr]:
    """Return what computes *arg*; a call is built once however often its value is asked for."""
    build = partial(polars_expression, arg)
    return cache(build) if isinstance(arg, Call) else build


def arguments(args: Sequence[Scalar]) -> list[Argument]:
    """Return what a function's ``build`` takes."""
    return [
        Argument(
            dtype=arg.dtype,
            build=builder(arg),
            simple=not isinstance(arg, Call),
            constant=isinstance(arg, Literal),
            value=arg.value if isinstance(arg, Literal) else None,
        )
        for arg in args
    ]
