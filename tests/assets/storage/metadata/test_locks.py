"""assets.storage.metadata.locks: one session at a time, found again by name."""

import time
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import psycopg

from assets.storage.metadata.locks import advisory_lock, lock_key, try_advisory_lock


def test_a_lock_is_held_by_one_session_at_a_time(metadata) -> None:
    """
    The second waits until the first has left.
    """

    def hold(_: int) -> tuple[float, float]:
        with (
            psycopg.connect(metadata.url, autocommit=True) as conn,
            advisory_lock(conn, "compact", "log_entries"),
        ):
            begin = time.monotonic()
            time.sleep(0.05)
            return begin, time.monotonic()

    with ThreadPoolExecutor(3) as threads:
        spans = sorted(threads.map(hold, range(3)))
    assert all(before[1] <= after[0] for before, after in pairwise(spans))


def test_trying_says_whether_the_lock_is_held(metadata) -> None:
    """
    Who does not get it goes on without; a session that dies gives it back.
    """
    with psycopg.connect(metadata.url, autocommit=True) as other:
        with try_advisory_lock(other, "a") as held:
            assert held
            with try_advisory_lock(metadata.reader, "a") as second:
                assert not second
            with try_advisory_lock(metadata.reader, "b") as different:
                assert different
        other.execute("SELECT pg_advisory_lock(%s)", (lock_key("a"),))
    with advisory_lock(metadata.reader, "a"), try_advisory_lock(metadata.reader, "b") as held:
        assert held


def test_the_parts_of_a_name_are_kept_apart() -> None:
    """
    A view "ab" with a slice "c" is not a view "a" with a slice "bc".
    """
    assert lock_key("ab", "c") != lock_key("a", "bc")
    assert lock_key("a") == lock_key("a")


def test_an_error_inside_gives_the_lock_back(metadata) -> None:
    """
    Even when the error has closed the session.
    """
    conn = psycopg.connect(metadata.url, autocommit=True)
    try:
        with advisory_lock(conn, "x"):
            conn.close()
    finally:
        conn.close()
    metadata.reader.execute("SET lock_timeout = '5s'")  # Postgres notices a lost session itself
    with advisory_lock(metadata.reader, "x"), try_advisory_lock(metadata.reader, "y") as held:
        assert held
