"""
What runs cost: how many the daemon launches in an hour, CPU of each, CPU of each slice in them.

Beside a project whose runs do nothing, and beside the same slices built without Dagster. CPU is of
code server, daemon, webserver and the runs themselves, less what they use idle, and of Postgres on
both sides.
"""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import psutil

from assets.materialize import materialize
from assets.storage.lake import open_lake
from assets.storage.layout import Slice
from assets.storage.tables import TableCache
from assets.views.catalog import view_named
from benchmarks.orchestration.empty_project import JOB_NAME as NOTHING
from benchmarks.orchestration.hours_of_traffic import send_hours
from benchmarks.orchestration.processes import DagsterProcesses, dagster_processes
from benchmarks.orchestration.starting import Started, lines_of_start, started
from benchmarks.report_lines import Line, Spent, measured
from benchmarks.scratch_lake import ScratchLake, scratch_lake
from orchestration.hours import key_of
from orchestration.past_runs import RANGE_END, RANGE_START
from orchestration.run_tags import REASON, WORK

VIEWS = ("log_entries", "log_stats")
INCREMENTS = "materialize_increments"
"""The sensor's job; importing its name would load all definitions here too."""

RUNS_END_S = 600.0
NO_SENSOR = {
    "LIMNO_ORCHESTRATION_INCREMENT_AGE_S": "1000000",
    "LIMNO_ORCHESTRATION_INCREMENT_BYTES": str(1 << 50),
}

LAUNCH = """
mutation Launch($params: ExecutionParams!) {
  launchRun(executionParams: $params) { ... on LaunchRunSuccess { run { runId } } }
}
"""
ENDED = """
query Ended($filter: RunsFilter) {
  runsOrError(filter: $filter) { ... on Runs { results { status } } }
}
"""
OURS = {REASON: "benchmark", WORK: "increment"}
"""A tag of what is launched here: schedules may launch runs of their own meanwhile."""


@dataclass(frozen=True, slots=True)
class Size:
    """
    How much is measured.

    Attributes:
        runs: Runs of one slice each.
        slices: Of the one run over several.
        blocks: Of a slice,
        rows: and of each block.
        idle_s: For how long the processes are watched while nothing is launched.
    """

    runs: int
    slices: int
    blocks: int
    rows: int
    idle_s: float


def lines(size: Size) -> Iterator[Line]:
    """Yield the lines about starting Dagster and running slices in it."""
    with scratch_lake() as lake:
        hours = send_hours(lake, size.runs + 2 * size.slices, size.blocks, size.rows)
        alone, together = hours[: size.runs], hours[size.runs : size.runs + size.slices]
        plain = without_dagster(lake, hours[size.runs + size.slices :])
        with ours_on(lake) as (dagster, our_start):
            our_idle = idle(lake, dagster, size.idle_s)
            each = ran(lake, dagster, INCREMENTS, VIEWS, [[slice_] for slice_ in alone])
            one = ran(lake, dagster, INCREMENTS, VIEWS, [together])
        with empty_on(lake) as (dagster, empty_start):
            empty_idle = idle(lake, dagster, size.idle_s)
            nothing = ran(lake, dagster, NOTHING, ["nothing"], [[slice_] for slice_ in alone])
    yield from lines_of_start(our_start, empty_start)
    yield Line(
        name="orchestration.idle",
        value=60 * _rate(our_idle),
        unit="CPU s/minute",
        peer="an idle project with one asset that does nothing",
        peer_value=60 * _rate(empty_idle),
    )
    beyond = [_beyond(spent, our_idle) for spent in (each, one)]
    yield from _lines(size, each, beyond, (nothing, _beyond(nothing, empty_idle)), plain)


def without_dagster(lake: ScratchLake, slices: Sequence[Slice]) -> Spent:
    """Build slices of the views by a function call; the first one is not counted."""
    tables = TableCache()
    with open_lake(lake.settings) as opened:
        materialize(opened, view_named("measures"), tables)
        with measured(ours=psutil.Process(), postgres=lake.postgres) as spent:
            for view in VIEWS:
                materialize(opened, view_named(view), tables, slices=slices)
    return spent


@contextmanager
def ours_on(lake: ScratchLake) -> Iterator[tuple[DagsterProcesses, Started]]:
    """Run our Dagster with a sensor that asks for nothing."""
    assert lake.server is not None, "scratch_lake() has one"
    where = {
        "LIMNO_DATABASE_URL": lake.settings.database_url,
        "LIMNO_ROOT_URI": lake.settings.root_uri,
    }
    state = lake.server.ensure_database("ours")
    with started(
        lambda: dagster_processes(lake.folder / "ours", state, where | NO_SENSOR)
    ) as running:
        yield running


