"""
The schema of the metadata, step by step: numbered SQL files, each applied once, in order.

Any number of programs may migrate at once; an advisory lock lets one of them do it.
"""

from importlib.resources import files

import psycopg
from psycopg import Connection

from assets.errors import LakeError
from assets.storage.metadata.epoch import raise_epoch_if_moved
from assets.storage.metadata.locks import advisory_lock
from assets.storage.metadata.partitions import ensure_partitions
from assets.storage.metadata.session import outages_translated, prepare


class SchemaMismatch(LakeError):
    """The database's schema is not the one this program was written for."""

    code = "schema_mismatch"


def migration_names() -> list[str]:
    """Return the names of the migrations this program knows, in order."""
    folder = files("assets.storage").joinpath("migrations")
    return sorted(entry.name for entry in folder.iterdir() if entry.name.endswith(".sql"))


def migrate(database_url: str) -> list[str]:
    """
    Bring the schema up to date, and raise the epoch if the database has moved.

    Returns the names of the migrations applied now; none when there was nothing to do.

    Raises:
        StorageUnavailable: Postgres cannot be reached.
        SchemaMismatch: The database is newer than this program.
    """
    with outages_translated(), psycopg.connect(database_url, autocommit=True) as conn:
        prepare(conn)
        with advisory_lock(conn, "migrate"):
            conn.execute(
                "CREATE TABLE IF NOT EXISTS schema_migrations"
                " (name text PRIMARY KEY, applied_at timestamptz NOT NULL DEFAULT now())"
            )
            applied = _apply_missing(conn)
            raise_epoch_if_moved(conn)
            ensure_partitions(conn)
            return applied


def check_migrated(conn: Connection) -> None:
    """
    Make sure that the schema is exactly the one this program knows.

    Raises:
        SchemaMismatch: The message says which side to update.
    """
    try:
        rows = conn.execute("SELECT name FROM schema_migrations").fetchall()
    except psycopg.errors.UndefinedTable:
        rows = []
    missing = sorted(set(migration_names()) - {row[0] for row in rows})
    if missing:
        raise SchemaMismatch(
            f"the database lacks {', '.join(missing)}: run `limnod migrate` against it first"
        )
    _refuse_newer({row[0] for row in rows})


def _apply_missing(conn: Connection) -> list[str]:
    """Apply what the database does not have yet, each file in a transaction of its own."""
    known = {row[0] for row in conn.execute("SELECT name FROM schema_migrations").fetchall()}
    _refuse_newer(known)
    applied = []
    folder = files("assets.storage").joinpath("migrations")
    for name in migration_names():
        if name in known:
            continue
        with conn.transaction():
            conn.execute(folder.joinpath(name).read_bytes())
            conn.execute("INSERT INTO schema_migrations (name) VALUES (%s)", (name,))
        applied.append(name)
    return applied


def _refuse_newer(names: set[str]) -> None:
    """Refuse a database that a newer program has migrated."""
    unknown = sorted(names - set(migration_names()))
    if unknown:
        raise SchemaMismatch(
            f"the database has {', '.join(unknown)}, which this program does not know:"
            " update the program"
        )
