"""
Which files of a table can hold a value that singles out few rows, such as the id of a trace.

Each file has a Bloom filter for each lookup of its table, an object of its own:
``_lookups/<column, or column@key>/<path of the file>``. It is put beside the commit that adds
the file, and goes when the file is gone.

Rule: a filter only ever says that a value is *not* in a file. A file whose filter is missing, or
is not understood, is read; so whatever happens to filters, answers stay the same.
"""

import logging
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import quote

import numpy as np
import polars as pl
from numpy.typing import NDArray

from assets.errors import LakeError
from assets.storage.lake import Lake
from assets.storage.layout import lookups_key, table_key
from assets.storage.tables.bloom import bloom_of, bloom_of_hashes, hashes_of
from assets.storage.tables.data_files import partitions
from assets.storage.tables.limits import LOOKUP_WRITERS
from assets.storage.tables.picking import picked
from assets.storage.tables.promoted import promoted_name
from assets.storage.tables.spec import Lookup, TableSpec

log = logging.getLogger(__name__)

_SUFFIX = ".bloom"


def name_of(lookup: Lookup) -> str:
    """Return what a lookup is called: the column, or the name of the promoted key."""
    return promoted_name(lookup.column, lookup.key) if lookup.key else lookup.column


def filter_key(spec: TableSpec, name: str, path: str) -> str:
    """
    Return the key of the filter of a file.

    Args:
        spec: The file's table.
        name: ``name_of`` the lookup.
        path: Where the file is: any text that ends with its partitions and its name.
    """
    parts = path.split("/")[-len(spec.partition_by) - 1 :]
    return f"{lookups_key(spec.name)}/{quote(name, safe='@._-')}/{'/'.join(parts)}{_SUFFIX}"


def put_filters(
    lake: Lake,
    spec: TableSpec,
    files: Iterable[tuple[str, Mapping[str, str | None]]],
    rows: pl.DataFrame,
) -> None:
    """
    Put the filters of the files that a commit has added.

    Args:
        lake: Where they are.
        spec: The table.
        files: Path and partition values of each.
        rows: All that the commit wrote.

    A store that does not answer now is no reason to fail: without filters the files are read.
    """
    if spec.lookups and not rows.is_empty():
        _put_all(lake, spec, _filters(spec, files, rows))


def _put_all(lake: Lake, spec: TableSpec, filters: Iterable[tuple[str, bytes]]) -> None:
    try:
        objects = list(filters)
        with ThreadPoolExecutor(min(LOOKUP_WRITERS, max(1, len(objects)))) as pool:
            list(pool.map(lambda one: lake.objects.put_new(*one), objects))
    except LakeError as error:
        log.warning("%s: new files have no filters: %s", spec.name, error)


def sweep_filters(lake: Lake, spec: TableSpec) -> int:
    """Delete the filters whose files are gone; return how many."""
    if not spec.lookups:
        return 0
    table, filters = table_key(spec.name) + "/", lookups_key(spec.name) + "/"
    # Filters first: a file is there before its filter is.
    found = [info.key for info in lake.objects.list(filters)]
    parts = len(spec.partition_by) + 1
    there = {
        info.key.split("/", table.count("/"))[-1]
        for info in lake.objects.list(table)
        if not info.key.startswith(f"{table}_")
    }
    gone = [
        key for key in found if "/".join(key.split("/")[-parts:]).removesuffix(_SUFFIX) not in there
    ]
    lake.objects.delete(gone)
    return len(gone)


class FilterMaker:
    """Takes the rows of one file bit by bit, and makes its filters."""

    def __init__(self, spec: TableSpec) -> None:
        self._spec = spec
        self._hashes: dict[Lookup, list[NDArray[np.uint64]] | None]
        self._hashes = {lookup: [] for lookup in spec.lookups}

    def add(self, rows: pl.DataFrame) -> None:
        """Take note of some rows."""
        for lookup, hashes in self._hashes.items():
            texts = _texts_of(lookup, rows)
            if texts is None:
                self._hashes[lookup] = None
            elif hashes is not None:
                hashes.append(hashes_of(texts.drop_nulls()))

    def put(self, lake: Lake, path: str) -> None:
        """Put the filters of the file, which is kept at *path*; see ``put_filters``."""
        found = ((name_of(lookup), parts) for lookup, parts in self._hashes.items())
        _put_all(
            lake,
            self._spec,
            (
                (filter_key(self._spec, name, path), bloom_of_hashes(parts))
                for name, parts in found
                if parts is not None
            ),
        )


def _filters(
    spec: TableSpec, files: Iterable[tuple[str, Mapping[str, str | None]]], rows: pl.DataFrame
) -> Iterator[tuple[str, bytes]]:
    """Yield key and bytes of each filter; of files of one partition, the same for each."""
    names = list(spec.partition_by)
    by_place = dict(partitions(spec, rows))
    made: dict[tuple[str, ...], dict[str, bytes]] = {}
    for path, values in files:
        place = tuple(str(values[name]) for name in names)
        if place not in made and place in by_place:
            made[place] = dict(_of_partition(spec, by_place[place]))
        for name, data in made.get(place, {}).items():
            yield filter_key(spec, name, path), data


def _of_partition(spec: TableSpec, rows: pl.DataFrame) -> Iterator[tuple[str, bytes]]:
    """Yield name and filter of each lookup of the rows of one partition."""
    for lookup in spec.lookups:
        texts = _texts_of(lookup, rows)
        if texts is not None:
            yield name_of(lookup), bloom_of(texts)


def _texts_of(lookup: Lookup, rows: pl.DataFrame) -> pl.Series | None:
    """Return what rows are looked up by; None where a key of maps is no column."""
    if not lookup.key:
        return rows[lookup.column]
    (texts,) = picked(rows[lookup.column], [lookup.key])
    return texts
