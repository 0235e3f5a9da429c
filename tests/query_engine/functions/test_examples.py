"""Every function of the catalog: documented, and its examples are true."""

from pathlib import Path

import polars as pl
import pytest

from query_engine.functions import reference
from query_engine.functions.catalog import (
    AGGREGATES,
    AGGREGATES_BY_NAME,
    EVERY_FUNCTION,
    FUNCTIONS,
    SCALARS_BY_NAME,
    WINDOWS,
    WINDOWS_BY_NAME,
)
from query_engine.functions.function import Example
from query_engine.functions.tables.catalog import ROW_FUNCTIONS, ROWS_BY_NAME
from query_engine.sql import plan
from tests.query_engine.sql.memory import MemoryCatalog

EVERY = (*EVERY_FUNCTION, *ROW_FUNCTIONS)
EXAMPLES = [
    pytest.param(example, id=f"{function.name}-{number}")
    for function in EVERY
    for number, example in enumerate(function.examples)
]
TABLE = pl.DataFrame({"x": [1, 2, 2, None]}, schema={"x": pl.Int64()})


@pytest.mark.parametrize("example", EXAMPLES)
def test_the_example_of_the_reference_is_true(example: Example) -> None:
    """
    The reference page promises a value for each example; the engine yields exactly it.
    """
    frame = plan(example.sql, MemoryCatalog(t=TABLE), now_ns=1_770_000_000_000_000_000).collect()
    assert frame.shape == (1, 1)
    assert reference.printed(frame.to_dicts()[0][frame.columns[0]]) == example.result


def test_no_two_functions_share_a_name() -> None:
    """
    A name means one function; an alias that shadows another function would be a silent change.
    """
    every_row = (*FUNCTIONS, *AGGREGATES, *ROW_FUNCTIONS)
    names = [name for function in every_row for name in (function.name, *function.aliases)]
    assert (
        len(names)
        == len(set(names))
        == sum(map(len, (SCALARS_BY_NAME, AGGREGATES_BY_NAME, ROWS_BY_NAME)))
    )
    assert len(WINDOWS) == len(WINDOWS_BY_NAME)
    assert not WINDOWS_BY_NAME.keys() & SCALARS_BY_NAME.keys()


@pytest.mark.parametrize("function", EVERY, ids=lambda function: function.name)
def test_the_function_is_documented(function: object) -> None:
    """
    A function without a sentence and an example does not exist for a user.
    """
    assert function.doc.endswith(".")
    assert function.examples


def test_the_reference_page_is_up_to_date() -> None:
    """
    docs/functions.md is what the catalog says; run the module named in its head to refresh it.
    """
    written = Path(__file__).resolve().parents[3] / "docs" / "functions.md"
    assert written.read_text() == reference.page()
