"""Functions of the rows of a group, in the order of the reference page."""

from query_engine.functions.aggregates.any_value import ANY_VALUE
from query_engine.functions.aggregates.approx_distinct import APPROX_DISTINCT
from query_engine.functions.aggregates.approx_percentile_cont import APPROX_PERCENTILE_CONT
from query_engine.functions.aggregates.array_agg import ARRAY_AGG
from query_engine.functions.aggregates.avg import AVG
from query_engine.functions.aggregates.bool_and import BOOL_AND
from query_engine.functions.aggregates.bool_or import BOOL_OR
from query_engine.functions.aggregates.count import COUNT
from query_engine.functions.aggregates.first_value import FIRST_VALUE
from query_engine.functions.aggregates.last_value import LAST_VALUE
from query_engine.functions.aggregates.max import MAX
from query_engine.functions.aggregates.median import MEDIAN
from query_engine.functions.aggregates.min import MIN
from query_engine.functions.aggregates.stddev import STDDEV
from query_engine.functions.aggregates.stddev_pop import STDDEV_POP
from query_engine.functions.aggregates.string_agg import STRING_AGG
from query_engine.functions.aggregates.sum import SUM
from query_engine.functions.aggregates.var import VAR
from query_engine.functions.aggregates.var_pop import VAR_POP
from query_engine.functions.function import AggregateFunction

AGGREGATES: tuple[AggregateFunction, ...] = (
    ANY_VALUE,
    APPROX_DISTINCT,
    APPROX_PERCENTILE_CONT,
    ARRAY_AGG,
    AVG,
    BOOL_AND,
    BOOL_OR,
    COUNT,
    FIRST_VALUE,
    LAST_VALUE,
    MAX,
    MEDIAN,
    MIN,
    STDDEV,
    STDDEV_POP,
    STRING_AGG,
    SUM,
    VAR,
    VAR_POP,
)
