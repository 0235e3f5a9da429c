"""
The rows of Dagster's database that nothing shows any more, and how they are deleted.

Dagster itself deletes whole runs only, and their materializations with them. This module is the one
place that deletes from its tables by SQL; it knows those of the pinned version.

Rule: a pass reads the rows that may go, by Dagster's own indexes, and of what stays no more than
the materializations (one for each hour and view), never all of the event log.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import dagster as dg
import sqlalchemy as sa

from orchestration.dagster_tables import CHECKS, EVENT_TAGS, EVENTS, EventLog
from orchestration.limits import ROWS_FORGOTTEN_MAX, ROWS_FORGOTTEN_PER_COMMIT

Query = sa.Select[tuple[int]] | sa.CompoundSelect[Any]

MADE = dg.DagsterEventType.ASSET_MATERIALIZATION.value
PLANNED = dg.DagsterEventType.ASSET_MATERIALIZATION_PLANNED.value

KEPT_TYPES = frozenset(
    {
        MADE,
        PLANNED,
        dg.DagsterEventType.ASSET_FAILED_TO_MATERIALIZE.value,
        dg.DagsterEventType.ASSET_WIPED.value,
        dg.DagsterEventType.ASSET_HEALTH_CHANGED.value,
        dg.DagsterEventType.FRESHNESS_STATE_CHANGE.value,
    }
)
"""Events that tell of an asset; all others are what runs logged, and observations."""


@dataclass(frozen=True, slots=True)
class OldRows:
    """
    One kind of rows that may go.

    Attributes:
        name: Of what, for people.
        table: That they are in.
        query: For the ids of those that are older than a time and may go, given also the newest id
            of the table that is older.
    """

    name: str
    table: sa.Table
    query: Callable[[datetime, int], Query]

    def count(self, storage: EventLog, before: datetime) -> int:
        """Return how many one run would delete, at most `ROWS_FORGOTTEN_MAX`."""
        return len(self._ids(storage, before))

    def delete(self, storage: EventLog, before: datetime) -> int:
        """Delete them, `ROWS_FORGOTTEN_PER_COMMIT` at a time; return how many."""
        ids = self._ids(storage, before)
        for some in _batches(ids, ROWS_FORGOTTEN_PER_COMMIT):
            with storage.index_connection() as conn:
                if self.table is EVENTS:
                    tags = EVENT_TAGS
                    conn.execute(sa.delete(tags).where(tags.c.event_id.in_(some)))
                conn.execute(sa.delete(self.table).where(self.table.c.id.in_(some)))
        return len(ids)

    def _ids(self, storage: EventLog, before: datetime) -> list[int]:
        naive = before.replace(tzinfo=None)  # as Dagster writes its times
        with storage.index_connection() as conn:
            query = self.query(naive, newest_older(conn, self.table, naive)).limit(
                ROWS_FORGOTTEN_MAX
            )
            return list(conn.execute(query).scalars())


_TIMES: Mapping[sa.Table, sa.Column[Any]] = {
    EVENTS: EVENTS.c.timestamp,
    CHECKS: CHECKS.c.evaluation_event_timestamp,
}


def newest_older(conn: sa.Connection, table: sa.Table, before: datetime) -> int:
    """
    Return up to which id the event log, or the results of checks, are older than a time.

    Ids rise with time (but for a moment among writers at once), and there is no index of times: so
    it is found by halving.
    """
    id_, time = table.c.id, _TIMES[table]
    low, high = conn.execute(sa.select(sa.func.min(id_), sa.func.max(id_))).one()
    if high is None:
        return 0
    low -= 1
    while low < high:
        middle = (low + high + 1) // 2
        last = sa.select(id_, time.label("time")).where(id_ > low, id_ <= middle)
        row = conn.execute(last.order_by(id_.desc()).limit(1)).one_or_none()
        if row is None or row.time is None or row.time < before:
            low = middle
        else:
            high = row.id - 1
    return int(low)


def without_events(storage: EventLog, run_ids: Sequence[str]) -> list[str]:
    """Return those of the runs that nothing in the event log is of."""
    columns = EVENTS.c
    with storage.index_connection() as conn:
        query = sa.select(columns.run_id).where(columns.run_id.in_(run_ids)).distinct()
        kept = set(conn.execute(query).scalars())
    return [run_id for run_id in run_ids if run_id not in kept]


def _logged(before: datetime, newest: int) -> Query:
    """Return what runs logged, apart from what they made, and observations."""
    log = EVENTS.c
    types = sorted({type_.value for type_ in dg.DagsterEventType} - KEPT_TYPES)
    forgotten = sa.or_(log.dagster_event_type.in_(types), log.dagster_event_type.is_(None))
    return sa.select(log.id).where(forgotten, log.id <= newest, log.timestamp < before)


def _checks(before: datetime, newest: int) -> Query:
    """Return old results of checks, except for the newest of each asset and check."""
    old, newer = CHECKS.c, CHECKS.alias().c
    later = sa.and_(
        newer.asset_key == old.asset_key,
        newer.check_name == old.check_name,
        newer.partition.is_not_distinct_from(old.partition),
        newer.id > old.id,
    )
    return sa.select(old.id).where(
        old.id <= newest, old.evaluation_event_timestamp < before, sa.exists().where(later)
    )


def _materializations(before: datetime, newest: int) -> Query:
    """Return old materializations, except for the newest of each asset and partition."""
    return _replaced(MADE, [MADE], before, newest)


def _planned(before: datetime, newest: int) -> Query:
    """
    Return old plans to materialize that came true, or were made again.

    Others stay: an hour that failed and was never built is shown as failed by its plan.
    """
    return _replaced(PLANNED, [MADE, PLANNED], before, newest)


def _replaced(kind: str, by: Sequence[str], before: datetime, newest: int) -> Query:
    """Return events of an asset's partitions, and of assets without, that have a later one."""
    return sa.union(
        *(
            _with_later(kind, some, before, newest, partitioned=partitioned)
            for some in by
            for partitioned in (True, False)
        )
    )


def _with_later(
    kind: str, later_kind: str, before: datetime, newest: int, *, partitioned: bool
) -> sa.Select[tuple[int]]:
    """Return the query for one of the cases; each of them has an index of Dagster's that fits."""
    old, newer = EVENTS.c, EVENTS.alias().c
    later = sa.and_(
        newer.asset_key == old.asset_key,
        newer.dagster_event_type == later_kind,
        newer.partition == old.partition if partitioned else newer.partition.is_(None),
        newer.id > old.id,
    )
    return sa.select(old.id).where(
        old.dagster_event_type == kind,
        old.partition.is_not(None) if partitioned else old.partition.is_(None),
        old.id <= newest,
        old.timestamp < before,
        sa.exists().where(later),
    )


KINDS = (
    OldRows("log lines", EVENTS, _logged),
    OldRows("results of checks", CHECKS, _checks),
    OldRows("replaced materializations", EVENTS, _materializations),
    OldRows("planned materializations", EVENTS, _planned),
)


def _batches(ids: Sequence[int], size: int) -> Iterator[Sequence[int]]:
    return (ids[at : at + size] for at in range(0, len(ids), size))
