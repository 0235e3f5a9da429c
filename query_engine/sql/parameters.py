"""
Parameters: values that are given beside the text and stand in it as ``?``, ``$1`` or ``:name``.

A value is a constant like one that is written: it prunes, and text takes the type of what it is
compared with.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

import polars as pl
from sqlglot import exp

from query_engine.functions.function import DURATION, TIME
from query_engine.functions.interval import Interval
from query_engine.sql.errors import BadParameter
from query_engine.sql.positions import Source, offset_of
from query_engine.sql.scalars import Literal
from query_engine.sql.types import BOOLEAN, DATE, FLOAT64, INT64, NULL, TEXT, common_type

EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
TIME_NS_MAX = 2**63 - 1
DECIMAL_DIGITS_MAX = 38

Value = object


@dataclass(frozen=True, slots=True)
class Constant:
    """
    A value as constants keep it, with its type: what Python values cannot say.

    A NULL of a type, nanoseconds, digits that are declared and not counted.

    Attributes:
        value: As in `Literal`: times are int Unix ns, lengths of time `Interval`, arrays tuples.
        dtype: Its type in SQL.
    """

    value: object
    dtype: pl.DataType


Given = Mapping[str, Value] | Sequence[Value]
"""Values by name, or in order for ``?`` and ``$1``."""


@dataclass(slots=True)
class Parameters:
    """
    The parameters of one query.

    Attributes:
        values: By name: "1", "2", ... for ``?`` and ``$1``. None leaves all of them unbound: each
            is a NULL, and what it is converted to tells its type.
        names: The name of each parameter of the text, by the offsets where it stands.
        types: What is known of the types of unbound ones, by name.
    """

    values: Mapping[str, Value] | None = field(default_factory=dict)
    names: Mapping[int, str] = field(default_factory=dict)
    types: dict[str, pl.DataType] = field(default_factory=dict)

    @property
    def known(self) -> dict[str, pl.DataType | None]:
        """The parameters in the order of their first mention, with their types if known."""
        return {name: self.types.get(name) for name in self.names.values()}

    def literal(self, node: exp.Expr, source: Source) -> Literal:
        """
        Return the constant that stands for a parameter.

        Raises:
            BadParameter: Values of its type cannot be given.
        """
        pos = offset_of(node)
        name = self.names[pos]
        if self.values is None:
            return Literal(None, NULL, pos)
        try:
            value, dtype = typed(self.values[name], name)
        except BadParameter as error:
            raise source.place(error, pos) from None
        return Literal(value, dtype, pos)

    def awaits(self, literal: Literal) -> bool:
        """Return whether the constant stands for a parameter that has no value yet."""
        return self.values is None and literal.value is None and literal.pos in self.names

    def learn(self, literal: Literal, dtype: pl.DataType) -> None:
        """Remember that an unbound parameter is read as *dtype*; anything else is not noted."""
        if self.awaits(literal):
            self.types.setdefault(self.names[literal.pos], dtype)


def bound_parameters(tree: exp.Expr, source: Source, given: Given | None) -> Parameters:
    """
    Name the parameters of *tree* and check that each has a value and each value a place.

    Raises:
        SqlError: A value is missing or left over, or the parameters are written in mixed ways.
    """
    names = named(tree, source)
    values = by_name(given)
    for offset, name in names.items():
        if name not in values:
            message = f"there is no value for the parameter {written(source, name, offset)}"
            raise source.place(BadParameter(message), offset)
    there = list(dict.fromkeys(names.values()))
    left_over = [name for name in values if name not in there]
    if left_over:
        message = f"no parameter takes the value of {', '.join(left_over)}"
        hint = f"the text has {', '.join(there) or 'none'}"
        raise source.place(BadParameter(message, hint=hint), 0)
    return Parameters(values, names)


def unbound_parameters(tree: exp.Expr, source: Source) -> Parameters:
    """Name the parameters of *tree* and give them no values."""
    return Parameters(None, named(tree, source))


def by_name(given: Given | None) -> dict[str, Value]:
    """Return values by name; those of a sequence are called "1", "2", ..."""
    if given is None:
        return {}
    if isinstance(given, Mapping):
        return {str(name).lstrip("$:"): value for name, value in given.items()}
    return {str(index): value for index, value in enumerate(given, 1)}


def named(tree: exp.Expr, source: Source) -> dict[int, str]:
    """Return the name of the parameter at each offset where one stands, in order."""
    found = sorted(
        (node for node in tree.walk() if isinstance(node, exp.Placeholder | exp.Parameter)),
        key=offset_of,
    )
    names: dict[int, str] = {}
    questions = 0
    for node in found:
        if node.args.get("jdbc"):
            questions += 1
            names[offset_of(node)] = str(questions)
        else:
            name = name_of(node, source)
            node.meta["start"] = offset_of(node) - 1
            names[offset_of(node)] = name
    if questions and questions < len(found):
        other = next(n for n in found if not n.args.get("jdbc"))
        raise source.unsupported("? and named parameters cannot be mixed", other)
    return names


def name_of(node: exp.Expr, source: Source) -> str:
    """Return the name of ``$1``, ``$name`` or ``:name``."""
    offset = offset_of(node)
    sign = source.sql[offset - 1 : offset]
    if not node.this or sign not in {"$", ":"} or isinstance(node.this, exp.Identifier):
        hint = "write ?, $1 or :name"
        raise source.unsupported("parameters are not written like this", offset - 1, hint=hint)
    return node.name


def written(source: Source, name: str, offset: int) -> str:
    """Return a parameter as it stands in the text; of several ``?``, which one it is."""
    sign = source.sql[offset]
    return f"? (number {name})" if sign == "?" else f"{sign}{name}"


def typed(value: Value, name: str) -> tuple[object, pl.DataType]:
    """
    Return a value as constants keep it, and its type.

    Raises:
        BadParameter: SQL has no such values.
    """
    if isinstance(value, Constant):
        return value.value, value.dtype
    if isinstance(value, bool):
        return value, BOOLEAN
    if isinstance(value, int):
        return whole(value, name)
    if isinstance(value, float):
        return value, FLOAT64
    if isinstance(value, dt.datetime):
        return time_ns(value, name), TIME
    if isinstance(value, Decimal):
        return decimal(value, name)
    if isinstance(value, dt.timedelta):
        return Interval(0, (value // dt.timedelta(microseconds=1)) * 1000), DURATION
    if isinstance(value, bytes | bytearray | memoryview):
        return bytes(value), pl.Binary()
    if isinstance(value, list | tuple):
        return array(value, name)
    plain: dict[type, pl.DataType] = {
        type(None): NULL,
        str: TEXT,
        dt.date: DATE,
        dt.time: pl.Time(),
    }
    if type(value) not in plain:
        kind = type(value).__name__
        raise BadParameter(f"the parameter {name} has the type {kind}: SQL has no such values")
    return value, plain[type(value)]


def whole(value: int, name: str) -> tuple[int, pl.DataType]:
    """Return a whole number of 64 bits."""
    if -(2**63) <= value < 2**63:
        return value, INT64
    if 0 <= value < 2**64:
        return value, pl.UInt64()
    raise BadParameter(f"the parameter {name} does not fit into 64 bits")


def decimal(value: Decimal, name: str) -> tuple[Decimal, pl.DataType]:
    """Return a decimal with the digits that it has."""
    _, digits, exponent = value.as_tuple()
    if not isinstance(exponent, int):
        raise BadParameter(f"the parameter {name} is no number")
    scale = max(0, -exponent)
    precision = max(len(digits) + max(0, exponent), scale, 1)
    if precision > DECIMAL_DIGITS_MAX:
        raise BadParameter(f"the parameter {name} has more than {DECIMAL_DIGITS_MAX} digits")
    return value, pl.Decimal(precision, scale)


def array(values: Sequence[Value], name: str) -> tuple[tuple[object, ...], pl.DataType]:
    """Return an array of values of one type."""
    inner: pl.DataType = NULL
    elements = []
    for value in values:
        element, dtype = typed(value, name)
        common = None if dtype.is_nested() else common_type(inner, dtype)
        if common is None or common == pl.Int128():
            raise BadParameter(f"the parameter {name} is a list of values without a common type")
        inner = common
        elements.append(element)
    if any(isinstance(element, Interval) for element in elements):
        raise BadParameter(f"the parameter {name} is a list of intervals: SQL has no such values")
    return tuple(elements), pl.List(inner)


def time_ns(value: dt.datetime, name: str) -> int:
    """Return a time as Unix ns; one without a zone is UTC, as in a text."""
    aware = value if value.tzinfo is not None else value.replace(tzinfo=dt.UTC)
    microseconds = (aware - EPOCH) // dt.timedelta(microseconds=1)
    ns = microseconds * 1000 + int(getattr(value, "nanosecond", 0))
    if abs(ns) > TIME_NS_MAX:
        raise BadParameter(f"the parameter {name} is outside of what nanoseconds can count")
    return ns
