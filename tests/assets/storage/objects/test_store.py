"""The contract of an object store, over every kind of it."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from assets.errors import LimitExceeded, ObjectExists, ObjectMissing
from assets.storage.objects import ObjectInfo, ObjectStore, limits, open_store, probe


def test_what_was_put_is_what_is_read(store: ObjectStore) -> None:
    """
    An object is returned byte for byte, empty ones too.
    """
    data = bytes(range(256)) * 41
    store.put_new("segments/2026/a.seg", data)
    store.put_new("empty", b"")
    assert store.get("segments/2026/a.seg") == data
    assert store.get("empty") == b""


def test_an_existing_object_is_never_replaced(store: ObjectStore) -> None:
    """
    A second put of a key raises ObjectExists and leaves the first object as it was.
    """
    store.put_new("a/b", b"first")
    for data in (b"second", b"first"):
        with pytest.raises(ObjectExists, match="a/b"):
            store.put_new("a/b", data)
    assert store.get("a/b") == b"first"


def test_of_racing_puts_of_one_key_exactly_one_wins(store: ObjectStore) -> None:
    """
    Create-only holds under concurrency, not only in sequence.
    """

    def put(index: int) -> int | None:
        try:
            store.put_new("race", b"%d" % index * 1000)
        except ObjectExists:
            return None
        return index

    with ThreadPoolExecutor(8) as pool:
        winners = [index for index in pool.map(put, range(8)) if index is not None]
    assert len(winners) == 1
    assert store.get("race") == b"%d" % winners[0] * 1000


def test_ranges_come_back_in_the_order_asked_for(store: ObjectStore) -> None:
    """
    get_ranges answers each range by itself: unordered, overlapping, repeated, empty and far ones.
    """
    data = bytes(index % 251 for index in range(300_000))
    store.put_new("ranges", data)
    ranges = [(299_000, 1000), (0, 10), (5, 10), (0, 10), (7, 0), (150_000, 3)]
    assert store.get_ranges("ranges", ranges) == [data[o : o + n] for o, n in ranges]
    assert store.get_ranges("ranges", []) == []


@pytest.mark.parametrize("offset", [0, 95, 100, 5000])
def test_a_range_past_the_end_is_a_missing_object(store: ObjectStore, offset: int) -> None:
    """
    Fewer bytes than the metadata promises are never returned as if they were all.
    """
    store.put_new("short", b"x" * 100)
    with pytest.raises(ObjectMissing, match="short"):
        store.get_ranges("short", [(0, 10), (offset, 101)])


def test_a_missing_object_is_named(store: ObjectStore) -> None:
    """
    Reads of a key without an object raise ObjectMissing with the key.
    """
    with pytest.raises(ObjectMissing, match="no/such"):
        store.get("no/such")
    with pytest.raises(ObjectMissing, match="no/such"):
        store.get_ranges("no/such", [(0, 1)])


def test_listing_is_by_prefix_of_the_key(store: ObjectStore) -> None:
    """
    A prefix need not end at a slash; keys come back relative to the root, with their sizes.
    """
    for key in ("a/1", "a/2/3", "ab", "b/1"):
        store.put_new(key, key.encode())
    assert {info.key for info in store.list("")} == {"a/1", "a/2/3", "ab", "b/1"}
    assert {info.key for info in store.list("a")} == {"a/1", "a/2/3", "ab"}
    assert {info.key for info in store.list("a/")} == {"a/1", "a/2/3"}
    assert list(store.list("b")) == [ObjectInfo("b/1", 3)]
    assert list(store.list("nothing/here")) == []


def test_a_long_listing_is_complete(store: ObjectStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    A listing of more keys than fit a page goes on to the end.
    """
    monkeypatch.setattr("assets.storage.objects.s3.LIST_PAGE", 3)
    keys = {f"many/{index}" for index in range(10)}
    for key in keys:
        store.put_new(key, b"x")
    assert {info.key for info in store.list("many/")} == keys


def test_deleted_objects_are_gone_and_missing_ones_are_fine(
    store: ObjectStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    Delete is idempotent, in batches of any size; other objects stay; the key can be used again.
    """
    monkeypatch.setattr("assets.storage.objects.s3.DELETE_BATCH", 2)
    for key in ("x/1", "x/2", "x/3", "stays"):
        store.put_new(key, b"old")
    store.delete(["x/1", "x/2", "never/was", "x/3"])
    store.delete(["x/1"])
    store.delete([])
    assert {info.key for info in store.list("")} == {"stays"}
    store.put_new("x/1", b"new")
    assert store.get("x/1") == b"new"


@pytest.mark.parametrize("key", ["", "/a", "a//b", "../a", "a/../b", "a/.", "a\\b", "a/"])
def test_a_key_cannot_leave_the_root_or_hide_another(store: ObjectStore, key: str) -> None:
    """
    Keys are plain relative paths; everything else is refused before the store is asked.
    """
    with pytest.raises(ValueError, match="not an object key"):
        store.put_new(key, b"x")
    with pytest.raises((ValueError, ObjectMissing)):
        store.get(key)
    assert list(store.list("")) == []


def test_an_object_over_the_limit_is_refused(
    store: ObjectStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    OBJECT_BYTES_MAX is an error that names itself, its value and what to do.
    """
    monkeypatch.setattr("assets.storage.objects.store.OBJECT_BYTES_MAX", 10)
    store.put_new("fits", b"x" * 10)
    with pytest.raises(LimitExceeded, match="OBJECT_BYTES_MAX = 10"):
        store.put_new("large", b"x" * 11)
    assert {info.key for info in store.list("")} == {"fits"}


@pytest.mark.slow
def test_a_large_segment_is_one_create_only_put(store: ObjectStore) -> None:
    """
    Above the size where s3fs would begin a multipart upload, create-only still holds.
    """
    data = b"0123456789abcdef" * (110 * 2**16)
    assert 100 * 2**20 < len(data) < limits.OBJECT_BYTES_MAX
    store.put_new("large", data)
    with pytest.raises(ObjectExists):
        store.put_new("large", data)
    assert store.get_ranges("large", [(len(data) - 16, 16)]) == [b"0123456789abcdef"]
    assert store.get("large") == data


def test_a_sound_store_passes_the_probe_and_keeps_nothing_of_it(store: ObjectStore) -> None:
    """
    The probe is safe to run at every start.
    """
    probe(store)
    assert list(store.list("")) == []


def test_a_root_uri_of_another_kind_is_refused() -> None:
    """
    The error shows the URI and the forms there are.
    """
    for uri in ("gs://bucket", "/plain/path", "file://host/path", "s3:///nobucket"):
        with pytest.raises(ValueError, match="s3://bucket/prefix"):
            open_store(uri)
