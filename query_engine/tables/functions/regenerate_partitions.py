"""regenerate_partitions(view, begin, end, seconds): asks for hours to be built anew."""

from assets.storage.metadata.requests import Wish
from assets.views.catalog import Views
from query_engine.sql.catalog import UNKNOWN
from query_engine.sql.errors import SqlError
from query_engine.tables.functions.function import LakeFunction, text, time_ns
from query_engine.tables.functions.requests import (
    HOUR_NS,
    ROWS,
    Asking,
    global_view,
    hours_inside,
    seconds_of,
    shown,
)

NAME = "regenerate_partitions"


def opens(views: Views, view_name: object, begin: object, end: object, delta: object) -> Asking:
    """Check the arguments: a whole number of partitions, between whole hours."""
    view = global_view(NAME, views, text(NAME, "a view's name", view_name))
    low, high = time_ns(NAME, "begin", begin), time_ns(NAME, "end", end)
    if UNKNOWN in {delta, begin, end}:
        return Asking(None)
    width = seconds_of(NAME, delta) * 1_000_000_000
    if high <= low or (high - low) % width:
        raise SqlError(f"{NAME}: the range has to be a positive multiple of the width")
    if low % HOUR_NS or high % HOUR_NS:
        raise SqlError(f"{NAME}: partitions begin and end at full hours (UTC)")
    hours = hours_inside(NAME, low, high)
    assert hours is not None, "the range has an hour at least"
    reason = f"SQL: regenerate {view.name} {shown(*hours)}"
    return Asking(Wish("rebuild", view.name, None, *hours, reason), failure_ends=True)


REGENERATE_PARTITIONS = LakeFunction(
    name=NAME,
    written="regenerate_partitions('<view>', <begin>, <end>, <seconds>)",
    opens=opens,
    of_views=True,
    counts=range(4, 5),
    doc=(
        "Asks Dagster to replace hours of insert time of a view's table by what their blocks say "
        "now, and shows how it goes. The range is a whole number of partitions of so many seconds, "
        "from full hour to full hour. A request that fails is an error."
    ),
    rows=ROWS,
    admin=True,
)
