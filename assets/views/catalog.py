"""
Every view of ours, and the views that a program knows at a moment: ours and what operators define.

The assets, the SQL catalog and the reference page are derived from it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from assets.errors import NotFound
from assets.views.async_events import ASYNC_EVENTS
from assets.views.blocks import BLOCKS
from assets.views.images import IMAGES
from assets.views.lake_checks import LAKE_CHECKS
from assets.views.log_entries import LOG_ENTRIES
from assets.views.log_stats import LOG_STATS
from assets.views.measure_histograms import MEASURE_HISTOGRAMS
from assets.views.measure_stats import MEASURE_STATS
from assets.views.measures import MEASURES
from assets.views.otel_span_stats import OTEL_SPAN_STATS
from assets.views.otel_spans import OTEL_SPANS
from assets.views.probe_rounds import PROBE_ROUNDS
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
    ASYNC_EVENTS,
    IMAGES,
    MEASURE_HISTOGRAMS,
    OTEL_SPANS,
    OTEL_SPAN_STATS,
    MEASURE_STATS,
)
"""Kept as Delta tables plus a tail; a view stands after its sources."""

LIVE_VIEWS: tuple[LiveView, ...] = (
    PROCESSES,
    STREAMS,
    BLOCKS,
    QUARANTINE,
    REPEATED_BLOCKS,
    LAKE_CHECKS,
    PROBE_ROUNDS,
)
"""Answered from Postgres."""


@dataclass(frozen=True, slots=True)
class Views:
    """
    The views that there are at a moment. Whoever works on more than one asks the same value.

    Attributes:
        materialized: Kept as Delta tables plus a tail; a view stands after its sources.
        live: Answered from Postgres.
    """

    materialized: tuple[View, ...] = VIEWS
    live: tuple[LiveView, ...] = LIVE_VIEWS

    @property
    def continuous(self) -> tuple[View, ...]:
        """Those that are materialized for all processes, hour by hour."""
        return tuple(view for view in self.materialized if view.scope == "global")

    @property
    def in_from(self) -> tuple[View | LiveView, ...]:
        """Those that a query names like tables; the others are opened by a function."""
        return (*self.continuous, *self.live)

    def find(self, name: str) -> View | LiveView | None:
        """Return the view of that name, of either kind."""
        views: tuple[View | LiveView, ...] = (*self.materialized, *self.live)
        return next((view for view in views if view.name == name), None)

    def named(self, name: str) -> View:
        """
        Return the materialized view of that name.

        Raises:
            NotFound: There is none; the message lists those there are.
        """
        for view in self.materialized:
            if view.name == name:
                return view
        known = ", ".join(view.name for view in self.materialized)
        raise NotFound(f"no view {name!r}; there are: {known}")

    def chosen(self, names: Sequence[str]) -> tuple[View, ...]:
        """
        Return the materialized views of these names; all of them if none is named.

        Raises:
            NotFound: There is no such view.
        """
        return tuple(self.named(name) for name in names) if names else self.materialized


BUILT_IN = Views()


def built_in() -> Views:
    """Return the views of ours: what a program knows that asks for no others."""
    return BUILT_IN


def view_named(name: str) -> View:
    """Return the materialized view of ours of that name; raises NotFound."""
    return BUILT_IN.named(name)


def source_of(view: View, name: str) -> View:
    """Return the view that another one is built from, by its name there."""
    return view.inputs.get(name) or view_named(name)
