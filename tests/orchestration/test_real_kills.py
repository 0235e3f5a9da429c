"""
Runs, daemon and code server are killed at random moments: nothing is lost, nothing is doubled.

Real programs under load. After each blow SQL must agree with what was acknowledged, and in the end
the tables must hold it all.
"""

import random
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import psutil
import pytest

from benchmarks.orchestration.processes import CODE, DAEMON, DagsterProcesses
from orchestration.run_tags import REASON
from stack.postgres import EmbeddedPostgres
from tests.orchestration.lake_under_load import (
    HOUR,
    PATIENCE_S,
    RUN,
    LakeUnderLoad,
    dagster_on,
    lake_under_load,
    launch_hours,
    launch_job,
    run_processes,
    sensor_runs,
    status,
    tags_of,
)

HOURS = 4
COMMITS_PER_HOUR = 4
KILLED_WITHIN_S = 2.0
ENDS = {"SUCCESS", "FAILURE", "CANCELED"}
TABLES = ("log_entries", "measures")
COMPACTION = {"ops": {"run_compaction": {"config": {"files_min": 2, "quiet_hours": 0}}}}


@pytest.fixture
def loaded(postgres_server: EmbeddedPostgres, tmp_path: Path) -> Iterator[LakeUnderLoad]:
    """Return a lake whose hours so far are in its tables, in several files each."""
    with lake_under_load(postgres_server, tmp_path, hours_behind=HOURS) as lake:
        for _ in range(HOURS):
            for _ in range(COMMITS_PER_HOUR):
                lake.clients.wait_until_heard()
                for view in TABLES:
                    lake.lake.maintenance.increment(view)
            lake.an_hour_passes()
        yield lake


def kill_going_runs(dagster: DagsterProcesses, chance: random.Random) -> None:
    """SIGKILL all runs' processes at some moment of their work."""
    time.sleep(chance.uniform(0.0, KILLED_WITHIN_S))
    for process in run_processes(dagster):
        process.kill()


def wait_until(dagster: DagsterProcesses, run_id: str, statuses: set[str]) -> str:
    """Wait until a run has one of these statuses; returns it."""
    dagster.wait_for(str(statuses), lambda: status(dagster, run_id) in statuses, PATIENCE_S)
    return status(dagster, run_id)


@pytest.mark.slow
def test_runs_that_are_killed_lose_and_double_nothing_and_the_next_ones_complete(
    loaded: LakeUnderLoad, postgres_server: EmbeddedPostgres, tmp_path: Path
) -> None:
    """
    An increment, a rebuild and a compaction, each hit at a random moment of its work, are noticed
    at once; the sensor goes on, and the same launched again succeeds.
    """
    seed = random.SystemRandom().getrandbits(32)
    print(f"seed {seed}")
    chance = random.Random(seed)
    this_hour = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    past = [this_hour - n * HOUR for n in range(HOURS, 0, -1)]
    with dagster_on(loaded, postgres_server, tmp_path) as dagster:
        dagster.wait_for("a run of the sensor", lambda: run_processes(dagster), PATIENCE_S, 0.1)
        kill_going_runs(dagster, chance)
        loaded.check()

        for again in (False, True):
            rebuild = launch_hours(dagster, TABLES, past)
            compaction = launch_job(dagster, "compaction", COMPACTION)
            for run in (rebuild, compaction):
                if not again:
                    wait_until(dagster, run, {"STARTED", *ENDS})
                    kill_going_runs(dagster, chance)
                ended = wait_until(dagster, run, ENDS)
                assert ended == "SUCCESS" or not again, f"seed {seed}"
            loaded.check()
        why = tags_of(dagster.ask(RUN, id=compaction)["runOrError"])[REASON]
        assert why == "maintenance: compaction, launched by hand"
        loaded.drains(dagster)
        # The tables are full a moment before the run that filled them is told to have ended.
        dagster.wait_for(
            "a run of the sensor that succeeded",
            lambda: "SUCCESS" in {run["status"] for run in sensor_runs(dagster)},
            PATIENCE_S,
        )


@pytest.mark.slow
def test_when_daemon_and_code_server_are_killed_others_take_over(
    loaded: LakeUnderLoad, postgres_server: EmbeddedPostgres, tmp_path: Path
) -> None:
    """
    A run whose code server dies is reported as failed by the next one; the daemon that comes back
    goes on as if nothing had been, and nobody else notices.
    """
    with dagster_on(loaded, postgres_server, tmp_path) as dagster:
        dagster.wait_for("a run of the sensor", lambda: run_processes(dagster), PATIENCE_S, 0.1)
        orphans = run_processes(dagster)
        dagster.parts[DAEMON].kill()
        dagster.parts[CODE].kill()
        loaded.check()
        psutil.wait_procs(orphans, PATIENCE_S)
        loaded.check()
        dagster.start_code_server()
        dagster.wait_until_loaded()
        dagster.parts[DAEMON].start()
        loaded.drains(dagster)
        dagster.wait_for(
            "the end of all runs, of the killed ones too",
            lambda: {run["status"] for run in sensor_runs(dagster)} <= ENDS,
            PATIENCE_S,
        )
