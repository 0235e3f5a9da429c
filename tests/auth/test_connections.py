"""What happens to credentials while Postgres is silent, locked or broken."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime

import psycopg
import pytest

from assets.errors import StorageUnavailable
from auth import limits
from auth.connections import key_connection, key_connections
from auth.errors import ProviderUnavailable, Unauthenticated
from auth.key_records import KeyRecords, KeyWish
from auth.key_ring import KeyRing
from auth.key_text import new_key
from tests.auth.conftest import Clock
from tests.auth.silent_postgres import SilentPostgres

TEST_S_MAX = 60
"""Far above the limits, and far below for ever."""


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have little patience."""
    monkeypatch.setattr("auth.connections.STATEMENT_S_MAX", 0.5)
    monkeypatch.setattr("auth.connections.CONNECTION_WAIT_S_MAX", 2.0)


@pytest.fixture
def silent(database_url: str, short: None) -> Iterator[SilentPostgres]:
    del short
    made = SilentPostgres(database_url)
    yield made
    made.close()


def ended(thread: threading.Thread) -> bool:
    """Wait for a thread that must end by itself."""
    thread.join(TEST_S_MAX)
    return not thread.is_alive()


def test_a_silent_postgres_is_an_outage_in_bounded_time(silent: SilentPostgres) -> None:
    """
    Over a connection that stands already, over a new one, and again when it speaks again.
    """
    told: list[Exception] = []

    def ask() -> None:
        for _ in range(2):
            try:
                ring.look_up(new_key())
            except ProviderUnavailable as exc:
                told.append(exc)

    with key_connections(silent.url) as pool:
        ring = KeyRing(KeyRecords(pool.connection))
        with pytest.raises(Unauthenticated):
            ring.look_up(new_key())
        silent.flows.clear()
        thread = threading.Thread(target=ask, daemon=True)
        thread.start()
        assert ended(thread)
        assert len(told) == 2
        silent.flows.set()
        with pytest.raises(Unauthenticated):
            ring.look_up(new_key())


def test_a_table_that_is_locked_is_an_outage(database_url: str, short: None) -> None:
    """
    Postgres gives the statement up, and the connection serves the next one.
    """
    del short
    with psycopg.connect(database_url) as other, key_connection(database_url) as conn:
        other.execute("LOCK TABLE api_keys IN ACCESS EXCLUSIVE MODE")
        ring = KeyRing(KeyRecords(lambda: key_connection(database_url)))
        with pytest.raises(ProviderUnavailable):
            ring.look_up(new_key())
        with pytest.raises(psycopg.OperationalError):
            conn.execute("SELECT 1 FROM api_keys")
        other.rollback()
        if not conn.closed:
            conn.execute("SELECT 1 FROM api_keys")


def test_keys_that_were_known_go_on_while_postgres_is_silent(
    silent: SilentPostgres, clock: Clock
) -> None:
    """
    For a while, and at once: one of them asks again behind, and a revocation counts from then on.
    """
    with key_connections(silent.url) as pool:
        records = KeyRecords(pool.connection)
        ring = KeyRing(records, now=clock)
        key, record = records.mint(KeyWish(name="k", scopes=["query"]), by="ada")
        ring.look_up(key)
        silent.flows.clear()
        clock.seconds += limits.KEYS_KEPT_S
        assert ring.remembered(key) is None
        assert ring.look_up(key).name == "k"
        known = ring.remembered(key)
        assert known is not None
        with pytest.raises(ProviderUnavailable):
            ring.look_up(new_key())
        silent.flows.set()
        KeyRecords(lambda: key_connection(silent.url)).revoke(record.key_id, by="eve")
        clock.seconds += limits.KEYS_RETRIED_S
        ring.remembered(key)
        for thread in threading.enumerate():
            if thread.name == "key-again":
                thread.join(TEST_S_MAX)
        with pytest.raises(Unauthenticated):
            ring.remembered(key)


def test_a_key_is_not_believed_for_ever_without_postgres(
    silent: SilentPostgres, clock: Clock
) -> None:
    """
    Somebody may have revoked it long ago.
    """
    with key_connections(silent.url) as pool:
        records = KeyRecords(pool.connection)
        ring = KeyRing(records, now=clock)
        key, _ = records.mint(KeyWish(name="k", scopes=["query"]), by="ada")
        ring.look_up(key)
        silent.flows.clear()
        clock.seconds += limits.KEYS_HELD_S - 0.01
        assert ring.look_up(key)
        clock.seconds += 0.01
        assert ring.remembered(key) is None
        with pytest.raises(ProviderUnavailable):
            ring.look_up(key)


def test_a_service_ends_while_postgres_is_silent(silent: SilentPostgres) -> None:
    """
    The last uses are lost then, as after a kill.
    """
    with key_connections(silent.url) as pool:
        records = KeyRecords(pool.connection)
        ring = KeyRing(records)
        key, _ = records.mint(KeyWish(name="k", scopes=["query"]), by="ada")
        ring.look_up(key)
        silent.flows.clear()
        thread = threading.Thread(target=ring.close, daemon=True)
        thread.start()
        assert ended(thread)


def test_uses_are_written_on_after_a_fault(
    records: KeyRecords, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    Whatever the fault was, nothing of what waits is lost, and the thread goes on.
    """
    when, reached, mended = datetime(2026, 5, 1, tzinfo=UTC), threading.Event(), threading.Event()

    def connect() -> psycopg.Connection:
        if threading.current_thread().name == "key-uses" and not mended.is_set():
            reached.set()
            raise ZeroDivisionError("a fault of ours")
        return psycopg.connect(database_url, autocommit=True)

    monkeypatch.setattr("auth.key_ring.USES_WRITTEN_S", 0.01)
    ring = KeyRing(KeyRecords(connect), today=lambda: when)
    key, _ = records.mint(KeyWish(name="k", scopes=["query"]), by="ada")
    ring.look_up(key)
    assert reached.wait(TEST_S_MAX)
    mended.set()
    written = threading.Event()
    for _ in range(TEST_S_MAX * 10):
        if records.listed()[0].last_used_at == when:
            break
        written.wait(0.1)
    assert records.listed()[0].last_used_at == when
    ring.close()


def test_a_database_without_our_tables_is_no_wrong_key(database_url: str) -> None:
    """
    A service that is started before the migration tells its callers to come again.
    """
    with psycopg.connect(database_url, autocommit=True) as conn:
        conn.execute("DROP TABLE api_keys CASCADE")
    records = KeyRecords(lambda: key_connection(database_url))
    with pytest.raises(StorageUnavailable, match="limnod migrate"):
        records.listed()
    with pytest.raises(ProviderUnavailable):
        KeyRing(records).look_up(new_key())
