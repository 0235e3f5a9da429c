"""A real receiver with clients that send all the time, and Dagster beside it, to be killed."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import psutil

from assets.materialize import backlog
from assets.storage.tables import TableCache
from assets.views.catalog import VIEWS, view_named
from assets.views.physical import table_spec
from benchmarks.orchestration.processes import CODE, DagsterProcesses
from benchmarks.soak.account import ANSWERS, TAGS, Account, marks_in
from benchmarks.soak.kills import Clients, Killable
from benchmarks.soak.lakes import KillableLake, killable_lake
from orchestration.hours import key_of
from orchestration.past_runs import RANGE_END, RANGE_START
from stack.postgres import EmbeddedPostgres
from tests.orchestration.dagster_processes import dagster_processes

HOUR = timedelta(hours=1)
TABLES = {"log": "log_entries", "metrics": "measures"}
PATIENCE_S = 400.0
PAUSE_S = 0.2
"""Between two requests of a client: the load is there all the time, and leaves room for Dagster."""

LAUNCH = """
mutation Launch($params: ExecutionParams!) {
  launchRun(executionParams: $params) {
    __typename
    ... on LaunchRunSuccess { run { runId } }
    ... on PythonError { message }
    ... on RunConfigValidationInvalid { errors { message } }
  }
}
"""
RUN = """
query Run($id: ID!) { runOrError(runId: $id) { ... on Run { status tags { key value } } } }
"""
RUNS = """
query Runs($filter: RunsFilter) {
  runsOrError(filter: $filter) { ... on Runs { results { runId status tags { key value } } } }
}
"""


class LakeUnderLoad:
    """A lake to which clients send, and what must be true of it at any moment."""

    def __init__(self, lake: KillableLake, clients: Clients, account: Account) -> None:
        self.lake = lake
        self.clients = clients
        self.account = account

    def check(self) -> None:
        """Ask SQL for every event: all that was acknowledged before, each once."""
        for tag in TAGS:
            before = self.account.acknowledged_now(tag)
            answer = self.lake.maintenance.ask(ANSWERS[tag])
            self.account.check(tag, before, marks_in(answer))

    def an_hour_passes(self) -> None:
        """Let some blocks arrive, then move the clock of the lake."""
        self.clients.wait_until_heard()
        self.clients.wait_until_heard()  # the first may have been sent an hour ago
        self.lake.clock.advance(HOUR)

    def lacking(self) -> list[datetime]:
        """Return the hours of which some table lacks something."""
        opened = self.lake.maintenance.lake
        return sorted(
            {
                gap.slice.start
                for view in VIEWS
                if view.scope == "global"
                for gap in backlog(opened, view, TableCache()).gaps
            }
        )

    def stored(self, tag: str) -> int:
        """Return how many rows the table of a tag holds."""
        spec = table_spec(view_named(TABLES[tag]))
        snapshot = TableCache().snapshot(self.lake.maintenance.lake, spec)
        return int(snapshot.files["num_records"].sum())

    def drains(self, dagster: DagsterProcesses) -> None:
        """Stop sending; wait until the tables lack nothing, and count what they hold."""
        self.clients.finish()
        dagster.wait_for("an empty tail", lambda: not self.lacking(), PATIENCE_S, 2.0)
        self.check()
        for tag in TAGS:
            assert self.stored(tag) == len(self.account.acknowledged_now(tag))


@contextmanager
def lake_under_load(
    server: EmbeddedPostgres, folder: Path, *, hours_behind: int
) -> Iterator[LakeUnderLoad]:
    """Run a receiver and a client on a lake whose clock is some hours behind."""
    with ExitStack() as exits:
        lake = killable_lake(server, folder, exits, behind=hours_behind * HOUR)
        receiver = Killable(["-m", "ingest_api"], lake.environ)
        receiver.start()
        exits.callback(receiver.kill)
        account = Account()
        clients = Clients(lake.port, account, threads=1, pause_s=PAUSE_S)
        exits.callback(clients.finish)
        yield LakeUnderLoad(lake, clients, account)


@contextmanager
def dagster_on(
    loaded: LakeUnderLoad, server: EmbeddedPostgres, folder: Path
) -> Iterator[DagsterProcesses]:
    """Run Dagster on the lake, with a sensor that looks as often as it may."""
    lake = {name: loaded.lake.environ[name] for name in ("LIMNO_DATABASE_URL", "LIMNO_ROOT_URI")}
    state = server.ensure_database("dagster_" + lake["LIMNO_DATABASE_URL"].rpartition("_")[2])
    environment = {"LIMNO_ORCHESTRATION_SENSOR_INTERVAL_S": "5", **lake}
    with dagster_processes(folder / "dagster", state, environment) as running:
        yield running


def launch_job(dagster: DagsterProcesses, job: str, run_config: dict[str, object]) -> str:
    """Launch a job as the launchpad does; returns the run's id."""
    return _launched(dagster, {"jobName": job}, run_config, {})


def launch_hours(dagster: DagsterProcesses, views: Sequence[str], hours: list[datetime]) -> str:
    """Launch a rebuild of these neighbouring hours, as the UI does; returns the run's id."""
    chosen: dict[str, object] = {
        "jobName": "__ASSET_JOB",
        "assetSelection": [{"path": [view]} for view in views],
        "assetCheckSelection": [],
    }
    tags = {RANGE_START: key_of(hours[0]), RANGE_END: key_of(hours[-1])}
    return _launched(dagster, chosen, {}, tags)


def _launched(
    dagster: DagsterProcesses,
    chosen: dict[str, object],
    run_config: dict[str, object],
    tags: dict[str, str],
) -> str:
    where = {"repositoryLocationName": "limnograph", "repositoryName": "__repository__"}
    params = {
        "selector": where | chosen,
        "runConfigData": run_config,
        "mode": "default",
        "executionMetadata": {"tags": [{"key": k, "value": v} for k, v in tags.items()]},
    }
    answer = dagster.ask(LAUNCH, params=params)["launchRun"]
    assert answer["__typename"] == "LaunchRunSuccess", answer
    return str(answer["run"]["runId"])


def status(dagster: DagsterProcesses, run_id: str) -> str:
    """Return a run's status."""
    return str(dagster.ask(RUN, id=run_id)["runOrError"]["status"])


def tags_of(run: dict[str, Any]) -> dict[str, str]:
    """Return the tags of a run as a query of ours returned it."""
    return {entry["key"]: entry["value"] for entry in run["tags"]}


def sensor_runs(dagster: DagsterProcesses) -> list[dict[str, Any]]:
    """Return the runs that the sensor asked for."""
    ours = {"tags": [{"key": "dagster/sensor_name", "value": "uncovered_slices"}]}
    return list(dagster.ask(RUNS, filter=ours)["runsOrError"]["results"])


def run_processes(dagster: DagsterProcesses) -> list[psutil.Process]:
    """Return the processes of the runs that are going."""
    return [
        child
        for child in dagster.parts[CODE].process.children()
        if child.is_running() and "--multiprocessing-fork" in child.cmdline()
    ]
