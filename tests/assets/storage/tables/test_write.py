"""Rows and coverage land together, exactly once, or not at all."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from assets.errors import LimitExceeded
from assets.storage.lake import Lake
from assets.storage.layout import Slice
from assets.storage.tables import (
    NO_TABLE,
    OtherVersion,
    TableRefused,
    WriteConflict,
    append,
    limits,
    replace_slices,
)
from assets.storage.tables.spec import open_table
from tests.assets.storage.tables.sample import (
    NOON,
    ONE,
    PER_PROCESS,
    SPEC,
    THREE,
    TWO,
    cover,
    frame,
    names,
    newest,
    rows,
)


def test_rows_and_coverage_of_many_slices_land_in_one_commit(any_lake: Lake) -> None:
    """
    One append is one version: all rows, all coverage; the table is made by the first.
    """
    base = newest(any_lake)
    assert (base.version, base.files.height) == (NO_TABLE, 0)
    data = pa.concat_tables([rows(ONE, "ab"), rows(TWO, "c")])
    version = append(any_lake, SPEC, base, data, cover(7, ONE, TWO, THREE))
    after = newest(any_lake)
    assert after.version == version == 1
    assert after.coverages() == cover(7, ONE, TWO, THREE)
    assert after.covered(1) == {ONE: 7, TWO: 7, THREE: 7}
    assert names(any_lake) == ["a", "b", "c"]


def test_an_append_without_rows_moves_the_coverage(any_lake: Lake) -> None:
    """
    A slice whose blocks have no rows is covered all the same, and costs no file.
    """
    append(any_lake, SPEC, newest(any_lake), rows(ONE, ""), cover(5, ONE))
    append(any_lake, SPEC, newest(any_lake), rows(ONE, ""), cover(9, ONE))
    assert newest(any_lake).coverage(ONE.app_id(1)) == 9
    assert newest(any_lake).files.height == 0


def test_a_repeated_append_is_a_conflict_and_writes_nothing(lake: Lake) -> None:
    """
    The same increment from the same base, or again from a newer one, adds no row.
    """
    base = newest(lake)
    append(lake, SPEC, base, rows(ONE, "a"), cover(5, ONE))
    for stale in (base, newest(lake)):
        with pytest.raises(WriteConflict):
            append(lake, SPEC, stale, rows(ONE, "a"), cover(5, ONE))
    with pytest.raises(WriteConflict):
        append(lake, SPEC, newest(lake), rows(ONE, "a"), cover(4, ONE))
    assert names(lake) == ["a"]
    assert newest(lake).version == 1


def test_of_concurrent_appends_of_one_increment_exactly_one_lands(any_lake: Lake) -> None:
    """
    Two askers who plan the same work do it once, whatever their timing.
    """
    append(any_lake, SPEC, newest(any_lake), rows(ONE, "a"), cover(1, ONE))
    base = newest(any_lake)

    def attempt(_: int) -> bool:
        try:
            append(any_lake, SPEC, base, rows(ONE, "b"), cover(2, ONE))
        except WriteConflict:
            return False
        return True

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(attempt, range(4))) == 1
    assert names(any_lake) == ["a", "b"]


def test_concurrent_appends_to_different_slices_all_land(lake: Lake) -> None:
    """
    Slices do not disturb each other, from one base.
    """
    base = newest(lake)
    slices = [NOON, ONE, TWO, THREE]

    def attempt(slice_: Slice) -> int:
        return append(lake, SPEC, base, rows(slice_, slice_.hour[1]), cover(3, slice_))

    with ThreadPoolExecutor(4) as pool:
        versions = list(pool.map(attempt, slices))
    assert len(versions) == 4
    assert newest(lake).covered(1) == dict.fromkeys(slices, 3)
    assert names(lake) == ["2", "3", "4", "5"]


def test_an_append_steps_over_maintenance_of_other_slices(lake: Lake) -> None:
    """
    A rebuild elsewhere removes files, which Delta counts against every append: not against ours.
    """
    append(
        lake,
        SPEC,
        newest(lake),
        pa.concat_tables([rows(ONE, "a"), rows(TWO, "b")]),
        cover(1, ONE, TWO),
    )
    base = newest(lake)
    replace_slices(lake, SPEC, base, [TWO], rows(TWO, "B"), cover(2, TWO))
    append(lake, SPEC, base, rows(ONE, "c"), cover(2, ONE))
    assert names(lake) == ["B", "a", "c"]


def test_an_append_that_always_meets_maintenance_gives_up(
    lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    After COMMIT_ATTEMPTS it is a conflict, to be planned again; nothing was written.
    """
    both = pa.concat_tables([rows(ONE, "a"), rows(TWO, "b")])
    append(lake, SPEC, newest(lake), both, cover(1, ONE, TWO))
    base = newest(lake)
    opened = 0
    losing = False

    def open_and_lose(*arguments):
        nonlocal opened, losing
        table = open_table(*arguments)
        if not losing:
            losing = True
            opened += 1
            replace_slices(lake, SPEC, newest(lake), [TWO], rows(TWO, "b"), cover(1 + opened, TWO))
            losing = False
        return table

    monkeypatch.setattr("assets.storage.tables.write.open_table", open_and_lose)
    with pytest.raises(WriteConflict):
        append(lake, SPEC, base, rows(ONE, "c"), cover(2, ONE))
    assert opened == limits.COMMIT_ATTEMPTS
    assert names(lake) == ["a", "b"]


