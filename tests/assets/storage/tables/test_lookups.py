"""Each file has its filters, from the commit that adds it until it is gone."""

import os
import time
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from urllib.parse import unquote, urlsplit

import polars as pl
import pyarrow.parquet as pq
import pytest

from assets.errors import StorageUnavailable
from assets.storage.lake import Lake
from assets.storage.layout import lookups_key
from assets.storage.tables import (
    LookupCache,
    append,
    compact_slice,
    lookups,
    replace_slices,
    vacuum,
)
from assets.storage.tables.limits import LOOKUP_MISSING_KEPT_S
from assets.storage.tables.lookups import filter_key, name_of
from assets.storage.tables.spec import Lookup
from tests.assets.storage.tables.sample import ONE, TWO, cover, newest, rows
from tests.assets.storage.tables.sample import SPEC as PLAIN

NAME, KEY = Lookup("name"), Lookup("properties", "name")
SPEC = replace(PLAIN, lookups=(NAME, KEY))


def files_that_may_hold(lake: Lake, *values: str, lookup: Lookup = NAME) -> list[list[str]]:
    """Return the names in each file that may hold one of *values*."""
    paths = newest(lake, SPEC).files["path"].to_list()
    keys = [filter_key(SPEC, name_of(lookup), path) for path in paths]
    kept = LookupCache().may_hold(lake.objects, keys, values)
    options = dict(lake.delta_options) or None
    return sorted(
        pl.read_parquet(path, storage_options=options, hive_partitioning=False, glob=False)["name"]
        .sort()
        .to_list()
        for path, keep in zip(paths, kept, strict=True)
        if keep
    )


@pytest.mark.parametrize("lookup", [NAME, KEY])
def test_files_are_told_apart_by_what_is_in_them(any_lake: Lake, lookup: Lookup) -> None:
    """
    After appends, a compaction and a rebuild, on local files and in a bucket.
    """
    for position, name in enumerate(("a", "b", "c"), 1):
        append(any_lake, SPEC, newest(any_lake, SPEC), rows(ONE, name), cover(position, ONE))
    append(any_lake, SPEC, newest(any_lake, SPEC), rows(TWO, "d"), cover(1, TWO))
    assert files_that_may_hold(any_lake, "b", lookup=lookup) == [["b"]]
    assert files_that_may_hold(any_lake, "b", "d", lookup=lookup) == [["b"], ["d"]]
    assert files_that_may_hold(any_lake, "none", lookup=lookup) == []
    compact_slice(any_lake, SPEC, ONE)
    assert files_that_may_hold(any_lake, "b", lookup=lookup) == [["a", "b", "c"]]
    base = newest(any_lake, SPEC)
    replace_slices(any_lake, SPEC, base, [ONE], rows(ONE, "e"), cover(9, ONE))
    assert files_that_may_hold(any_lake, "b", lookup=lookup) == []
    assert files_that_may_hold(any_lake, "e", lookup=lookup) == [["e"]]


def test_a_file_without_a_filter_may_hold_anything(lake: Lake) -> None:
    """
    Files of an older program, or of one that was killed after its commit.
    """
    append(lake, PLAIN, newest(lake), rows(ONE, "a"), cover(1, ONE))
    assert files_that_may_hold(lake, "z") == [["a"]]


def test_a_key_in_other_capitals_leaves_the_file_without_a_filter(lake: Lake) -> None:
    """
    Who asks for a key in any capitals would not find it otherwise.
    """
    spec = replace(PLAIN, lookups=(NAME, Lookup("properties", "Name")))
    append(lake, spec, newest(lake, spec), rows(ONE, "a"), cover(1, ONE))
    found = [info.key for info in lake.objects.list(lookups_key(SPEC.name))]
    assert [key.split("/")[3] for key in found] == ["name"]


