"""
Which raw blocks rules of sampling keep, and the forgetting of the others.

Rule: an hour's blocks go in one transaction, which notes that the hour is no longer whole. A reader
sees all of them or none, and whoever would make rows from what is left sees the note.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import LiteralString

from psycopg import Connection

from assets.errors import CallerError
from assets.storage.layout import SLICE_WIDTH
from assets.storage.metadata.locks import RAW_LOCK, advisory_lock

_GOING: LiteralString = """
b.insert_time >= %(start)s AND b.insert_time < %(end)s AND b.tags @> ARRAY[%(tag)s::text]
AND b.process_id NOT IN (SELECT unnest(%(keep)s::uuid[]))
"""

_FORGET: LiteralString = f"""
WITH gone AS (
    DELETE FROM blocks b WHERE {_GOING} RETURNING b.block_id, b.payload_size, b.tags
), noted AS (
    INSERT INTO sampled_hours (slice_start, tag)
    SELECT DISTINCT %(start)s::timestamptz, tag FROM gone, unnest(gone.tags) AS tag
    ON CONFLICT DO NOTHING
), subtracted AS (
    UPDATE day_sizes SET blocks = blocks - (SELECT count(*) FROM gone),
        bytes = bytes - (SELECT coalesce(sum(payload_size), 0) FROM gone)
    WHERE day = (%(start)s::timestamptz AT TIME ZONE 'UTC')::date
), released AS (
    DELETE FROM quarantine q USING gone WHERE q.block_id = gone.block_id
)
SELECT count(*), coalesce(sum(payload_size), 0)::bigint FROM gone
"""


@dataclass(frozen=True, slots=True)
class SamplingRule:
    """
    Of which processes the raw blocks of a tag are kept.

    Attributes:
        name: What people call it.
        tag: Of the blocks that it is about.
        keep: SQL that returns the process_id of those to keep; None: of none.
        after_days: Blocks are looked at when their day ended so many days ago.
        around_days: The SQL is asked about their day and so many days before and after it.
    """

    name: str
    tag: str
    keep: str | None
    after_days: int
    around_days: int


@dataclass(frozen=True, slots=True)
class SampledDay:
    """How far a rule is with a day: since when tables have its rows, and when it was done."""

    covered_at: datetime
    done_at: datetime | None


@dataclass(frozen=True, slots=True)
class Going:
    """What a rule forgets of a day, or has forgotten."""

    blocks: int
    bytes: int


def sampling_rules(conn: Connection) -> list[SamplingRule]:
    """Return all rules, by name."""
    rows = conn.execute(
        "SELECT name, tag, keep, after_days, around_days FROM sampling_rules ORDER BY name"
    )
    return [SamplingRule(*row) for row in rows]


def set_sampling_rule(conn: Connection, rule: SamplingRule) -> None:
    """
    Make or change a rule; days that it was done with are looked at again.

    Raises:
        CallerError: Its days make no sense.
    """
    if rule.after_days <= rule.around_days:
        raise CallerError(
            f"after_days = {rule.after_days} of {rule.name} must be more than around_days ="
            f" {rule.around_days}: what its SQL is asked about must have happened by then"
        )
    with conn.transaction():
        drop_sampling_rule(conn, rule.name)
        conn.execute(
            """
            INSERT INTO sampling_rules (name, tag, keep, after_days, around_days)
            VALUES (%s, %s, %s, %s, %s)
            """,
            (rule.name, rule.tag, rule.keep, rule.after_days, rule.around_days),
        )


def drop_sampling_rule(conn: Connection, name: str) -> None:
    """Forget a rule; what it has forgotten stays forgotten."""
    conn.execute("DELETE FROM sampling_rules WHERE name = %s", (name,))


def sampled_days(conn: Connection, rule: str) -> dict[date, SampledDay]:
    """Return the days that a rule has begun with."""
    rows = conn.execute(
        "SELECT day, covered_at, done_at FROM sampled_days WHERE rule = %s", (rule,)
    )
    return {
        day: SampledDay(covered.astimezone(UTC), done and done.astimezone(UTC))
        for day, covered, done in rows
    }


def mark_sampled_day(conn: Connection, rule: str, day: date) -> None:
    """Note that all tables have the rows of a day; harmless to repeat, and without the rule."""
    conn.execute(
        """
        INSERT INTO sampled_days (rule, day) SELECT name, %s FROM sampling_rules WHERE name = %s
        ON CONFLICT DO NOTHING
        """,
        (day, rule),
    )


def unmark_sampled_day(conn: Connection, rule: str, day: date) -> None:
    """Forget that: a table was found to lack some after all."""
    conn.execute("DELETE FROM sampled_days WHERE rule = %s AND day = %s", (rule, day))


def going(conn: Connection, rule: SamplingRule, day: date, keep: Sequence[str]) -> Going:
    """Return what the rule would forget of a UTC day; *keep*: the processes that it keeps."""
    start = _start_of(day)
    row = conn.execute(
        f"SELECT count(*), coalesce(sum(b.payload_size), 0)::bigint FROM blocks b WHERE {_GOING}",
        {"start": start, "end": start + timedelta(days=1), "tag": rule.tag, "keep": list(keep)},
    ).fetchone()
    assert row is not None, "an aggregate has one row"
    return Going(*row)


def forget_unkept(conn: Connection, rule: SamplingRule, day: date, keep: Sequence[str]) -> Going:
    """
    Forget the day's blocks that the rule does not keep, an hour at a time; harmless to repeat.

    The connection is in autocommit mode. Killed in between, the next call does the rest.
    """
    blocks = size = 0
    start = _start_of(day)
    for hour in (start + n * SLICE_WIDTH for n in range(24)):
        values = {"start": hour, "end": hour + SLICE_WIDTH, "tag": rule.tag, "keep": list(keep)}
        with advisory_lock(conn, RAW_LOCK):
            row = conn.execute(_FORGET, values).fetchone()
        assert row is not None, "an aggregate has one row"
        blocks, size = blocks + row[0], size + row[1]
    conn.execute(
        "UPDATE sampled_days SET done_at = clock_timestamp() WHERE rule = %s AND day = %s",
        (rule.name, day),
    )
    return Going(blocks, size)


def forget_sampled(conn: Connection, day: date) -> None:
    """Forget what rules did to a day of which no block is left."""
    start = _start_of(day)
    conn.execute("DELETE FROM sampled_days WHERE day = %s", (day,))
    conn.execute(
        "DELETE FROM sampled_hours WHERE slice_start >= %s AND slice_start < %s",
        (start, start + timedelta(days=1)),
    )


def sampled_starts(conn: Connection, tag: str, starts: Collection[datetime]) -> set[datetime]:
    """Return those of *starts* whose hour has lost blocks of a tag."""
    rows = conn.execute(
        "SELECT slice_start FROM sampled_hours WHERE tag = %s AND slice_start = ANY(%s)",
        (tag, list(starts)),
    )
    return {row[0].astimezone(UTC) for row in rows}


def _start_of(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)
