"""
What services and commands built by themselves, kept until the orchestration has told Dagster of it.

Rule: a report is news, never a ledger. What a table holds stands in its Delta log; a report that
is lost costs a line in the UI, one that is told twice says the same twice.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from psycopg import Connection

from assets.storage.layout import Slice
from assets.storage.metadata.limits import BUILD_REPORTS_MAX


@dataclass(frozen=True, slots=True)
class BuildReport:
    """
    One build that was no run of Dagster's.

    Attributes:
        report_id: Made by who built; a report that is sent twice is kept once.
        slices: What was brought up to date, all of one process in a view kept per process.
        rows: Rows written.
        bytes: Payload bytes of the blocks as stored.
        builder: Who built, for people.
        built_at: When it was reported (UTC); None before that.
    """

    report_id: UUID
    view: str
    slices: tuple[Slice, ...]
    rows: int
    bytes: int
    blocks: int
    seconds: float
    builder: str
    built_at: datetime | None = None

    @property
    def process_id(self) -> str:
        """The process, or "" in a view that is kept for all of them."""
        return self.slices[0].process_id if self.slices else ""


def report_build(conn: Connection, report: BuildReport) -> None:
    """Keep a report; beyond BUILD_REPORTS_MAX the oldest are dropped. Harmless to repeat."""
    with conn.transaction():
        conn.execute(
            """
            INSERT INTO build_reports
                (report_id, view, process_id, hours, rows, bytes, blocks, seconds, builder)
            VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING
            """,
            (
                report.report_id,
                report.view,
                report.process_id or None,
                [slice_.start for slice_ in report.slices],
                report.rows,
                report.bytes,
                report.blocks,
                report.seconds,
                report.builder,
            ),
        )
        conn.execute(
            """
            DELETE FROM build_reports WHERE (built_at, report_id) <= (
                SELECT built_at, report_id FROM build_reports
                ORDER BY built_at DESC, report_id DESC OFFSET %s LIMIT 1
            )
            """,
            (BUILD_REPORTS_MAX,),
        )


def build_reports(
    conn: Connection, limit: int, views: Collection[str] | None = None
) -> list[BuildReport]:
    """Return the oldest reports that nobody has told of; only those of *views*, if given."""
    rows = conn.execute(
        """
        SELECT report_id, view, process_id::text, hours, rows, bytes, blocks, seconds, builder,
               built_at
        FROM build_reports WHERE %(views)s::text[] IS NULL OR view = ANY(%(views)s)
        ORDER BY built_at, report_id LIMIT %(limit)s
        """,
        {"limit": limit, "views": None if views is None else sorted(views)},
    )
    return [
        BuildReport(
            row[0],
            row[1],
            tuple(Slice(hour.astimezone(UTC), row[2] or "") for hour in row[3]),
            rows=row[4],
            bytes=row[5],
            blocks=row[6],
            seconds=row[7],
            builder=row[8],
            built_at=row[9].astimezone(UTC),
        )
        for row in rows
    ]


def forget_reports(conn: Connection, ids: Collection[UUID]) -> None:
    """Delete reports that were told."""
    conn.execute("DELETE FROM build_reports WHERE report_id = ANY(%s)", (list(ids),))


def forget_older_reports(conn: Connection, age: timedelta) -> None:
    """Delete reports that nobody has told of for so long."""
    conn.execute("DELETE FROM build_reports WHERE built_at < clock_timestamp() - %s", (age,))
