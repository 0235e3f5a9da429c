"""Rows that a plan reads but does not carry."""

import io
from pathlib import Path

import polars as pl
import pytest

from query_engine.limits import PLAN_VALUES_BYTES_MAX
from query_engine.workers.scratch import Scratch

MANY = pl.DataFrame({"n": range(PLAN_VALUES_BYTES_MAX // 8 + 1)})


def test_many_rows_lie_in_a_file_without_a_name(tmp_path):
    """
    The plan stays small; the file has no name and is gone when it is closed.
    """
    scratch = Scratch(tmp_path)
    travelled = scratch.frame(MANY).serialize()
    assert len(travelled) < 4000
    assert list(tmp_path.iterdir()) == []
    arrived = pl.LazyFrame.deserialize(io.BytesIO(travelled))
    assert arrived.collect().equals(MANY)
    scratch.close()
    scratch.close()
    with pytest.raises(FileNotFoundError):
        pl.LazyFrame.deserialize(io.BytesIO(travelled)).collect()


def test_few_rows_are_values_of_the_plan(tmp_path):
    """
    A file costs more than they do.
    """
    scratch = Scratch(Path("/nowhere"))
    assert scratch.frame(MANY.head(5)).collect().height == 5
    scratch.close()


def test_an_error_while_rows_are_made_is_the_callers(tmp_path):
    """
    A cancelled query stops decoding, and says so.
    """

    def parts():
        yield MANY
        raise KeyError("mine")

    scratch = Scratch(tmp_path)
    with pytest.raises(KeyError, match="mine"):
        scratch.frames(MANY.schema, parts())
    scratch.close()
