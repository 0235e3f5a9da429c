"""The cache never returns an old snapshot, counts what it does and keeps to its budget."""

import itertools
from dataclasses import replace

import pytest

from assets.storage.lake import Lake
from assets.storage.layout import table_key
from assets.storage.tables import TableCache, append
from tests.assets.storage.tables.sample import ONE, SPEC, cover, newest, rows


def test_an_unchanged_table_is_a_hit_and_the_same_snapshot(lake: Lake) -> None:
    """
    Hits return the object that is there; a commit makes the next call a miss.
    """
    cache = TableCache()
    append(lake, SPEC, cache.snapshot(lake, SPEC), rows(ONE, "a"), cover(1, ONE))
    first = cache.snapshot(lake, SPEC)
    assert cache.snapshot(lake, SPEC) is first
    append(lake, SPEC, first, rows(ONE, "b"), cover(2, ONE))
    second = cache.snapshot(lake, SPEC)
    assert (first.version, second.version) == (1, 2)
    counters = cache.counters
    assert (counters.hits, counters.misses, counters.evictions) == (1, 3, 0)
    assert counters.bytes == second.size_bytes > 0


def test_a_cache_that_followed_agrees_with_one_that_opened(
    any_lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    Over checkpoints, log by log or all at once, coverage and files are the same.
    """
    monkeypatch.setattr("assets.storage.tables.cache.HANDLE_COMMITS", 10)
    every, late = TableCache(), TableCache()
    for position in range(1, 46):
        append(any_lake, SPEC, every.snapshot(any_lake, SPEC), rows(ONE, "a"), cover(position, ONE))
        if position in {3, 22, 45}:
            kept, caught_up, opened = (
                c.snapshot(any_lake, SPEC) for c in (every, late, TableCache())
            )
            for snapshot in (caught_up, opened):
                assert snapshot.version == kept.version == position
                assert snapshot.transactions == kept.transactions
                assert snapshot.files.sort("path").equals(kept.files.sort("path"))
            assert kept.covered(1) == {ONE: position}
    keys = {info.key for info in any_lake.objects.list(f"{table_key(SPEC.name)}/_delta_log/")}
    assert sum(key.endswith("checkpoint.parquet") for key in keys) == 2


def test_a_handle_is_opened_anew_after_so_many_commits(
    lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    HANDLE_COMMITS bounds how far one handle follows the log.
    """
    monkeypatch.setattr("assets.storage.tables.cache.HANDLE_COMMITS", 4)
    cache = TableCache()
    handles = []
    for position in range(1, 11):
        append(lake, SPEC, cache.snapshot(lake, SPEC), rows(ONE, ""), cover(position, ONE))
        cache.snapshot(lake, SPEC)
        handles.append(cache._tables[lake.table_uri(SPEC.name)].handle)
    assert [a is b for a, b in itertools.pairwise(handles)] == [
        *(True, True, True, False),
        *(True, True, True, False),
        True,
    ]


def test_a_table_over_the_budget_is_served_but_not_kept(lake: Lake) -> None:
    """
    The least recently used tables go first, until what is held fits the budget.
    """
    other = replace(SPEC, name="others")
    for spec in (SPEC, other):
        append(lake, spec, newest(lake, spec), rows(ONE, "a"), cover(1, ONE))
    size = newest(lake).size_bytes
    cache = TableCache(budget_bytes=size + size // 2)
    cache.snapshot(lake, SPEC)
    cache.snapshot(lake, other)
    assert cache.counters.evictions == 1
    assert 0 < cache.counters.bytes <= size + size // 2
    assert cache.snapshot(lake, other) is cache.snapshot(lake, other)
    assert cache.snapshot(lake, SPEC).version == 1
    none = TableCache(budget_bytes=0)
    assert none.snapshot(lake, SPEC).version == none.snapshot(lake, SPEC).version == 1
    assert (none.counters.bytes, none.counters.misses) == (0, 2)


def test_a_forgotten_table_is_opened_anew(lake: Lake) -> None:
    """
    Whoever finds a file missing can have the table looked at from scratch.
    """
    cache = TableCache()
    append(lake, SPEC, cache.snapshot(lake, SPEC), rows(ONE, "a"), cover(1, ONE))
    first = cache.snapshot(lake, SPEC)
    cache.forget(lake, SPEC)
    assert cache.counters.bytes == 0
    assert cache.snapshot(lake, SPEC) is not first


def test_a_log_that_no_longer_reaches_back_is_opened_anew(lake: Lake) -> None:
    """
    A cache that slept longer than the log is kept still returns the newest version.
    """
    cache = TableCache()
    append(lake, SPEC, cache.snapshot(lake, SPEC), rows(ONE, "a"), cover(1, ONE))
    assert cache.snapshot(lake, SPEC).version == 1
    for position in range(2, 25):
        append(lake, SPEC, newest(lake), rows(ONE, ""), cover(position, ONE))
    log = f"{table_key(SPEC.name)}/_delta_log"
    lake.objects.delete([f"{log}/{version:020}.json" for version in range(20)])
    snapshot = cache.snapshot(lake, SPEC)
    assert (snapshot.version, snapshot.covered(1)) == (24, {ONE: 24})
