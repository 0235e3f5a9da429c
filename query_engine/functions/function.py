"""
What a SQL function is: a frozen value, one file each, listed in ``catalog.py``.

The binder checks and converts the arguments from ``parameters``, so ``build`` sees only types that
it asked for; SHOW FUNCTIONS, the reference page and the example tests are derived from the rest.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Protocol

import polars as pl

from query_engine.functions.interval import Interval

TIME = pl.Datetime("ns", "UTC")
DURATION = pl.Duration("ns")
COLOR = pl.UInt32()
ENTRY = pl.Struct({"key": pl.String(), "value": pl.String()})
ENTRIES = pl.List(ENTRY)
HISTOGRAM = pl.Struct(
    {
        "start": pl.Float64(),
        "end": pl.Float64(),
        "min": pl.Float64(),
        "max": pl.Float64(),
        "sum": pl.Float64(),
        "sum_sq": pl.Float64(),
        "count": pl.UInt64(),
        "bins": pl.List(pl.UInt64()),
    }
)
RANGES = pl.Struct(
    {
        "bounds": pl.List(pl.Float64()),
        "counts": pl.List(pl.Int64()),
        "min": pl.Float64(),
        "max": pl.Float64(),
        "scale": pl.Int32(),
    }
)


class BadArgument(Exception):
    """
    An argument that its type does not rule out is wrong.

    Attributes:
        index: Which argument of the call.
        pos: Where it stands in the text, when the one who raises knows; SQL finds it otherwise.
    """

    def __init__(self, message: str, *, index: int = 0, pos: int | None = None) -> None:
        super().__init__(message)
        self.message, self.index, self.pos = message, index, pos


class BadValue(Exception):
    """A value that a running query met is one that the function cannot take; text for clients."""


class Kind(Enum):
    """Which types a parameter takes; the value is what messages call it."""

    NUMBER = "a number"
    INTEGER = "an integer"  # handed over as Int64
    FLOAT = "a numeric value"  # any number, handed over as Float64
    SUMMABLE = "a number or an interval"
    TEXT = "text"
    SHOWABLE = "a value that can be shown as text"  # handed over as text
    BOOLEAN = "a boolean"
    TIME = "a timestamp"
    INTERVAL = "an interval"
    TIME_OR_INTERVAL = "a timestamp or an interval"
    ZONED = "a timestamp in its zone"  # the zone of AT TIME ZONE is kept
    FIELDED = "a timestamp, a time or an interval"  # likewise
    BINARY = "binary"
    TEXT_OR_BINARY = "text or binary"
    MAP = "a map"
    JSON = "JSON (as jsonb_parse returns it), a map, or an array of key and value"
    HISTOGRAM = "a histogram"
    RANGES = "a histogram of make_ranges"
    COLOR = "a colour (INT UNSIGNED, as rgba returns it)"
    LIST = "an array"
    NUMBERS = "an array of numbers"  # handed over as an array of Float64
    SAME_LIST = "arrays of one type"  # all arguments of this kind are brought to a common type,
    ELEMENT = "an element of the array"  # and those of this one to that of the elements
    ORDERED = "a value with an order"
    ANY = "any value"
    SAME = "values of one type"  # all arguments of this kind are brought to their common type


@dataclass(frozen=True, slots=True)
class Parameter:
    """
    One parameter.

    Attributes:
        constant: The argument must be known before the query runs; read it with ``value``.
        optional: It and all after it may be left out.
        variadic: It may be repeated; only the last one.
    """

    name: str
    kind: Kind
    constant: bool = False
    optional: bool = False
    variadic: bool = False


@dataclass(frozen=True, slots=True)
class Argument:
    """
    One bound argument: its type, how to compute it, and its value when it is a constant.

    Attributes:
        value: For constants the Python value (times as int Unix ns, intervals as ``Interval``).
        simple: A column or a constant: mentioning it twice costs nothing.
    """

    dtype: pl.DataType
    build: Callable[[], pl.Expr]
    simple: bool = True
    constant: bool = False
    value: object = None

    @property
    def expr(self) -> pl.Expr:
        """The Polars expression that computes it."""
        return self.build()

    @property
    def text(self) -> str:
        """The value of a constant text argument."""
        assert isinstance(self.value, str), "the parameter is declared constant text"
        return self.value

    @property
    def number(self) -> float:
        """The value of a constant numeric argument."""
        assert isinstance(self.value, int | float), "the parameter is declared constant and numeric"
        return self.value

    @property
    def interval(self) -> Interval:
        """The value of a constant interval argument."""
        assert isinstance(self.value, Interval), "the parameter is declared a constant interval"
        return self.value


@dataclass(frozen=True, slots=True)
class Example:
    """A query that the reference shows and the tests run; ``result`` is its one value, printed."""

    sql: str
    result: str


Returns = pl.DataType | Callable[[Sequence[Argument]], pl.DataType]


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class ScalarFunction:
    """
    A function of one row.

    Attributes:
        group: The heading that the reference page lists it under.
        returns: The result type, or how it follows from the converted arguments' types.
        build: Converted arguments to a Polars expression of exactly that type. Raises BadArgument.
        strict: NULL in any argument gives NULL; True for all but a few.
        quiet: For a function that can end the query: the same with NULL instead, so that CASE can
            keep it from rows that do not reach it.
        in_turn: An argument is computed only where those before it are NULL.
        clock: ``build`` gets the query's ``NOW()`` as one more argument, before the others.
        payloads: ``build`` gets the catalog's reader of payloads as such an argument.
        reads_key: ``f(map, 'key')`` is the value of the key in any capitals: where a table keeps
            that key as a column of its own, the column is read instead of the map.
    """

    name: str
    group: str
    parameters: tuple[Parameter, ...]
    returns: Returns
    build: Callable[..., pl.Expr]
    doc: str
    examples: tuple[Example, ...]
    aliases: tuple[str, ...] = ()
    strict: bool = True
    quiet: Callable[..., pl.Expr] | None = None
    in_turn: bool = False
    clock: bool = False
    payloads: bool = False
    reads_key: bool = False


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class AggregateFunction:
    """
    A function of the rows of one group.

    Attributes:
        build: Converted arguments, already filtered (FILTER) and ordered (ORDER BY), to a Polars
            expression that yields one value for each group.
        build_distinct: The same over the distinct non-NULL values; None when DISTINCT is refused.
        takes_star: ``name(*)`` is allowed and calls ``build`` with one literal argument.
        ordered: ORDER BY inside the call means something; elsewhere it is refused.
        ignores_nulls: Rows whose first argument is NULL do not count.
        within_group: ``name(q) WITHIN GROUP (ORDER BY x)`` is another way to write ``name(x, q)``.
        finish: For what ``build`` alone cannot say over all groups at once: makes the answers from
            the column of what ``build`` yields for each group, and the call's constant arguments.
    """

    name: str
    parameters: tuple[Parameter, ...]
    returns: Returns
    build: Callable[..., pl.Expr]
    doc: str
    examples: tuple[Example, ...]
    aliases: tuple[str, ...] = ()
    build_distinct: Callable[..., pl.Expr] | None = None
    takes_star: bool = False
    ordered: bool = False
    ignores_nulls: bool = True
    within_group: bool = False
    finish: Callable[..., pl.Expr] | None = None
    group: str = "Aggregates"


def let(arguments: Sequence[Argument], body: Callable[..., pl.Expr]) -> pl.Expr:
    """
    Return ``body`` over the arguments' expressions, each computed once however often it is used.

    Polars copies an expression wherever it is mentioned, so a body that mentions its operands
    twice doubles the plan at every level of nesting; the fields of a struct do not.
    """
    if all(argument.simple for argument in arguments):
        return body(*(argument.expr for argument in arguments))
    names = [f"arg{index}" for index in range(len(arguments))]
    packed = pl.struct(
        argument.expr.alias(name) for argument, name in zip(arguments, names, strict=True)
    )
    answer = body(*(pl.field(name) for name in names)).alias("answer")
    return packed.struct.with_fields(answer).struct.field("answer")


class Named(Protocol):
    """What any function has."""

    @property
    def name(self) -> str:
        """Its name."""

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """Its parameters."""


def signature(function: Named) -> str:
    """Return how the function is written, for the reference page and for messages."""
    parts = []
    for parameter in function.parameters:
        text = f"{parameter.name}, ..." if parameter.variadic else parameter.name
        parts.append(f"[{text}]" if parameter.optional else text)
    return f"{function.name}({', '.join(parts)})"


def returned(returns: Returns, arguments: Sequence[Argument]) -> pl.DataType:
    """Return the result type of a call over converted *arguments*."""
    return returns if isinstance(returns, pl.DataType) else returns(arguments)


def same_as(index: int) -> Callable[[Sequence[Argument]], pl.DataType]:
    """Return the rule "of the type of argument *index*"."""
    return lambda arguments: arguments[index].dtype
