"""
A clock that a test can move: hours pass without waiting for them.

It shadows ``clock_timestamp()`` for every session of one database, so that the product's own SQL
reads it. It only ever moves forward, like the real one.
"""

from datetime import timedelta

import psycopg

_SETUP = """
CREATE SCHEMA test_clock;
CREATE TABLE test_clock.shift (seconds double precision NOT NULL);
INSERT INTO test_clock.shift VALUES (0);
CREATE FUNCTION test_clock.clock_timestamp() RETURNS timestamptz LANGUAGE sql VOLATILE AS $$
    SELECT pg_catalog.clock_timestamp() + seconds * interval '1 second' FROM test_clock.shift
$$;
"""


class MovableClock:
    """The clock of one database; install it before other sessions connect."""

    def __init__(self, database_url: str) -> None:
        self._database_url = database_url
        with psycopg.connect(database_url, autocommit=True) as conn:
            conn.execute(_SETUP)
            conn.execute(
                "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET search_path TO"
                " test_clock, pg_catalog, public', current_database()); END $$"
            )

    def advance(self, by: timedelta) -> None:
        """Move every session's clock forward."""
        with psycopg.connect(self._database_url, autocommit=True) as conn:
            conn.execute(
                "UPDATE test_clock.shift SET seconds = seconds + %s", (by.total_seconds(),)
            )
