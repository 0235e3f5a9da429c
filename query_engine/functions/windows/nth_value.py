"""nth_value(x, number): the value of one row of the frame."""

from query_engine.functions.function import Example, Kind, Parameter, same_as
from query_engine.functions.window import Seen, WindowFunction
from query_engine.windows.rows import Ints


def positions(seen: Seen, number: int) -> Ints:
    """Pick from the frame."""
    return seen.nth(number)


NTH_VALUE = WindowFunction(
    name="nth_value",
    parameters=(
        Parameter("x", Kind.ANY),
        Parameter("number", Kind.INTEGER, constant=True),
    ),
    returns=same_as(0),
    positions=positions,
    framed=True,
    takes_nulls=True,
    doc=(
        "The value of the row with this number in the frame, from 1; counted from the frame's "
        "end if negative. NULL where the frame is shorter."
    ),
    examples=(
        Example(
            "SELECT max(n) FROM (SELECT nth_value(x, 3) OVER (ORDER BY x) AS n FROM t)",
            "2",
        ),
    ),
)
