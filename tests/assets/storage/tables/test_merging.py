"""The external sort: the same rows in the same order, whether or not they fit into memory."""

from pathlib import Path
from random import Random

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from assets.storage.tables import limits
from assets.storage.tables.merging import Sorter

KEYS = ("process", "time", "value")


def rows(count: int) -> pl.DataFrame:
    """Rows with few different keys, NULL and NaN among them, each row with a number of its own."""
    rnd = Random(7)
    values = [None, float("nan"), -1.0, 0.0, 2.5, float("inf")]
    return pl.DataFrame(
        {
            "process": [rnd.choice(["a", "b", "ü", None]) for _ in range(count)],
            "time": [rnd.randrange(50) for _ in range(count)],
            "value": [rnd.choice(values) for _ in range(count)],
            "number": list(range(count)),
        }
    )


@pytest.mark.parametrize("pieces", [1, 7, 60])
@pytest.mark.parametrize("memory_bytes", [1, 40_000, 10**9])
def test_rows_come_out_as_if_sorted_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pieces: int, memory_bytes: int
) -> None:
    """
    Any number of runs, more than are read side by side too; nothing is left on disk but runs.
    """
    monkeypatch.setattr("assets.storage.tables.merging.MERGE_BATCH_ROWS_MIN", 5)
    monkeypatch.setattr("assets.storage.tables.merging.MERGE_FAN_IN", 4)
    everything = rows(3000)
    sorter = Sorter(KEYS, memory_bytes, tmp_path)
    for piece in everything.iter_slices(3000 // pieces):
        sorter.add(piece)
    assert (sorter.runs > 0) == (memory_bytes < 10**9)
    found = pl.concat(sorter.sorted())
    whole = everything.sort(KEYS, nulls_last=True)
    assert_frame_equal(found.select(KEYS), whole.select(KEYS))
    assert_frame_equal(found.sort("number"), everything)


def test_without_keys_all_rows_come_out(tmp_path: Path) -> None:
    """
    A view that names no order has its rows in any.
    """
    sorter = Sorter((), 1, tmp_path)
    for piece in rows(5000).iter_slices(1000):
        sorter.add(piece)
    assert_frame_equal(pl.concat(sorter.sorted()).sort("number"), rows(5000))


def test_no_rows_are_no_pieces(tmp_path: Path) -> None:
    """
    Neither without rows nor with a piece of none.
    """
    sorter = Sorter(KEYS, 1000, tmp_path)
    sorter.add(rows(0))
    assert list(sorter.sorted()) == []


def test_memory_is_shared_out(tmp_path: Path) -> None:
    """
    A run takes MERGE_RUN_SHARE of the memory, what is read of MERGE_FAN_IN runs as much again.
    """
    assert limits.MERGE_RUN_SHARE * limits.MERGE_FAN_IN <= limits.MERGE_BATCH_SHARE
    assert limits.MERGE_FIRST_ROWS >= limits.MERGE_BATCH_ROWS_MIN
    everything = rows(20_000)
    sorter = Sorter(KEYS, limits.MERGE_RUN_SHARE * int(everything.estimated_size()), tmp_path)
    sorter.add(everything.head(19_000))
    assert sorter.runs == 0
    sorter.add(everything)
    assert sorter.runs == 1
