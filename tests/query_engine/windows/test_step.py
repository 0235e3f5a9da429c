"""The step of a plan that computes windows."""

import pickle

import polars as pl

from query_engine.windows.frame import WHOLE
from query_engine.windows.rows import SortKey
from query_engine.windows.step import Computed, Over, WindowStep

INT64 = pl.Int64()


def test_a_step_travels_to_another_process() -> None:
    """
    Plans are executed elsewhere: the step is made of names, values and expressions only.
    """
    median = Computed("m", pl.Float64(), "", ("v",), (), WHOLE, aggregate=pl.col("v").median())
    number = Computed("n", INT64, "row_number", (), (), WHOLE)
    step = WindowStep((Over(("g",), (SortKey("v", True, False),), (median, number)),))
    frame = pl.DataFrame({"g": [1, 2, 1], "v": [5.0, 6.0, 7.0]})
    there = pickle.loads(pickle.dumps(step))
    assert there(frame).rows() == [(1, 5.0, 6.0, 2), (2, 6.0, 6.0, 1), (1, 7.0, 6.0, 1)]


def test_rows_stay_where_they_are() -> None:
    """
    Windows add columns; the order of rows is the input's, however many windows sort them.
    """
    frame = pl.DataFrame({"v": [3, 1, 2], "w": [1, 2, 3]})
    overs = tuple(
        Over(
            (),
            (SortKey(key, False, True),),
            (Computed(key * 2, pl.Int64(), "rank", (), (), WHOLE),),
        )
        for key in ("v", "w")
    )
    assert WindowStep(overs)(frame).rows() == [(3, 1, 3, 1), (1, 2, 1, 2), (2, 3, 2, 3)]
