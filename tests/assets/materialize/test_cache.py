"""The cache of decoded blocks: bounded, counted, safe for threads."""

import threading

import polars as pl

from assets.errors import BlockCorrupt
from assets.materialize import DecodedCache


def frame(rows: int) -> pl.DataFrame:
    """Return a frame of about 8 bytes a row."""
    return pl.DataFrame({"n": range(rows)}, schema={"n": pl.Int64()})


def test_hits_and_misses_are_counted_and_rows_come_back() -> None:
    """
    What was put is what is got, a refusal too.
    """
    cache = DecodedCache()
    corrupt = BlockCorrupt("b", "why")
    assert cache.get(("a", "log", 1)) is None
    cache.put(("a", "log", 1), frame(3))
    cache.put(("b", "log", 1), corrupt)
    assert cache.get(("a", "log", 1)).height == 3
    assert cache.get(("b", "log", 1)) is corrupt
    assert cache.get(("a", "log", 2)) is None
    counters = cache.counters
    assert (counters.hits, counters.misses, counters.entries) == (2, 2, 2)


def test_the_budget_holds_and_the_least_recently_used_goes_first() -> None:
    """
    A cache never holds more than its budget; what was just used stays.
    """
    cache = DecodedCache(bytes_max=30_000)
    for name in "abc":
        cache.put((name, "log", 1), frame(1000))
    cache.get(("a", "log", 1))
    cache.put(("d", "log", 1), frame(1000))
    assert cache.get(("b", "log", 1)) is None
    assert cache.get(("a", "log", 1)) is not None
    assert cache.counters.bytes <= 30_000
    assert cache.counters.evictions == 1


def test_what_is_over_the_budget_is_not_kept() -> None:
    """
    One huge block does not empty the cache; a budget of zero is no cache.
    """
    cache = DecodedCache(bytes_max=10_000)
    cache.put(("a", "log", 1), frame(100))
    cache.put(("huge", "log", 1), frame(100_000))
    assert cache.counters.entries == 1
    nothing = DecodedCache(0)
    nothing.put(("a", "log", 1), frame(1))
    assert nothing.counters.entries == 0


def test_the_same_key_twice_counts_once() -> None:
    """
    Two queries that decode the same block at once do not count its bytes twice.
    """
    cache = DecodedCache()
    cache.put(("a", "log", 1), frame(1000))
    before = cache.counters.bytes
    cache.put(("a", "log", 1), frame(1000))
    assert cache.counters.bytes == before


def test_threads_leave_the_accounts_right() -> None:
    """
    Bytes held are the sum of the entries, whatever ran at once.
    """
    cache = DecodedCache(bytes_max=50_000)

    def work(name: str) -> None:
        for n in range(200):
            cache.put((f"{name}{n % 20}", "log", 1), frame(100))
            cache.get((f"{name}{n % 7}", "log", 1))

    threads = [threading.Thread(target=work, args=(name,)) for name in "abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    counters = cache.counters
    assert counters.hits + counters.misses == 800
    assert counters.bytes == sum(size for _, size in cache._entries.values()) <= 50_000
