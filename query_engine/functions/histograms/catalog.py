"""Functions of histograms, in the order of the reference page."""

from query_engine.functions.function import AggregateFunction, ScalarFunction
from query_engine.functions.histograms.count_from_histogram import COUNT_FROM_HISTOGRAM
from query_engine.functions.histograms.increase_of_ranges import INCREASE_OF_RANGES
from query_engine.functions.histograms.make_histogram import MAKE_HISTOGRAM
from query_engine.functions.histograms.make_ranges import MAKE_RANGES
from query_engine.functions.histograms.quantile_from_histogram import QUANTILE_FROM_HISTOGRAM
from query_engine.functions.histograms.quantile_from_ranges import QUANTILE_FROM_RANGES
from query_engine.functions.histograms.sum_from_histogram import SUM_FROM_HISTOGRAM
from query_engine.functions.histograms.sum_histograms import SUM_HISTOGRAMS
from query_engine.functions.histograms.sum_ranges import SUM_RANGES
from query_engine.functions.histograms.variance_from_histogram import VARIANCE_FROM_HISTOGRAM

HISTOGRAM_AGGREGATES: tuple[AggregateFunction, ...] = (
    MAKE_HISTOGRAM,
    SUM_HISTOGRAMS,
    SUM_RANGES,
    INCREASE_OF_RANGES,
)

HISTOGRAM_SCALARS: tuple[ScalarFunction, ...] = (
    COUNT_FROM_HISTOGRAM,
    QUANTILE_FROM_HISTOGRAM,
    MAKE_RANGES,
    QUANTILE_FROM_RANGES,
    SUM_FROM_HISTOGRAM,
    VARIANCE_FROM_HISTOGRAM,
)
