"""What functions make is bounded: a mistake in a number does not cost the service its memory."""

import polars as pl
import pytest

from query_engine.functions.limits import ARRAY_ITEMS_MAX, FACTORIAL_MAX, TEXT_CHARS_MAX
from query_engine.sql import plan
from query_engine.sql.errors import SqlError
from tests.query_engine.sql.memory import MemoryCatalog

TABLE = pl.DataFrame({"one": [1]})


def answer(expression: str) -> object:
    """Return the value of an expression over a table of one row."""
    frame = plan(f"SELECT {expression} FROM t", MemoryCatalog(t=TABLE), now_ns=0)
    return frame.collect().item()


@pytest.mark.parametrize(
    ("expression", "most"),
    [
        ("length(repeat('x', {} * one))", TEXT_CHARS_MAX),
        ("length(lpad('x', {} * one))", TEXT_CHARS_MAX),
        ("array_length(array_repeat(0, {} * one))", ARRAY_ITEMS_MAX),
        ("array_length(array_resize(make_array(0), {} * one))", ARRAY_ITEMS_MAX),
        ("array_length(range({} * one))", ARRAY_ITEMS_MAX),
        ("array_length(range(0, {} * one, 1))", ARRAY_ITEMS_MAX),
        ("FACTORIAL_MAX + (factorial({} * one) > 0)::INT - 1", FACTORIAL_MAX),
    ],
)
def test_what_a_value_asks_for_is_made_up_to_the_limit(expression: str, most: int) -> None:
    """
    At the limit there is an answer; one more is refused with the limit in the message.
    """
    expression = expression.replace("FACTORIAL_MAX", str(FACTORIAL_MAX))
    assert answer(expression.format(most)) == most
    with pytest.raises((SqlError, pl.exceptions.PolarsError), match=str(most)):
        answer(expression.format(most + 1))


def test_a_series_of_moments_stops_at_the_limit() -> None:
    """
    A step of a nanosecond over a day is refused before the array is made.
    """
    day = "TIMESTAMP '2024-01-01', TIMESTAMP '2024-01-02'"
    with pytest.raises(pl.exceptions.PolarsError, match=str(ARRAY_ITEMS_MAX)):
        answer(f"array_length(range({day}, INTERVAL '1 nanosecond'))")
