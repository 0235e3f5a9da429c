"""map(keys, values): the map of an array of keys and an array of values, or of one of each."""

from collections.abc import Sequence

import polars as pl

from query_engine.functions.arrays.items import elements, key
from query_engine.functions.function import (
    Argument,
    BadArgument,
    Example,
    Kind,
    Parameter,
    ScalarFunction,
)
from query_engine.functions.maps.types import entry_list
from query_engine.functions.rowwise import refused, rowwise


def returns(arguments: Sequence[Argument]) -> pl.DataType:
    """Arrays are taken apart, other values are a map's only key and value."""
    keys, values = arguments
    if isinstance(keys.dtype, pl.List) != isinstance(values.dtype, pl.List):
        raise BadArgument("keys and values are both arrays, or neither is", index=1)
    if isinstance(keys.dtype, pl.List):
        return pl.Map(elements(keys.dtype), elements(values.dtype))
    return pl.Map(keys.dtype, values.dtype)


def entries(keys: list[object], values: list[object]) -> list[dict[str, object]]:
    """Pair keys and values; each key stands once."""
    if len(keys) != len(values):
        raise refused(f"map takes as many values as keys, not {len(values)} for {len(keys)}")
    if any(item is None for item in keys):
        raise refused("a key of a map is not NULL")
    if len({key(item) for item in keys}) < len(keys):
        raise refused("a map has each key once")
    return [{"key": k, "value": v} for k, v in zip(keys, values, strict=True)]


def build(keys: Argument, values: Argument) -> pl.Expr:
    """Make the entries and read them as a map."""
    dtype = returns([keys, values])
    if isinstance(keys.dtype, pl.List):
        return rowwise(entries, [keys, values], entry_list(dtype)).cast(dtype)
    return pl.concat_list(pl.struct(key=keys.expr, value=values.expr)).cast(dtype)


MAP = ScalarFunction(
    name="map",
    group="Maps",
    parameters=(Parameter("keys", Kind.ANY), Parameter("values", Kind.ANY)),
    returns=returns,
    build=build,
    doc="The map of an array of keys and an array of values, or of one key and one value.",
    examples=(Example("SELECT map(make_array('a', 'b'), make_array(1, 2))['b']", "2"),),
    aliases=("make_map",),
)