def test_replacing_slices_is_atomic_and_leaves_the_others(any_lake: Lake) -> None:
    """
    Several slices change in one commit; one may become empty; one may be new.
    """
    data = pa.concat_tables([rows(ONE, "ab"), rows(TWO, "cd"), rows(NOON, "n")])
    append(any_lake, SPEC, newest(any_lake), data, cover(5, ONE, TWO, NOON))
    version = replace_slices(
        any_lake,
        SPEC,
        newest(any_lake),
        [ONE, TWO, THREE],
        pa.concat_tables([rows(ONE, "xyz"), rows(THREE, "t")]),
        cover(6, ONE, TWO, THREE),
    )
    assert newest(any_lake).version == version == 2
    assert names(any_lake) == ["n", "t", "x", "y", "z"]
    assert newest(any_lake).coverages() == cover(5, NOON) | cover(6, ONE, TWO, THREE)


def test_a_replacement_may_keep_the_coverage_but_never_lower_it(lake: Lake) -> None:
    """
    A rebuild at an unmoved horizon is fine; one that knows less than the table is not.
    """
    append(lake, SPEC, newest(lake), rows(ONE, "a"), cover(5, ONE))
    replace_slices(lake, SPEC, newest(lake), [ONE], rows(ONE, "b"), cover(5, ONE))
    with pytest.raises(WriteConflict):
        replace_slices(lake, SPEC, newest(lake), [ONE], rows(ONE, "c"), cover(4, ONE))
    assert names(lake) == ["b"]


def test_rows_outside_the_slices_are_refused(lake: Lake) -> None:
    """
    A row that no coverage accounts for would be doubled by the tail: it cannot be written.
    """
    base = newest(lake)
    with pytest.raises(TableRefused, match="uncovered"):
        append(lake, SPEC, base, rows(TWO, "a"), cover(1, ONE))
    with pytest.raises(TableRefused, match="uncovered"):
        replace_slices(lake, SPEC, base, [ONE], rows(TWO, "a"), cover(1, ONE))
    with pytest.raises(TableRefused, match="fit"):
        append(lake, SPEC, base, pa.table({"name": ["a"]}), cover(1, ONE))
    assert names(lake) == []


def test_too_many_slices_in_one_replacement_are_refused(lake: Lake) -> None:
    """
    REPLACE_SLICES is an error that names itself; at the limit the commit works.
    """
    base = newest(lake, PER_PROCESS)
    many = [Slice(ONE.start, f"{i:08}-0000-4000-8000-000000000000") for i in range(201)]
    assert limits.REPLACE_SLICES == 200
    with pytest.raises(LimitExceeded, match="REPLACE_SLICES = 200"):
        replace_slices(lake, PER_PROCESS, base, many, rows(many[0], ""), cover(1, *many))
    data = pa.concat_tables([rows(many[0], "a"), rows(many[1], "b")])
    replace_slices(lake, PER_PROCESS, base, many[:200], data, cover(1, *many[:200]))
    assert names(lake, PER_PROCESS) == ["a", "b"]
    assert len(newest(lake, PER_PROCESS).coverages()) == 200


