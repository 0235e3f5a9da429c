"""lead(x, offset, default): the value of the row so many rows after in the partition."""

from query_engine.functions.function import Example, Kind, Parameter, same_as
from query_engine.functions.window import Seen, WindowFunction
from query_engine.windows.rows import Ints


def positions(seen: Seen, offset: int = 1) -> Ints:
    """Go ahead."""
    return seen.neighbour(offset)


LEAD = WindowFunction(
    name="lead",
    parameters=(
        Parameter("x", Kind.SAME),
        Parameter("offset", Kind.INTEGER, constant=True, optional=True),
        Parameter("default", Kind.SAME, optional=True),
    ),
    returns=same_as(0),
    positions=positions,
    takes_nulls=True,
    doc=(
        "The value of the row that is offset rows after in the partition (1 if left out); "
        "default, or NULL, where there is none. IGNORE NULLS does not count rows that are NULL."
    ),
    examples=(
        Example(
            "SELECT array_agg(n ORDER BY n) "
            "FROM (SELECT lead(x, 1, 0) OVER (ORDER BY x) AS n FROM t)",
            "[0, 2, 2, NULL]",
        ),
    ),
)
