"""What the probe saw, round by round, kept for a while where checks and people find it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from psycopg import Connection

from assets.storage.metadata.limits import PROBE_RESULTS_KEPT


@dataclass(frozen=True, slots=True)
class ProbeResult:
    """
    What became of the event that a round of the probe wrote for one view.

    Attributes:
        process_id: The run of the probe.
        sequence: Number of the round in it.
        view: Where the event must be found.
        written_at: When the round began.
        acknowledged_after: Seconds until the receiver had acknowledged it; None: not in time.
        visible_after: Seconds from there until SQL had shown it; None: not in time.
        missing: Events of this and recent rounds, acknowledged, that SQL does not show.
        doubled: Events of them that SQL shows more than once.
        problem: What stood in the way, in words.
    """

    process_id: str
    sequence: int
    view: str
    written_at: datetime
    acknowledged_after: float | None
    visible_after: float | None
    missing: int
    doubled: int
    problem: str = ""

    @property
    def is_well(self) -> bool:
        """True when the event was seen, and all recent ones exactly once."""
        return (
            self.acknowledged_after is not None
            and self.visible_after is not None
            and not self.missing
            and not self.doubled
        )


def record_probe(conn: Connection, results: Sequence[ProbeResult]) -> None:
    """Keep the results of a round, and forget old ones; harmless to repeat."""
    conn.cursor().executemany(
        """
        INSERT INTO probe_results (process_id, sequence, view, written_at, acknowledged_after,
                                   visible_after, missing, doubled, problem)
        VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING
        """,
        [
            (
                *(one.process_id, one.sequence, one.view, one.written_at),
                *(one.acknowledged_after, one.visible_after, one.missing, one.doubled),
                one.problem.replace("\0", ""),
            )
            for one in results
        ],
    )
    conn.execute(
        "DELETE FROM probe_results WHERE written_at < clock_timestamp() - %s",
        (PROBE_RESULTS_KEPT,),
    )


def probe_results(conn: Connection, view: str, since: datetime) -> list[ProbeResult]:
    """Return what was seen of a view since a time, the newest first."""
    rows = conn.execute(
        """
        SELECT process_id::text, sequence, view, written_at, acknowledged_after, visible_after,
               missing, doubled, problem
        FROM probe_results WHERE view = %s AND written_at >= %s ORDER BY written_at DESC
        """,
        (view, since),
    )
    return [
        ProbeResult(process, sequence, name, at.astimezone(UTC), *rest)
        for process, sequence, name, at, *rest in rows
    ]
