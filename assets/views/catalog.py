"""Every view there is; the assets, the SQL catalog and the reference page are derived from it."""

from assets.errors import NotFound
from assets.views.blocks import BLOCKS
from assets.views.images import IMAGES
from assets.views.lake_checks import LAKE_CHECKS
from assets.views.log_entries import LOG_ENTRIES
from assets.views.log_stats import LOG_STATS
from assets.views.measure_histograms import MEASURE_HISTOGRAMS
from assets.views.measures import MEASURES
from assets.views.otel_span_stats import OTEL_SPAN_STATS
from assets.views.otel_spans import OTEL_SPANS
from assets.views.processes import PROCESSES
from assets.views.quarantine import QUARANTINE
from assets.views.repeated_blocks import REPEATED_BLOCKS
from assets.views.streams import STREAMS
from assets.views.thread_spans import THREAD_SPANS
from assets.views.view import LiveView, View

VIEWS: tuple[View, ...] = (
    LOG_ENTRIES,
    MEASURES,
    LOG_STATS,
    THREAD_SPANS,
    IMAGES,
    MEASURE_HISTOGRAMS,
    OTEL_SPANS,
    OTEL_SPAN_STATS,
)
"""Kept as Delta tables plus a tail; a view stands after its sources."""

LIVE_VIEWS: tuple[LiveView, ...] = (
    PROCESSES,
    STREAMS,
    BLOCKS,
    QUARANTINE,
    REPEATED_BLOCKS,
    LAKE_CHECKS,
)
"""Answered from Postgres."""

_BY_NAME = {view.name: view for view in VIEWS}


def view_named(name: str) -> View:
    """
    Return the materialized view of that name.

    Raises:
        NotFound: There is none; the message lists those there are.
    """
    try:
        return _BY_NAME[name]
    except KeyError:
        raise NotFound(f"no view {name!r}; there are: {', '.join(_BY_NAME)}") from None
