"""Elements of arrays: which are the same, and how arrays are put together."""

import math
from collections.abc import Callable, Sequence

import polars as pl

from query_engine.functions.function import Argument
from query_engine.functions.limits import ARRAY_ITEMS_MAX
from query_engine.functions.rowwise import refused

Item = object
"""A value of an array in Python."""


def elements(dtype: pl.DataType) -> pl.DataType:
    """Return the type of the elements of an array type."""
    assert isinstance(dtype, pl.List), "the parameter takes arrays only"
    inner = dtype.inner() if isinstance(dtype.inner, type) else dtype.inner
    assert isinstance(inner, pl.DataType), "the elements of an array have a type"
    return inner


def list_of(index: int) -> Callable[[Sequence[Argument]], pl.DataType]:
    """Return the rule "an array of values of the type of argument *index*"."""
    return lambda arguments: pl.List(arguments[index].dtype)


def key(item: Item) -> object:
    """Return what is equal for equal elements: NULL equals NULL, NaN equals NaN."""
    if isinstance(item, list):
        return tuple(key(inner) for inner in item)
    if isinstance(item, dict):
        return tuple((name, key(inner)) for name, inner in item.items())
    return "NaN" if isinstance(item, float) and math.isnan(item) else item


def same(item: Item, other: Item) -> bool:
    """Tell whether two elements are not distinct; most are told apart without their keys."""
    if item == other:
        return True
    return isinstance(item, float | list | dict) and key(item) == key(other)


def once(items: list[Item]) -> list[Item]:
    """Return each element once, in the order of first places."""
    found: dict[object, Item] = {}
    for item in items:
        found.setdefault(key(item), item)
    return [*found.values()]


def check_size(size: int) -> None:
    """Refuse to make an array that only a mistake asks for."""
    if size > ARRAY_ITEMS_MAX:
        raise refused(f"an array of {size} elements is too long; at most {ARRAY_ITEMS_MAX}")


def or_empty(array: Argument) -> pl.Expr:
    """Return the array, an empty one for NULL."""
    empty = pl.lit(pl.Series([[]], dtype=array.dtype))
    return pl.when(array.expr.is_not_null()).then(array.expr).otherwise(empty)


def single(value: Argument) -> pl.Expr:
    """Return the array of one element; Polars itself would take an array apart."""
    if not value.dtype.is_nested():
        return pl.concat_list(value.expr)
    packed = pl.concat_list(pl.struct(value.expr.alias("x")))
    return packed.list.eval(pl.element().struct.field("x"))


def flattened(array: pl.Expr, dtype: pl.DataType) -> tuple[pl.Expr, pl.DataType]:
    """Return an array of arrays as one array and its type; others as they are."""
    inner = elements(dtype)
    if not isinstance(inner, pl.List):
        return array, dtype
    joined = array.list.eval(pl.element().explode(empty_as_null=False, keep_nulls=False))
    return joined, inner
