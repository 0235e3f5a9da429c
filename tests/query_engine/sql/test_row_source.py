"""Sources of rows answer what the engine asks of them, and make no more than that."""

from collections.abc import Iterator

import polars as pl

from query_engine.sql.row_source import wanted


def parts(made: list[int]) -> Iterator[pl.DataFrame]:
    """Three parts of three rows; what is made is noted."""
    for number in range(3):
        made.append(number)
        yield pl.DataFrame({"a": [0, 1, 2], "b": [number] * 3})


def test_rows_are_filtered_before_columns_are_left_out_and_counted_after() -> None:
    """
    The predicate may read a column that is not asked for; the limit counts rows that pass it.
    """
    made: list[int] = []
    found = pl.concat(list(wanted(parts(made), ["b"], pl.col("a") > 0, 3)))
    assert found.rows() == [(0,), (0,), (1,)]
    assert made == [0, 1]


def test_a_source_that_is_asked_for_everything_gives_everything() -> None:
    """
    Without a limit every part is made.
    """
    made: list[int] = []
    assert sum(part.height for part in wanted(parts(made), None, None, None)) == 9
    assert made == [0, 1, 2]
