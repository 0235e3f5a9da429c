"""The embedded Postgres: kept data, private files, killed launchers, stale and foreign servers."""

import psycopg

from stack.postgres import EmbeddedPostgres


def test_each_test_has_a_database_of_its_own(
    postgres_server: EmbeddedPostgres, empty_database_url: str
) -> None:
    """
    A fresh database holds nothing of any other test.
    """
    with psycopg.connect(empty_database_url) as conn:
        row = conn.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'").fetchone()
    assert row == (0,)
    assert postgres_server.url() != empty_database_url
