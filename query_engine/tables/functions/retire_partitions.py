"""retire_partitions(view, instance, begin, end): asks for partitions to be replaced."""

from assets.storage.metadata.requests import Wish
from assets.views.catalog import Views
from query_engine.sql.errors import SqlError
from query_engine.tables.functions.function import LakeFunction, text, time_ns
from query_engine.tables.functions.requests import ROWS, Asking, global_view, hours_inside, shown

NAME = "retire_partitions"


def opens(views: Views, view_name: object, instance: object, begin: object, end: object) -> Asking:
    """Check the arguments; the hours that the range contains count."""
    view = global_view(NAME, views, text(NAME, "a view's name", view_name))
    if text(NAME, "an instance", instance) not in {"", "global"}:
        raise SqlError(
            f"{NAME}: the table of {view.name} is shared by all processes",
            hint="write 'global' as the instance",
        )
    hours = hours_inside(NAME, time_ns(NAME, "begin", begin), time_ns(NAME, "end", end))
    if hours is None:
        return Asking(None, "the range contains no partition")
    reason = f"SQL: retire {view.name} {shown(*hours)}"
    return Asking(Wish("rebuild", view.name, None, *hours, reason))


RETIRE_PARTITIONS = LakeFunction(
    name=NAME,
    written="retire_partitions('<view>', 'global', <begin>, <end>)",
    opens=opens,
    of_views=True,
    counts=range(4, 5),
    doc=(
        "Asks Dagster to replace the partitions of a view's table that a range of insert time "
        "contains, and shows how it goes. A table without a partition would be given it again at "
        "once, since its blocks are still there: so retiring is replacing. Deleting data is a "
        "matter of retention."
    ),
    rows=ROWS,
    admin=True,
)
