"""The files that an append writes: how columns lie in them, and how large they may be."""

from random import Random

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from assets.storage.lake import Lake
from assets.storage.tables import append
from assets.storage.tables.limits import REPEATS_SAMPLE_ROWS, REPEATS_SHARE
from tests.assets.storage.tables.sample import ONE, SPEC, TWO, cover, names, newest, rows


def test_rows_that_one_put_cannot_carry_become_several_files(
    lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    OBJECT_BYTES_MAX costs files, never a row; what a row takes alone is written all the same.
    """
    monkeypatch.setattr("assets.storage.tables.data_files.OBJECT_BYTES_MAX", 4_000)
    letters = [f"{at:03}" for at in range(300)]
    append(lake, SPEC, newest(lake), rows(ONE, letters), cover(1, ONE))
    files = newest(lake).files
    assert files.height > 1
    assert files["num_records"].sum() == 300
    assert names(lake) == letters
    monkeypatch.setattr("assets.storage.tables.data_files.OBJECT_BYTES_MAX", 1)
    append(lake, SPEC, newest(lake), rows(TWO, "ab"), cover(1, TWO))
    assert newest(lake).files.height == files.height + 2


def test_a_column_has_a_dictionary_where_its_values_repeat(lake: Lake) -> None:
    """
    One of which more than REPEATS_SHARE of REPEATS_SAMPLE_ROWS differ has none; of fewer rows all
    have one. A text that all rows have reads as any other.
    """
    rnd = Random(1)
    many = [f"{rnd.random()}" for _ in range(2 * REPEATS_SAMPLE_ROWS)]
    append(lake, SPEC, newest(lake), rows(ONE, many), cover(1, ONE))
    append(lake, SPEC, newest(lake), rows(TWO, many[:9]), cover(1, TWO))
    files = newest(lake).files.sort("num_records", descending=True)["path"]
    large, small = (pq.ParquetFile(path).metadata.row_group(0).to_dict() for path in files)
    encodings = [
        {column["path_in_schema"]: column["encodings"] for column in group["columns"]}
        for group in (large, small)
    ]
    assert REPEATS_SHARE < 1
    assert "RLE_DICTIONARY" not in encodings[0]["name"]
    assert "RLE_DICTIONARY" in encodings[0]["process_id"]
    assert "RLE_DICTIONARY" in encodings[1]["name"]
    assert pq.read_table(files[0], partitioning=None)["process_id"].type == pa.string()
    assert names(lake) == sorted(many + many[:9])
