"""Functions in FROM that make rows of values, in the order of the reference page."""

from query_engine.functions.table_function import RowFunction
from query_engine.functions.tables.expand_histogram import EXPAND_HISTOGRAM
from query_engine.functions.tables.jsonb_array_elements import JSONB_ARRAY_ELEMENTS
from query_engine.functions.tables.jsonb_each import JSONB_EACH

ROW_FUNCTIONS: tuple[RowFunction, ...] = (
    EXPAND_HISTOGRAM,
    JSONB_ARRAY_ELEMENTS,
    JSONB_EACH,
)

ROWS_BY_NAME: dict[str, RowFunction] = {
    name: function for function in ROW_FUNCTIONS for name in (function.name, *function.aliases)
}
