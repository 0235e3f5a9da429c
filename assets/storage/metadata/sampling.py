"""
Which raw blocks rules of sampling keep, and the forgetting of the others.

Rule: an hour's blocks go in one transaction.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import LiteralString

from psycopg import Connection

from assets.errors import CallerError
from assets.storage.layout import SLICE_WIDTH
from assets.storage.metadata.forgetting import Going, forget

_UNKEPT: LiteralString = """
b.tags @> ARRAY[%(tag)s::text] AND b.process_id NOT IN (SELECT unnest(%(keep)s::uuid[]))
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
        "SELECT count(*), coalesce(sum(b.payload_size), 0)::bigint FROM blocks b"
        f" WHERE b.insert_time >= %(start)s AND b.insert_time < %(end)s AND {_UNKEPT}",
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
        gone = forget(
            conn, _UNKEPT, {"tag": rule.tag, "keep": list(keep)}, hour, hour + SLICE_WIDTH
        )
        blocks, size = blocks + gone.blocks, size + gone.bytes
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


def _start_of(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)