def test_an_append_never_mixes_view_versions(lake: Lake) -> None:
    """
    Rows of another view version are replaced, never added to; then the old version covers nothing.
    """
    append(lake, SPEC, newest(lake), rows(ONE, "a"), cover(5, ONE))
    old = newest(lake)
    with pytest.raises(OtherVersion):
        append(lake, SPEC, old, rows(ONE, "b"), cover(9, ONE, version=2))
    assert (old.coverage(ONE.app_id(2)), old.files_of(2).height) == (None, 0)
    replace_slices(lake, SPEC, old, [ONE], rows(ONE, "AB"), cover(9, ONE, version=2))
    new = newest(lake)
    assert (new.coverage(ONE.app_id(1)), new.coverage(ONE.app_id(2))) == (None, 9)
    assert (names(lake, version=1), names(lake, version=2)) == ([], ["A", "B"])
    for base in (old, new):
        with pytest.raises((WriteConflict, OtherVersion)):
            append(lake, SPEC, base, rows(ONE, "c"), cover(10, ONE))
    assert names(lake, version=2) == ["A", "B"]


def test_a_new_slice_is_not_taken_by_two_view_versions(lake: Lake) -> None:
    """
    Where neither version has a transaction yet, the second one still conflicts with the first.
    """
    base = newest(lake)
    replace_slices(lake, SPEC, base, [ONE], rows(ONE, ""), cover(9, ONE, version=2))
    with pytest.raises(WriteConflict):
        append(lake, SPEC, base, rows(ONE, "a"), cover(9, ONE, version=1))
    with pytest.raises(WriteConflict):
        replace_slices(lake, SPEC, base, [ONE], rows(ONE, "a"), cover(9, ONE, version=1))
    assert newest(lake).files.height == 0


def test_files_are_sorted_compressed_and_grouped(
    lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    zstd, row groups of ROW_GROUP_ROWS, times as differences, rows in the order of the spec.
    """
    monkeypatch.setattr("assets.storage.tables.spec.ROW_GROUP_ROWS", 1000)
    mixed = pa.concat_tables([rows(ONE, map(str, range(1500)), p) for p in ("q", "p")])
    append(lake, SPEC, newest(lake), mixed, cover(1, ONE))
    (path,) = newest(lake).files["path"]
    metadata = pq.ParquetFile(path).metadata
    assert [metadata.row_group(i).num_rows for i in range(metadata.num_row_groups)] == [1000] * 3
    columns = {c["path_in_schema"]: c for c in metadata.row_group(0).to_dict()["columns"]}
    assert columns["time"]["compression"] == columns["name"]["compression"] == "ZSTD"
    assert "DELTA_BINARY_PACKED" in columns["time"]["encodings"]
    data = frame(lake, newest(lake))
    assert data.equals(data.sort("process_id", "time"))
    assert data.schema["properties"] == pl.Map(pl.String(), pl.String())
    assert limits.ROW_GROUP_ROWS == 262_144


def test_the_order_within_a_file_holds_however_rows_are_chunked(lake: Lake) -> None:
    """
    Forty chunks in the wrong order come out in the right one, appended or replaced.
    """
    chunks = pa.concat_tables([rows(ONE, [f"{i:02}"]) for i in range(40)])
    times = [ONE.start + timedelta(seconds=40 - i) for i in range(40)]
    data = chunks.set_column(1, chunks.schema.field("time"), pa.array(times, chunks["time"].type))
    sorted_names = [f"{i:02}" for i in reversed(range(40))]
    append(lake, SPEC, newest(lake), data, cover(1, ONE))
    assert frame(lake, newest(lake))["name"].to_list() == sorted_names
    replace_slices(lake, SPEC, newest(lake), [ONE], data, cover(2, ONE))
    assert frame(lake, newest(lake))["name"].to_list() == sorted_names


def test_per_process_tables_are_partitioned_by_process(any_lake: Lake) -> None:
    """
    The slices of two processes are covered, replaced and listed by themselves.
    """
    a, b = (Slice(ONE.start, f"{digit * 8}-0000-4000-8000-000000000000") for digit in "ab")
    data = pa.concat_tables([rows(a, "a"), rows(b, "b")])
    append(any_lake, PER_PROCESS, newest(any_lake, PER_PROCESS), data, cover(1, a, b))
    base = newest(any_lake, PER_PROCESS)
    replace_slices(any_lake, PER_PROCESS, base, [a], rows(a, "A"), cover(2, a))
    append(any_lake, PER_PROCESS, base, rows(b, "c"), cover(2, b))
    after = newest(any_lake, PER_PROCESS)
    assert names(any_lake, PER_PROCESS) == ["A", "b", "c"]
    assert after.covered(1) == {a: 2, b: 2}
    assert set(after.files["process_id"]) == {a.process_id, b.process_id}
