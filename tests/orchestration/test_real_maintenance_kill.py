"""A run of maintenance is killed in the middle of what cannot be undone: the next one ends it."""

from datetime import date
from pathlib import Path

import psycopg
import pytest

from assets.storage.metadata.raw_days import raw_days
from assets.storage.metadata.retention import RAW, Rule, half_dropped_days, mark_retiring, set_rule
from benchmarks.orchestration.processes import DagsterProcesses
from benchmarks.soak.maintenance import GLOBAL_VIEWS
from stack.postgres import EmbeddedPostgres
from tests.orchestration.lake_under_load import (
    HOUR,
    PATIENCE_S,
    LakeUnderLoad,
    dagster_on,
    lake_under_load,
    launch_job,
    run_processes,
    status,
)

HOURS_BEHIND = 96
ENDS = {"SUCCESS", "FAILURE", "CANCELED"}


def overdue(loaded: LakeUnderLoad) -> date:
    """Let a day be marked to go, as raw retention has done some hours ago; return it."""
    loaded.clients.wait_until_heard()
    loaded.clients.finish()
    loaded.lake.clock.advance(HOURS_BEHIND * HOUR)
    for view in GLOBAL_VIEWS:
        loaded.lake.maintenance.increment(view)
    with loaded.lake.maintenance.lake.connection() as conn:
        set_rule(conn, Rule(RAW, keep_days=1))
        day = next(found.day for found in raw_days(conn) if found.blocks)
        mark_retiring(conn, day)
        conn.execute("UPDATE retiring_days SET covered_at = covered_at - interval '2 h'")
    return day


def ended(dagster: DagsterProcesses, run_id: str) -> str:
    """Wait for a run's end; return how it ended."""
    dagster.wait_for("the end of a run", lambda: status(dagster, run_id) in ENDS, PATIENCE_S)
    return status(dagster, run_id)


@pytest.mark.slow
def test_raw_retention_that_is_killed_while_it_drops_a_day_is_ended_by_the_next_run(
    postgres_server: EmbeddedPostgres, tmp_path: Path
) -> None:
    """
    The day is gone from all queries then, and not yet from the disk; no row of a table is missing.
    """
    with lake_under_load(postgres_server, tmp_path, hours_behind=HOURS_BEHIND) as loaded:
        day = overdue(loaded)
        lake = loaded.lake.maintenance.lake
        with dagster_on(loaded, postgres_server, tmp_path) as dagster:
            # A reader that does not end holds the drop in its middle, for as long as it waits.
            with psycopg.connect(loaded.lake.environ["LIMNO_DATABASE_URL"]) as reader:
                reader.execute("SELECT count(*) FROM blocks")
                killed = launch_job(dagster, "raw_retention", {})
                dagster.wait_for(
                    "a drop that has begun", lambda: day in half_dropped(loaded), PATIENCE_S, 0.05
                )
                for process in run_processes(dagster):
                    process.kill()
                assert ended(dagster, killed) == "FAILURE"
            loaded.check()
            assert day in half_dropped(loaded)
            assert ended(dagster, launch_job(dagster, "raw_retention", {})) == "SUCCESS"
            loaded.check()
            with lake.connection() as conn:
                assert half_dropped_days(conn) == []
                assert day not in {found.day for found in raw_days(conn)}


def half_dropped(loaded: LakeUnderLoad) -> list[date]:
    """Return the days whose drop has begun and has not ended."""
    with loaded.lake.maintenance.lake.connection() as conn:
        return half_dropped_days(conn)
