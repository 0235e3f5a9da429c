"""
Every SQL function, in the order of the reference page; each group lists its own.

Adding a function is one file and its line in the catalog of its group.
"""

from query_engine.functions.aggregates.catalog import AGGREGATES as PLAIN_AGGREGATES
from query_engine.functions.arrays.catalog import ARRAYS
from query_engine.functions.choice.catalog import CHOICE
from query_engine.functions.color.catalog import COLORS
from query_engine.functions.function import AggregateFunction, ScalarFunction
from query_engine.functions.hashing.catalog import HASHING
from query_engine.functions.histograms.catalog import HISTOGRAM_AGGREGATES, HISTOGRAM_SCALARS
from query_engine.functions.json.catalog import JSON
from query_engine.functions.maps.catalog import MAPS
from query_engine.functions.math.catalog import MATH
from query_engine.functions.payloads.catalog import PAYLOADS
from query_engine.functions.properties.catalog import PROPERTIES
from query_engine.functions.structs.catalog import STRUCTS
from query_engine.functions.text.catalog import TEXT
from query_engine.functions.time.catalog import TIME
from query_engine.functions.window import WindowFunction
from query_engine.functions.windows.catalog import WINDOWS, WINDOWS_BY_NAME

__all__ = [
    "AGGREGATES",
    "AGGREGATES_BY_NAME",
    "EVERY_FUNCTION",
    "FUNCTIONS",
    "SCALARS_BY_NAME",
    "WINDOWS",
    "WINDOWS_BY_NAME",
]

FUNCTIONS: tuple[ScalarFunction, ...] = (
    *MATH,
    *TEXT,
    *HASHING,
    *TIME,
    *CHOICE,
    *ARRAYS,
    *MAPS,
    *STRUCTS,
    *PROPERTIES,
    *JSON,
    *COLORS,
    *HISTOGRAM_SCALARS,
    *PAYLOADS,
)

AGGREGATES: tuple[AggregateFunction, ...] = (*PLAIN_AGGREGATES, *HISTOGRAM_AGGREGATES)

SCALARS_BY_NAME: dict[str, ScalarFunction] = {
    name: function for function in FUNCTIONS for name in (function.name, *function.aliases)
}
AGGREGATES_BY_NAME: dict[str, AggregateFunction] = {
    name: function for function in AGGREGATES for name in (function.name, *function.aliases)
}

EVERY_FUNCTION: tuple[ScalarFunction | AggregateFunction | WindowFunction, ...] = (
    *FUNCTIONS,
    *AGGREGATES,
    *WINDOWS,
)
"""All of them; first_value, last_value and nth_value are an aggregate and a window function."""
