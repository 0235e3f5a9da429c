"""first_value(x): the value of the first row of the frame."""

from query_engine.functions.function import Example, Kind, Parameter, same_as
from query_engine.functions.window import Seen, WindowFunction
from query_engine.windows.rows import Ints


def positions(seen: Seen) -> Ints:
    """Pick from the frame."""
    return seen.nth(1)


FIRST_VALUE = WindowFunction(
    name="first_value",
    parameters=(Parameter("x", Kind.ANY),),
    returns=same_as(0),
    positions=positions,
    framed=True,
    takes_nulls=True,
    doc=(
        "The value of the first row of the frame, also if it is NULL; with IGNORE NULLS of the "
        "first that has a value."
    ),
    examples=(
        Example(
            "SELECT max(n) FROM (SELECT first_value(x) OVER (ORDER BY x) AS n FROM t)",
            "1",
        ),
    ),
)