@contextmanager
def empty_on(lake: ScratchLake) -> Iterator[tuple[DagsterProcesses, Started]]:
    """Run Dagster on the empty project."""
    assert lake.server is not None, "scratch_lake() has one"
    server = "benchmarks.orchestration.empty_server"
    state = lake.server.ensure_database("empty")
    with started(lambda: dagster_processes(lake.folder / "empty", state, {}, server)) as running:
        yield running


def ran(
    lake: ScratchLake,
    dagster: DagsterProcesses,
    job: str,
    assets: Sequence[str],
    runs: Sequence[Sequence[Slice]],
) -> Spent:
    """Launch runs over these slices, all at once, and measure until they have ended."""
    watched = {name: part.process for name, part in dagster.parts.items()}
    before = len(_statuses(dagster))
    with measured(postgres=lake.postgres, **watched) as spent:
        for slices in runs:
            _launch(dagster, job, assets, slices)
        dagster.wait_for("the runs", lambda: _ended(dagster, before + len(runs)), RUNS_END_S, 1.0)
    statuses = _statuses(dagster)
    assert set(statuses) == {"SUCCESS"}, f"a run did not succeed: {statuses}"
    return spent


def idle(lake: ScratchLake, dagster: DagsterProcesses, seconds: float) -> Spent:
    """Measure what the processes use by themselves: sensors and schedules are looked at."""
    watched = {name: part.process for name, part in dagster.parts.items()}
    with measured(postgres=lake.postgres, **watched) as spent:
        time.sleep(seconds)
    return spent


def _rate(spent: Spent) -> float:
    return sum(spent.cpu_s.values()) / spent.wall_s


def _beyond(spent: Spent, while_idle: Spent) -> float:
    """Return the CPU seconds that runs took beyond what is used without any in the same time."""
    total = sum(spent.cpu_s.values())
    return max(total - _rate(while_idle) * spent.wall_s, total / 10)


def _launch(
    dagster: DagsterProcesses, job: str, assets: Sequence[str], slices: Sequence[Slice]
) -> None:
    hours = {RANGE_START: key_of(slices[0].start), RANGE_END: key_of(slices[-1].start)}
    tags = hours | OURS
    params = {
        "selector": {
            "repositoryLocationName": "limnograph",
            "repositoryName": "__repository__",
            "jobName": job,
            "assetSelection": [{"path": [asset]} for asset in assets],
            "assetCheckSelection": [],
        },
        "runConfigData": {},
        "mode": "default",
        "executionMetadata": {"tags": [{"key": k, "value": v} for k, v in tags.items()]},
    }
    answer = dagster.ask(LAUNCH, params=params)["launchRun"]
    assert "run" in answer, f"{job} was not launched: {answer}"


def _statuses(dagster: DagsterProcesses) -> list[str]:
    ours = {"tags": [{"key": key, "value": value} for key, value in OURS.items()]}
    return [run["status"] for run in dagster.ask(ENDED, filter=ours)["runsOrError"]["results"]]


def _ended(dagster: DagsterProcesses, runs: int) -> bool:
    ends = {"SUCCESS", "FAILURE", "CANCELED"}
    return sum(status in ends for status in _statuses(dagster)) >= runs


def _lines(
    size: Size, each: Spent, beyond: Sequence[float], nothing: tuple[Spent, float], plain: Spent
) -> Iterator[Line]:
    each_cpu, one_cpu = beyond
    nothing_wall, nothing_cpu = nothing[0].wall_s, nothing[1]
    conditions = {
        "runs": size.runs,
        "runs_per_hour": round(3600 * size.runs / each.wall_s),
        "slices": size.slices,
        "rows_per_slice": size.rows * size.blocks,
    }
    empty = "the same number of runs of an asset that does nothing"
    by_call = "the same slices built by a function call"
    plain_cpu = sum(plain.cpu_s.values()) / size.slices
    runs, slices = size.runs, size.slices
    for name, unit, value, peer, peer_value in (
        ("launch", "s/run", each.wall_s / runs, empty, nothing_wall / runs),
        ("run", "CPU s/run", each_cpu / runs, empty, nothing_cpu / runs),
        ("slice", "CPU s/slice", one_cpu / slices, by_call, plain_cpu),
        ("slice of its own run", "CPU s/slice", each_cpu / runs, by_call, plain_cpu),
    ):
        yield Line(
            name=f"orchestration.{name}",
            value=value,
            unit=unit,
            peer=peer,
            peer_value=peer_value,
            conditions=conditions,
        )
