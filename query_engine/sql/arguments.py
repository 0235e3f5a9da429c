"""Checks the arguments of a call against the function's parameters and converts them."""

from collections.abc import Sequence

import polars as pl

from query_engine.functions.function import (
    COLOR,
    DURATION,
    ENTRIES,
    HISTOGRAM,
    RANGES,
    TIME,
    Kind,
    Named,
    Parameter,
    signature,
)
from query_engine.sql.coercion import Maker, is_text_constant, unified_type
from query_engine.sql.errors import SqlError
from query_engine.sql.scalars import ColumnRef, Literal, Scalar
from query_engine.sql.types import (
    BOOLEAN,
    FLOAT64,
    INT64,
    TEXT,
    as_instance,
    held,
    is_null,
    is_text,
    is_time,
    is_zoned,
    shown,
)

NULL_AS: dict[Kind, pl.DataType] = {
    Kind.NUMBER: FLOAT64,
    Kind.INTEGER: INT64,
    Kind.FLOAT: FLOAT64,
    Kind.SUMMABLE: INT64,
    Kind.TEXT: TEXT,
    Kind.SHOWABLE: TEXT,
    Kind.BOOLEAN: BOOLEAN,
    Kind.TIME: TIME,
    Kind.INTERVAL: DURATION,
    Kind.TIME_OR_INTERVAL: TIME,
    Kind.ZONED: TIME,
    Kind.FIELDED: TIME,
    Kind.BINARY: pl.Binary(),
    Kind.TEXT_OR_BINARY: TEXT,
    Kind.MAP: pl.Map(TEXT, TEXT),
    Kind.LIST: pl.List(TEXT),
    Kind.NUMBERS: pl.List(FLOAT64),
    Kind.JSON: pl.Binary(),
    Kind.HISTOGRAM: HISTOGRAM,
    Kind.RANGES: RANGES,
    Kind.COLOR: COLOR,
    Kind.ORDERED: TEXT,
}
"""The type that a bare NULL takes as an argument."""

TIMES = frozenset({Kind.TIME, Kind.TIME_OR_INTERVAL, Kind.ZONED, Kind.FIELDED})
"""Kinds that take any timestamp or date, and text that is one."""


def converted(make: Maker, function: Named, args: Sequence[Scalar], pos: int) -> list[Scalar]:
    """
    Return *args* as the function takes them.

    Raises:
        TypeProblem: Their number or a type is wrong; shows how the function is written.
    """
    parameters = matched(make, function, args, pos)
    values = [
        converted_one(make, function, parameter, arg)
        for parameter, arg in zip(parameters, args, strict=True)
    ]
    same = [i for i, parameter in enumerate(parameters) if parameter.kind == Kind.SAME]
    if same:
        unified = make.unify(
            [values[i] for i in same], f"{function.name} cannot mix", pos, to_compare=False
        )
        for index, value in zip(same, unified, strict=True):
            values[index] = value
    return with_elements(make, function, parameters, values, pos)


def with_elements(
    make: Maker,
    function: Named,
    parameters: Sequence[Parameter],
    values: Sequence[Scalar],
    pos: int,
) -> list[Scalar]:
    """Bring arrays and what are to be their elements to one type of elements."""
    kinds = [parameter.kind for parameter in parameters]
    if Kind.SAME_LIST not in kinds:
        return list(values)
    elements = [
        ColumnRef("", element_type(value.dtype)) if kind == Kind.SAME_LIST else value
        for kind, value in zip(kinds, values, strict=True)
        if kind in {Kind.SAME_LIST, Kind.ELEMENT}
    ]
    unified = unified_type(elements)
    if unified is None:
        types = " and ".join(dict.fromkeys(shown(element.dtype) for element in elements))
        raise make.problem(
            f"{function.name} cannot mix elements that are {types}",
            pos,
            hint="convert one side with CAST",
        )
    target = held(unified)
    casts: dict[Kind, pl.DataType] = {Kind.SAME_LIST: pl.List(target), Kind.ELEMENT: target}
    return [
        make.cast(value, casts[kind]) if kind in casts else value
        for kind, value in zip(kinds, values, strict=True)
    ]


def element_type(dtype: pl.DataType) -> pl.DataType:
    """Return the type of an array's elements; a bare NULL may be any array."""
    return as_instance(dtype.inner) if isinstance(dtype, pl.List) else pl.Null()