def test_a_filter_that_cannot_be_put_does_not_undo_the_commit(
    lake: Lake, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """
    The rows are in the table, so the writer must not be told that they are not.
    """

    def refuse(*_args: object) -> str:
        raise StorageUnavailable("the bucket is away")

    append(lake, SPEC, newest(lake, SPEC), rows(ONE, "a"), cover(1, ONE))
    monkeypatch.setattr(lookups, "filter_key", refuse)
    append(lake, SPEC, newest(lake, SPEC), rows(ONE, "b"), cover(2, ONE))
    monkeypatch.undo()
    assert "new files have no filters: the bucket is away" in caplog.text
    assert files_that_may_hold(lake, "z") == [["b"]]


def test_filters_go_with_their_files(lake: Lake) -> None:
    """
    Vacuum spares the filters of files that are there, and takes those of files that are gone.
    """
    append(lake, SPEC, newest(lake, SPEC), rows(ONE, "a"), cover(1, ONE))
    append(lake, SPEC, newest(lake, SPEC), rows(TWO, "d"), cover(1, TWO))
    kept = sorted(info.key for info in lake.objects.list(lookups_key(SPEC.name)))
    root = Path(unquote(urlsplit(lake.table_uri(SPEC.name)).path))
    abandoned = next(root.glob("date=*/slice=*")) / "abandoned.parquet"
    abandoned.write_bytes(b"x")
    lake.objects.put_new(filter_key(SPEC, "name", str(abandoned)), b"x")
    two_days_ago = time.time() - 48 * 3600
    for path in (abandoned, *root.glob("_lookups/*/*/*/*")):
        os.utime(path, (two_days_ago, two_days_ago))
    assert vacuum(lake, SPEC, timedelta(hours=24)) == 1
    assert sorted(info.key for info in lake.objects.list(lookups_key(SPEC.name))) == kept
    assert files_that_may_hold(lake, "d") == [["d"]]


def test_filters_are_read_once_and_missing_ones_are_asked_for_again(lake: Lake) -> None:
    """
    What is known costs no request; a filter that comes after its file is found a minute later.
    """
    append(lake, SPEC, newest(lake, SPEC), rows(ONE, "a"), cover(1, ONE))
    (info, *_) = [i for i in lake.objects.list(lookups_key(SPEC.name)) if "/name/" in i.key]
    data, clock = lake.objects.get(info.key), [0.0]
    cache = LookupCache(now=lambda: clock[0])
    assert cache.may_hold(lake.objects, [info.key], ["a"]) == [True]
    lake.objects.delete([info.key])
    assert cache.may_hold(lake.objects, [info.key], ["z"]) == [False], "kept, with its only page"
    cache = LookupCache(now=lambda: clock[0])
    assert cache.may_hold(lake.objects, [info.key], ["z"]) == [True]
    lake.objects.put_new(info.key, data)
    assert cache.may_hold(lake.objects, [info.key], ["z"]) == [True]
    clock[0] = LOOKUP_MISSING_KEPT_S + 1
    assert cache.may_hold(lake.objects, [info.key], ["z"]) == [False]


def test_a_cache_forgets_beyond_its_budget(lake: Lake) -> None:
    """
    A process that has looked into very many files does not keep them all.
    """
    for position, name in enumerate("abcd", 1):
        append(lake, SPEC, newest(lake, SPEC), rows(ONE, name), cover(position, ONE))
    paths = newest(lake, SPEC).files["path"].to_list()
    keys = [filter_key(SPEC, "name", path) for path in paths]
    cache = LookupCache(budget_bytes=4000)
    assert sum(cache.may_hold(lake.objects, keys, ["a"])) == 1
    assert 0 < cache.size_bytes <= 4000
    assert sum(cache.may_hold(lake.objects, keys, ["a"])) == 1


def test_a_filter_of_another_layout_is_no_filter(lake: Lake) -> None:
    """
    A newer program may write what this one does not understand.
    """
    lake.objects.put_new("tables/x/_lookups/name/a.bloom", b"LBF9" + bytes(2000))
    assert LookupCache().may_hold(lake.objects, ["tables/x/_lookups/name/a.bloom"], ["z"]) == [True]


def test_rows_that_are_sorted_by_a_lookup_lie_in_small_row_groups(
    lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    What is looked up lies in one of them, after appends and after a compaction.
    """
    monkeypatch.setattr("assets.storage.tables.spec.LOOKUP_ROW_GROUP_ROWS", 100)
    by_name = replace(SPEC, sort_by=("name", "time"))
    for position, first in enumerate((0, 500), 1):
        names = [f"n{number:04}" for number in range(first, first + 500)]
        append(lake, by_name, newest(lake, by_name), rows(ONE, names), cover(position, ONE))
    groups = [pq.ParquetFile(path).num_row_groups for path in newest(lake, by_name).files["path"]]
    assert groups == [5, 5]
    compact_slice(lake, by_name, ONE)
    (path,) = newest(lake, by_name).files["path"]
    file = pq.ParquetFile(path)
    place = file.schema_arrow.names.index("name")
    bounds = [file.metadata.row_group(g).column(place).statistics for g in range(10)]
    assert [(b.min, b.max) for b in bounds] == [
        (f"n{100 * g:04}", f"n{100 * g + 99:04}") for g in range(10)
    ]
