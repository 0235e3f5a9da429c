"""
The start-up check that a store really refuses to replace an object.

Some servers accept ``If-None-Match: *`` and ignore it. Delta commits are create-only puts, so on
such a server two writers overwrite each other's commits and acknowledged data is lost silently.
"""

from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

from assets.errors import ObjectExists, UnsafeObjectStore
from assets.storage.layout import probe_key
from assets.storage.objects.limits import PROBE_RACERS
from assets.storage.objects.store import ObjectStore


def probe(store: ObjectStore) -> None:
    """
    Write, fail to replace, race for, read and delete two objects of our own.

    Raises:
        UnsafeObjectStore: A create-only put replaced an object, or several racing puts of one key
            succeeded, or what was written is not what is read.
        StorageUnavailable: The store does not answer, or refuses our credentials.
    """
    repeated, raced = probe_key(uuid4()), probe_key(uuid4())
    try:
        _refuses_to_replace(store, repeated)
        _has_one_winner(store, raced)
    finally:
        store.delete([repeated, raced])


def _refuses_to_replace(store: ObjectStore, key: str) -> None:
    store.put_new(key, b"first")
    if _wins(store, key, b"second"):
        raise UnsafeObjectStore(_advice("replaces an existing object in a create-only put"))
    if store.get(key) != b"first" or store.get_ranges(key, [(1, 3)]) != [b"irs"]:
        raise UnsafeObjectStore(_advice("does not return what was written"))


def _has_one_winner(store: ObjectStore, key: str) -> None:
    with ThreadPoolExecutor(PROBE_RACERS) as pool:
        attempts = [pool.submit(_wins, store, key, b"%d" % i) for i in range(PROBE_RACERS)]
        winners = [i for i, attempt in enumerate(attempts) if attempt.result()]
    if len(winners) != 1 or store.get(key) != b"%d" % winners[0]:
        raise UnsafeObjectStore(_advice(f"let {len(winners)} racing create-only puts succeed"))


def _wins(store: ObjectStore, key: str, data: bytes) -> bool:
    try:
        store.put_new(key, data)
    except ObjectExists:
        return False
    return True


def _advice(fault: str) -> str:
    return (
        f"the object store {fault}: it would lose acknowledged commits."
        " Use one that honours If-None-Match (Amazon S3, or a server that documents it)"
    )
