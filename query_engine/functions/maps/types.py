"""The types of keys and values of a map."""

from collections.abc import Sequence

import polars as pl

from query_engine.functions.function import Argument


def key_type(dtype: pl.DataType) -> pl.DataType:
    """Return the type of the keys of a map type."""
    assert isinstance(dtype, pl.Map), "the parameter takes maps only"
    found = dtype.key() if isinstance(dtype.key, type) else dtype.key
    assert isinstance(found, pl.DataType), "the keys of a map have a type"
    return found


def value_type(dtype: pl.DataType) -> pl.DataType:
    """Return the type of the values of a map type."""
    assert isinstance(dtype, pl.Map), "the parameter takes maps only"
    found = dtype.value() if isinstance(dtype.value, type) else dtype.value
    assert isinstance(found, pl.DataType), "the values of a map have a type"
    return found


def entry_list(dtype: pl.DataType) -> pl.DataType:
    """Return the type of the array of the entries of a map type."""
    return pl.List(pl.Struct({"key": key_type(dtype), "value": value_type(dtype)}))


def values_of(arguments: Sequence[Argument]) -> pl.DataType:
    """An array of what the map's values are."""
    return pl.List(value_type(arguments[0].dtype))
