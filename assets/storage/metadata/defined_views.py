"""
The definitions of views that operators have added, and their tables.

Rule: a change is one transaction under one lock, and moves the revision. Programs compare the
revision with the one they know, which is one small read, and read the rest when it has moved.
"""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from psycopg import Connection

from assets.errors import StorageUnavailable
from assets.storage.metadata.locks import lock_key

BY_SQL = "sql"
"""The origin of what CREATE MATERIALIZED VIEW defines; every other origin is a file."""

_LOCK = ("defined views",)


@dataclass(frozen=True, slots=True)
class StoredView:
    """
    A definition as it is kept.

    Attributes:
        origin: ``sql``, or the file that it is kept in.
        definition: Its fields.
        table_number: Which of the view's tables holds its rows.
    """

    name: str
    origin: str
    definition: Mapping[str, Any]
    table_number: int


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a definition cannot be used; where it stands, and the view that it would be."""

    origin: str
    name: str
    problem: str
    since: datetime


@dataclass(frozen=True, slots=True)
class DroppedTable:
    """A table that no view uses any more."""

    name: str
    number: int
    dropped_at: datetime

    @property
    def table(self) -> str:
        """What the table is called."""
        return table_name(self.name, self.number)


def never_read(why: str) -> StorageUnavailable:
    """Return the error of a program that has not been able yet to read the definitions."""
    return StorageUnavailable(
        f"which views are defined is not known, as it could not be read yet; try again: {why}"
    )


def table_name(name: str, number: int) -> str:
    """Return what a view's table is called; no view of ours has a dash in its name."""
    return f"{name}-{number}"


def revision(conn: Connection) -> int:
    """Return a number that is another one after every change."""
    row = conn.execute("SELECT revision FROM defined_views_revision").fetchone()
    assert row is not None, "the migration has made the row"
    return int(row[0])


def stored_views(conn: Connection) -> list[StoredView]:
    """Return every definition, by name."""
    rows = conn.execute(
        "SELECT name, origin, definition, table_number FROM defined_views ORDER BY name"
    )
    return [StoredView(*row) for row in rows]


@contextmanager
def changing(conn: Connection) -> Iterator[None]:
    """Hold the one transaction in which definitions change, and move the revision at its end."""
    with conn.transaction():
        conn.execute("SELECT pg_advisory_xact_lock(%s)", (lock_key(*_LOCK),))
        yield
        conn.execute("UPDATE defined_views_revision SET revision = revision + 1")


def put_view(
    conn: Connection,
    name: str,
    origin: str,
    definition: Mapping[str, Any],
    columns: Mapping[str, str],
) -> int:
    """
    Define a view, or define it anew; inside of ``changing``. Returns the number of its table.

    Args:
        conn: The transaction.
        name: The view.
        origin: ``sql``, or the file.
        definition: Its fields.
        columns: What its table keeps: names and types. A table in which one of these names has
            another type cannot be kept: the view gets a new one.
    """
    number = _table_for(conn, name, columns)
    conn.execute(
        """
        INSERT INTO defined_views (name, origin, definition, table_number) VALUES (%s, %s, %s, %s)
        ON CONFLICT (name) DO UPDATE SET origin = excluded.origin,
            definition = excluded.definition, table_number = excluded.table_number,
            changed_at = clock_timestamp()
        """,
        (name, origin, json.dumps(definition), number),
    )
    return number


def drop_view(conn: Connection, name: str) -> bool:
    """
    Forget a view, inside of ``changing``; returns whether there was one.

    Its table stays until maintenance removes it. What is kept about it by name goes with it.
    """
    gone = conn.execute("DELETE FROM defined_views WHERE name = %s", (name,)).rowcount
    if not gone:
        return False
    conn.execute(
        "UPDATE defined_tables SET dropped_at = clock_timestamp()"
        " WHERE name = %s AND dropped_at IS NULL",
        (name,),
    )
    conn.execute("DELETE FROM retention WHERE subject = %s", (name,))
    conn.execute("DELETE FROM check_results WHERE view = %s", (name,))
    return True


def problems(conn: Connection) -> list[Problem]:
    """Return what is wrong with definitions, by where they stand."""
    rows = conn.execute(
        "SELECT origin, name, problem, since FROM defined_view_problems ORDER BY origin"
    )
    return [Problem(origin, name, text, at.astimezone(UTC)) for origin, name, text, at in rows]


def put_problem(conn: Connection, origin: str, name: str, problem: str) -> bool:
    """Note what is wrong with a definition; returns whether that is news."""
    changed = conn.execute(
        """
        INSERT INTO defined_view_problems AS p (origin, name, problem) VALUES (%s, %s, %s)
        ON CONFLICT (origin) DO UPDATE SET name = excluded.name, problem = excluded.problem,
            since = clock_timestamp()
        WHERE p.problem <> excluded.problem
        """,
        (origin, name, problem.replace("\0", "")),
    )
    return changed.rowcount > 0


def drop_problem(conn: Connection, origin: str) -> None:
    """Note that nothing is wrong there any more; harmless to repeat."""
    conn.execute("DELETE FROM defined_view_problems WHERE origin = %s", (origin,))


def dropped_tables(conn: Connection, before: datetime) -> list[DroppedTable]:
    """Return the tables that were dropped before a time and are not removed yet."""
    rows = conn.execute(
        """
        SELECT name, number, dropped_at FROM defined_tables
        WHERE dropped_at < %s AND removed_at IS NULL ORDER BY dropped_at, name, number
        """,
        (before,),
    )
    return [DroppedTable(name, number, at.astimezone(UTC)) for name, number, at in rows]


def begin_removal(conn: Connection, dropped: DroppedTable) -> bool:
    """
    Say that a table is being removed: no view gets it back. Returns whether it may be; inside of
    ``changing``.

    A view that was defined again meanwhile has it back already.
    """
    begun = conn.execute(
        """
        UPDATE defined_tables SET removal_at = coalesce(removal_at, clock_timestamp())
        WHERE name = %s AND number = %s AND dropped_at IS NOT NULL
        """,
        (dropped.name, dropped.number),
    )
    return begun.rowcount > 0


def end_removal(conn: Connection, dropped: DroppedTable) -> None:
    """Say that nothing is left of a table."""
    conn.execute(
        "UPDATE defined_tables SET removed_at = clock_timestamp() WHERE name = %s AND number = %s",
        (dropped.name, dropped.number),
    )


def _table_for(conn: Connection, name: str, columns: Mapping[str, str]) -> int:
    """Return the view's newest table if these columns fit into it, else a new one."""
    row = conn.execute(
        """
        SELECT number, columns, removal_at IS NULL FROM defined_tables
        WHERE name = %s ORDER BY number DESC LIMIT 1
        """,
        (name,),
    ).fetchone()
    number = row[0] if row else 0
    if row is not None:
        kept: dict[str, str] = row[1]
        if row[2] and all(kept.get(column, kind) == kind for column, kind in columns.items()):
            conn.execute(
                "UPDATE defined_tables SET dropped_at = NULL, columns = %s"
                " WHERE name = %s AND number = %s",
                (json.dumps(kept | dict(columns)), name, number),
            )
            return int(number)
        conn.execute(
            "UPDATE defined_tables SET dropped_at = clock_timestamp()"
            " WHERE name = %s AND dropped_at IS NULL",
            (name,),
        )
    conn.execute(
        "INSERT INTO defined_tables (name, number, columns) VALUES (%s, %s, %s)",
        (name, number + 1, json.dumps(dict(columns))),
    )
    return int(number) + 1
