"""assets.storage.metadata.migrate: the schema comes up once, and only in a known state."""

from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest

from assets.errors import StorageUnavailable
from assets.storage.metadata.migrate import (
    SchemaMismatch,
    check_migrated,
    migrate,
    migration_names,
)


def test_every_migration_is_applied_once(empty_database_url: str) -> None:
    """
    A second run finds nothing to do.
    """
    assert migrate(empty_database_url) == migration_names()
    assert migrate(empty_database_url) == []
    with psycopg.connect(empty_database_url) as conn:
        check_migrated(conn)


def test_programs_that_start_together_migrate_once(empty_database_url: str) -> None:
    """
    Services start at the same time; one of them does the work and the others wait for it.
    """
    with ThreadPoolExecutor(4) as threads:
        applied = list(threads.map(migrate, [empty_database_url] * 4))
    assert sorted(name for names in applied for name in names) == migration_names()


def test_an_unmigrated_database_says_what_to_run(empty_database_url: str) -> None:
    """
    A service that meets an empty database does not guess; it names the command.
    """
    with (
        psycopg.connect(empty_database_url, autocommit=True) as conn,
        pytest.raises(SchemaMismatch, match="limnod migrate"),
    ):
        check_migrated(conn)


def test_a_database_of_a_newer_program_is_refused(database_url: str) -> None:
    """
    An old program must not write rows that a newer schema no longer means that way.
    """
    with psycopg.connect(database_url, autocommit=True) as conn:
        conn.execute("INSERT INTO schema_migrations (name) VALUES ('9999_future.sql')")
        with pytest.raises(SchemaMismatch, match=r"9999_future\.sql.*update the program"):
            check_migrated(conn)
    with pytest.raises(SchemaMismatch, match="9999_future"):
        migrate(database_url)


def test_an_unreachable_database_is_an_outage() -> None:
    """
    Callers see our error, not the driver's.
    """
    with pytest.raises(StorageUnavailable, match="Postgres did not answer"):
        migrate("postgresql://nobody@127.0.0.1:1/nothing?connect_timeout=2")
