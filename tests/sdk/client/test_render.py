"""Answers as text: what values of every shape look like."""

import io
import json

import pyarrow as pa

from limnograph.cli.look import Look
from limnograph.cli.table import write_table
from limnograph.client import render

MAP = pa.map_(pa.string(), pa.string())
ROWS = pa.record_batch(
    {
        "m": pa.array([[("a", "1"), ("b", None)], [], None], MAP),
        "l": pa.array([[[("k", "v")], []], [], None], pa.list_(MAP)),
        "s": pa.array([{"m": [], "n": 1}, None, {"m": None, "n": 2}],
                      pa.struct([("m", MAP), ("n", pa.int64())])),
    }
)  # fmt: skip


def result() -> pa.RecordBatchReader:
    """Return an answer of one batch."""
    return pa.RecordBatchReader.from_batches(ROWS.schema, [ROWS])


def test_maps_are_objects_wherever_they_stand_and_however_empty_they_are() -> None:
    """
    An empty map is {}, never []: a reader must not have to guess from the rows what a column is.
    """
    out = io.StringIO()
    assert render.write_ndjson(result(), out) == 3
    assert [json.loads(line) for line in out.getvalue().splitlines()] == [
        {"m": {"a": "1", "b": None}, "l": [{"k": "v"}, {}], "s": {"m": {}, "n": 1}},
        {"m": {}, "l": [], "s": None},
        {"m": None, "l": None, "s": {"m": None, "n": 2}},
    ]


def test_a_table_shows_maps_as_objects_too() -> None:
    """
    What the cells say is what JSON says.
    """
    out = io.StringIO()
    write_table(result(), out, Look())
    assert out.getvalue().splitlines()[3].split() == ["{}", "[]"]
