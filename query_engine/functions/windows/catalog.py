"""Every window function that is no aggregate, in the order of the reference page."""

from query_engine.functions.window import WindowFunction
from query_engine.functions.windows.cume_dist import CUME_DIST
from query_engine.functions.windows.dense_rank import DENSE_RANK
from query_engine.functions.windows.first_value import FIRST_VALUE
from query_engine.functions.windows.lag import LAG
from query_engine.functions.windows.last_value import LAST_VALUE
from query_engine.functions.windows.lead import LEAD
from query_engine.functions.windows.nth_value import NTH_VALUE
from query_engine.functions.windows.ntile import NTILE
from query_engine.functions.windows.percent_rank import PERCENT_RANK
from query_engine.functions.windows.rank import RANK
from query_engine.functions.windows.row_number import ROW_NUMBER

WINDOWS: tuple[WindowFunction, ...] = (
    ROW_NUMBER,
    RANK,
    DENSE_RANK,
    PERCENT_RANK,
    CUME_DIST,
    NTILE,
    LAG,
    LEAD,
    FIRST_VALUE,
    LAST_VALUE,
    NTH_VALUE,
)

WINDOWS_BY_NAME: dict[str, WindowFunction] = {
    name: function for function in WINDOWS for name in (function.name, *function.aliases)
}
