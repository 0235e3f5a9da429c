"""last_value(x): the value of the last row of the frame."""

from query_engine.functions.function import Example, Kind, Parameter, same_as
from query_engine.functions.window import Seen, WindowFunction
from query_engine.windows.rows import Ints


def positions(seen: Seen) -> Ints:
    """Pick from the frame."""
    return seen.nth(-1)


LAST_VALUE = WindowFunction(
    name="last_value",
    parameters=(Parameter("x", Kind.ANY),),
    returns=same_as(0),
    positions=positions,
    framed=True,
    takes_nulls=True,
    doc=(
        "The value of the last row of the frame, which ends at the row's last peer where none is "
        "written; with IGNORE NULLS of the last that has a value."
    ),
    examples=(
        Example(
            "SELECT min(n) "
            "FROM (SELECT last_value(x) OVER (ORDER BY x DESC NULLS LAST) AS n FROM t)",
            "1",
        ),
    ),
)