def matched(make: Maker, function: Named, args: Sequence[Scalar], pos: int) -> list[Parameter]:
    """Return the parameter of each argument."""
    parameters = list(function.parameters)
    needed = sum(1 for parameter in parameters if not parameter.optional)
    if parameters and parameters[-1].variadic and len(args) > len(parameters):
        parameters += [parameters[-1]] * (len(args) - len(parameters))
    if not needed <= len(args) <= len(parameters):
        hint = f"write {signature(function)}"
        raise make.problem(f"{function.name} does not take {len(args)} arguments", pos, hint=hint)
    return parameters[: len(args)]


def converted_one(make: Maker, function: Named, parameter: Parameter, value: Scalar) -> Scalar:
    """Return one argument as its parameter takes it."""
    kind = parameter.kind
    if is_null(value.dtype) and kind in NULL_AS:
        value = make.cast(value, NULL_AS[kind])
    if parameter.constant and not isinstance(value, Literal):
        raise make.problem(
            f"{parameter.name} of {function.name} has to be a constant",
            value.pos,
            hint=f"write {signature(function)}",
        )
    target = target_type(kind, value)
    if target is None:
        raise kind_problem(make, function, parameter, value)
    value = make.cast(value, target)
    if parameter.constant and isinstance(value, Literal) and value.value is None:
        raise make.problem(f"{parameter.name} of {function.name} cannot be NULL", value.pos)
    return value


def kind_problem(make: Maker, function: Named, parameter: Parameter, value: Scalar) -> SqlError:
    """Return the error for an argument of a type that its parameter does not take."""
    message = (
        f"{parameter.name} of {function.name} takes {parameter.kind.value}, "
        f"not {shown(value.dtype)}"
    )
    return make.problem(message, value.pos, hint=f"write {signature(function)}")


def target_type(kind: Kind, value: Scalar) -> pl.DataType | None:
    """Return the type that *value* is handed over as; None when *kind* does not take it."""
    dtype = value.dtype
    if kind in {Kind.ANY, Kind.SAME, Kind.ELEMENT}:
        return dtype
    if kind == Kind.SAME_LIST:
        return dtype if isinstance(dtype, pl.List | pl.Null) else None
    if kind == Kind.NUMBERS:
        inner = element_type(dtype)
        taken_as_numbers = isinstance(dtype, pl.List) and (inner.is_numeric() or is_null(inner))
        return pl.List(FLOAT64) if taken_as_numbers else None
    if kind == Kind.ORDERED:
        return None if isinstance(dtype, pl.Map | pl.Struct | pl.List) else dtype
    if kind == Kind.SHOWABLE:
        return None if dtype.is_nested() else TEXT
    if kind == Kind.JSON:
        taken_as_json = isinstance(dtype, pl.Binary | pl.Map) or dtype == ENTRIES
        return dtype if taken_as_json else None
    if kind in {Kind.HISTOGRAM, Kind.RANGES, Kind.COLOR}:
        return dtype if dtype == NULL_AS[kind] else None
    if dtype.is_numeric():
        return number_target(kind, dtype)
    if kind in {Kind.ZONED, Kind.FIELDED} and is_zoned(dtype):
        return dtype
    if kind == Kind.FIELDED and isinstance(dtype, pl.Time):
        return dtype
    if kind in TIMES and (is_time(dtype) or is_text(dtype)):
        return TIME
    if isinstance(dtype, pl.Duration) and kind in {
        Kind.INTERVAL,
        Kind.TIME_OR_INTERVAL,
        Kind.FIELDED,
        Kind.SUMMABLE,
    }:
        return DURATION
    if is_text(dtype) and kind in {Kind.TEXT, Kind.TEXT_OR_BINARY}:
        return TEXT
    if kind == Kind.INTERVAL and is_text_constant(value):
        return DURATION
    taken: dict[Kind, type[pl.DataType]] = {
        Kind.BOOLEAN: pl.Boolean,
        Kind.BINARY: pl.Binary,
        Kind.TEXT_OR_BINARY: pl.Binary,
        Kind.MAP: pl.Map,
        Kind.LIST: pl.List,
    }
    return dtype if kind in taken and isinstance(dtype, taken[kind]) else None


def number_target(kind: Kind, dtype: pl.DataType) -> pl.DataType | None:
    """Return the type that a number is handed over as."""
    if kind in {Kind.NUMBER, Kind.SUMMABLE}:
        return dtype
    if kind == Kind.FLOAT:
        return FLOAT64
    return INT64 if kind == Kind.INTEGER and dtype.is_integer() else None
