"""Functions of the rows of a group, in the order of the reference page."""

from query_engine.functions.aggregates.any_value import ANY_VALUE
from query_engine.functions.aggregates.approx_distinct import APPROX_DISTINCT
from query_engine.functions.aggregates.approx_median import APPROX_MEDIAN
from query_engine.functions.aggregates.approx_percentile_cont import APPROX_PERCENTILE_CONT
from query_engine.functions.aggregates.approx_percentile_cont_with_weight import (
    APPROX_PERCENTILE_CONT_WITH_WEIGHT,
)
from query_engine.functions.aggregates.array_agg import ARRAY_AGG
from query_engine.functions.aggregates.avg import AVG
from query_engine.functions.aggregates.bit_and import BIT_AND
from query_engine.functions.aggregates.bit_or import BIT_OR
from query_engine.functions.aggregates.bit_xor import BIT_XOR
from query_engine.functions.aggregates.bool_and import BOOL_AND
from query_engine.functions.aggregates.bool_or import BOOL_OR
from query_engine.functions.aggregates.corr import CORR
from query_engine.functions.aggregates.count import COUNT
from query_engine.functions.aggregates.count_if import COUNT_IF
from query_engine.functions.aggregates.covar_pop import COVAR_POP
from query_engine.functions.aggregates.covar_samp import COVAR_SAMP
from query_engine.functions.aggregates.first_value import FIRST_VALUE
from query_engine.functions.aggregates.kurtosis import KURTOSIS
from query_engine.functions.aggregates.last_value import LAST_VALUE
from query_engine.functions.aggregates.max import MAX
from query_engine.functions.aggregates.max_by import MAX_BY
from query_engine.functions.aggregates.median import MEDIAN
from query_engine.functions.aggregates.min import MIN
from query_engine.functions.aggregates.min_by import MIN_BY
from query_engine.functions.aggregates.mode import MODE
from query_engine.functions.aggregates.nth_value import NTH_VALUE
from query_engine.functions.aggregates.regr_avgx import REGR_AVGX
from query_engine.functions.aggregates.regr_avgy import REGR_AVGY
from query_engine.functions.aggregates.regr_count import REGR_COUNT
from query_engine.functions.aggregates.regr_intercept import REGR_INTERCEPT
from query_engine.functions.aggregates.regr_r2 import REGR_R2
from query_engine.functions.aggregates.regr_slope import REGR_SLOPE
from query_engine.functions.aggregates.regr_sxx import REGR_SXX
from query_engine.functions.aggregates.regr_sxy import REGR_SXY
from query_engine.functions.aggregates.regr_syy import REGR_SYY
from query_engine.functions.aggregates.skewness import SKEWNESS
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
    APPROX_MEDIAN,
    APPROX_PERCENTILE_CONT,
    APPROX_PERCENTILE_CONT_WITH_WEIGHT,
    ARRAY_AGG,
    AVG,
    BIT_AND,
    BIT_OR,
    BIT_XOR,
    BOOL_AND,
    BOOL_OR,
    CORR,
    COUNT,
    COUNT_IF,
    COVAR_POP,
    COVAR_SAMP,
    FIRST_VALUE,
    KURTOSIS,
    LAST_VALUE,
    MAX,
    MAX_BY,
    MEDIAN,
    MIN,
    MIN_BY,
    MODE,
    NTH_VALUE,
    REGR_AVGX,
    REGR_AVGY,
    REGR_COUNT,
    REGR_INTERCEPT,
    REGR_R2,
    REGR_SLOPE,
    REGR_SXX,
    REGR_SXY,
    REGR_SYY,
    SKEWNESS,
    STDDEV,
    STDDEV_POP,
    STRING_AGG,
    SUM,
    VAR,
    VAR_POP,
)
