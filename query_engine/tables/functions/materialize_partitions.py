"""materialize_partitions(view, begin, end, seconds): asks for the rows that a table misses."""

from assets.storage.metadata.requests import Wish
from assets.views.catalog import Views
from query_engine.sql.catalog import UNKNOWN
from query_engine.tables.functions.function import LakeFunction, text, time_ns
from query_engine.tables.functions.requests import (
    ROWS,
    Asking,
    global_view,
    hours_inside,
    seconds_of,
    shown,
)

NAME = "materialize_partitions"


def opens(views: Views, view_name: object, begin: object, end: object, delta: object) -> Asking:
    """Check the arguments; only whole buckets from *begin* on count, and of those whole hours."""
    view = global_view(NAME, views, text(NAME, "a view's name", view_name))
    low, high = time_ns(NAME, "begin", begin), time_ns(NAME, "end", end)
    if delta is UNKNOWN:
        return Asking(None)
    width = seconds_of(NAME, delta) * 1_000_000_000
    whole = low + max(0, high - low) // width * width
    hours = hours_inside(NAME, low, whole)
    if hours is None:
        return Asking(None, "no whole hour of insert time lies in the range")
    reason = f"SQL: materialize {view.name} {shown(*hours)}"
    return Asking(Wish("materialize", view.name, None, *hours, reason))


MATERIALIZE_PARTITIONS = LakeFunction(
    name=NAME,
    written="materialize_partitions('<view>', <begin>, <end>, <seconds>)",
    opens=opens,
    of_views=True,
    counts=range(4, 5),
    doc=(
        "Asks Dagster to append what the table of a view misses of the hours of insert time in a "
        "range, of which whole partitions of so many seconds count, and shows how it goes. A "
        "request that fails says so in its last row. Asked twice, it is done once."
    ),
    rows=ROWS,
    admin=True,
)
